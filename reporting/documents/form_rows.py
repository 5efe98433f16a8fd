"""Making room for the units in a form: rows are opened, and everything beneath keeps its meaning.

openpyxl moves cells and nothing else; here merged cells, heights, formulas, print set-up, rules
and names move along, and sums over the row of units grow over all of them.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

_PLACE = r"(\$?[A-Z]{1,3})(\$?)(\d{1,7})"
_REFERENCE = re.compile(rf"(?:('(?:[^']|'')+'|[^'!]+)!)?{_PLACE}(?::{_PLACE})?")
_OVER_ROWS = ("SUM(", "COUNT(", "COUNTA(", "AVERAGE(", "MAX(", "MIN(", "SUBTOTAL(", "SUMPRODUCT(")


@dataclass(frozen=True)
class Room:
    """The rows of a sheet that units fill: from ``first`` on, ``given`` of them in the form."""

    first: int
    given: int
    wanted: int

    @property
    def last_given(self) -> int:
        return self.first + self.given - 1

    @property
    def opened(self) -> int:
        """How many rows have to be opened."""
        return max(self.wanted - self.given, 0)

    @property
    def last(self) -> int:
        """The last row of units, once there is room for all."""
        return self.last_given + self.opened

    def moved(self, row: int) -> int:
        """Where a row beneath the units goes."""
        return row + self.opened if row > self.last_given else row

    def end(self, row: int) -> int:
        """Where a range that ends in this row ends then: behind the last unit, if it held one."""
        return self.last if self.first <= row <= self.last_given else self.moved(row)


def open_rows(book: Workbook, sheet: Worksheet, room: Room) -> None:
    """Open the rows that are wanted, each looking like the first row of units."""
    pattern = [copy(span) for span in sheet.merged_cells.ranges if _is_within(span, room.first)]
    for other in book.worksheets:
        _move_formulas(other, sheet, room)
    if room.opened:
        _move_merged(sheet, room)
        sheet.insert_rows(room.last_given + 1, room.opened)
        _move_heights(sheet, room)
        _move_rules(sheet, room)
        _move_pictures(sheet, room)
    _move_printing(sheet, room)
    _move_names(book, sheet, room)
    for row in range(room.last_given + 1, room.last + 1):
        _dress(sheet, room.first, row)
        for span in pattern:
            sheet.merge_cells(
                start_row=row, end_row=row, start_column=span.min_col, end_column=span.max_col
            )


def repeat_formula(formula: str, *, column: int, first: int, row: int) -> str:
    """A formula of the first row of units as it reads in another of their rows."""
    letter = get_column_letter(column)
    try:
        Tokenizer(formula)
    except TokenizerError:
        return formula
    return str(Translator(formula, f"{letter}{first}").translate_formula(f"{letter}{row}"))


def moved_formula(formula: str, room: Room, *, sheet: str, is_here: bool, row: int) -> str:
    """A formula after rows were opened in ``sheet``; ``is_here`` when it stands in that sheet."""
    try:
        tokens = Tokenizer(formula)
    except TokenizerError:
        return formula
    is_of_unit = is_here and room.first <= row <= room.last_given
    inside: list[str] = []
    for token in tokens.items:
        if token.type == Token.FUNC:
            if token.subtype == Token.OPEN:
                inside.append(token.value.upper())
            else:
                inside.pop()
        elif token.type == Token.OPERAND and token.subtype == Token.RANGE:
            is_over_rows = bool(inside) and inside[-1] in _OVER_ROWS
            token.value = _moved_reference(
                token.value, room, sheet if not is_here else None, sheet,
                is_of_unit=is_of_unit, grows=is_over_rows,
            )  # fmt: skip
    return str(tokens.render())


def _moved_reference(
    text: str, room: Room, needs: str | None, name: str, *, is_of_unit: bool, grows: bool
) -> str:
    """One reference: ``needs`` is the sheet it must name to be meant at all."""
    found = _REFERENCE.fullmatch(text)
    if not found:
        return text
    sheet, column, fixed, row, last_column, last_fixed, last_row = found.groups()
    named = sheet.strip("'").replace("''", "'") if sheet else None
    if named != name and (named is not None or needs is not None):
        return text
    start, end = int(row), int(last_row or row)
    before = f"{sheet}!" if sheet else ""
    within = start == end == room.first
    if is_of_unit and within and not (fixed and last_fixed):
        return text
    first = f"{before}{column}{fixed}{room.moved(start)}"
    if last_row is None:
        if grows and within and room.last > room.first and not is_of_unit:
            return f"{first}:{column}{fixed}{room.last}"
        return first
    return f"{first}:{last_column}{last_fixed}{room.end(end)}"


def _is_within(span: CellRange, row: int) -> bool:
    return bool(span.min_row == span.max_row == row)


def _move_formulas(other: Worksheet, sheet: Worksheet, room: Room) -> None:
    is_here = other is sheet

    def moved(formula: str, row: int) -> str:
        return moved_formula(formula, room, sheet=sheet.title, is_here=is_here, row=row)

    for line in other.iter_rows():
        for cell in line:
            if isinstance(cell.value, ArrayFormula):
                cell.value.text = moved(cell.value.text, cell.row)
                if is_here:
                    cell.value.ref = _moved_span(cell.value.ref, room)
            elif cell.data_type == "f" and isinstance(cell.value, str):
                cell.value = moved(cell.value, cell.row)


def _move_merged(sheet: Worksheet, room: Room) -> None:
    for span in list(sheet.merged_cells.ranges):
        if span.max_row > room.last_given:
            sheet.merged_cells.remove(span)
            moved = CellRange(_moved_span(span.coord, room))
            sheet.merged_cells.add(moved.coord)


def _move_heights(sheet: Worksheet, room: Room) -> None:
    old = {row: size for row, size in sheet.row_dimensions.items() if row > room.last_given}
    for row in old:
        del sheet.row_dimensions[row]
    for row, size in old.items():
        place = room.moved(row)
        kept = RowDimension(
            sheet, index=place, ht=size.ht, hidden=size.hidden,
            outlineLevel=size.outlineLevel, collapsed=size.collapsed,
        )  # fmt: skip
        sheet.row_dimensions[place] = kept


def _move_rules(sheet: Worksheet, room: Room) -> None:
    """Conditional formats, drop-downs, tables and page breaks."""
    formats = sheet.conditional_formatting
    old = [(str(block.sqref), list(block.rules)) for block in formats]
    formats._cf_rules.clear()
    for spans, rules in old:
        for rule in rules:
            formats.add(_moved_spans(spans, room), rule)
    for validation in sheet.data_validations.dataValidation:
        validation.sqref = MultiCellRange(_moved_spans(str(validation.sqref), room))
    for table in sheet.tables.values():
        table.ref = _moved_span(table.ref, room)
    for page_break in sheet.row_breaks.brk:
        page_break.id = room.moved(page_break.id)


def _move_pictures(sheet: Worksheet, room: Room) -> None:
    """Links, pictures and charts that stand beneath the units."""
    linked = (cell for line in sheet.iter_rows(min_row=room.last + 1) for cell in line)
    for cell in linked:
        if cell.hyperlink is not None:
            cell.hyperlink.ref = cell.coordinate
    for picture in (*sheet._images, *sheet._charts):
        for corner in (getattr(picture.anchor, "_from", None), getattr(picture.anchor, "to", None)):
            if corner is not None:
                corner.row = room.moved(corner.row + 1) - 1


def _move_printing(sheet: Worksheet, room: Room) -> None:
    if sheet.print_area:
        areas = str(sheet.print_area).replace("'" + sheet.title.replace("'", "''") + "'!", "")
        spans = [span.replace("$", "").rpartition("!")[2] for span in areas.split(",")]
        sheet.print_area = ",".join(_moved_span(span, room) for span in spans)
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = _moved_span(sheet.auto_filter.ref, room)


def _move_names(book: Workbook, sheet: Worksheet, room: Room) -> None:
    """Names people gave to cells of the sheet."""
    for names in (book.defined_names, *(other.defined_names for other in book.worksheets)):
        for name in names.values():
            if name.attr_text and "!" in name.attr_text:
                name.attr_text = moved_formula(
                    f"={name.attr_text}", room, sheet=sheet.title, is_here=False, row=0
                ).removeprefix("=")


def _moved_span(span: str, room: Room) -> str:
    """A range of cells after rows were opened."""
    found = CellRange(span.replace("$", ""))
    top, bottom = room.moved(found.min_row), room.end(found.max_row)
    left, right = get_column_letter(found.min_col), get_column_letter(found.max_col)
    return f"{left}{top}:{right}{bottom}" if ":" in span else f"{left}{top}"


def _moved_spans(spans: str, room: Room) -> str:
    """Ranges a rule is for: what was said of the row of units is said of all of them."""
    return " ".join(_moved_span(f"{s}:{s}" if ":" not in s else s, room) for s in spans.split())


def _dress(sheet: Worksheet, pattern: int, row: int) -> None:
    """Give a row the looks and the height of the first row of units."""
    for column in range(1, sheet.max_column + 1):
        source = sheet.cell(pattern, column)
        if source.has_style:
            sheet.cell(row, column)._style = copy(source._style)
    size = sheet.row_dimensions[pattern].height
    if size is not None:
        sheet.row_dimensions[row].height = size
