"""Forms as provinces draw them: merged headings, letters under them, totals, a place to sign."""

from __future__ import annotations

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

THIN = Border(*[Side("thin")] * 4)
HEADINGS = (
    "STT",
    "Đơn vị",
    "KH năm",
    "Thực hiện",
    "",
    "Cùng kỳ năm trước",
    "% so với KH",
    "% so cùng kỳ",
    "Ghi chú",
)
BELOW = ("", "", "", "Trong kỳ", "Lũy kế", "", "", "", "")
LETTERS = ("A", "B", "1", "2", "3", "4", "5=3/1", "6=3/4", "7")
KEYS = (
    "stt",
    "ten_don_vi",
    "ke_hoach",
    "trong_ky",
    "luy_ke",
    "cung_ky",
    None,
    "so_cung_ky",
    "ghi_chu",
)
UNITS, TOTAL = 9, 10


def province_form(
    *, placeholders: bool = True, rows: int = 1, total_first: bool = False
) -> tuple[Workbook, Worksheet]:
    """One sheet: units in row 9, the total beneath (or in row 9, units in row 10)."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Biểu tổng hợp"
    sheet["A1"], sheet["G1"] = "UBND TỈNH AN GIANG", "Biểu mẫu 03"
    sheet["A3"] = "TỔNG HỢP KẾT QUẢ PHONG TRÀO “BÌNH DÂN HỌC VỤ SỐ”"
    sheet["A4"] = "{{ky_bao_cao}}" if placeholders else "Kỳ báo cáo: ....."
    for span in ("A1:C1", "G1:I1", "A3:I3", "A4:I4"):
        sheet.merge_cells(span)
    _headings(sheet)
    units, total = (UNITS + 1, UNITS) if total_first else (UNITS, UNITS + rows)
    for row in range(units, units + rows):
        _unit_row(sheet, row, placeholders=placeholders)
    _total_row(sheet, total, units, units + rows - 1)
    after = UNITS + 1 + rows
    _foot(sheet, after)
    _set_up(book, sheet, after + 6, units)
    return book, sheet


def _headings(sheet: Worksheet) -> None:
    for row, words in ((6, HEADINGS), (7, BELOW), (8, LETTERS)):
        for column, word in enumerate(words, 1):
            cell = sheet.cell(row, column, word or None)
            cell.border, cell.font = THIN, Font(name="Times New Roman", bold=row < 8)
            cell.alignment = Alignment("center", "center", wrap_text=True)
    sheet.merge_cells("D6:E6")
    for column in "ABCFGHI":
        sheet.merge_cells(f"{column}6:{column}7")


def _unit_row(sheet: Worksheet, row: int, *, placeholders: bool) -> None:
    sheet.row_dimensions[row].height = 21
    for column, key in enumerate(KEYS, 1):
        cell = sheet.cell(row, column)
        cell.border, cell.font = THIN, Font(name="Times New Roman", size=12)
        if placeholders and key:
            cell.value = "{{" + key + "}}"
        if 3 <= column <= 6:
            cell.number_format = "#,##0"
    if placeholders:
        sheet.cell(row, 7, f"=E{row}/C{row}").number_format = "0.00%"


def _total_row(sheet: Worksheet, row: int, first: int, last: int) -> None:
    sheet.cell(row, 1, "TỔNG CỘNG")
    sheet.merge_cells(f"A{row}:B{row}")
    for column in range(1, 10):
        sheet.cell(row, column).border = THIN
        sheet.cell(row, column).font = Font(name="Times New Roman", bold=True)
    for letter in "CDE":
        sheet[f"{letter}{row}"] = f"=SUM({letter}{first}:{letter}{last})"


def _foot(sheet: Worksheet, row: int) -> None:
    sheet.cell(row + 1, 7, "An Giang, ngày     tháng     năm 2026").font = Font(italic=True)
    sheet.merge_cells(f"G{row + 1}:I{row + 1}")
    sheet.cell(row + 2, 2, "NGƯỜI LẬP BIỂU")
    sheet.cell(row + 2, 7, "GIÁM ĐỐC")
    sheet.merge_cells(f"G{row + 2}:I{row + 2}")
    sheet.row_dimensions[row + 2].height = 33
    sheet.cell(row + 4, 2, f"=C{row - 1}")


def _set_up(book: Workbook, sheet: Worksheet, last: int, units: int) -> None:
    sheet.column_dimensions["B"].width = 31
    sheet.print_area = f"A1:I{last}"
    sheet.print_title_rows = "6:8"
    sheet.page_setup.orientation = "landscape"
    sheet.freeze_panes = "C9"
    red = CellIsRule(
        operator="lessThan", formula=["0.5"], fill=PatternFill("solid", bgColor="FFC7CE")
    )
    sheet.conditional_formatting.add(f"G{units}:G{units}", red)
    choice = DataValidation(type="list", formula1='"Đạt,Chưa đạt"')
    choice.add(f"I{units}:I{units}")
    sheet.add_data_validation(choice)
    book.defined_names["KeHoach"] = DefinedName(
        "KeHoach", attr_text=f"'{sheet.title}'!$C${units}:$C${units}"
    )
    other = book.create_sheet("Tóm tắt")
    other["A1"] = "Cộng lũy kế"
    other["B1"] = f"='{sheet.title}'!E{units + 1}"
    other["B2"] = f"=SUM('{sheet.title}'!E{units}:E{units})"


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def words_of(sheet: Worksheet, row: int) -> list[Any]:
    return [cell.value for cell in sheet[row]]
