"""Long lists stream into workbooks that are, to every reader, those of the ordinary writer."""

import csv
import io
import re
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import python_calamine
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.portal.workbooks import (
    Column,
    NotesSpec,
    SheetSpec,
    read_table,
    stream,
    write_workbook,
)
from campaign.portal.workbooks.plain import write_csv
from campaign.portal.workbooks.stream import write_list
from tests.campaign.test_workbooks import PAYLOADS

COLUMNS = [
    Column("Họ tên"), Column("Code", "code"), Column("Phone", "phone", 30), Column("Count", "int"),
    Column("Hours", "decimal"), Column("Rate", "percent"), Column("Held on", "date"),
    Column("At", "datetime"), Column("<A> & B"),
]  # fmt: skip
NIGHT = datetime(2026, 1, 5, 17, 30, 15, tzinfo=UTC)
ROWS = [
    ["Nguyễn Thị Bảy", "007", "0912345678", 1234, Decimal("1.5"), 0.831, date(2026, 9, 1), NIGHT, "a"],
    ["  hai  bên ", lazystr("89"), None, 0, 2.25, None, None, None, "&<>\"'"],
    ["dòng\nhai\tba", 12, "", -7, 1e-7, 1, date(1899, 5, 4), datetime(2026, 3, 1, 6, 0), ""],
    ["𠀀 ﬁ\u00a0x", mark_safe("<b>"), "+84 912", 10**15, 1 / 3, 0, datetime(2026, 1, 1, 12), None, "'"],
]  # fmt: skip
NOTES = NotesSpec(
    definitions=[("Count", "People & others")], filters=[("Filter", "Quý IV/2026")], remarks=["R"]
)


def spec(rows=ROWS, columns=COLUMNS, name="Lớp: học"):
    return SheetSpec(name, "Lớp & học", "Xã An Hòa; Quý IV/2026", "Tạm tính", columns, iter(rows))


def streamed(rows=ROWS, columns=COLUMNS, notes=NOTES):
    out = io.BytesIO()
    write_list(out, sheet=spec(rows, columns), notes=notes)
    return out.getvalue()


def ordinary(rows=ROWS, columns=COLUMNS, notes=NOTES):
    out = io.BytesIO()
    write_workbook(out, sheets=[spec(rows, columns)], notes=notes)
    return out.getvalue()


def everything(content):
    """All that a reader sees of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    told = [(book.properties.title, book.properties.creator, book.properties.lastModifiedBy)]
    for sheet in book.worksheets:
        setup = sheet.page_setup
        told += [
            sheet.title, sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows,
            setup.orientation, setup.paperSize, setup.fitToHeight, sheet.oddFooter.left.text,
            sheet.oddFooter.right.text, sheet.sheet_properties.pageSetUpPr.fitToPage,
            sheet.page_margins.left, sheet.sheet_view.tabSelected,
            {name: one.width for name, one in sheet.column_dimensions.items()},
            {row: one.height for row, one in sheet.row_dimensions.items()},
            sorted(name for name in sheet.defined_names),
        ]  # fmt: skip
        told += [
            (cell.coordinate, cell.value, cell.data_type, cell.number_format, cell.font.b,
             cell.font.sz, cell.fill.fgColor.rgb, cell.border.top.style, cell.alignment.wrap_text)
            for row in sheet.iter_rows()
            for cell in row
        ]  # fmt: skip
    return told


def test_it_is_the_workbook_the_ordinary_writer_makes():
    assert everything(streamed()) == everything(ordinary())
    assert everything(streamed([])) == everything(ordinary([]))


def test_another_reader_finds_the_same():
    mine, theirs = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for content in (streamed(), ordinary())
    )
    assert mine.sheet_names == theirs.sheet_names
    for name in mine.sheet_names:
        pages = [book.get_sheet_by_name(name).to_python() for book in (mine, theirs)]
        assert pages[0] == pages[1]


def test_every_part_is_declared_and_every_relation_leads_somewhere():
    with zipfile.ZipFile(io.BytesIO(streamed())) as book:
        assert book.testzip() is None
        parts = {name: ET.fromstring(book.read(name)) for name in book.namelist()}
    assert next(iter(parts)) == "_rels/.rels"
    declared = {one.get("PartName") for one in parts["[Content_Types].xml"] if one.get("PartName")}
    assert declared == {f"/{name}" for name in parts if not name.endswith((".rels", "Types].xml"))}
    targets = {one.get("Target") for one in parts["_rels/.rels"]}
    targets |= {f"xl/{one.get('Target')}" for one in parts["xl/_rels/workbook.xml.rels"]}
    assert targets <= set(parts)
    order = [re.sub("{.*}", "", one.tag) for one in parts["xl/worksheets/sheet1.xml"]]
    assert order == [
        "sheetPr", "sheetViews", "sheetFormatPr", "cols", "sheetData", "autoFilter",
        "pageMargins", "pageSetup", "headerFooter",
    ]  # fmt: skip


def test_payloads_stay_text_and_nothing_is_a_formula_or_a_link():
    content = streamed([[p, p, p] for p in PAYLOADS], COLUMNS[:3])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=6) for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
    table = read_table(io.BytesIO(content), filename="a.xlsx")
    assert [row[0] for row in table.rows[5:]] == [p.strip() for p in PAYLOADS]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert not any(b"<f" in book.read(name) for name in book.namelist() if "sheet" in name)


any_text = st.text(max_size=20) | st.sampled_from(
    ["_x0041_", "a|b", " |", "\x00", "\ud800", "\r\n"]
)


@settings(max_examples=30, deadline=None)
@given(st.lists(any_text, min_size=1, max_size=8))
def test_texts_come_back_without_what_no_workbook_holds(texts):
    content = streamed([[text, "x"] for text in texts], COLUMNS[:2])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    kept = [
        re.sub("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", "", re.sub("\r\n?", "\n", text))
        for text in texts
    ]
    found = [openpyxl.utils.escape.unescape(cell.value or "") for cell in sheet["A"][5:]]
    assert found == kept


def test_what_is_no_number_or_day_stays_as_it_is():
    rows = [["12a", float("nan"), "?"], [True, Decimal("Infinity"), "05/2026"], [10**20, "", 3]]
    content = streamed(rows, [COLUMNS[3], COLUMNS[4], COLUMNS[6]])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=6)] == [
        ["12a", "nan", "?"], [1, "Infinity", "05/2026"], ["1" + "0" * 20, None, "3"],
    ]  # fmt: skip


def test_the_longest_text_is_cut_with_a_mark():
    sheet = openpyxl.load_workbook(io.BytesIO(streamed([["a" * 40_000]], COLUMNS[:1])))
    value = sheet.worksheets[0]["A6"].value
    assert (len(value), value[-1]) == (32_767, "…")


def test_a_list_longer_than_a_sheet_goes_on_on_further_ones(monkeypatch):
    monkeypatch.setattr(stream, "LAST_ROW", 12)
    monkeypatch.setattr(stream, "ROWS_AT_ONCE", 3)
    out = io.BytesIO()
    count = write_list(
        out, sheet=spec([[f"Người {n}"] for n in range(14)], COLUMNS[:1]), notes=NOTES
    )
    book = openpyxl.load_workbook(out)
    assert count == 14
    assert book.sheetnames == ["Lớp học", "Lớp học 2", "Lớp học 3", "Ghi chú"]
    lists = book.worksheets[:3]
    assert [sheet["A5"].value for sheet in lists] == ["Họ tên"] * 3
    assert [sheet.auto_filter.ref for sheet in lists] == ["A5:A11", "A5:A11", "A5:A7"]
    names = [cell.value for sheet in lists for cell in sheet["A"][5:]]
    assert names == [f"Người {n}" for n in range(14)]
    with zipfile.ZipFile(out) as file:
        names = file.read("xl/workbook.xml").decode()
        filters = re.findall(r'_FilterDatabase" localSheetId="(\d)".*?\$(\d+)<', names)
        marked = [b"tabSelected" in file.read(f"xl/worksheets/sheet{n}.xml") for n in (1, 2, 3)]
    assert sorted(filters) == [("0", "11"), ("1", "11"), ("2", "7")]
    assert marked == [True, False, False]


def test_memory_does_not_grow_with_the_list():
    def peak(count):
        rows = ((f"Người {n}", f"{n:07}", n) for n in range(count))
        tracemalloc.start()
        write_list(Nowhere(), sheet=spec(rows, [*COLUMNS[:2], COLUMNS[3]]), notes=NotesSpec())
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(600)
    assert peak(9_000) < 1.5 * peak(1_500)


class Nowhere(io.RawIOBase):
    """A file that keeps nothing."""

    def writable(self):
        return True

    def write(self, content):
        return len(content)


def test_a_list_has_no_total_row():
    with pytest.raises(ValueError, match="total"):
        write_list(
            io.BytesIO(), notes=NOTES,
            sheet=SheetSpec("A", "A", "", "", COLUMNS[:1], [], has_total=True),
        )  # fmt: skip


# --- The data alone -------------------------------------------------------------------------


def test_csv_holds_the_same_rows_and_no_formula():
    out = io.BytesIO()
    rows = [*ROWS, *([p, p, p, None, None, None, None, None, -5] for p in PAYLOADS)]
    assert write_csv(out, sheet=spec(rows)) == len(rows)
    content = out.getvalue()
    assert content.startswith(b"\xef\xbb\xbf")
    head, first, *others = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert head == [column.title for column in COLUMNS]
    assert first == [
        "Nguyễn Thị Bảy", "007", "0912345678", "1234", "1.5", "0.831", "01/09/2026",
        "06/01/2026 00:30", "a",
    ]  # fmt: skip
    assert others[2][2] == "'+84 912"
    texts = [cell for row in others[3:] for cell in row[:3]]
    assert not any(text.startswith(("=", "+", "-", "@", "\t")) for text in texts)
    assert [row[8] for row in others[3:]] == ["-5"] * len(PAYLOADS)
