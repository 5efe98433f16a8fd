"""Filling the province's own statistical form: their workbook, the portal's figures.

Headings, looks, widths, formulas and the place to sign stay as they are; the row for the units is
repeated for each of them, and the totals beneath cover all. Formulas have no stored results:
Excel and LibreOffice work them out when the file is opened.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter

from campaign.portal.workbooks.write import as_number
from campaign.text import fold
from reporting.documents import form_reading as reading
from reporting.documents import wording
from reporting.documents.annexes import (
    NO_FIGURES,
    Annex,
    AnnexUnit,
    Figures,
    Measure,
    Value,
    adds_up,
    number_of,
    share,
)
from reporting.documents.form_file import open_form
from reporting.documents.form_reading import FormSheet, Meaning
from reporting.documents.form_rows import Room, open_rows, repeat_formula
from reporting.documents.packing import repacked

_ADDING = re.compile(r"\b(SUM|SUBTOTAL|AVERAGE|SUMIF|SUMIFS)\(", re.IGNORECASE)
_CAREFUL = re.compile(r"^=\s*(IF|IFERROR|IFNA)\(", re.IGNORECASE)
_CORE = "docProps/core.xml"


@dataclass
class FilledForm:
    """The filled workbook, and what whoever sent the form should know about it."""

    content: bytes
    remarks: list[str] = field(default_factory=list)


def check_form(content: bytes, *, filename: str, annex: Annex) -> list[FormSheet]:
    """What a form is understood to ask for; raises ValidationError naming sheet, cell and fix.

    Ask this when the form is sent: ``annex`` needs its measures and units, not their figures.
    """
    book, _remarks = open_form(content, filename=filename)
    return reading.read_sheets(book, annex.measures, _names(annex))


def fill_form(content: bytes, *, filename: str, annex: Annex) -> FilledForm:
    """The form with the annex's figures, one row for each unit; equal input gives equal bytes."""
    book, remarks = open_form(content, filename=filename)
    forms = reading.read_sheets(book, annex.measures, _names(annex))
    for form in forms:
        writer = _FormFiller(book, form, annex)
        writer.fill()
        remarks += writer.remarks
    for sheet in book.worksheets:
        _fill_words(annex, reading.placeholders(sheet))
    book.calculation.fullCalcOnLoad = True
    buffer = io.BytesIO()
    book.save(buffer)
    return FilledForm(repacked(buffer.getvalue(), instead={_CORE: _core(annex)}), remarks)


def _names(annex: Annex) -> dict[str, str]:
    """Each unit by its folded name and by its code."""
    known = {fold(unit.name): unit.name for unit in annex.units}
    return {fold(unit.code): unit.name for unit in annex.units if unit.code} | known


class _FormFiller:
    """Fills one sheet: opens rows, writes units, then totals."""

    def __init__(self, book: Workbook, form: FormSheet, annex: Annex) -> None:
        self.book, self.form, self.annex, self.sheet = book, form, annex, form.sheet
        self.units = annex.units
        self.remarks: list[str] = []
        if form.unknown:
            message = _("Sheet “%(sheet)s”: these columns are left as they are: %(columns)s.")
            self.remarks.append(
                message % {"sheet": form.sheet.title, "columns": ", ".join(form.unknown)}
            )

    def fill(self) -> None:
        """Open the rows, write the units, then the totals."""
        rows = self._rows_of_units()
        self.rows = [row for row, _unit in rows]
        self.formulas, self.same = self._formulas_of_units(), self._same_for_all()
        for ordinal, (row, unit) in enumerate(rows, 1):
            self._fill_unit(row, unit, ordinal)
        for row in self.totals:
            self._fill_total(row)

    def _fill_unit(self, row: int, unit: AnnexUnit, ordinal: int) -> None:
        for column, formula in self.formulas.items():
            self._repeat(row, column, formula)
        for column, value in self.same.items():
            self.sheet.cell(row, column).value = value
        for column, meaning in self.form.columns.items():
            if column not in self.formulas:
                self._write_unit(self.sheet.cell(row, column), meaning, unit, ordinal)

    def _fill_total(self, row: int) -> None:
        for column, meaning in self.form.columns.items():
            if reading.is_of_measure(meaning.key):
                self._write_total(self.sheet.cell(row, column), meaning)
        for column, formula in self.formulas.items():
            cell = self.sheet.cell(row, column)
            if "/" in formula and cell.value is None:
                self._repeat(row, column, formula)
                if cell.number_format == "General":
                    cell.number_format = self.sheet.cell(self.form.first, column).number_format

    def _rows_of_units(self) -> list[tuple[int, AnnexUnit]]:
        """Which row is whose, after rows were opened where the form does not list the units."""
        form = self.form
        if form.listed:
            self.totals = form.totals
            units = {unit.name: unit for unit in self.units}
            return [(row, units[name]) for row, name in form.listed.items()]
        room = Room(form.first, form.given, max(len(self.units), 1))
        open_rows(self.book, self.sheet, room)
        self.totals = [room.moved(row) for row in form.totals]
        return list(enumerate(self.units, form.first))

    def _formulas_of_units(self) -> dict[int, str]:
        """The formulas the form itself has in the row of units."""
        if self.form.listed:
            return {}
        row = self.sheet[self.form.first]
        return {
            cell.column: cell.value
            for cell in row
            if cell.data_type == "f" and isinstance(cell.value, str)
        }

    def _same_for_all(self) -> dict[int, Any]:
        """What the form writes beside every unit, a unit of measure perhaps."""
        if self.form.listed:
            return {}
        return {
            cell.column: cell.value
            for cell in self.sheet[self.form.first]
            if cell.value is not None
            and cell.data_type != "f"
            and cell.column not in self.form.columns
            and not reading.PLACEHOLDER.search(str(cell.value))
        }

    def _repeat(self, row: int, column: int, formula: str) -> None:
        """The form's own formula in a row; a division by nothing shows a dash."""
        own = repeat_formula(formula, column=column, first=self.form.first, row=row)
        if "/" in own and not _CAREFUL.match(own):
            own = f'=IFERROR({own.removeprefix("=")},"{wording.NOTHING}")'
            _to_the_right(self.sheet.cell(row, column))
        self.sheet.cell(row, column).value = own

    # --- Units ------------------------------------------------------------------------------

    def _write_unit(self, cell: Any, meaning: Meaning, unit: AnnexUnit, ordinal: int) -> None:
        if isinstance(cell, MergedCell) or (self.form.listed and not self._is_open(cell, meaning)):
            return
        figures = unit.figures.get(meaning.measure.code, NO_FIGURES) if meaning.measure else None
        if figures is None:
            self._write_text(cell, self._words_of(meaning, unit, ordinal))
        elif meaning.key in reading.SHARES:
            self._write_share(cell, meaning, figures)
        else:
            value = figures.values[reading.FIGURES.index(meaning.key)]
            self._write_figure(cell, meaning.measure, value)

    def _is_open(self, cell: Cell, meaning: Meaning) -> bool:
        """In a form that lists its units, only figures and notes are written, never over formulas."""
        is_ours = reading.is_of_measure(meaning.key) or meaning.key == reading.NOTE
        return is_ours and cell.data_type != "f"

    def _words_of(self, meaning: Meaning, unit: AnnexUnit, ordinal: int) -> str | int:
        measure = self.annex.measures[0]
        notes = [figures.note for figures in unit.figures.values() if figures.note]
        if unit.is_missing:
            notes.insert(0, wording.NOT_REPORTED)
        words: dict[str, str | int] = {
            reading.ORDINAL: ordinal,
            reading.CODE: unit.code,
            reading.NAME: unit.name,
            reading.LABEL: measure.label,
            reading.UNIT: measure.unit,
            reading.NOTE: "; ".join(notes),
        }
        return words[meaning.key]

    def _write_text(self, cell: Cell, text: str | int) -> None:
        cell.value = text if text != "" else None
        if isinstance(text, str):
            cell.data_type = "s" if text else "n"

    def _write_figure(self, cell: Cell, measure: Measure | None, value: Value) -> None:
        number = number_of(value)
        cell.value = None if number is None else as_number(number)
        if measure and cell.number_format == "General":
            cell.number_format = measure.number_format

    def _write_share(self, cell: Cell, meaning: Meaning, figures: Figures) -> None:
        """A percentage: a formula where both of its columns are there, else the number."""
        base = reading.SHARES[meaning.key]
        places = [
            self.form.column_of(Meaning(key, meaning.measure)) for key in (reading.FIGURES[2], base)
        ]
        _to_the_right(cell)
        if cell.number_format == "General":
            cell.number_format = "0.0%"
        if all(places):
            above, below = (f"{get_column_letter(place or 1)}{cell.row}" for place in places)
            test = f"AND(ISNUMBER({above}),N({below})<>0)"
            cell.value = f'=IF({test},{above}/{below},"{wording.NOTHING}")'
            return
        whole = figures.values[reading.FIGURES.index(base)]
        number = share(figures.cumulative, whole)
        cell.value = wording.NOTHING if number is None else as_number(number)

    # --- Totals -----------------------------------------------------------------------------

    def _write_total(self, cell: Any, meaning: Meaning) -> None:
        """The total of a column: the form's own formula, a sum, or the portal's number."""
        measure = meaning.measure
        if isinstance(cell, MergedCell) or measure is None or measure.code not in self.annex.total:
            return
        figures = self.annex.total[measure.code]
        self._give_format(cell, meaning)
        is_empty = cell.value is None
        if meaning.key in reading.SHARES:
            if is_empty and cell.column not in self.formulas:
                self._write_share(cell, meaning, figures)
            return
        index = reading.FIGURES.index(meaning.key)
        value = figures.values[index]
        given = [unit.figures.get(measure.code, NO_FIGURES).values[index] for unit in self.units]
        is_sum = adds_up(measure, given, value) and measure.adds == "sum"
        if is_empty and is_sum:
            letter = get_column_letter(cell.column)
            cell.value = f"=SUM({letter}{min(self.rows)}:{letter}{max(self.rows)})"
        elif is_empty:
            self._write_figure(cell, measure, value)
        elif cell.data_type == "f" and _ADDING.search(str(cell.value)) and not is_sum:
            self._replace(cell, measure, value)

    def _give_format(self, cell: Cell, meaning: Meaning) -> None:
        """Points between the thousands, where the form left it to Excel."""
        if cell.number_format == "General" and meaning.measure and meaning.key in reading.FIGURES:
            cell.number_format = meaning.measure.number_format

    def _replace(self, cell: Cell, measure: Measure, value: Value) -> None:
        message = _(
            "Sheet “%(sheet)s”, cell %(cell)s: the formula added up “%(measure)s”, which is not the "
            "total. The portal's number stands there instead."
        )
        self.remarks.append(
            message % {"sheet": self.sheet.title, "cell": cell.coordinate, "measure": measure.label}
        )
        self._write_figure(cell, measure, value)


def _to_the_right(cell: Cell) -> None:
    """A dash stands where the numbers stand, unless the form says otherwise."""
    if cell.alignment.horizontal in {None, "general"}:
        alignment = copy(cell.alignment)
        alignment.horizontal = "right"
        cell.alignment = alignment


# --- Words and totals anywhere in the form ------------------------------------------------------


def _fill_words(annex: Annex, found: Iterator[tuple[Cell, str]]) -> None:
    """Write the placeholders that stand for words or for a total."""
    by_cell: dict[str, tuple[Cell, list[str]]] = {}
    for cell, text in found:
        by_cell.setdefault(cell.coordinate, (cell, []))[1].append(text)
    for cell, texts in by_cell.values():
        whole = reading.PLACEHOLDER.fullmatch(str(cell.value).strip())
        meaning = reading.meaning_of(texts[0], annex.measures)
        if whole and meaning and meaning.is_total:
            _write_portal_total(cell, meaning, annex)
        else:
            words = str(cell.value)
            cell.value = reading.PLACEHOLDER.sub(lambda hit: _said(hit[1], annex), words)
            cell.data_type = "s"


def _write_portal_total(cell: Cell, meaning: Meaning, annex: Annex) -> None:
    value = _total_of(meaning, annex)
    number = number_of(value)
    cell.value = wording.NOTHING if number is None else as_number(number)
    if cell.number_format == "General" and meaning.measure:
        is_share = meaning.key in reading.SHARES
        cell.number_format = "0.0%" if is_share else meaning.measure.number_format


def _total_of(meaning: Meaning, annex: Annex) -> Value:
    figures = annex.total.get(meaning.measure.code, NO_FIGURES) if meaning.measure else NO_FIGURES
    if meaning.key in reading.SHARES:
        base = reading.FIGURES.index(reading.SHARES[meaning.key])
        return share(figures.cumulative, figures.values[base])
    return figures.values[reading.FIGURES.index(meaning.key)] if meaning.measure else None


def _said(text: str, annex: Annex) -> str:
    """A placeholder inside a sentence."""
    meaning = reading.meaning_of(text, annex.measures)
    if meaning is None:
        return "{{" + text + "}}"
    if meaning.is_total:
        number = number_of(_total_of(meaning, annex))
        is_rate = meaning.key in reading.SHARES or bool(
            meaning.measure and meaning.measure.adds == "rate"
        )
        return wording.figure(number, is_rate=is_rate)
    head = annex.head
    dated = wording.date_words(year=head.year, month=head.month, day=head.day)
    return {
        "co_quan_cap_tren": " ".join(head.superior_lines),
        "co_quan": " ".join(head.issuer_lines),
        "bieu_so": wording.form_number(annex.form),
        "tieu_de": annex.title,
        "ky_bao_cao": annex.period,
        "kem_theo": wording.annex_reference(
            number=head.number, symbol=head.symbol, date=dated, issuer=""
        ),
        "ngay_thang": head.date_line,
    }.get(meaning.key, "")


def _core(annex: Annex) -> bytes:
    """What the file says about itself: the report's month, not the moment of writing."""
    head = annex.head
    made = datetime(head.year, head.month, 1)  # noqa: DTZ001
    stamp = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{made:%Y-%m-%dT%H:%M:%SZ}</dcterms:{name}>'
        for name in ("created", "modified")
    )
    spaces = (
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    )
    author = escape(" ".join(head.issuer_lines))
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f"<cp:coreProperties {spaces}><dc:title>{escape(annex.title)}</dc:title>"
        f"<dc:creator>{author}</dc:creator>{stamp}</cp:coreProperties>"
    ).encode()
