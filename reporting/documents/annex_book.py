"""Writing statistical annexes as a workbook: one sheet for each form, and the notes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from textwrap import wrap
from typing import Any

import xlsxwriter
from django.utils import translation
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from campaign.portal.workbooks.write import (
    LINE_HEIGHT,
    Looks,
    NotesSpec,
    as_number,
    fitting,
    footer_text,
    row_height,
    sheet_name,
    write_notes,
)
from reporting.documents import layout, wording
from reporting.documents.annex_lines import Line, Words, lines_of
from reporting.documents.annexes import (
    Annex,
    Ratio,
    Value,
    adds_up,
    number_of,
    share,
    summed,
)
from reporting.documents.packing import repacked
from reporting.documents.page_breaks import breaks, scale_of, together
from reporting.documents.sum_formulas import sum_of

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

NUMBER, NAME, LABEL, UNIT, PLAN, PERIOD, CUMULATIVE, LAST_YEAR, OF_PLAN, OF_LAST, NOTE = range(11)
FIGURES = (PLAN, PERIOD, CUMULATIVE, LAST_YEAR)
HIDDEN = NOTE + 2
"""From here on, beside the printed form, stand the two parts of each rate."""

_WIDTHS = (6, 25, 30, 11, 11, 11, 11, 11, 10, 10, 28)
_LETTERS_IN_WIDTH = 1.1
"""Letters of Times New Roman that fit where Excel counts one character of width."""

HEADING_HEIGHT = 32
SIGNATURE = 9
"""Rows from the last line of the table to the name of the signer."""

_MM_IN_INCH = 25.4


def write_annexes(
    annexes: Sequence[Annex],
    *,
    facts: Sequence[tuple[str, str | date]] = (),
    remarks: Sequence[str] = (),
) -> bytes:
    """The workbook of the annexes and a sheet of notes; equal annexes give equal bytes.

    ``facts`` stand first on the notes: what the figures rest on, when they were closed.
    """
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_format_properties": {"font_name": layout.FONT, "font_size": layout.ANNEX_TABLE},
    }
    with xlsxwriter.Workbook(buffer, options) as workbook, translation.override("vi"):
        head = annexes[0].head
        workbook.set_properties(
            {
                "title": annexes[0].title,
                "author": " ".join(head.issuer_lines),
                "created": datetime(head.year, head.month, 1),  # noqa: DTZ001
            }
        )
        looks, taken = FormLooks(workbook), set[str]()
        for annex in annexes:
            name = sheet_name(wording.form_sheet(annex.form), taken)
            _FormWriter(workbook.add_worksheet(name), annex, looks).write()
        notes = workbook.add_worksheet(sheet_name(translation.gettext("Notes"), taken))
        write_notes(notes, _notes(annexes, facts, remarks), looks)
    return repacked(buffer.getvalue())


def _notes(
    annexes: Sequence[Annex], facts: Sequence[tuple[str, str | date]], remarks: Sequence[str]
) -> NotesSpec:
    measures = {m.label: m for annex in annexes for m in annex.measures if m.meaning}
    days: list[tuple[str, str | date]] = []
    for words, day in (
        (wording.FIRST_DAY, annexes[0].first_day),
        (wording.LAST_DAY, annexes[0].last_day),
    ):
        if day is not None:
            days.append((words, day))
    missing = dict.fromkeys(name for annex in annexes for name in annex.missing_units)
    return NotesSpec(
        definitions=[(f"{m.label} ({m.unit})", m.meaning) for m in measures.values()],
        missing_units=list(missing),
        facts=[*days, *facts],
        remarks=[*wording.FORM_REMARKS, *remarks],
    )


class FormLooks(Looks):
    """The looks of a form: Times New Roman, thin lines, numbers on the right."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        super().__init__(workbook)
        self.forms: dict[tuple[tuple[str, Any], ...], Format] = {}

    def of(self, **properties: Any) -> Format:
        """A look by its properties, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self.forms:
            self.forms[key] = self.workbook.add_format(properties)
        return self.forms[key]

    def framed(self, **properties: Any) -> Format:
        """A look inside the table."""
        return self.of(border=1, valign="vcenter", **properties)


class _FormWriter:
    """Writes one form from its letterhead down to the signature."""

    def __init__(self, sheet: Worksheet, annex: Annex, looks: FormLooks) -> None:
        self.sheet, self.annex, self.looks = sheet, annex, looks
        self.has_ratios = False
        self.scale = scale_of(_WIDTHS)
        self.heights: dict[int, float] = {}
        self.lines: list[Line | Words] = []

    def write(self) -> None:
        first = self._write_head()
        lines = self.lines = lines_of(self.annex)
        for row, line in enumerate(lines, first):
            line.row = row
        self.has_ratios = any(
            isinstance(value, Ratio)
            for line in lines
            if isinstance(line, Line) and line.rows is None
            for value in line.figures.values
        )
        for line in lines:
            if isinstance(line, Words):
                self._write_words(line)
            else:
                self._write_line(line)
        last = self._write_signature(first + len(lines) + 1)
        self._set_up_page(first, last)

    # --- Above and below the table ----------------------------------------------------------

    def _write_head(self) -> int:
        """The bodies, the number of the form, its title; return the first row of the table."""
        head, looks = self.annex.head, self.looks
        left = [*((t, False) for t in head.superior_lines), *((t, True) for t in head.issuer_lines)]
        for row, (text, is_bold) in enumerate(left):
            self._across(row, NUMBER, LABEL, text, looks.of(align="center", bold=is_bold))
        form = wording.form_number(self.annex.form)
        self._across(0, CUMULATIVE, NOTE, form, looks.of(align="center", bold=True))
        dated = wording.date_words(year=head.year, month=head.month, day=head.day)
        reference = wording.annex_reference(
            number=head.number, symbol=head.symbol, date=dated, issuer=""
        )
        self._across(1, CUMULATIVE, NOTE, reference, looks.of(align="center", italic=True))
        row = max(len(left), 2) + 1
        title = looks.of(align="center", bold=True, font_size=layout.TITLE, text_wrap=True)
        self._across(row, NUMBER, NOTE, self.annex.title.upper(), title)
        self._across(
            row + 1, NUMBER, NOTE, self.annex.period, looks.of(align="center", italic=True)
        )
        self._across(row + 2, PLAN, NOTE, self._unit_words(), looks.of(align="right", italic=True))
        return self._write_headings(row + 3)

    def _unit_words(self) -> str:
        units = {measure.unit for measure in self.annex.measures}
        if self.annex.unit_line or len(units) > 1:
            return self.annex.unit_line or wording.BY_COLUMN
        return wording.unit_line(units.pop())

    def _write_headings(self, row: int) -> int:
        look = self.looks.framed(bold=True, align="center", text_wrap=True)
        letters = self.looks.framed(italic=True, align="center")
        self.sheet.set_row(row, HEADING_HEIGHT)
        for place, (heading, letter) in enumerate(
            zip(wording.FORM_HEADINGS, wording.FORM_LETTERS, strict=True)
        ):
            self.sheet.write_string(row, place, heading, look)
            self.sheet.write_string(row + 1, place, letter, letters)
        self.headings = row
        return row + 2

    def _write_signature(self, row: int) -> int:
        """Who prepared the form on the left, place, date and signer on the right."""
        looks, signature = self.looks, self.annex.signature
        date_look = looks.of(align="center", italic=True)
        bold = looks.of(align="center", bold=True)
        self._across(row, OF_PLAN - 2, NOTE, self.annex.head.date_line, date_look)
        authority = signature.authority if signature else (wording.HEAD_OF_UNIT,)
        self._across(row + 1, NUMBER, NAME, wording.PREPARED_BY, bold)
        for row, words in enumerate(authority, row + 1):  # noqa: B020
            self._across(row, OF_PLAN - 2, NOTE, words, bold)
        row += 5
        self._across(row, OF_PLAN - 2, NOTE, signature.name if signature else "", bold)
        return row

    def _across(self, row: int, first: int, last: int, text: str, look: Format) -> None:
        self.sheet.merge_range(row, first, row, last, "", look)
        self.sheet.write_string(row, first, fitting(text), look)

    def _set_up_page(self, first: int, last: int) -> None:
        page = self.sheet
        page.set_landscape()
        page.set_paper(9)
        page.set_margins(
            left=layout.MARGIN_LEFT / _MM_IN_INCH,
            right=layout.MARGIN_RIGHT / _MM_IN_INCH,
            top=layout.MARGIN_TOP / _MM_IN_INCH,
            bottom=layout.MARGIN_BOTTOM / _MM_IN_INCH,
        )
        page.set_print_scale(self.scale)
        page.set_h_pagebreaks(self._page_ends(first))
        page.center_horizontally()
        page.repeat_rows(self.headings, first - 1)
        page.print_area(0, 0, last, NOTE)
        page.set_footer(f"&L{footer_text(self.annex.title)}&R{wording.PAGE_OF_PAGES}")
        page.freeze_panes(first, LABEL)
        for place, width in enumerate(_WIDTHS):
            page.set_column(place, place, width)
        if self.has_ratios:
            self._write_ratio_headings()

    def _page_ends(self, first: int) -> list[int]:
        """The rows that begin a page."""
        repeated = HEADING_HEIGHT + LINE_HEIGHT
        above = (first - 2) * LINE_HEIGHT + repeated
        stay = together(self.lines, self.heights, SIGNATURE)
        return breaks(stay, above=above, repeated=repeated, scale=self.scale)

    # --- The table --------------------------------------------------------------------------

    def _write_words(self, line: Words) -> None:
        look = {"bold": line.is_heavy, "italic": not line.is_heavy}
        self.sheet.write_string(line.row, NAME, line.text, self.looks.framed(**look))
        numeral = self.looks.framed(align="center", bold=True)
        self._write_text(line.row, NUMBER, line.ordinal, numeral)
        for place in range(LABEL, NOTE + 1):
            self.sheet.write_blank(line.row, place, None, self.looks.framed())

    def _write_line(self, line: Line) -> None:
        style = {"bold": line.is_heavy, "italic": line.is_part}
        self._down(line, NUMBER, line.ordinal, align="center", **style)
        self._down(line, NAME, line.name, text_wrap=True, indent=int(line.is_part), **style)
        words = self.looks.framed(text_wrap=True, **style)
        self.sheet.write_string(line.row, LABEL, line.measure.label, words)
        unit = self.looks.framed(align="center", text_wrap=True, **style)
        self.sheet.write_string(line.row, UNIT, line.measure.unit, unit)
        look = self.looks.framed(align="right", num_format=line.measure.number_format, **style)
        for place, value in zip(FIGURES, line.figures.values, strict=True):
            self._write_figure(line, place, value, look)
        percent = self.looks.framed(align="right", num_format="0.0%", **style)
        for place, base in ((OF_PLAN, PLAN), (OF_LAST, LAST_YEAR)):
            self._write_share(line, place, base, percent)
        note = "; ".join(
            text for text in (line.note, line.figures.note, self._doubts(line)) if text
        )
        noted = self.looks.framed(text_wrap=True, indent=1, **style)
        self._write_text(line.row, NOTE, note, noted)
        self._set_height(line, note)

    def _set_height(self, line: Line, note: str) -> None:
        """Room for the longest text of the row; a name beside several measures has theirs."""
        texts = [(line.measure.label, LABEL), (line.measure.unit, UNIT), (note, NOTE)]
        if line.height == 1:
            texts.append((line.name, NAME))
        room = _LETTERS_IN_WIDTH / (1.1 if line.is_heavy else 1)
        cells = [("\n".join(wrap(text, int(_WIDTHS[place] * room))), 255) for text, place in texts]
        if (height := row_height(*cells)) > LINE_HEIGHT:
            self.sheet.set_row(line.row, height)
            self.heights[line.row] = height

    def _down(self, line: Line, place: int, text: str, **style: Any) -> None:
        """The number or name of a unit beside all its measures."""
        look = self.looks.framed(**style)
        if line.height > 1:
            self.sheet.merge_range(line.row, place, line.row + line.height - 1, place, "", look)
        if line.height:
            self._write_text(line.row, place, text, look)

    def _write_text(self, row: int, place: int, text: str, look: Format) -> None:
        if text:
            self.sheet.write_string(row, place, fitting(text), look)
        else:
            self.sheet.write_blank(row, place, None, look)

    def _write_figure(self, line: Line, place: int, value: Value, look: Format) -> None:
        shown = number_of(value)
        formula = self._formula(line, place, value)
        if formula:
            self._write_formula(line.row, place, formula, shown, look)
        elif shown is None:
            self.sheet.write_string(line.row, place, wording.NOTHING, look)
        else:
            self.sheet.write_number(line.row, place, as_number(shown), look)

    def _formula(self, line: Line, place: int, value: Value) -> str:
        """How a figure is worked out from other cells; empty where it stands for itself."""
        if line.rows is None:
            return self._ratio_formula(line, place, value) if isinstance(value, Ratio) else ""
        index = FIGURES.index(place)
        given = [other.figures.values[index] for other in line.rows]
        if not adds_up(line.measure, given, value):
            return ""
        numbers = [other.row for other in line.rows]
        if isinstance(value, Ratio):
            above, below = (sum_of(numbers, _ratio_column(place) + side) for side in (0, 1))
            return f'=IF({below}=0,"{wording.NOTHING}",{above}/{below})'
        counted = sum_of(numbers, place, "COUNT")
        return f'=IF({counted}=0,"{wording.NOTHING}",{sum_of(numbers, place)})'

    def _ratio_formula(self, line: Line, place: int, value: Ratio) -> str:
        """A unit's rate from its two parts, which stand beside the printed form."""
        column = _ratio_column(place)
        for side, part in enumerate((value.numerator, value.denominator)):
            self.sheet.write_number(line.row, column + side, as_number(part), self.looks.of())
        above, below = (xl_rowcol_to_cell(line.row, column + side) for side in (0, 1))
        return f'=IF({below}=0,"{wording.NOTHING}",{above}/{below})'

    def _write_share(self, line: Line, place: int, base: int, look: Format) -> None:
        whole = line.figures.values[FIGURES.index(base)]
        above, below = (xl_rowcol_to_cell(line.row, c) for c in (CUMULATIVE, base))
        self._write_formula(
            line.row, place,
            f'=IF(AND(ISNUMBER({above}),N({below})<>0),{above}/{below},"{wording.NOTHING}")',
            share(line.figures.cumulative, whole), look,
        )  # fmt: skip

    def _write_formula(self, row: int, place: int, formula: str, shown: Any, look: Format) -> None:
        cached = wording.NOTHING if shown is None else as_number(shown)
        self.sheet.write_formula(row, place, formula, look, cached)

    def _doubts(self, line: Line) -> str:
        """Why a total is not the sum of its rows; where no row says anything there is no doubt."""
        if line.rows is None or line.measure.adds == "rate":
            return ""
        if line.measure.adds == "distinct":
            return wording.DISTINCT
        sums = []
        for index, (place, value) in enumerate(zip(FIGURES, line.figures.values, strict=True)):
            given = [other.figures.values[index] for other in line.rows]
            is_told = any(one is not None for one in given)
            if is_told and not adds_up(line.measure, given, value):
                sums.append(
                    f"{wording.FORM_HEADINGS[place]}: {wording.figure(number_of(summed(given)))}"
                )
        return wording.NOT_THE_SUM.format(sums=", ".join(sums)) if sums else ""

    def _write_ratio_headings(self) -> None:
        look = self.looks.of(text_wrap=True, valign="vcenter", italic=True)
        for place in FIGURES:
            column = wording.FORM_HEADINGS[place]
            for side, words in enumerate((wording.NUMERATOR, wording.DENOMINATOR)):
                at = _ratio_column(place) + side
                self.sheet.write_string(self.headings, at, words.format(column=column), look)
                self.sheet.set_column(at, at, 13)


def _ratio_column(place: int) -> int:
    return HIDDEN + 2 * FIGURES.index(place)
