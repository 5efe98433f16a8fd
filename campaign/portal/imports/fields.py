"""Columns of an import, and the value of a cell that empties what was there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from import_export.fields import Field

from campaign.portal.imports.cells import CellReader
from campaign.portal.workbooks.write import ColumnKind

_declared = count()
"""Numbers columns as they are declared: the library would order them as the model does."""


class ImportField(Field):
    """One column of an import.

    ``label`` heads it in lists, templates and exports (one heading for all of them);
    ``headings`` are other ways people write that; ``required`` must be filled in for a new
    record; ``attribute`` is the field of the model it fills ('' when the resource takes care of
    the value itself); ``kind`` is the kind of its cells in a workbook; ``can_clear`` lets a dash
    empty it; ``carries_down`` takes a blank cell for the one above it, as merged cells mean it.
    """

    def __init__(
        self,
        label: Any,
        widget: CellReader,
        *,
        attribute: str | None = None,
        headings: Sequence[str] = (),
        required: bool = False,
        kind: ColumnKind = "text",
        width: int = 18,
        example: Any = "",
        hint: Any = "",
        can_clear: bool = True,
        carries_down: bool = False,
    ) -> None:
        super().__init__(attribute=attribute, widget=widget)
        self.place = next(_declared)
        self.label = label
        self.headings = tuple(headings)
        self.required = required
        self.kind = kind
        self.width = width
        self.example = example
        self.hint = hint
        self.can_clear = can_clear
        self.carries_down = carries_down


class Cleared:
    """The value of a cell that holds a dash: what is there is to be emptied."""

    def __repr__(self) -> str:
        return "CLEARED"


CLEARED = Cleared()


def empty_value(record: Any, name: str) -> Any:
    """What an emptied field of a record holds."""
    field = record._meta.get_field(name)
    return None if field.null else field.get_default()
