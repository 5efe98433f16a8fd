"""What a row of a file is, what may be wrong with it, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError

from campaign.models import ImportLine

Outcome = ImportLine.Outcome

WHOLE_ROW = ""
"""The column of a problem that concerns the row as a whole."""

ROW_KEY = "row_key"
"""The column of an export that says which record, at which version, a row was made from."""


@dataclass(frozen=True)
class Fix:
    """One click that puts a cell right: what the button says, and what the cell then holds."""

    label: str
    text: str


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell of one row.

    ``code`` and ``text`` (what the cell held) make the cause: rows with the same cause are put
    right together. A ``level`` of "error" keeps the row out; a "hint" does not.
    """

    column: str
    code: str
    message: str
    text: str = ""
    fixes: tuple[Fix, ...] = ()
    level: str = "error"

    @property
    def cause(self) -> tuple[str, str, str]:
        """What groups rows with one and the same trouble."""
        return (self.column, self.code, self.text)

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, kept: Mapping[str, Any]) -> Problem:
        """Read back what ``plain`` made."""
        fixes = tuple(Fix(**fix) for fix in kept.get("fixes", ()))
        return cls(**{**kept, "fixes": fixes})


class Unclear(ValidationError):
    """A cell that cannot be taken as it is; ``fixes`` are what one click would write instead.

    ``text`` is what the cell holds, where a rule refuses it that sees the whole row.
    """

    def __init__(
        self,
        message: Any,
        *,
        code: str,
        fixes: Iterable[Fix] = (),
        level: str = "error",
        text: str = "",
    ) -> None:
        super().__init__(message, code=code)
        self.fixes = tuple(fixes)
        self.level = level
        self.text = text


@dataclass(frozen=True)
class Row:
    """One row of a table: its number in the spreadsheet (from 1) and its cells by field.

    Only columns that were matched are there; an empty cell is None. A row that ``is_whole``
    shows its record as it is to be: there an empty cell empties what was kept.
    """

    number: int
    cells: Mapping[str, Any]
    is_whole: bool = False


@dataclass(frozen=True)
class Change:
    """One value of a record that the row changes, in words: before and after."""

    column: str
    before: str
    after: str


@dataclass
class Line:
    """What becomes, or became, of one row.

    ``record_id`` is the record it is about (None while it would be new and is not saved),
    ``values`` what its cells were read as, ``record`` the record as the row would leave it,
    ``before`` what undoing puts back (None for a record that was added), ``version`` the
    version of the record: when it was checked, or after it was saved.
    """

    row: Row
    outcome: str = Outcome.NEW
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    candidates: list[dict[str, Any]] = field(default_factory=list)
    record_id: int | None = None
    before: dict[str, Any] | None = None
    version: int | None = None
    is_saved: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    record: Any = None

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep the row out."""
        return [problem for problem in self.problems if problem.level == "error"]


@dataclass
class Check:
    """What an import would do, or did: every row of the file exactly once."""

    lines: list[Line]
    #: what was put right by itself, and how often: {"phone_zero": 12}
    mended: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def of(self, *outcomes: str) -> list[Line]:
        """The lines with one of these outcomes."""
        return [line for line in self.lines if line.outcome in outcomes]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each outcome; the sum is the number of rows."""
        found = Counter(str(line.outcome) for line in self.lines)
        return {outcome: found[outcome] for outcome in Outcome.values}


SAVED = frozenset({Outcome.NEW, Outcome.CHANGED})
KEPT_OUT = frozenset({Outcome.ERROR, Outcome.DOUBTFUL, Outcome.CONFLICT})


@dataclass
class Decisions:
    """What a person decided about the rows of a file.

    ``texts`` puts one text in the place of another in a whole column: {column: {text: text}};
    ``cells`` in one row: {number: {column: text}}; ``skipped`` leaves rows out; ``people`` says
    of a possible duplicate who it is: {number: 0 for somebody new, or the record's id};
    ``mine`` are rows whose conflict was decided for the file, ``based_on`` the versions of
    the records when the rows were checked: {number: version}.
    """

    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    cells: dict[int, dict[str, str]] = field(default_factory=dict)
    skipped: set[int] = field(default_factory=set)
    people: dict[int, int] = field(default_factory=dict)
    mine: set[int] = field(default_factory=set)
    based_on: dict[int, int] = field(default_factory=dict)

    def write_everywhere(self, column: str, text: str, other: str) -> None:
        """Put another text in the place of one, in all rows of a column."""
        if column:
            self.texts.setdefault(column, {})[text] = other

    def write(self, numbers: Iterable[int], column: str, text: str) -> None:
        """Write a text into a column of some rows."""
        for number in numbers if column else ():
            self.cells.setdefault(number, {})[column] = text

    def forget(self) -> None:
        """Take back everything that was decided."""
        for made in (self.texts, self.cells, self.skipped, self.people, self.mine):
            made.clear()

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it (what was checked is not part of what was decided)."""
        return {
            "texts": self.texts,
            "cells": {str(number): cells for number, cells in self.cells.items()},
            "skipped": sorted(self.skipped),
            "people": {str(number): pk for number, pk in self.people.items()},
            "mine": sorted(self.mine),
        }

    @classmethod
    def from_plain(cls, kept: Mapping[str, Any]) -> Decisions:
        """Read back what ``plain`` made."""
        return cls(
            texts={column: dict(texts) for column, texts in kept.get("texts", {}).items()},
            cells={int(number): dict(c) for number, c in kept.get("cells", {}).items()},
            skipped=set(kept.get("skipped", ())),
            people={int(number): int(pk) for number, pk in kept.get("people", {}).items()},
            mine=set(kept.get("mine", ())),
        )

    def applied(self, row: Row) -> Row:
        """The row as it reads after what was decided about its cells."""
        own = self.cells.get(row.number, {})
        if not own and not self.texts:
            return row
        cells = dict(row.cells)
        for column, texts in self.texts.items():
            text = shown(cells.get(column))
            if text in texts:
                cells[column] = texts[text] or None
        cells.update({column: text or None for column, text in own.items()})
        return replace(row, cells=cells)


def shown(value: Any) -> str:
    """A cell as people saw it: dates day first, whole numbers without a point."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "x" if value else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "strftime"):
        has_time = bool(getattr(value, "hour", 0) or getattr(value, "minute", 0))
        if not hasattr(value, "day"):
            return value.strftime("%H:%M")
        return value.strftime("%H:%M %d/%m/%Y" if has_time else "%d/%m/%Y")
    return str(value)
