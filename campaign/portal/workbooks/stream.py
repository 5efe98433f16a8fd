"""Writing long lists of records as workbooks, in constant memory and little time.

``write_workbook`` makes the book: looks, heading, print set-up, notes. The rows of the list are
written here, straight into the packed file, some hundred at a time and column by column. Their
cells are texts, numbers and days; there is no way to write a formula or a link.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from math import isfinite
from typing import IO, Any

from django.utils import timezone
from xlsxwriter.utility import xl_col_to_name

from campaign.portal.workbooks.write import (
    DIGITS_EXCEL_KEEPS,
    HEADER_ROW,
    LAST_ROW,
    LONGEST_TEXT,
    Column,
    ColumnKind,
    NotesSpec,
    SheetSpec,
    fitting,
    write_workbook,
)

ROWS_AT_ONCE = 500
FIRST_ROW = HEADER_ROW + 2
"""Where the data begins, counting from 1 as Excel does."""

LARGEST_SHEET = 1_800_000_000
"""Bytes of one sheet, unpacked: from 2 GB on a file needs an extension not every reader has."""

TOO_LONG = 10**DIGITS_EXCEL_KEEPS
DAY_ZERO = date(1899, 12, 30).toordinal()

_SAMPLES: dict[ColumnKind, Any] = {
    "int": 1, "decimal": 1, "percent": 1, "date": date(2026, 1, 1), "datetime": date(2026, 1, 1),
}  # fmt: skip
_TO_ESCAPE = ("&", "<", ">", "_x", " |", "| ")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def write_list(
    target: str | os.PathLike[str] | IO[bytes], *, sheet: SheetSpec, notes: NotesSpec
) -> int:
    """Write one list and the notes; return how many rows it has.

    What does not fit on one sheet goes on on a further one, under the same heading.
    """
    if sheet.has_total:
        raise ValueError("A list of records has no total row.")
    frame = _Frame(sheet, notes, sheets=1)
    cells = _Cells(sheet.columns, frame)
    rows = iter(sheet.rows)
    waiting = list(islice(rows, ROWS_AT_ONCE))
    ends: list[int] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name in ("_rels/.rels", "docProps/core.xml"):  # by these a workbook is recognised
            book.writestr(name, frame.parts[name])
        while waiting or not ends:
            row, size = FIRST_ROW, 0
            with book.open(f"xl/worksheets/sheet{len(ends) + 1}.xml", "w") as part:
                part.write(frame.head(is_first=not ends))
                while waiting and row + len(waiting) <= LAST_ROW and size < LARGEST_SHEET:
                    size += part.write(cells.rows(row, waiting).encode())
                    row += len(waiting)
                    waiting = list(islice(rows, ROWS_AT_ONCE))
                part.write(frame.tail(row - 1))
            ends.append(row - 1)
        for name, content in _Frame(sheet, notes, sheets=len(ends)).other_parts(ends):
            book.writestr(name, content)
    return sum(end - FIRST_ROW + 1 for end in ends)


class _Frame:
    """The book without its rows: what ``write_workbook`` makes of a list of one sample row."""

    def __init__(self, sheet: SheetSpec, notes: NotesSpec, *, sheets: int) -> None:
        buffer = io.BytesIO()
        sample = [_SAMPLES.get(column.kind, "x") for column in sheet.columns]
        write_workbook(buffer, sheets=[replace(sheet, rows=[sample])] * sheets, notes=notes)
        with zipfile.ZipFile(buffer) as book:
            self.parts = {name: book.read(name).decode() for name in book.namelist()}
        self.sheets = sheets
        page = self.parts["xl/worksheets/sheet1.xml"]
        self._head, found = page.split(f'<row r="{FIRST_ROW}"')
        self.sample, self._tail = found.split("</row>")

    def head(self, *, is_first: bool) -> bytes:
        """A sheet down to its header; how far it reaches is not known yet, and need not be said."""
        head = re.sub("<dimension[^>]*>", "", self._head)
        return (head if is_first else head.replace(' tabSelected="1"', "")).encode()

    def tail(self, end: int) -> bytes:
        """A sheet from its last row on."""
        reach = re.compile(rf'(<autoFilter ref="[^"]*\D){FIRST_ROW}"')
        return reach.sub(rf'\g<1>{end}"', self._tail).encode()

    def other_parts(self, ends: Sequence[int]) -> Iterator[tuple[str, str]]:
        """What belongs to the file besides the list, with the sheets' filters as far as they go."""
        written = {f"xl/worksheets/sheet{number}.xml" for number in range(1, self.sheets + 1)}
        reach = re.compile(rf'(_FilterDatabase" localSheetId="(\d+)"[^<]*\$){FIRST_ROW}<')
        book = self.parts["xl/workbook.xml"]
        self.parts["xl/workbook.xml"] = reach.sub(
            lambda found: f"{found[1]}{ends[int(found[2])]}<", book
        )
        for name, content in self.parts.items():
            if name not in written | {"_rels/.rels", "docProps/core.xml"}:
                yield name, content

    def looks(self) -> list[str]:
        """The number of the look of each column's cells."""
        return re.findall(r'<c r="[A-Z]+\d+" s="(\d+)"', self.sample)

    @property
    def plain(self) -> str:
        """The number of the look of text."""
        return re.findall(r'<c r="A2" s="(\d+)"', self._head)[0]


class _Cells:
    """Writes rows as XML: a column at a time, as all its values are of one kind."""

    def __init__(self, columns: Sequence[Column], frame: _Frame) -> None:
        kinds = {
            "int": self._numbers, "decimal": self._numbers, "percent": self._numbers,
            "date": self._days, "datetime": self._days,
        }  # fmt: skip
        self.plain = frame.plain
        self.columns = [
            (kinds.get(column.kind, self._texts), xl_col_to_name(place), look)
            for place, (column, look) in enumerate(zip(columns, frame.looks(), strict=True))
        ]

    def rows(self, first: int, batch: Sequence[Sequence[Any]]) -> str:
        """Some rows, the first of them with this number."""
        numbers = range(first, first + len(batch))
        values = zip(*batch, strict=True)
        columns = [
            write(name, look, numbers, column)
            for (write, name, look), column in zip(self.columns, values, strict=True)
        ]
        begins = [f'<row r="{number}">' for number in numbers]
        return "".join(
            chain.from_iterable(zip(begins, *columns, ["</row>"] * len(batch), strict=True))
        )

    def _texts(
        self, name: str, look: str, numbers: Iterable[int], column: Sequence[Any]
    ) -> list[str]:
        texts = ["" if v is None else v if type(v) is str else str(v) for v in column]
        whole = f"|{'|'.join(texts)}|"
        if (
            len(whole) > LONGEST_TEXT
            or not whole.isprintable()
            or any(part in whole for part in _TO_ESCAPE)
        ):
            return [_text(f"{name}{n}", look, t) for n, t in zip(numbers, texts, strict=True)]
        return [
            f'<c r="{name}{n}" s="{look}" t="inlineStr"><is><t>{t}</t></is></c>' if t else ""
            for n, t in zip(numbers, texts, strict=True)
        ]

    def _numbers(
        self, name: str, look: str, numbers: Iterable[int], column: Sequence[Any]
    ) -> list[str]:
        return [
            ""
            if v is None or v == ""
            else f'<c r="{name}{n}" s="{look}"><v>{v}</v></c>'
            if type(v) is int and -TOO_LONG < v < TOO_LONG
            else self._number(f"{name}{n}", look, v)
            for n, v in zip(numbers, column, strict=True)
        ]

    def _number(self, place: str, look: str, value: Any) -> str:
        """An amount that is no small whole number; what is no number at all stays text."""
        if isinstance(value, float | Decimal) and isfinite(value):
            return f'<c r="{place}" s="{look}"><v>{float(value)!r}</v></c>'
        if isinstance(value, int) and -TOO_LONG < value < TOO_LONG:
            return f'<c r="{place}" s="{look}"><v>{int(value)}</v></c>'
        return _text(place, self.plain, str(value))

    def _days(
        self, name: str, look: str, numbers: Iterable[int], column: Sequence[Any]
    ) -> list[str]:
        return [
            ""
            if v is None or v == ""
            else f'<c r="{name}{n}" s="{look}"><v>{v.toordinal() - DAY_ZERO}</v></c>'
            if type(v) is date and v.year > 1900
            else self._day(f"{name}{n}", look, v)
            for n, v in zip(numbers, column, strict=True)
        ]

    def _day(self, place: str, look: str, value: Any) -> str:
        """A moment by the clock of the province; a day before Excel's calendar stays text."""
        if not isinstance(value, date):
            return _text(place, self.plain, str(value))
        if value.year < 1901:
            return _text(place, self.plain, f"{value:%d/%m/%Y}")
        part = 0.0
        if isinstance(value, datetime):
            value = timezone.localtime(value) if timezone.is_aware(value) else value
            seconds = value.hour * 3600 + value.minute * 60 + value.second
            part = (seconds + value.microsecond / 1e6) / 86400
        return f'<c r="{place}" s="{look}"><v>{value.toordinal() - DAY_ZERO + part:.16g}</v></c>'


def _text(place: str, look: str, text: str) -> str:
    """A cell with a text that may need care: marks of XML, characters no XML may hold, spaces."""
    text = _NOT_IN_XML.sub("", fitting(text).replace("\r\n", "\n").replace("\r", "\n"))
    text = _LIKE_AN_ESCAPE.sub("_x005F_", text)
    if not text:
        return ""
    space = ' xml:space="preserve"' if text != text.strip() else ""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<c r="{place}" s="{look}" t="inlineStr"><is><t{space}>{text}</t></is></c>'
