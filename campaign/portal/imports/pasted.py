"""What somebody copied out of a table: its rows by column, and what of it is no data."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.portal.figures import num
from campaign.portal.imports import layouts
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import ROW_KEY
from campaign.portal.workbooks.tables import table_of
from campaign.text import fold, nfc

MOST_ROWS = 1_000
"""Rows one may paste at once; more go through a file."""

MOST_COLUMNS = 40
LONGEST = 2_000_000
LONGEST_CELL = 2_000
HEADER_ROWS = 10
NO_HEADER = -1
NUMBER_WORDS = frozenset({"stt", "tt", "so tt", "so thu tu", "no"})


class Unreadable(Exception):
    """A text that is not taken over; ``is_too_long`` where a file would do."""

    def __init__(self, message: str, *, is_too_long: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_too_long = is_too_long


@dataclass
class Pasted:
    """Rows by column, and in words what was left out."""

    columns: list[str]
    rows: list[dict[str, str]]
    has_header: bool
    told: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        """How many columns were taken over."""
        return len(self.columns)


def read_pasted(text: str, resource: ImportResource, *, first: str = "") -> Pasted:
    """Read what was pasted: by its headings in any order, else by the order of the columns.

    ``first`` is the column it was pasted into, where it has no headings.
    """
    if len(text) > LONGEST:
        raise Unreadable(_("This is too much to paste at once."), is_too_long=True)
    rows = [row for row in cells_of(nfc(text)) if any(row)]
    if max(map(len, rows), default=0) > MOST_COLUMNS:
        raise Unreadable(_("At most %(most)s columns can be pasted.") % {"most": num(MOST_COLUMNS)})
    header = _header_of(rows, resource)
    if header is None:
        places, unknown = _by_order(rows, resource, first), []
    else:
        titles = dict(enumerate(rows[header]))
        places = {p: c for p, c in layouts.guessed(resource, titles).items() if c != ROW_KEY}
        unknown = [title for p, title in titles.items() if title and p not in places]
    data, passed_over = _data_among(rows, places, header)
    if len(data) > MOST_ROWS:
        message = _("%(count)s rows are too many to paste; at most %(most)s.")
        raise Unreadable(
            message % {"count": num(len(data)), "most": num(MOST_ROWS)}, is_too_long=True
        )
    found = [{c: row[p] if p < len(row) else "" for p, c in places.items()} for row in data]
    long = next(
        (n for n, row in enumerate(found, 1) if max(map(len, row.values())) > LONGEST_CELL), 0
    )
    if long:
        raise Unreadable(_("A cell of row %(row)s is too long to be one.") % {"row": num(long)})
    return Pasted(list(places.values()), found, header is not None, _told(unknown, passed_over))


def cells_of(text: str) -> list[list[str]]:
    """The cells of a text as Excel puts it on the clipboard: tabs, quotes, breaks inside cells."""
    quoting: Any = csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    csv.field_size_limit(LONGEST)
    rows = csv.reader(io.StringIO(text, newline=""), dialect="excel-tab", quoting=quoting)
    return [[" ".join(cell.split()) for cell in row] for row in rows]


def _header_of(rows: Sequence[Sequence[str]], resource: ImportResource) -> int | None:
    """Which of the first rows names columns: the one that names most, two at least."""
    best, chosen = 1, None
    for place, row in enumerate(rows[:HEADER_ROWS]):
        known = len(layouts.guessed(resource, dict(enumerate(row))))
        if known > best and 2 * known >= sum(map(bool, row)) - 1:
            best, chosen = known, place
    return chosen


def _by_order(
    rows: Sequence[Sequence[str]], resource: ImportResource, first: str
) -> dict[int, str]:
    """{place: column} in the order of the columns, from one of them on; a row number is no column."""
    names = list(resource.used_columns())
    start = names.index(first) if first in names else 0
    skipped = 1 if start == 0 and _counts_rows([row[0] for row in rows]) else 0
    width = max(map(len, rows), default=0) - skipped
    return {place + skipped: name for place, name in enumerate(names[start : start + width])}


def _counts_rows(cells: Sequence[str]) -> bool:
    """Whether a column only numbers the rows: 1, 2, 3 …"""
    numbers = [int(cell) for cell in cells if cell.isascii() and cell.isdecimal() and len(cell) < 6]
    return (
        len(numbers) > 1
        and len(numbers) >= len(cells) - 1
        and all(after - before == 1 for before, after in pairwise(numbers))
    )


def _data_among(
    rows: Sequence[Sequence[str]], places: dict[int, str], header: int | None
) -> tuple[list[Sequence[str]], Counter[str]]:
    """The rows that say something, and how many others there are by kind."""
    data: list[Sequence[str]] = []
    others = Counter[str]()
    values = [[cell or None for cell in row] for row in rows]
    for line in table_of(values, NO_HEADER if header is None else header).rows:
        cells = [str(value or "") for value in line.values]
        if line.kind != "data":
            others[line.kind] += 1
        elif any(cells[place] for place in places if place < len(cells)):
            data.append(cells)
    return data, others


def _told(unknown: Sequence[str], others: Counter[str]) -> list[str]:
    """What was left out, in words."""
    told = []
    if count := others["total"]:
        words = ngettext(
            "%(count)s row of totals was left out.",
            "%(count)s rows of totals were left out.",
            count,
        )
        told.append(words % {"count": num(count)})
    if count := others["section"] + others["note"]:
        words = ngettext(
            "%(count)s row between the others was left out.",
            "%(count)s rows between the others were left out.", count,
        )  # fmt: skip
        told.append(words % {"count": num(count)})
    numbers = [title for title in unknown if fold(title) in NUMBER_WORDS]
    if numbers:
        told.append(_("The column of row numbers was left out."))
    rest = [title for title in unknown if title not in numbers]
    if rest:
        told.append(_("Not taken over: %(columns)s.") % {"columns": ", ".join(rest[:12])})
    return told
