"""Writing lists as workbooks people can work with: typed cells, a printable page, notes.

Rows are taken one at a time, so memory does not grow with the list. Text never becomes a
formula, a link or a number: what was typed is what is written.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Literal

import xlsxwriter
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

Text = str | Promise
ColumnKind = Literal["text", "code", "phone", "int", "decimal", "percent", "date", "datetime"]

HEADER_ROW = 4
"""Where headers stand, counting from 0: the fifth row, below title, scope and date."""

LAST_ROW = 1_048_576
LONGEST_TEXT = 32_767
LONGEST_SHEET_NAME = 31
DIGITS_EXCEL_KEEPS = 15

_WIDTHS = {
    "text": 28, "code": 14, "phone": 13, "int": 12, "decimal": 12,
    "percent": 10, "date": 12, "datetime": 17,
}  # fmt: skip
_NOTE_WIDTHS = (34, 80)
LINE_HEIGHT = 15
TALLEST_ROW = 409
"""Points; Excel has no higher row."""

_NUMBERS = {"int", "decimal", "percent"}


@dataclass(frozen=True)
class Column:
    """One column: its heading, what its values are, and whether the last row adds them up."""

    title: Text
    kind: ColumnKind = "text"
    width: int | None = None
    decimals: int = 1
    is_totalled: bool = False

    def __post_init__(self) -> None:
        if self.is_totalled and self.kind not in {"int", "decimal"}:
            raise ValueError("Only counts and amounts add up; rates and texts do not.")

    @property
    def number_format(self) -> str:
        """The Excel format; Excel itself shows it by the reader's regional settings."""
        return {
            "int": "#,##0",
            "decimal": f"#,##0.{'0' * self.decimals}" if self.decimals else "#,##0",
            "percent": f"0.{'0' * self.decimals}%" if self.decimals else "0%",
            "date": "dd/mm/yyyy",
            "datetime": "hh:mm dd/mm/yyyy",
        }.get(self.kind, "@")


@dataclass(frozen=True)
class SheetSpec:
    """One sheet: title, scope and filters in words, how sure the figures are, and rows."""

    name: Text
    title: Text
    scope: Text
    as_of: Text
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    has_total: bool = False


@dataclass(frozen=True)
class NotesSpec:
    """The last sheet: what the columns mean, who is missing, which filters were on."""

    definitions: Sequence[tuple[Text, Text]] = ()
    missing_units: Sequence[Text] = ()
    filters: Sequence[tuple[Text, Text]] = ()
    remarks: Sequence[Text] = field(default=())
    facts: Sequence[tuple[Text, Text | date]] = ()


def write_workbook(
    target: str | os.PathLike[str] | IO[bytes],
    *,
    sheets: Sequence[SheetSpec],
    notes: NotesSpec,
    made_at: datetime | None = None,
) -> int:
    """Write the sheets and the notes; return how many rows of data were written.

    ``made_at``: the moment the file says it was made, where that is not the present one.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
        "nan_inf_to_errors": False,
    }
    taken: set[str] = set()
    place = os.fspath(target) if isinstance(target, os.PathLike) else target
    with xlsxwriter.Workbook(place, options) as workbook:
        about: dict[str, Any] = {"title": str(sheets[0].title), "author": "", "company": ""}
        workbook.set_properties(about | ({"created": made_at} if made_at else {}))
        looks = Looks(workbook)
        written = sum(
            _SheetWriter(
                workbook.add_worksheet(sheet_name(sheet.name, taken)), sheet, looks
            ).write()
            for sheet in sheets
        )
        write_notes(workbook.add_worksheet(sheet_name(_("Notes"), taken)), notes, looks)
    return written


def sheet_name(name: Text, taken: set[str]) -> str:
    """Return a name Excel accepts for a sheet, unlike those already taken."""
    allowed = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", str(name))
    base = " ".join(allowed.split()).strip("'")[:LONGEST_SHEET_NAME].strip("' ") or _("Sheet")
    candidate, number = base, 1
    while candidate.lower() in taken:
        number += 1
        ending = f" {number}"
        candidate = base[: LONGEST_SHEET_NAME - len(ending)] + ending
    taken.add(candidate.lower())
    return candidate


def safe_filename(
    subject: Text,
    *,
    period: str = "",
    at: datetime | None = None,
    suffix: str = "xlsx",
    prefix: str = "BDHVS",
) -> str:
    """Return an ASCII name such as BDHVS_Lop-hoc_2026-Q4_2026-11-22_0842.xlsx."""
    at = timezone.localtime(at) if at is None or timezone.is_aware(at) else at
    words = [_ascii(prefix), _ascii(str(subject))[:60].rstrip("-"), _ascii(period)]
    words.append(f"{at:%Y-%m-%d_%H%M}")
    return "_".join(word for word in words if word) + f".{_ascii(suffix)}"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^0-9A-Za-z]+", "-", letters).strip("-")


class Looks:
    """The formats of one workbook, each made once; also for forms with a layout of their own."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self.workbook = workbook
        self.title = workbook.add_format({"bold": True, "font_size": 14})
        self.plain = workbook.add_format({"num_format": "@"})
        self.muted = workbook.add_format({"font_color": "#4A5560"})
        self.bold = workbook.add_format({"bold": True})
        self.wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        self.day = workbook.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
        self.header = workbook.add_format(
            {
                "bold": True, "text_wrap": True, "valign": "vcenter", "align": "center",
                "border": 1, "border_color": "#B8C0C8", "bg_color": "#E8EDF2",
            }
        )  # fmt: skip
        self.made: dict[tuple[str, bool], Format] = {}

    def cell(self, column: Column, *, is_total: bool = False) -> Format:
        """Return the format of a column's cells, heavier in the total row."""
        key = (column.number_format, is_total)
        if key not in self.made:
            look: dict[str, Any] = {"num_format": column.number_format}
            if is_total:
                look |= {"bold": True, "top": 1}
            self.made[key] = self.workbook.add_format(look)
        return self.made[key]


class _SheetWriter:
    """Writes one sheet from top to bottom, as constant memory demands."""

    def __init__(self, worksheet: Worksheet, sheet: SheetSpec, looks: Looks) -> None:
        self.worksheet, self.sheet, self.looks = worksheet, sheet, looks
        self.columns = list(sheet.columns)
        self.formats = [looks.cell(column) for column in self.columns]
        self.writers = [self._writer(column) for column in self.columns]
        self.sums: list[int | Decimal] = [0] * len(self.columns)

    def write(self) -> int:
        self._set_up_page()
        self._write_head()
        count, row = 0, HEADER_ROW
        for count, values in enumerate(self.sheet.rows, 1):
            row = HEADER_ROW + count
            if row >= LAST_ROW - 1:
                raise ValueError("A sheet holds 1,048,576 rows; export a narrower list.")
            self._write_row(row, values)
        self.worksheet.autofilter(HEADER_ROW, 0, row, len(self.columns) - 1)
        if self.sheet.has_total and count:
            self._write_total(row + 1)
        return count

    def _set_up_page(self) -> None:
        page = self.worksheet
        page.set_landscape()
        page.set_paper(9)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.fit_to_pages(1, 0)
        page.repeat_rows(HEADER_ROW)
        page.set_footer(f"&L{footer_text(self.sheet.title)}&R&P/&N")
        page.freeze_panes(HEADER_ROW + 1, 0)
        for place, column in enumerate(self.columns):
            width = column.width or max(_WIDTHS[column.kind], min(len(str(column.title)), 24))
            page.set_column(place, place, width)

    def _write_head(self) -> None:
        lines = (self.sheet.title, self.sheet.scope, self.sheet.as_of)
        styles = (self.looks.title, self.looks.plain, self.looks.muted)
        for row, (line, look) in enumerate(zip(lines, styles, strict=True)):
            self.worksheet.write_string(row, 0, fitting(line), look)
        self.worksheet.set_row(HEADER_ROW, 32)
        for place, column in enumerate(self.columns):
            self.worksheet.write_string(HEADER_ROW, place, fitting(column.title), self.looks.header)

    def _write_row(self, row: int, values: Sequence[Any]) -> None:
        for place, value in enumerate(values):
            if value is None or value == "":
                continue
            self.writers[place](row, place, value, self.formats[place])
            if self.columns[place].is_totalled:
                self.sums[place] += Decimal(str(value)) if isinstance(value, float) else value

    def _write_total(self, row: int) -> None:
        first, last = HEADER_ROW + 2, row
        for place, column in enumerate(self.columns):
            look = self.looks.cell(column, is_total=True)
            if column.is_totalled:
                name = xl_col_to_name(place)
                formula = f"=SUM({name}{first}:{name}{last})"
                self.worksheet.write_formula(row, place, formula, look, as_number(self.sums[place]))
            elif place == 0:
                self.worksheet.write_string(row, place, _("Total"), look)
            else:
                self.worksheet.write_blank(row, place, None, look)

    def _writer(self, column: Column) -> Callable[[int, int, Any, Format], object]:
        if column.kind in _NUMBERS:
            return self._write_number
        if column.kind in {"date", "datetime"}:
            return self._write_date
        return self._write_text

    def _write_text(self, row: int, place: int, value: object, look: Format) -> None:
        self.worksheet.write_string(row, place, fitting(value), look)

    def _write_number(self, row: int, place: int, value: Any, look: Format) -> None:
        if isinstance(value, int) and len(str(abs(value))) > DIGITS_EXCEL_KEEPS:
            self._write_text(row, place, value, self.looks.plain)
            return
        self.worksheet.write_number(row, place, as_number(value), look)

    def _write_date(self, row: int, place: int, value: date, look: Format) -> None:
        if value.year < 1901:
            self._write_text(row, place, f"{value:%d/%m/%Y}", self.looks.plain)
            return
        if isinstance(value, datetime) and timezone.is_aware(value):
            value = timezone.localtime(value).replace(tzinfo=None)
        self.worksheet.write_datetime(row, place, value, look)


def write_notes(worksheet: Worksheet, notes: NotesSpec, looks: Looks) -> None:
    """Write the notes sheet: two columns, portrait, a heading above each part."""
    for place, width in enumerate(_NOTE_WIDTHS):
        worksheet.set_column(place, place, width)
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    worksheet.set_footer("&R&P/&N")
    worksheet.write_string(0, 0, _("Notes"), looks.title)
    parts: list[tuple[str, Sequence[tuple[Text, Text | date]]]] = [
        (_("What the figures rest on"), notes.facts),
        (_("Filters"), notes.filters),
        (_("What the columns mean"), notes.definitions),
        (_("Units that have not reported"), [(unit, "") for unit in notes.missing_units]),
        (_("Remarks"), [(remark, "") for remark in notes.remarks]),
    ]
    row = 2
    for heading, lines in parts:
        if not lines:
            continue
        worksheet.write_string(row, 0, heading, looks.bold)
        for row, (term, meaning) in enumerate(lines, row + 1):  # noqa: B020
            _write_note(worksheet, row, fitting(term), meaning, looks)
        row += 2


def _write_note(
    worksheet: Worksheet, row: int, term: str, meaning: Text | date, looks: Looks
) -> None:
    """One line of the notes, as high as its words need: not every program sees to that."""
    if not isinstance(meaning, date) and not str(meaning):
        worksheet.merge_range(row, 0, row, 1, "", looks.wrapped)
        worksheet.write_string(row, 0, term, looks.wrapped)
        worksheet.set_row(row, row_height((term, sum(_NOTE_WIDTHS))))
        return
    worksheet.write_string(row, 0, term, looks.wrapped)
    if isinstance(meaning, date):
        worksheet.write_datetime(row, 1, meaning, looks.day)
        return
    words = fitting(meaning)
    worksheet.write_string(row, 1, words, looks.wrapped)
    first, second = _NOTE_WIDTHS
    worksheet.set_row(row, row_height((term, first), (words, second)))


def row_height(*cells: tuple[str, float]) -> float:
    """Points a row needs for texts in columns of these widths in characters."""
    lines = [
        sum(-(-max(len(part), 1) // max(int(width), 1)) for part in text.split("\n"))
        for text, width in cells
    ]
    return min(LINE_HEIGHT * max(lines, default=1), TALLEST_ROW)


def as_number(value: float | Decimal) -> int | float:
    """Return a number XlsxWriter writes as it is; amounts in Decimal become floats."""
    return float(value) if isinstance(value, Decimal) else value


def fitting(value: object) -> str:
    """A text no longer than a cell may hold."""
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def footer_text(title: Text) -> str:
    """Return a title for the footer, where "&" starts a command and 255 characters fit."""
    return str(title)[:100].replace("&", "&&")
