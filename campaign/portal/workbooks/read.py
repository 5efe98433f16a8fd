"""Reading one table from an uploaded .xlsx, .xls or .csv, behind the guard."""

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import BinaryIO

import openpyxl
import python_calamine as calamine

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.delimited import read_delimited
from campaign.portal.workbooks.guard import CheckedFile, check_workbook
from campaign.portal.workbooks.refusals import DEFAULT_LIMITS, Limits
from campaign.text import fold, nfc

Value = str | int | float | bool | date | datetime | time | timedelta | None

HEADER_ROWS = 20
"""How far down a header may stand, below titles and filters in words."""

LARGEST_WHOLE = 10**15
"""Above this Excel's numbers have lost digits; they are left as they came."""

_FILE_ERRORS = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError,
    OSError, EOFError, SyntaxError, RuntimeError, zlib.error, zipfile.BadZipFile,
    calamine.CalamineError, calamine.PasswordError, calamine.WorksheetNotFound,
    calamine.XmlError, calamine.ZipError,
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One table: ``rows[0]`` is the spreadsheet's row 1, empty cells are None."""

    rows: list[list[Value]]
    names: list[str]
    name: str


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


def read_table(
    file: BinaryIO,
    *,
    filename: str,
    sheet: str | int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Sheet:
    """Return one sheet with tidy values; without ``sheet``, the first one people see.

    Raises WorkbookRefused, and nothing else, for files the portal cannot or will not read.
    """
    checked = check_workbook(file, filename=filename, limits=limits)
    if checked.kind == "csv":
        return Sheet(_tidy_rows(read_delimited(checked.content, limits)), [], "")
    try:
        return _read_workbook(checked, sheet, limits)
    except _FILE_ERRORS as error:
        raise refusals.damaged() from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise refusals.damaged() from error
        raise


def _read_workbook(checked: CheckedFile, sheet: str | int | None, limits: Limits) -> Sheet:
    """Read with calamine; with openpyxl where texts shared by many cells would pile up."""
    if checked.kind == "xlsx" and checked.shared_text > limits.text:
        return _read_slowly(checked.content, sheet, limits)
    workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(checked.content))
    seen = calamine.SheetVisibleEnum.Visible
    worksheets = calamine.SheetTypeEnum.WorkSheet
    metadata = [s for s in workbook.sheets_metadata if s.typ == worksheets]
    names = [s.name for s in metadata if s.visible == seen] or [s.name for s in metadata]
    name = _chosen(names, sheet)
    rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return Sheet(_tidy_rows(rows), names, name)


def _read_slowly(content: bytes, sheet: str | int | None, limits: Limits) -> Sheet:
    workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        names = [s.title for s in workbook.worksheets if s.sheet_state == "visible"]
        name = _chosen(names, sheet)
        worksheet = workbook[name]
        worksheet.reset_dimensions()
        rows = worksheet.iter_rows(
            max_row=limits.last_row, max_col=limits.columns, values_only=True
        )
        return Sheet(_tidy_rows(rows), names, name)
    finally:
        workbook.close()


def _chosen(names: list[str], sheet: str | int | None) -> str:
    if sheet is None and names:
        return names[0]
    if isinstance(sheet, int) and 0 <= sheet < len(names):
        return names[sheet]
    if sheet in names:
        return str(sheet)
    raise refusals.unknown_sheet()


# --- Values ---------------------------------------------------------------------------------


def _tidy_rows(rows: Iterable[Sequence[object]]) -> list[list[Value]]:
    """Return tidy rows of one width, without the empty rows and columns at the end."""
    tidy = [[tidy_value(value) for value in row] for row in rows]
    widths = [_filled_width(row) for row in tidy]
    while widths and not widths[-1]:
        widths.pop()
    width = max(widths, default=0)
    return [[*row[:width], *[None] * (width - len(row))] for row in tidy[: len(widths)]]


def _filled_width(row: list[Value]) -> int:
    return next((n for n in range(len(row), 0, -1) if row[n - 1] is not None), 0)


def tidy_value(value: object) -> Value:
    """Return a cell's value as people meant it.

    Text is composed and trimmed (and keeps its leading zeros), whole numbers lose the
    ".0" Excel gives them, midnight is a date, and nothing is None.
    """
    if isinstance(value, str):
        return _tidy_text(value)
    if isinstance(value, float):
        if value != value or value in {float("inf"), float("-inf")}:
            return None
        return int(value) if value.is_integer() and abs(value) < LARGEST_WHOLE else value
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    return value if isinstance(value, bool | int | date | time | timedelta) else None


@lru_cache(maxsize=4096)
def _tidy_text(text: str) -> str | None:
    visible = (c for c in nfc(text) if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf"})
    return "".join(visible).replace("\u00a0", " ").strip() or None


# --- Headers --------------------------------------------------------------------------------


def find_header(
    rows: Sequence[Sequence[Value]], columns: Mapping[str, Iterable[str]]
) -> Header | None:
    """Return the row that names the most columns, by folded synonyms; None if none does.

    A row counts when it names two columns (or the only one asked for).
    """
    meant = {fold(word): key for key, words in columns.items() for word in words}
    found = [_header(number, row, meant) for number, row in enumerate(rows[:HEADER_ROWS])]
    best = max(found, key=lambda header: len(header.columns), default=None)
    if best is None or len(best.columns) < min(2, len(columns)):
        return None
    return best


def _header(number: int, row: Sequence[Value], meant: dict[str, str]) -> Header:
    known: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for place, value in enumerate(row):
        if not isinstance(value, str):
            continue
        key = next((meant[word] for word in readings(value) if word in meant), None)
        if key is not None and key not in known:
            known[key] = place
        else:
            unknown.setdefault(value, place)
    return Header(number, known, unknown)


def readings(heading: str) -> Iterator[str]:
    """Yield the ways to read a heading: as it is, then without remarks in brackets."""
    yield fold(heading)
    yield fold(re.sub(r"[(\[].*?[)\]]", " ", heading))
