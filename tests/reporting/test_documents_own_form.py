"""The province's own form comes back filled: their layout, our figures, their formulas."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import translation
from openpyxl import Workbook
from openpyxl.styles import Font

from reporting.documents.annexes import Annex, AnnexGroup, AnnexUnit, Figures, Measure
from reporting.documents.form_rows import Room, moved_formula
from reporting.documents.own_form import FilledForm, check_form, fill_form
from tests.reporting.forms import TOTAL, UNITS, province_form, saved, words_of
from tests.reporting.papers import communes, letterhead

CLASSES = Measure("L01", "Số lớp đã tổ chức", "lớp")
PEOPLE = Measure("L04", "Số người tham gia", "người", adds="distinct")


def annex(count: int = 102, measure: Measure = CLASSES, **more: Any) -> Annex:
    units = tuple(
        AnnexUnit(name, is_missing=True, code=code)
        if place % 9 == 0
        else AnnexUnit(name, {measure.code: Figures(10, place % 3, place, None)}, code=code)
        for place, (code, name) in enumerate(communes()[:count], 1)
    )
    told = [unit.figures[measure.code].values for unit in units if unit.figures]
    sums = [sum(column) for column in list(zip(*told, strict=True))[:3]]
    return Annex(
        form="03", head=letterhead(), title="Tổng hợp", period="Quý IV/2025",
        measures=(measure,), groups=(AnnexGroup(units),),
        total={measure.code: Figures(*sums, None)}, **more,
    )  # fmt: skip


def filled(book: Workbook, data: Annex | None = None) -> tuple[Any, FilledForm]:
    done = fill_form(saved(book), filename="bieu.xlsx", annex=data or annex())
    return openpyxl.load_workbook(io.BytesIO(done.content)), done


def refused(book: Workbook | bytes, filename: str = "bieu.xlsx", data: Annex | None = None) -> str:
    content = book if isinstance(book, bytes) else saved(book)
    with pytest.raises(ValidationError) as error, translation.override("en"):
        check_form(content, filename=filename, annex=data or annex())
    return " ".join(error.value.messages)


def test_the_row_of_units_is_repeated_for_each_of_them():
    form, _sheet = province_form()
    sheet = filled(form)[0].worksheets[0]
    rows = [words_of(sheet, row) for row in range(UNITS, UNITS + 102)]
    assert [row[1] for row in rows] == [name for _code, name in communes()]
    assert [row[0] for row in rows] == list(range(1, 103))
    assert rows[1][2:6] == [10, 2, 2, None]
    assert rows[2][2:6] == [10, 0, 3, None]  # nothing in the period is a nought
    assert rows[8][2:6] == [None] * 4
    assert rows[8][8] == "Chưa báo cáo"


def test_the_totals_cover_all_rows_and_stay_formulas():
    form, _sheet = province_form()
    book, done = filled(form)
    sheet = book.worksheets[0]
    last, total = UNITS + 101, UNITS + 102
    assert words_of(sheet, total)[:5] == [
        "TỔNG CỘNG", None, *(f"=SUM({c}{UNITS}:{c}{last})" for c in "CDE")
    ]  # fmt: skip
    assert sheet[f"G{total}"].value == f'=IFERROR(E{total}/C{total},"–")'
    assert sheet[f"G{total}"].number_format == "0.00%"
    assert sheet[f"C{total}"].number_format == "#,##0"
    assert [book["Tóm tắt"][cell].value for cell in ("B1", "B2")] == [
        f"='Biểu tổng hợp'!E{total}",
        f"=SUM('Biểu tổng hợp'!E{UNITS}:E{last})",
    ]
    assert book.calculation.fullCalcOnLoad
    assert done.remarks == []


def test_the_forms_own_formulas_are_repeated_and_never_divide_by_nothing():
    form, _sheet = province_form()
    sheet = filled(form)[0].worksheets[0]
    assert sheet[f"G{UNITS + 50}"].value == f'=IFERROR(E{UNITS + 50}/C{UNITS + 50},"–")'
    assert sheet[f"G{UNITS + 50}"].number_format == "0.00%"
    share = f'=IF(AND(ISNUMBER(E{UNITS}),N(F{UNITS})<>0),E{UNITS}/F{UNITS},"–")'
    assert sheet[f"H{UNITS}"].value == share


def test_looks_merges_print_and_signature_move_along():
    form, before = province_form()
    book = filled(form)[0]
    sheet, shift = book.worksheets[0], 101
    merged = {str(span) for span in sheet.merged_cells.ranges}
    assert {"A3:I3", "D6:E6", "A6:A7", f"A{TOTAL + shift}:B{TOTAL + shift}"} <= merged
    foot = UNITS + 2 + 2 + shift
    assert f"G{foot}:I{foot}" in merged
    assert len(merged) == len(before.merged_cells.ranges)
    assert (sheet[f"B{foot}"].value, sheet[f"G{foot}"].value) == ("NGƯỜI LẬP BIỂU", "GIÁM ĐỐC")
    assert sheet.row_dimensions[foot].height == 33
    assert {sheet.row_dimensions[row].height for row in range(UNITS, UNITS + 102)} == {21}
    assert sheet[f"B{foot + 2}"].value == f"=C{TOTAL + shift}"
    cell = sheet[f"C{UNITS + 77}"]
    assert (cell.font.name, cell.border.left.style, cell.number_format) == (
        "Times New Roman", "thin", "#,##0",
    )  # fmt: skip
    assert sheet.column_dimensions["B"].width == 31
    assert sheet.print_area == f"'Biểu tổng hợp'!$A$1:$I${17 + shift}"
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$6:$8", "C9")
    rules = [str(block.sqref) for block in sheet.conditional_formatting]
    assert rules == [f"G{UNITS}:G{UNITS + 101}"]
    choice = str(sheet.data_validations.dataValidation[0].sqref)
    assert choice == f"I{UNITS}:I{UNITS + 101}"
    assert book.defined_names["KeHoach"].attr_text.endswith(f"$C${UNITS}:$C${UNITS + 101}")


def test_words_of_the_report_stand_where_the_form_asks_for_them():
    form, sheet = province_form()
    sheet["A2"] = "{{co_quan}} - {{bieu_so}}"
    sheet["G2"] = "Tổng lũy kế: {{tong.luy_ke}} lớp"
    sheet["A5"] = "{{tong.luy_ke}}"
    data = annex()
    done = filled(form, data)[0].worksheets[0]
    total = data.total["L01"].cumulative
    assert done["A4"].value == "Quý IV/2025"
    assert done["A2"].value == "SỞ KHOA HỌC VÀ CÔNG NGHỆ - Biểu số 03"
    assert done["G2"].value == f"Tổng lũy kế: {total:,} lớp".replace(",", ".")
    assert (done["A5"].value, done["A5"].data_type) == (total, "n")


def test_a_total_above_the_units_grows_too():
    form, _sheet = province_form(total_first=True)
    sheet = filled(form)[0].worksheets[0]
    assert sheet[f"C{UNITS}"].value == f"=SUM(C{UNITS + 1}:C{UNITS + 102})"
    assert sheet[f"B{UNITS + 102}"].value == communes()[-1][1]


def test_a_form_without_placeholders_is_read_by_its_headings():
    form, _sheet = province_form(placeholders=False, rows=3)
    understood = check_form(saved(form), filename="bieu.xlsx", annex=annex())
    assert [(s.first, s.given) for s in understood] == [(UNITS, 3)]
    book, _done = filled(form)
    sheet = book.worksheets[0]
    names = [sheet[f"B{row}"].value for row in range(UNITS, UNITS + 102)]
    assert names == [name for _code, name in communes()]
    assert words_of(sheet, UNITS + 1)[2:6] == [10, 2, 2, None]
    assert (
        sheet[f"G{UNITS}"].value
        == f'=IF(AND(ISNUMBER(E{UNITS}),N(C{UNITS})<>0),E{UNITS}/C{UNITS},"–")'
    )
    assert sheet[f"E{UNITS + 102}"].value == f"=SUM(E{UNITS}:E{UNITS + 101})"


def test_a_formula_in_the_empty_row_belongs_to_every_unit():
    form, before = province_form(placeholders=False, rows=2)
    before[f"G{UNITS}"] = f"=E{UNITS}/C{UNITS}*100"
    sheet = filled(form, annex(5))[0].worksheets[0]
    assert [sheet[f"G{row}"].value for row in (UNITS, UNITS + 4)] == [
        f'=IFERROR(E{row}/C{row}*100,"–")' for row in (UNITS, UNITS + 4)
    ]


def test_fewer_units_than_empty_rows_leave_the_rest_empty():
    form, _sheet = province_form(placeholders=False, rows=5)
    sheet = filled(form, annex(2))[0].worksheets[0]
    assert [sheet[f"B{row}"].value for row in range(UNITS, UNITS + 5)] == [
        *[n for _c, n in communes()[:2]],
        None,
        None,
        None,
    ]
    assert sheet[f"A{UNITS + 5}"].value == "TỔNG CỘNG"
    assert sheet[f"C{UNITS + 5}"].value == f"=SUM(C{UNITS}:C{UNITS + 4})"


def test_a_form_that_lists_its_units_is_filled_where_they_stand():
    form, sheet = province_form(placeholders=False, rows=4)
    for row, (_code, name) in enumerate(reversed(communes()[:4]), UNITS):
        sheet[f"B{row}"] = name.upper()
    done = filled(form, annex(4))[0].worksheets[0]
    assert [words_of(done, row)[1:5] for row in range(UNITS, UNITS + 4)] == [
        [communes()[place][1].upper(), 10, (place + 1) % 3, place + 1] for place in (3, 2, 1, 0)
    ]
    assert done[f"A{UNITS + 4}"].value == "TỔNG CỘNG"
    assert "Phường" in refused(form, data=annex(9))


def test_distinct_people_are_never_added_up_by_the_form():
    form, _sheet = province_form()
    data = annex(measure=PEOPLE)
    data = replace(data, total={"L04": Figures(5, 6, 7, None)})
    book, done = filled(form, data)
    assert [book.worksheets[0][f"{c}{UNITS + 102}"].value for c in "CDE"] == [5, 6, 7]
    assert len(done.remarks) == 3
    assert f"C{UNITS + 102}" in done.remarks[0]


def test_several_indicators_stand_in_columns_of_their_own():
    form, sheet = province_form()
    hours = Measure("L02", "Số buổi học", "buổi")
    assert "L01.ke_hoach" in refused(form, data=replace(annex(), measures=(CLASSES, hours)))
    for column, key in (
        (3, "L01.ke_hoach"),
        (4, "L01.trong_ky"),
        (5, "L02.trong_ky"),
        (6, "L02.luy_ke"),
        (8, "ghi_chu"),
    ):
        sheet.cell(UNITS, column).value = "{{" + key + "}}"
    unit = AnnexUnit("Xã A", {"L01": Figures(1, 2, 3), "L02": Figures(4, 5, 6)})
    data = replace(annex(), measures=(CLASSES, hours), groups=(AnnexGroup((unit,)),), total={})
    done = filled(form, data)[0].worksheets[0]
    assert words_of(done, UNITS)[1:6] == ["Xã A", 1, 2, 5, 6]


@pytest.mark.parametrize(
    ("cell", "text", "told"),
    [
        ("D9", "{{trong_kỳ_này}}", "cell D9: {{trong_kỳ_này}} is not known. Write for instance {{trong_ky}}"),
        ("D9", "{{L99.trong_ky}}", "cell D9: {{L99.trong_ky}} is not known"),
        ("C12", "{{luy_ke}}", "cell C12: {{luy_ke}} stands outside row 9, which is repeated"),
        ("C12", "{{luy_ke}}", "Move it there, or write {{tong.luy_ke}}"),
        ("B9", "Xã", "row 9: the row to repeat names no unit. Write {{ten_don_vi}}"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_told_with_its_cell(cell, text, told):
    form, sheet = province_form()
    sheet[cell] = text
    message = refused(form)
    assert told in message
    assert "Biểu tổng hợp" in message


def test_a_repeated_row_may_not_be_merged_with_another():
    form, sheet = province_form()
    sheet.merge_cells(f"I{UNITS}:I{UNITS + 1}")
    assert f"cells I{UNITS}:I{UNITS + 1}: the row to repeat is merged" in refused(form)


def test_a_form_without_a_row_for_units_is_refused():
    book = Workbook()
    book.active["A1"] = "Danh bạ"
    assert "No sheet has a row for the units" in refused(book)
    form, _sheet = province_form(placeholders=False, rows=1)
    form.worksheets[0].delete_rows(UNITS)
    assert "no empty row for the units" in refused(form)


def test_an_unknown_name_in_the_list_is_told():
    form, sheet = province_form(placeholders=False, rows=2)
    sheet[f"B{UNITS}"], sheet[f"B{UNITS + 1}"] = communes()[0][1], "Xã Không Có"
    assert f"row {UNITS + 1}: “Xã Không Có” is no unit of this report" in refused(
        form, data=annex(1)
    )


def test_only_workbooks_that_pass_the_guard_are_opened():
    assert "not an Excel or CSV" in refused(b"%PDF-1.7", "bieu.pdf")
    assert "as .xlsx" in refused(b"a,b\n1,2\n", "bieu.csv")
    form, _sheet = province_form()
    buffer = io.BytesIO(saved(form))
    with zipfile.ZipFile(buffer, "a") as parts:
        parts.writestr("docProps/custom.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    assert "entities" in refused(buffer.getvalue())


def test_merged_cells_without_end_are_refused_before_anybody_counts_them():
    form, _sheet = province_form()
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(form))) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A3:I3"', b'ref="A20:XFD1048576"'))
    assert "too many cells" in refused(buffer.getvalue())


def test_a_dressed_cell_far_below_does_not_make_a_million_rows():
    form, sheet = province_form()
    sheet["A1048576"].font = Font(bold=True)
    assert filled(form)[0].worksheets[0].max_row < 2100


def test_text_boxes_are_told_to_be_lost():
    form, _sheet = province_form()
    buffer = io.BytesIO(saved(form))
    with zipfile.ZipFile(buffer, "a") as parts:
        parts.writestr("xl/drawings/drawing9.xml", '<x:wsDr xmlns:x="u"><x:sp/></x:wsDr>')
    assert len(fill_form(buffer.getvalue(), filename="a.xlsx", annex=annex(3)).remarks) == 1


def test_a_name_never_becomes_a_formula():
    form, _sheet = province_form()
    unit = AnnexUnit('=HYPERLINK("http://a.vn")', {"L01": Figures(1, 1, 1)})
    done = filled(form, replace(annex(), groups=(AnnexGroup((unit,)),)))[0].worksheets[0]
    assert done[f"B{UNITS}"].data_type == "s"


def test_equal_forms_give_equal_bytes_whenever_they_are_filled():
    content = saved(province_form()[0])
    made = []
    for moment in (datetime(2026, 1, 5), datetime(2027, 3, 6)):
        with time_machine.travel(moment):
            made.append(fill_form(content, filename="a.xlsx", annex=annex()).content)
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("formula", "row", "moved"),
    [
        ("=SUM(E9:E9)", 10, "=SUM(E9:E12)"),
        ("=SUM(E9)", 10, "=SUM(E9:E12)"),
        ("=SUM($E$9:$E$9)/E10", 10, "=SUM($E$9:$E$12)/E13"),
        ("=E9/C9", 9, "=E9/C9"),
        ("=SUM(C9:E9)", 9, "=SUM(C9:E9)"),
        ("=RANK(E9,E$9:E$9)", 9, "=RANK(E9,E$9:E$12)"),
        ("=E8+E10+A$20", 20, "=E8+E13+A$23"),
        ("=SUM(E5:E30)", 40, "=SUM(E5:E33)"),
        ("=SUM(E:E)+Khac!E10", 40, "=SUM(E:E)+Khac!E10"),
        ('="E10"&Bieu!E10', 40, '="E10"&Bieu!E13'),
    ],
)
def test_formulas_follow_the_rows_that_are_opened(formula, row, moved):
    room = Room(first=9, given=1, wanted=4)
    assert moved_formula(formula, room, sheet="Bieu", is_here=True, row=row) == moved
