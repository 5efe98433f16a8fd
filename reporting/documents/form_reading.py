"""Understanding a province's own form: which row is for the units, and which column is which.

A form says it by placeholders, ``{{ten_don_vi}}`` or ``{{L01.luy_ke}}``, in the row that is to be
repeated; where it has none, its headings are read as a clerk would read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from campaign.portal.workbooks.tables import JOINT, Line, readings, table_of
from campaign.portal.workbooks.values import tidy_value
from campaign.text import fold
from reporting.documents.annexes import Measure
from reporting.documents.form_headings import key_of, total_words

NAME, CODE, ORDINAL, LABEL, UNIT, NOTE = (
    "ten_don_vi", "ma_don_vi", "stt", "chi_tieu", "dvt", "ghi_chu",
)  # fmt: skip
FIGURES = ("ke_hoach", "trong_ky", "luy_ke", "cung_ky")
"""In the order of ``Figures.values``."""

SHARES = {"so_ke_hoach": "ke_hoach", "so_cung_ky": "cung_ky"}
"""Percentages of the cumulative figure, and what each is a percentage of."""

COLUMNS = (ORDINAL, CODE, NAME, LABEL, UNIT, *FIGURES, *SHARES, NOTE)
WORDS = (
    "co_quan_cap_tren",
    "co_quan",
    "bieu_so",
    "tieu_de",
    "ky_bao_cao",
    "kem_theo",
    "ngay_thang",
)
TOTAL = "tong"
"""Before a column's key: the portal's own total, wherever it stands."""

_UNIT_WORDS = ("xa ", "phuong ", "dac khu ")

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True)
class Meaning:
    """What a cell is to hold: a column's key, of which measure, of a unit or of all together."""

    key: str
    measure: Measure | None = None
    is_total: bool = False


@dataclass
class FormSheet:
    """One sheet as it was understood; rows and columns count from 1, as Excel counts them."""

    sheet: Worksheet
    first: int
    given: int
    columns: dict[int, Meaning]
    totals: list[int] = field(default_factory=list)
    listed: dict[int, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    @property
    def in_words(self) -> str:
        """What was understood, for the person who sent the form."""
        columns = ", ".join(
            f"{get_column_letter(column)} = {meaning.measure.code}.{meaning.key}"
            if meaning.measure
            else f"{get_column_letter(column)} = {meaning.key}"
            for column, meaning in sorted(self.columns.items())
        )
        return _("Sheet “%(sheet)s”: units from row %(row)s; %(columns)s.") % {
            "sheet": self.sheet.title,
            "row": self.first,
            "columns": columns,
        }

    def column_of(self, meaning: Meaning) -> int | None:
        """Where something stands, if it stands there."""
        return next((column for column, found in self.columns.items() if found == meaning), None)


class Misunderstood:
    """What could not be understood, each with its place and what to do about it."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, message: str, **values: object) -> None:
        self.messages.append(message % values)

    def refuse(self) -> None:
        """Raise all of them at once, if there are any."""
        if self.messages:
            raise ValidationError(self.messages, code="form")


def read_sheets(
    book: Workbook, measures: Sequence[Measure], names: Mapping[str, str]
) -> list[FormSheet]:
    """The sheets that hold units; ``names`` are the units' folded names and codes.

    Raises ValidationError with every cell that cannot be understood, or when no sheet has a row
    for the units.
    """
    wrong = Misunderstood()
    found: list[FormSheet] = []
    for sheet in book.worksheets:
        reader = _SheetReader(sheet, measures, names, wrong)
        understood = reader.by_placeholders() or reader.by_headings()
        if understood:
            found.append(understood)
    if not found and not wrong.messages:
        wrong.add(
            _("No sheet has a row for the units. Write %(name)s and %(figure)s in the row to repeat."),
            name="{{ten_don_vi}}", figure="{{trong_ky}}",
        )  # fmt: skip
    wrong.refuse()
    return found


def meaning_of(text: str, measures: Sequence[Measure]) -> Meaning | None:
    """What stands between the braces: ``luy_ke``, ``L01.luy_ke``, ``tong.L01.luy_ke``, or a word."""
    *before, key = [fold(part).replace(" ", "_") for part in text.split(".")]
    is_total = before[:1] == [TOTAL]
    code = before[is_total:]
    if key in WORDS and not before:
        return Meaning(key)
    if key not in COLUMNS or len(code) > 1:
        return None
    if not code:
        return Meaning(key, _own_measure(key, measures), is_total)
    named = next((m for m in measures if fold(m.code).replace(" ", "_") == code[0]), None)
    return Meaning(key, named, is_total) if named else None


def is_of_measure(key: str) -> bool:
    """Whether a column says something about one indicator."""
    return key in FIGURES or key in SHARES


def _own_measure(key: str, measures: Sequence[Measure]) -> Measure | None:
    return measures[0] if is_of_measure(key) and len(measures) == 1 else None


def placeholders(sheet: Worksheet) -> Iterator[tuple[Cell, str]]:
    """Every placeholder of a sheet with its cell."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, MergedCell) or cell.value is None or cell.data_type == "f":
                continue
            for found in PLACEHOLDER.finditer(str(cell.value)):
                yield cell, found[1]


class _SheetReader:
    """Reads one sheet in one way or the other."""

    def __init__(
        self,
        sheet: Worksheet,
        measures: Sequence[Measure],
        names: Mapping[str, str],
        wrong: Misunderstood,
    ) -> None:
        self.sheet, self.measures, self.names, self.wrong = sheet, measures, names, wrong

    def complain(self, message: str, cell: str, **values: object) -> None:
        self.wrong.add(message, sheet=self.sheet.title, cell=cell, **values)

    # --- By placeholders --------------------------------------------------------------------

    def by_placeholders(self) -> FormSheet | None:
        """The sheet by its placeholders; None if it has none for units."""
        columns: dict[int, Meaning] = {}
        first = 0
        for cell, text in placeholders(self.sheet):
            meaning = self._understood(cell, text)
            if meaning is None or meaning.is_total or meaning.key in WORDS:
                continue
            first = first or cell.row
            if cell.row != first:
                self._complain_outside(cell, text, first)
            else:
                columns[cell.column] = meaning
        if not columns:
            return None
        self._refuse_merged(first)
        if not {NAME, CODE} & {meaning.key for meaning in columns.values()}:
            message = _(
                "Sheet “%(sheet)s”, row %(cell)s: the row to repeat names no unit. Write %(name)s "
                "in the column of the units' names."
            )
            self.complain(message, str(first), name="{{ten_don_vi}}")
        form = FormSheet(self.sheet, first, 1, columns)
        form.totals = [row for row in self._total_rows(columns) if row != first]
        return form

    def _understood(self, cell: Cell, text: str) -> Meaning | None:
        meaning = meaning_of(text, self.measures)
        if meaning is None:
            self._complain_unknown(cell, text)
        elif is_of_measure(meaning.key) and meaning.measure is None:
            message = _(
                "Sheet “%(sheet)s”, cell %(cell)s: %(key)s does not say which indicator. "
                "Write %(example)s, with one of the codes %(codes)s."
            )
            self.complain(
                message, cell.coordinate, key=_braced(text),
                example=_braced(f"{self.measures[0].code}.{meaning.key}"),
                codes=", ".join(m.code for m in self.measures),
            )  # fmt: skip
            return None
        return meaning

    def _complain_unknown(self, cell: Cell, text: str) -> None:
        known = [*COLUMNS, *WORDS, *(f"{m.code}.{key}" for m in self.measures for key in FIGURES)]
        near = get_close_matches(fold(text).replace(" ", "_"), known, n=1)
        offered = ", ".join(_braced(key) for key in near or (NAME, *FIGURES))
        message = _(
            "Sheet “%(sheet)s”, cell %(cell)s: %(key)s is not known. Write for instance %(known)s."
        )
        self.complain(message, cell.coordinate, key=_braced(text), known=offered)

    def _complain_outside(self, cell: Cell, text: str, first: int) -> None:
        message = _(
            "Sheet “%(sheet)s”, cell %(cell)s: %(key)s stands outside row %(row)s, which is repeated "
            "for the units. Move it there, or write %(total)s for the total of all units."
        )
        self.complain(
            message, cell.coordinate, key=_braced(text), row=first,
            total=_braced(f"{TOTAL}.{text}"),
        )  # fmt: skip

    def _refuse_merged(self, row: int) -> None:
        for span in self.sheet.merged_cells.ranges:
            if span.min_row <= row <= span.max_row and span.min_row < span.max_row:
                message = _(
                    "Sheet “%(sheet)s”, cells %(cell)s: the row to repeat is merged with other rows. "
                    "Unmerge these cells."
                )
                self.complain(message, span.coord)

    # --- By headings ------------------------------------------------------------------------

    def by_headings(self) -> FormSheet | None:
        """The sheet by its headings; None if they are not those of a form."""
        rows = [[tidy_value(_said(cell)) for cell in row] for row in self.sheet.iter_rows()]
        table = table_of(rows)
        columns, unknown = self._known_columns(table.columns)
        meant = {meaning.key for meaning in columns.values()}
        if NAME not in meant or not meant & {*FIGURES, *SHARES}:
            return None
        form = FormSheet(self.sheet, 0, 0, columns, unknown=unknown)
        lines = [line for line in table.rows if line.kind != "header"]
        self._find_unit_rows(form, lines, table.header_rows[-1])
        form.totals = self._total_rows(columns)
        return form if form.first else None

    def _known_columns(
        self, headings: Sequence[tuple[int, str]]
    ) -> tuple[dict[int, Meaning], list[str]]:
        columns: dict[int, Meaning] = {}
        unknown: list[str] = []
        for place, title in headings:
            meaning = self._meaning_of_heading(title)
            if meaning is None or meaning in columns.values():
                unknown.append(title)
            else:
                columns[place + 1] = meaning
        return columns, unknown

    def _meaning_of_heading(self, title: str) -> Meaning | None:
        """ "Số lớp / Lũy kế" is the cumulative figure of a measure; "Số lớp" that of the period."""
        upper, _joint, lower = title.partition(JOINT)
        labels = {fold(m.label): m for m in self.measures}
        named = next((labels[word] for word in readings(upper) if word in labels), None)
        key = key_of(lower if named and lower else title)
        if key is None and named:
            key = FIGURES[1]
        if key is None:
            return None
        measure = (named or _own_measure(key, self.measures)) if is_of_measure(key) else None
        return None if is_of_measure(key) and measure is None else Meaning(key, measure)

    def _find_unit_rows(self, form: FormSheet, lines: Sequence[Line], header: int) -> None:
        """Empty rows under the headings are for the units, or rows that name them already."""
        name = form.column_of(Meaning(NAME)) or 1
        for line in lines:
            if line.number <= header or self._is_total(line):
                continue
            if line.kind == "note":
                break
            said = line.values[name - 1] if name <= len(line.values) else None
            if said is None and not form.listed and self._is_for_units(line, name, header):
                form.first = form.first or line.number
                if line.number == form.first + form.given:
                    form.given += 1
            elif said is not None and not form.given:
                self._list(form, line, str(said))
        if form.listed:
            form.first, form.given = min(form.listed), 0
            self._refuse_unlisted(form)
        elif not form.first:
            message = _(
                "Sheet “%(sheet)s”, row %(cell)s: there is no empty row for the units under the "
                "headings. Leave one, or write %(name)s there."
            )
            self.complain(message, str(header + 1), name="{{ten_don_vi}}")

    def _list(self, form: FormSheet, line: Line, said: str) -> None:
        key = self.names.get(fold(said))
        if key is not None:
            form.listed[line.number] = key
        elif line.kind == "data" or fold(said).startswith(_UNIT_WORDS):
            message = _(
                "Sheet “%(sheet)s”, row %(cell)s: “%(name)s” is no unit of this report. Correct the "
                "name, or empty the row."
            )
            self.complain(message, str(line.number), name=said)

    def _refuse_unlisted(self, form: FormSheet) -> None:
        left = [
            key for key in dict.fromkeys(self.names.values()) if key not in form.listed.values()
        ]
        if left:
            message = _("Sheet “%(sheet)s”: add a row for each of these units: %(names)s.")
            self.complain(message, "", names=", ".join(left))

    def _is_for_units(self, line: Line, name: int, header: int) -> bool:
        """An empty row inside the table: where headings have lines around them, it has too."""
        is_drawn = _has_lines(self.sheet.cell(header, name))
        has_lines = _has_lines(self.sheet.cell(line.number, name))
        return all(value is None for value in line.values) and (has_lines or not is_drawn)

    # --- Totals -----------------------------------------------------------------------------

    def _is_total(self, line: Line) -> bool:
        said = next((value for value in line.values if value is not None), None)
        return isinstance(said, str) and fold(said) in total_words()

    def _total_rows(self, columns: Mapping[int, Meaning]) -> list[int]:
        """Rows that begin with "Tổng cộng" and have no unit in them."""
        figures = [c for c, meaning in columns.items() if is_of_measure(meaning.key)]
        end = min(figures, default=2)
        totals = []
        for row in self.sheet.iter_rows(max_col=max(end - 1, 1)):
            said = [str(_plain(cell.value)) for cell in row if cell.value is not None]
            if said and fold(said[0]) in total_words():
                totals.append(row[0].row)
        return totals


def _has_lines(cell: Any) -> bool:
    return bool(cell.border.left.style or cell.border.top.style or cell.border.bottom.style)


def _said(cell: Any) -> Any:
    """What a cell says; a formula of the form says nothing yet."""
    return None if cell.data_type == "f" else _plain(cell.value)


def _plain(value: Any) -> Any:
    """A cell's value; text with several looks is text."""
    return str(value) if value.__class__.__name__ == "CellRichText" else value


def _braced(key: str) -> str:
    return "{{" + key + "}}"
