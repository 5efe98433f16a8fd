"""Reading tables from an uploaded .xlsx, .xls or .csv, behind the guard."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO, Literal

from campaign.portal.workbooks import legacy, refusals
from campaign.portal.workbooks.delimited import DelimitedFile
from campaign.portal.workbooks.guard import open_workbook
from campaign.portal.workbooks.legacy import Legacy
from campaign.portal.workbooks.refusals import DEFAULT_LIMITS, Limits
from campaign.portal.workbooks.tables import match_columns
from campaign.portal.workbooks.values import Value, tidy_value

HEADER_ROWS = 20
"""How far down a header may stand, below titles and filters in words."""

PREVIEW_ROWS = 40
LOOKED_AT = 1000
"""Rows from which the old font of a column is told."""

ENOUGH = 300
"""Characters of a text by which its font is told."""

MOST_KNOWN = 100_000
"""Texts remembered while a sheet is read: most cells say what others say."""

Numbered = tuple[int, list[Any]]
Fonts = Legacy | None | Literal["detect"]


@dataclass(frozen=True)
class Sheet:
    """One table: ``rows[0]`` is the spreadsheet's row 1, empty cells are None."""

    rows: list[list[Value]]
    names: list[str]
    name: str
    legacy: Legacy | None = None


@dataclass(frozen=True)
class SheetInfo:
    """What a sheet holds: how far its cells reach, and its first rows (row 1 first)."""

    name: str
    rows: int
    columns: int
    preview: list[list[Value]]
    is_hidden: bool = False
    legacy: Legacy | None = None


@dataclass(frozen=True)
class Book:
    """An uploaded file before anybody chose a sheet; a CSV is one sheet without a name."""

    sheets: list[SheetInfo]
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def legacy(self) -> Legacy | None:
        """The old font text was converted from, if any of the sheets needed it."""
        return next((sheet.legacy for sheet in self.sheets if sheet.legacy), None)


@dataclass(frozen=True)
class Header:
    """Where a table's header stands (``row`` counts from 0) and which column is which."""

    row: int
    columns: dict[str, int]
    unknown: dict[str, int]

    @property
    def first_row(self) -> int:
        """Index of the first row below the header."""
        return self.row + 1


def inspect(
    file: BinaryIO,
    filename: str,
    *,
    preview: int = PREVIEW_ROWS,
    legacy: Fonts = "detect",
    limits: Limits = DEFAULT_LIMITS,
) -> Book:
    """Return the sheets of a file with their sizes and first rows; nothing is kept beyond these.

    Raises WorkbookRefused, and nothing else, for files the portal cannot or will not read.
    """
    book = open_workbook(file, filename=filename, limits=limits)
    if isinstance(book, DelimitedFile):
        info = _look(_Rows(book.rows(), legacy, book.font), "", preview, is_hidden=False)
        return Book([info], book.encoding, book.delimiter)
    return Book(
        [
            _look(_Rows(rows, legacy), name, preview, is_hidden=is_hidden)
            for name, is_hidden, rows in _sheets(book)
        ]
    )


def read_table(
    file: BinaryIO,
    *,
    filename: str,
    sheet: str | int | None = None,
    legacy: Fonts = "detect",
    limits: Limits = DEFAULT_LIMITS,
) -> Sheet:
    """Return one sheet with tidy values; without ``sheet``, the first one people see.

    ``legacy`` names the old font text is in; it is detected by itself, None leaves text as
    it is. Raises WorkbookRefused, and nothing else, for files the portal will not read.
    """
    book = open_workbook(file, filename=filename, limits=limits)
    if isinstance(book, DelimitedFile):
        lines = _Rows(book.rows(), legacy, book.font)
        return Sheet(_rectangle(lines), [], "", lines.font)
    sheets = list(_sheets(book))
    seen = [each for each in sheets if not each[1]] or sheets
    name, rows = _chosen(seen, sheets, sheet)
    lines = _Rows(rows, legacy)
    return Sheet(_rectangle(lines), [each[0] for each in seen], name, lines.font)


def _sheets(book: Any) -> Iterator[tuple[str, bool, Iterator[Numbered]]]:
    for sheet in book.sheets:
        yield sheet.name, sheet.is_hidden, book.rows(sheet)


def _chosen(
    seen: list[tuple[str, bool, Iterator[Numbered]]],
    sheets: list[tuple[str, bool, Iterator[Numbered]]],
    wanted: str | int | None,
) -> tuple[str, Iterator[Numbered]]:
    """Return the sheet that was asked for: by place among those people see, or by name."""
    if isinstance(wanted, str):
        found = [each for each in sheets if each[0] == wanted][:1]
    else:
        place = wanted or 0
        found = seen[place : place + 1] if place >= 0 else []
    if not found:
        raise refusals.unknown_sheet()
    return found[0][0], found[0][2]


def _look(lines: "_Rows", name: str, preview: int, *, is_hidden: bool) -> SheetInfo:
    rows = columns = 0
    first: list[list[Value]] = []
    for rows, values in lines:
        columns = max(columns, len(values))
        if rows <= preview:
            first.extend([] for _row in range(rows - 1 - len(first)))
            first.append(values)
    return SheetInfo(name, rows, columns, _squared(first), is_hidden, lines.font)


class _Rows:
    """The rows of a sheet, tidied, with text from old fonts converted."""

    def __init__(self, rows: Iterable[Numbered], fonts: Fonts, hint: Legacy | None = None) -> None:
        self.rows = iter(rows)
        self.first = list(islice(self.rows, LOOKED_AT))
        self.columns: dict[int, Legacy | None] = {}
        if fonts == "detect":
            self.font = hint
            self._detect()
        else:
            self.font = fonts
        self.known: dict[str, Value] = {}

    def _detect(self) -> None:
        """Tell the font of the sheet, and which columns are Unicode all the same."""
        texts: dict[int, list[str]] = {}
        for _number, values in self.first:
            for place, value in enumerate(values):
                if isinstance(value, str) and not value.isascii():
                    texts.setdefault(place, []).append(value[:ENOUGH])
        together = [text for column in texts.values() for text in column]
        found = {place: legacy.detect(column) for place, column in texts.items()}
        self.font = self.font or legacy.detect(together) or next(filter(None, found.values()), None)
        if self.font:
            self.columns = {
                place: found[place] or (None if legacy.is_modern(column) else self.font)
                for place, column in texts.items()
            }

    def __iter__(self) -> Iterator[tuple[int, list[Value]]]:
        known = self.known
        for number, values in chain(self.first, self.rows):
            row: list[Value] = [
                value
                if value is None or type(value) is int
                else known[value]
                if type(value) is str and value in known
                else self._tidy(value, place)
                for place, value in enumerate(values)
            ]
            while row and row[-1] is None:
                row.pop()
            if row:
                yield number, row

    def _tidy(self, value: Any, place: int) -> Value:
        if type(value) is not str:
            return tidy_value(value)
        if self.font and (font := self.columns.get(place, self.font)):
            return tidy_value(legacy.convert(value, font))
        if len(self.known) > MOST_KNOWN:
            self.known.clear()
        tidy = tidy_value(value)
        if not self.font:
            self.known[value] = tidy
        return tidy


def _rectangle(lines: Iterable[tuple[int, list[Value]]]) -> list[list[Value]]:
    """Return the rows from the first of the spreadsheet on, all of one width."""
    rows: list[list[Value]] = []
    for number, values in lines:
        rows.extend([] for _row in range(number - 1 - len(rows)))
        rows.append(values)
    return _squared(rows)


def _squared(rows: list[list[Value]]) -> list[list[Value]]:
    width = max(map(len, rows), default=0)
    for row in rows:
        if len(row) < width:
            row.extend([None] * (width - len(row)))
    return rows


# --- Headers --------------------------------------------------------------------------------


def find_header(
    rows: Sequence[Sequence[Value]], columns: Mapping[str, Iterable[str]]
) -> Header | None:
    """Return the row that names the most columns, by folded synonyms; None if none does.

    A row counts when it names two columns (or the only one asked for).
    """
    found = [_header(number, row, columns) for number, row in enumerate(rows[:HEADER_ROWS])]
    best = max(found, key=lambda header: len(header.columns), default=None)
    if best is None or len(best.columns) < min(2, len(columns)):
        return None
    return best


def _header(number: int, row: Sequence[Value], known: Mapping[str, Iterable[str]]) -> Header:
    titles = [(place, value) for place, value in enumerate(row) if isinstance(value, str)]
    return Header(number, *match_columns(titles, known))
