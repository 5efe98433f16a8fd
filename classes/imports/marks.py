"""Columns and cells of attendance: which session a heading names, and who was there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.portal.imports.cells import CellReader, Mend
from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.rows import Fix, Unclear, shown
from campaign.text import fold

PRESENT = frozenset({"x", "1", "co", "co mat", "yes", "y", "true", "dung"})
ABSENT = frozenset(
    {"0", "k", "kp", "p", "cp", "khong", "vang", "vang mat", "nghi", "no", "n", "false"}
)
TICKS = frozenset("✓✔☑+")
EITHER = "v"
"""A tick to some, "vắng" to others."""

_SESSION = re.compile(r"(?:buoi|session|b)(?: hoc| so| thu)? ?0*(\d{1,3})(?: .*)?")
_DAY = re.compile(r"(?<!\d)(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?:\s*[/.\-]\s*(\d{4}|\d{2}))?(?!\d)")
_NAMED = re.compile(r"session_(\d{1,3})|day_(?:(\d{4})_)?(\d{1,2})_(\d{1,2})")


@dataclass(frozen=True)
class Mark:
    """Which session a column is about: by its number, or by its day (perhaps without the year)."""

    number: int = 0
    year: int = 0
    month: int = 0
    day: int = 0

    @property
    def name(self) -> str:
        """The name of its column."""
        if self.number:
            return f"session_{self.number}"
        year = f"{self.year}_" if self.year else ""
        return f"day_{year}{self.month}_{self.day}"

    @property
    def label(self) -> str:
        """What the column is called."""
        if self.number:
            return _("Session %(number)s") % {"number": self.number}
        return f"{self.day:02d}/{self.month:02d}" + (f"/{self.year}" if self.year else "")

    def means(self, number: int, held_on: date) -> bool:
        """Whether a session is the one this column is about."""
        if self.number:
            return number == self.number
        same_day = (held_on.month, held_on.day) == (self.month, self.day)
        return same_day and self.year in (0, held_on.year)


def mark_named(name: str) -> Mark | None:
    """The session a column's name stands for."""
    match = _NAMED.fullmatch(name)
    if match is None:
        return None
    if match[1]:
        return Mark(number=int(match[1]))
    return Mark(year=int(match[2] or 0), month=int(match[3]), day=int(match[4]))


def mark_in(title: str) -> Mark | None:
    """The session a heading names: "Buổi 3", "12/3", "T5 12/03/2026"; its number before its day."""
    if match := _SESSION.fullmatch(fold(title)):
        return Mark(number=int(match[1])) if int(match[1]) else None
    match = _DAY.search(title)
    if match is None:
        return None
    day, month, year = int(match[1]), int(match[2]), int(match[3] or 0)
    year += 2000 if 0 < year < 100 else 0
    try:
        date(year or 2000, month, day)
    except ValueError:
        return None
    return Mark(year=year, month=month, day=day)


class MarkCell(CellReader):
    """x, v, 1 or có: was there; 0, k, p, vắng or a dash: was not. A blank cell says nothing.

    Where a file uses both x and v, v may mean either and is asked about.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_v_unclear = False

    def read(self, value: Any, mend: Mend) -> bool:
        if isinstance(value, bool):
            return value
        text = shown(value).strip()
        folded = fold(text)
        if folded == EITHER and self.is_v_unclear:
            raise Unclear(
                _("“%(text)s” beside x: was the person there?") % {"text": text}, code="either",
                fixes=[Fix(_("Present"), "x"), Fix(_("Absent"), "-")],
            )  # fmt: skip
        if folded in PRESENT or folded == EITHER or text in TICKS:
            return True
        if folded in ABSENT:
            return False
        raise Unclear(
            _("“%(text)s”: write x for present, - for absent, nothing when it is not known.")
            % {"text": text},
            code="mark", fixes=[Fix(_("Present"), "x"), Fix(_("Absent"), "-")],
        )  # fmt: skip


def mark_field(mark: Mark) -> ImportField:
    """The column of one session."""
    return ImportField(
        mark.label, MarkCell(), width=8,
        hint=gettext_lazy("x: present, -: absent; empty changes nothing."),
    )  # fmt: skip
