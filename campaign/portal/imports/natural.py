"""Records without a code: found by what they are called, whose they are, when and where."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from campaign.portal.imports.fields import CLEARED
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import ROW_KEY, Row, shown
from campaign.text import fold


def said(values: Mapping[str, Any], name: str) -> Any:
    """A value of a row; None where the cell is blank or empties what was kept."""
    value = values.get(name)
    return None if value is CLEARED else value


def keyless(rows: Iterable[Row]) -> list[Row]:
    """The rows without a row key, whose records are to be looked for."""
    return [row for row in rows if not shown(row.cells.get(ROW_KEY)).strip()]


class NaturalResource(ImportResource):
    """Records that are one where name (without marks), unit, day and, if it has one, place agree.

    A cancelled record is none of them: a row that says the same is a new one.
    """

    #: the fields that tell records apart: the name, the unit, the day, perhaps the place
    told_apart_by: ClassVar[tuple[str, ...]]

    def prepare(self, rows: Sequence[Row]) -> None:
        name, *_rest = self.told_apart_by
        wanted = {fold(shown(row.cells.get(name))) for row in keyless(rows)} - {""}
        self._pks: dict[Hashable, int] = {}
        self._natural: dict[int, Any] = {}
        if not wanted:
            return
        kept = self.get_queryset().filter(cancelled_at__isnull=True).order_by("-pk")
        for pk, called, *values in kept.values_list("pk", *self.told_apart_by):
            if fold(called) in wanted:
                self._pks[fold(called), *values] = pk
        self._natural = self.records_of(self._pks.values())

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        name, unit, day, *place = (said(values, column) for column in self.told_apart_by)
        if not (name and unit and day):
            return None
        return (fold(name), unit.pk, day, *(one.pk if one else None for one in place))

    def find(self, values: Mapping[str, Any]) -> Any:
        key = self.identity(values)
        return self._natural.get(self._pks.get(key, 0)) if key else None
