"""The annexes as Excel sees them: formulas worked out again, formats, the printed page."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from reporting.documents.annex_book import write_annexes
from reporting.documents.annexes import (
    Annex,
    AnnexGroup,
    AnnexUnit,
    Figures,
    Measure,
    Part,
    Ratio,
)
from reporting.documents.official import Signature
from reporting.documents.page_breaks import POINTS_IN_MM, Block, breaks
from tests.reporting.papers import communes, letterhead

CLASSES = Measure("classes", "Số lớp đã tổ chức", "lớp", meaning="Lớp có buổi học trong kỳ.")
PEOPLE = Measure("people", "Số người tham gia", "người", adds="distinct")
COVERED = Measure("covered", "Tỷ lệ thôn có tổ", "%", adds="rate")
HOURS = Measure("hours", "Số giờ", "giờ", decimals=1)
FIRST = 9
"""The first row of the table, below letterhead, title, headings and their letters."""


def annex(units: Any, total: Any, measures: Any = (CLASSES,), **more: Any) -> Annex:
    groups = more.pop("groups", (AnnexGroup(tuple(units)),))
    return Annex(
        form="01/BDHVS", head=letterhead(), title="Kết quả tổ chức lớp học",
        period="Kỳ báo cáo: Quý IV/2025 (từ 15/09/2025 đến 14/12/2025)",
        measures=measures, groups=groups, total=total, **more,
    )  # fmt: skip


def province(**more: Any) -> Annex:
    """All 102 communes; every ninth has not reported."""
    units = [
        AnnexUnit(name, is_missing=True)
        if place % 9 == 0
        else AnnexUnit(
            name, {"classes": Figures(10, place % 3, place, None if place % 7 == 0 else 2 * place)}
        )
        for place, (_code, name) in enumerate(communes(), 1)
    ]
    told = [unit.figures["classes"].values for unit in units if unit.figures]
    sums = [sum(value or 0 for value in column) for column in zip(*told, strict=True)]
    return annex(units, {"classes": Figures(*sums)}, **more)


class Book:
    """A workbook with its formulas and with the values it shows, and a small calculator."""

    def __init__(self, content: bytes) -> None:
        self.formulas = openpyxl.load_workbook(io.BytesIO(content))
        self.shown = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        self.sheet, self.values = self.formulas.worksheets[0], self.shown.worksheets[0]

    def row(self, row: int, columns: str = "ABCDEFGHIJK") -> list[Any]:
        return [self.values[f"{column}{row}"].value for column in columns]

    def find(self, name: str) -> int:
        return next(c.row for c in self.values["B"] if c.value == name)

    def check_formulas(self) -> int:
        """Work every formula out again; how many there are."""
        count = 0
        for cell in (cell for row in self.sheet.iter_rows() for cell in row):
            if cell.data_type == "f":
                count += 1
                shown = self.values[cell.coordinate].value
                found = self.work_out(cell.value)
                expected = found if isinstance(found, str) else pytest.approx(found, rel=1e-12)
                assert shown == expected, (cell.coordinate, cell.value)
        return count

    def work_out(self, formula: str) -> Any:
        text = formula.removeprefix("=").replace("<>", "!=")
        text = re.sub(r"(?<![<>!=])=(?!=)", "==", text)
        text = re.sub(r"([A-Z]+\d+):([A-Z]+\d+)", r"cells('\1:\2')", text)
        text = re.sub(r"(?<![':A-Z])([A-Z]+\d+)(?![':\d(])", r"cell('\1')", text)
        return eval(text, {**WORDS, "cell": self.cell, "cells": self.cells})

    def cell(self, at: str) -> Any:
        return _known(self.values[at].value)

    def cells(self, span: str) -> list[Any]:
        return [cell.value for row in self.values[span] for cell in row]


class Known(float):
    """A number that may be divided by nought when the formula never shows the answer."""

    def __truediv__(self, other: Any) -> Any:
        return Known(float(self) / other) if isinstance(other, float) and other else None

    def __add__(self, other: float) -> Any:
        return Known(float(self) + other)


def _known(value: Any) -> Any:
    return Known(value) if isinstance(value, int | float) else _Text(value or "")


class _Text(str):
    def __truediv__(self, other: Any) -> Any:
        return None


def _numbers(parts: tuple[Any, ...]) -> list[float]:
    flat = [v for part in parts for v in (part if isinstance(part, list) else [part])]
    return [float(v) for v in flat if isinstance(v, int | float)]


WORDS: dict[str, Any] = {
    "IF": lambda test, yes, no: yes if test else no,
    "AND": lambda *tests: all(tests),
    "ISNUMBER": lambda value: isinstance(value, float),
    "N": lambda value: value if isinstance(value, float) else 0,
    "SUM": lambda *parts: Known(sum(_numbers(parts))),
    "COUNT": lambda *parts: len(_numbers(parts)),
}


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(write_annexes([province()]))


def test_the_head_of_a_form_says_who_what_and_when(book):
    said = [cell.value for row in book.values.iter_rows(max_row=8) for cell in row if cell.value]
    assert said == [
        "ỦY BAN NHÂN DÂN TỈNH AN GIANG", "Biểu số 01/BDHVS",
        "SỞ KHOA HỌC VÀ CÔNG NGHỆ",
        "(Kèm theo Báo cáo số ……/BC-SKHCN ngày …… tháng 01 năm 2026)",
        "KẾT QUẢ TỔ CHỨC LỚP HỌC", "Kỳ báo cáo: Quý IV/2025 (từ 15/09/2025 đến 14/12/2025)",
        "ĐVT: lớp",
        "STT", "Tên đơn vị", "Chỉ tiêu", "ĐVT", "KH năm", "Trong kỳ", "Lũy kế", "Cùng kỳ",
        "% so KH", "% so cùng kỳ", "Ghi chú",
        "A", "B", "1", "2", "3", "4", "5", "6", "7=5/3", "8=5/6", "9",
    ][: len(said)]  # fmt: skip
    assert len(said) >= 18


def test_the_total_stands_first_or_last_and_adds_up_every_unit(book):
    total = book.find("TỔNG CỘNG")
    assert (
        book.sheet[f"G{total}"].value
        == f'=IF(COUNT(G{total + 1}:G{total + 102})=0,"–",SUM(G{total + 1}:G{total + 102}))'
    )
    assert book.row(total)[6] == sum(p for p in range(1, 103) if p % 9)
    last = Book(write_annexes([province(total_at="last")]))
    assert last.find("TỔNG CỘNG") == last.find(communes()[-1][1]) + 1
    assert last.row(last.find("TỔNG CỘNG"))[4:9] == book.row(total)[4:9]


def test_every_formula_shows_what_it_comes_to(book):
    assert book.check_formulas() == 4 + 2 * 103


def test_nothing_is_a_dash_and_nought_is_nought(book):
    silent, quiet = book.find(communes()[8][1]), book.find(communes()[2][1])
    assert book.row(silent) == [
        "9",
        communes()[8][1],
        "Số lớp đã tổ chức",
        "lớp",
        *["–"] * 6,
        "Chưa báo cáo",
    ]
    assert book.row(quiet)[4:8] == [10, 0, 3, 6]
    no_base = book.find(communes()[6][1])
    assert book.row(no_base)[7:10] == ["–", 0.7, "–"]


def test_a_plan_of_nought_gives_no_percentage():
    book = Book(
        write_annexes(
            [
                annex(
                    [AnnexUnit("Xã A", {"classes": Figures(0, 1, 1, 0)})],
                    {"classes": Figures(0, 1, 1, 0)},
                )
            ]
        )
    )
    assert book.row(book.find("Xã A"))[8:10] == ["–", "–"]
    book.check_formulas()


def test_figures_are_numbers_with_formats(book):
    row = book.find(communes()[0][1])
    formats = [book.sheet[f"{column}{row}"].number_format for column in "EFGHIJ"]
    assert formats == [*["#,##0"] * 4, "0.0%", "0.0%"]
    assert all(isinstance(book.values[f"{c}{row}"].value, int | float) for c in "EFGHIJ")
    cell = book.sheet[f"E{row}"]
    assert (cell.font.name, cell.alignment.horizontal, cell.border.top.style) == (
        "Times New Roman", "right", "thin",
    )  # fmt: skip


def test_decimals_stay_exact():
    values = {"hours": Figures(None, Decimal("1.1"), Decimal("2.2"))}
    book = Book(
        write_annexes(
            [
                annex(
                    [AnnexUnit("Xã A", values)] * 3,
                    {"hours": Figures(None, Decimal("3.3"), Decimal("6.6"))},
                    (HOURS,),
                )
            ]
        )
    )
    total = book.find("TỔNG CỘNG")
    assert book.row(total)[4:7] == ["–", 3.3, 6.6]
    assert book.sheet[f"F{total}"].number_format == "#,##0.0"
    book.check_formulas()


def test_distinct_people_are_not_summed():
    units = [
        AnnexUnit("Xã A", {"people": Figures(None, 5, 9)}),
        AnnexUnit("Xã B", {"people": Figures(None, 4, 8)}),
    ]
    book = Book(write_annexes([annex(units, {"people": Figures(20, 7, 15)}, (PEOPLE,))]))
    total = book.find("TỔNG CỘNG")
    assert book.row(total)[4:8] == [20, 7, 15, "–"]
    assert book.sheet[f"F{total}"].data_type == "n"
    assert "Không cộng dồn" in book.row(total)[10]


def test_a_rate_divides_sums():
    units = [
        AnnexUnit("Xã A", {"covered": Figures(Decimal("0.8"), None, Ratio(1, 4), Ratio(1, 2))}),
        AnnexUnit("Xã B", {"covered": Figures(Decimal("0.8"), None, Ratio(9, 10), Ratio(0, 0))}),
    ]
    total = {"covered": Figures(Decimal("0.9"), None, Ratio(10, 14), Ratio(1, 2))}
    book = Book(write_annexes([annex(units, total, (COVERED,))]))
    top, first, second = (book.find(name) for name in ("TỔNG CỘNG", "Xã A", "Xã B"))
    assert book.row(top)[4] == 0.9
    assert book.row(top)[6] == pytest.approx(10 / 14)
    assert book.row(first)[6:10] == [0.25, 0.5, pytest.approx(0.25 / 0.8), 0.5]
    assert book.row(second)[7] == "–"
    assert book.sheet[f"G{top}"].number_format == "0.0%"
    assert book.check_formulas() == 3 * 2 + 2 + 4  # of two units and the total; rates; their totals
    area = book.sheet.print_area
    assert area.startswith("'Biểu 01'!$A$1:$K$")  # the parts of the rates are not printed


def test_a_total_that_is_not_the_sum_stands_as_it_is_and_says_so():
    units = [AnnexUnit("Xã A", {"classes": Figures(1, 1, 4)})]
    book = Book(write_annexes([annex(units, {"classes": Figures(1, 1, 5)})]))
    total = book.find("TỔNG CỘNG")
    assert (book.sheet[f"G{total}"].data_type, book.row(total)[6]) == ("n", 5)
    assert book.row(total)[10] == "Khác tổng các dòng (Lũy kế: 4)"
    assert book.sheet[f"F{total}"].data_type == "f"


def test_parts_and_groups_are_told_but_not_added_again():
    girls = Part("Nữ", {"classes": Figures(None, 1, 2)})
    groups = (
        AnnexGroup(
            (AnnexUnit("Xã A", {"classes": Figures(1, 2, 3, 4)}, parts=(girls,)),),
            "Xã, phường",
            {"classes": Figures(1, 2, 3, 4)},
        ),
        AnnexGroup((AnnexUnit("Sở B", {"classes": Figures(5, 6, 7, 8)}),), "Sở, ngành"),
    )
    book = Book(
        write_annexes(
            [annex((), {"classes": Figures(6, 8, 10, 12)}, groups=groups, total_parts=(girls,))]
        )
    )
    names = [book.row(row, "AB") for row in range(book.find("TỔNG CỘNG"), book.find("Sở B") + 1)]
    assert [tuple(pair) for pair in names] == [
        (None, "TỔNG CỘNG"), (None, "Trong đó:"), (None, "- Nữ"),
        ("I", "Xã, phường"), ("1", "Xã A"), (None, "Trong đó:"), (None, "- Nữ"),
        ("II", "Sở, ngành"), ("2", "Sở B"),
    ]  # fmt: skip
    assert book.row(book.find("TỔNG CỘNG"))[4:8] == [6, 8, 10, 12]
    assert book.sheet[f"G{book.find('TỔNG CỘNG')}"].data_type == "f"
    book.check_formulas()


def test_several_measures_stand_under_one_name():
    units = [
        AnnexUnit(n, {"classes": Figures(1, 2, 3), "hours": Figures(4, 5, 6)})
        for n in ("Xã A", "Xã B")
    ]
    total = {"classes": Figures(2, 4, 6), "hours": Figures(8, 10, 12)}
    book = Book(write_annexes([annex(units, total, (CLASSES, HOURS))]))
    row = book.find("Xã A")
    assert f"B{row}:B{row + 1}" in {str(span) for span in book.sheet.merged_cells.ranges}
    assert (
        book.sheet[f"F{book.find('TỔNG CỘNG')}"].value
        == f'=IF(COUNT(F{row},F{row + 2})=0,"–",SUM(F{row},F{row + 2}))'
    )
    assert "ĐVT: như cột 2" in [c.value for c in book.values["E"]]
    book.check_formulas()


def test_the_printed_page(book):
    page = book.sheet
    assert page.page_setup.orientation == "landscape"
    assert page.page_setup.paperSize == 9
    assert 70 <= page.page_setup.scale <= 100
    first = book.find("TỔNG CỘNG")
    assert page.print_title_rows == f"${first - 2}:${first - 1}"
    assert page.freeze_panes == f"C{first}"
    assert page.oddFooter.right.text == "Trang &P/&N"
    assert page.page_margins.left == pytest.approx(30 / 25.4, abs=0.01)


def test_the_foot_leaves_room_for_names():
    book = Book(write_annexes([province(signature=Signature(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")))]))
    said = [
        str(c.value) for row in book.values.iter_rows(min_row=FIRST + 103) for c in row if c.value
    ]
    assert said[-4:] == [
        "An Giang, ngày …… tháng 01 năm 2026",
        "Người lập biểu",
        "KT. GIÁM ĐỐC",
        "PHÓ GIÁM ĐỐC",
    ]


def test_the_notes_explain_and_name_the_missing():
    days = {"first_day": date(2025, 9, 15), "last_day": date(2025, 12, 14)}
    book = Book(write_annexes([province(**days), province()], facts=[("Số liệu", "Đã chốt")]))
    assert book.shown.sheetnames == ["Biểu 01", "Biểu 01 2", "Ghi chú"]
    notes = book.shown.worksheets[-1]
    words = {row[0].value: row[1].value for row in notes.iter_rows() if row[0].value}
    assert words["Kỳ báo cáo từ ngày"] == datetime(2025, 9, 15)
    assert next(c for c in notes["B"] if c.is_date).number_format == "dd/mm/yyyy"
    assert words["Số liệu"] == "Đã chốt"
    assert words["Số lớp đã tổ chức (lớp)"] == "Lớp có buổi học trong kỳ."
    missing = [name for place, (_, name) in enumerate(communes(), 1) if place % 9 == 0]
    assert [name for name in missing if name not in words] == []


def test_a_name_never_becomes_a_formula():
    units = [AnnexUnit("=1+1", {"classes": Figures(1, 1, 1)})]
    book = Book(write_annexes([annex(units, {"classes": Figures(1, 1, 1)})]))
    assert book.sheet[f"B{book.find('=1+1')}"].data_type == "s"


def test_equal_annexes_give_equal_bytes_that_tell_no_time():
    first, second = write_annexes([province()]), write_annexes([province()])
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-01-01T00:00:00Z" in parts.read("docProps/core.xml")


def test_a_page_ends_between_units_never_within_one():
    blocks = [Block(row, 60) for row in range(10, 210, 4)]
    starts = breaks(blocks, above=180, repeated=47, scale=80)
    assert set(starts) <= {block.row for block in blocks}
    assert len(starts) >= 5
    pages = [range(a, b) for a, b in zip([10, *starts], [*starts, 210], strict=True)]
    tall = 170 * POINTS_IN_MM / 0.8
    assert all(len(page) / 4 * 60 + 47 <= tall for page in pages)
    assert all(len(page) / 4 * 60 + 47 > tall / 2 for page in pages[1:-1])
