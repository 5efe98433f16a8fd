# ruff: noqa: E501 - one hostile file a line
"""Workbooks: hostile files are refused, honest ones read whole, and text stays text."""

import contextlib
import io
import random
import struct
import time
import tracemalloc
import unicodedata
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.portal.workbooks import (
    Column,
    Limits,
    NotesSpec,
    SheetSpec,
    WorkbookRefused,
    find_header,
    read_table,
    safe_filename,
    write_workbook,
)
from campaign.portal.workbooks.write import sheet_name
from tests.imports.spreadsheets import (
    BOOK,
    MAIN,
    ONE_CELL,
    TYPES,
    compound_file,
    old_workbook,
    record,
    sheet_xml,
    with_sheet,
    workbook_bytes,
)


def zip_bomb(megabytes=500):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook_bytes())) as source:
        kept = {name: source.read(name) for name in source.namelist()}
    kept.pop("xl/worksheets/sheet1.xml")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in kept.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as stream:
            stream.write(sheet_xml("").partition("</sheetData>")[0].encode())
            for _megabyte in range(megabytes):
                stream.write(b"<row/>" * (1024 * 1024 // 6))
    return out.getvalue()


def lying_zip_header():
    """A bomb whose headers say that its sheet has a thousand bytes."""
    content = bytearray(zip_bomb(80))
    start = content.rfind(b"PK\x01\x02")
    content[start + 24 : start + 28] = struct.pack("<I", 1000)
    return bytes(content)


def crowded_zip():
    return workbook_bytes(parts={f"xl/worksheets/s{n}.xml": "<a/>" for n in range(20_000)})


HOSTILE = {
    "far cell": (lambda: with_sheet(sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "rows"),
    "zip bomb": (zip_bomb, "bomb"),
    "lying zip header": (lying_zip_header, "damaged"),
    "entities": (lambda: with_sheet(sheet_xml(before='<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>')), "entities"),
    "external entity": (lambda: with_sheet(sheet_xml(before='<!DOCTYPE x SYSTEM "file:///etc/passwd">')), "entities"),
    "macro": (lambda: workbook_bytes(parts={"xl/vbaProject.bin": b"\0"}), "macro"),
    "external link": (lambda: workbook_bytes(parts={"xl/externalLinks/externalLink1.xml": "<a/>"}), "links"),
    "wide sheet": (lambda: with_sheet(sheet_xml('<row r="1"><c r="XFD1"><v>1</v></c></row>')), "columns"),
    "many parts": (crowded_zip, "bomb"),
    "many sheets": (lambda: workbook_bytes(parts={"xl/workbook.xml": BOOK.replace("<sheet name", '<sheet name="b" sheetId="9" r:id="rId1"/>' * 100_000 + "<sheet name")}), "bomb"),
    "cell without a row that counts on": (lambda: with_sheet(sheet_xml("<row>" + "<c><v>1</v></c>" * 300 + "</row>")), "columns"),
    "far cell in coded letters": (lambda: with_sheet(sheet_xml('<row r="1"><c r="&#88;FD1048576"><v>1</v></c></row>')), "rows"),
    "far cell behind a bracket": (lambda: with_sheet(sheet_xml('<row r="1"><c s=">" r="XFD1048576"><v>1</v></c></row>')), "rows"),
    "deep nesting": (lambda: with_sheet(sheet_xml("<a>" * 100_000)), "bomb"),
    "one endless tag": (lambda: with_sheet(sheet_xml(f'<row a="{"x" * 3_000_000}"/>')), "bomb"),
    "macro type": (lambda: workbook_bytes(parts={"[Content_Types].xml": TYPES.replace("openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main")}), "macro"),
    "embedded document": (lambda: workbook_bytes(parts={"xl/embeddings/a.docx": b"\0"}), "embedded"),
    "no workbook": (lambda: b"PK\x03\x04 and then nothing", "damaged"),
    "utf-16 sheet": (lambda: with_sheet(sheet_xml().encode("utf-16")), "damaged"),
}  # fmt: skip


def refusal(content, filename="danh-sach.xlsx", **options):
    with pytest.raises(WorkbookRefused) as refused:
        read_table(io.BytesIO(content), filename=filename, **options)
    assert refused.value.message
    return refused.value.code


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_quickly_and_within_little_memory(name):
    make, code = HOSTILE[name]
    content = make()
    tracemalloc.start()
    started = time.process_time()
    try:
        assert refusal(content, limits=Limits(size=64 * 1024 * 1024)) == code
        assert tracemalloc.get_traced_memory()[1] < 100 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 3  # one second, and tracing triples it


def test_a_dimension_that_lies_is_not_believed():
    xml = sheet_xml().replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    assert read_table(io.BytesIO(with_sheet(xml)), filename="a.xlsx").rows == [[1]]


def test_styled_cells_without_a_value_may_be_anywhere():
    xml = sheet_xml(ONE_CELL + '<row r="900000"><c r="ZZ900000" s="0"/></row>')
    assert read_table(io.BytesIO(with_sheet(xml)), filename="a.xlsx").rows == [[1]]


def test_one_text_shared_by_thousands_of_cells_is_not_copied_out():
    shared = f'<sst xmlns="{MAIN}"><si><t>{"x" * 30_000}</t></si></sst>'
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 10_001))
    content = workbook_bytes(
        parts={"xl/sharedStrings.xml": shared, "xl/worksheets/sheet1.xml": sheet_xml(rows)}
    )
    tracemalloc.start()
    table = read_table(io.BytesIO(content), filename="a.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(table.rows) == 10_000
    assert table.rows[0] is not table.rows[1]
    assert peak < 100 * 1024 * 1024


@pytest.mark.parametrize(
    ("content", "filename", "code"),
    [
        (b"", "a.xlsx", "empty"),
        (b"%PDF-1.7", "a.xlsx", "kind"),
        (b"%PDF-1.7", "a.csv", "kind"),
        (b"hello", "a.xlsx", "kind"),
        (b"hello", "a.exe", "kind"),
        (b"a,b\n1,\x00\n", "a.csv", "kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "a.xls", "damaged"),
    ],
)
def test_a_file_of_another_kind_is_refused(content, filename, code):
    assert refusal(content, filename) == code


def test_a_macro_workbook_is_refused_by_its_name():
    assert refusal(workbook_bytes(), "a.xlsm") == "macro"


def test_a_file_above_the_size_limit_is_refused():
    assert refusal(b"a" * 2000, "a.csv", limits=Limits(size=1000)) == "size"


def test_a_compound_header_is_where_the_guard_looks():
    content = bytearray(compound_file("EncryptedPackage", "EncryptionInfo"))
    assert struct.unpack_from("<I", content, 48)[0] == 1
    assert bytes(content[:8]) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("names", "workbook", "code"),
    [
        (["EncryptedPackage", "EncryptionInfo"], b"", "protected"),
        (["Workbook", "_VBA_PROJECT_CUR"], b"", "macro"),
        (["WordDocument"], b"", "kind"),
        (["Workbook"], record(0x809, b"\0" * 16) + record(0x2F, b"\0" * 4), "protected"),
        (["Workbook"], record(0x809, b"\0" * 16) + record(0x203, struct.pack("<HHHd", 65535, 99, 0, 1)), "cells"),
        (["Workbook"], record(0x809, b"\0" * 16) + record(0x203, struct.pack("<HHHd", 9, 255, 0, 1)), "columns"),
        (["Workbook"], record(0x809, b"\0" * 16) + record(0x85, b"\0\0\0\0\0\x01"), "macro"),
        (["Workbook"], record(0xFC, struct.pack("<IIHB", 1, 1, 32000, 0) + b"x" * 8000)
         + record(0x3C, b"\0" + b"x" * 8000) + record(0x3C, b"\0" + b"x" * 8000)
         + record(0x3C, b"\0" + b"x" * 8000)
         + b"".join(record(0xFD, struct.pack("<HHHI", n, 0, 0, 0)) for n in range(2000)), "cells"),
    ],
)  # fmt: skip
def test_an_old_workbook_is_looked_into_before_it_is_read(names, workbook, code):
    assert refusal(compound_file(*names, workbook=workbook), "a.xls") == code


def test_an_honest_old_workbook_is_read():
    table = read_table(io.BytesIO(old_workbook()), filename="cu.xls")
    assert (table.names, table.rows) == (["Lop"], [["Bảy", 12]])


def test_a_protected_xlsx_is_told_apart_from_a_damaged_one():
    assert refusal(compound_file("EncryptedPackage", "EncryptionInfo"), "a.xlsx") == "protected"


def test_a_mutated_workbook_is_read_or_refused_never_anything_else():
    dice = random.Random(20261122)
    honest = written()
    for _mutant in range(150):
        content = bytearray(honest)
        for _place in range(dice.randint(1, 12)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        with contextlib.suppress(WorkbookRefused):
            read_table(io.BytesIO(bytes(content)), filename="a.xlsx")


# --- Writing --------------------------------------------------------------------------------

COLUMNS = [
    Column("Name"),
    Column("Code", "code"),
    Column("Phone", "phone"),
    Column("Attended", "int", is_totalled=True),
    Column("Hours", "decimal", is_totalled=True),
    Column("Rate", "percent"),
    Column("Held on", "date"),
]
ROWS = [
    ["=1+1", "007", "0912345678", 1234, Decimal("1.5"), 0.831, date(2026, 9, 1)],
    ["Nguyễn Thị Bảy", "89", None, 0, 2.25, None, None],
]


def written(rows=ROWS, columns=COLUMNS, *, name="Số liệu", has_total=True, notes=None):
    out = io.BytesIO()
    sheet = SheetSpec(
        name=name,
        title="Lớp học",
        scope="Xã An Hòa; Quý IV/2026",
        as_of="Tạm tính lúc 08:42 22/11/2026",
        columns=columns,
        rows=iter(rows),
        has_total=has_total,
    )
    write_workbook(out, sheets=[sheet], notes=notes or NotesSpec())
    return out.getvalue()


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def test_a_sheet_says_what_it_is_before_its_header():
    sheet = opened(written()).worksheets[0]
    assert [sheet.cell(row, 1).value for row in range(1, 6)] == [
        "Lớp học",
        "Xã An Hòa; Quý IV/2026",
        "Tạm tính lúc 08:42 22/11/2026",
        None,
        "Name",
    ]
    assert sheet.freeze_panes == "A6"
    assert sheet.auto_filter.ref == "A5:G7"


def test_a_sheet_prints_on_a4_landscape_with_its_header_on_each_page():
    sheet = opened(written()).worksheets[0]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$5:$5"
    assert sheet.oddFooter.right.text == "&P/&N"


def test_numbers_and_dates_are_real_and_codes_are_text():
    sheet = opened(written()).worksheets[0]
    first = list(sheet[6])
    assert [cell.value for cell in first[1:6]] == ["007", "0912345678", 1234, 1.5, 0.831]
    assert first[6].value == datetime(2026, 9, 1)
    formats = [cell.number_format for cell in first]
    assert formats == ["@", "@", "@", "#,##0", "#,##0.0", "0.0%", "dd/mm/yyyy"]


def test_nothing_is_empty_and_zero_is_zero():
    second = [cell.value for cell in opened(written()).worksheets[0][7]]
    assert second == ["Nguyễn Thị Bảy", "89", None, 0, 2.25, None, None]


def test_only_the_total_row_has_formulas_and_they_carry_their_value():
    content = written()
    sheet = opened(content).worksheets[0]
    formulas = {
        c.coordinate: c.value for row in sheet.iter_rows() for c in row if c.data_type == "f"
    }
    assert formulas == {"D8": "=SUM(D6:D7)", "E8": "=SUM(E6:E7)"}
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
    assert (values["D8"].value, values["E8"].value) == (1234, 3.75)


PAYLOADS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\")", "{=1}", "http://a.vn",
    "mailto:a@b.vn", "=cmd|'/c calc'!A0", "'=1", "%0A=1", "_x0041_", "00123", "1E5", "TRUE",
]  # fmt: skip


def test_formula_payloads_stay_the_text_they_were():
    columns = [Column("A"), Column("B", "code"), Column("C", "phone")]
    content = written([[p, p, p] for p in PAYLOADS], columns, has_total=False)
    sheet = opened(content).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=6) for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
    table = read_table(io.BytesIO(content), filename="a.xlsx")
    assert [row[0] for row in table.rows[5:]] == [p.strip() for p in PAYLOADS]


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)


@settings(deadline=None)
@given(st.lists(names, min_size=1, max_size=8))
def test_text_reads_back_as_it_was_written(texts):
    content = written([[text] for text in texts], [Column("A")], has_total=False)
    table = read_table(io.BytesIO(content), filename="a.xlsx")
    found = [row[0] for row in table.rows[5:]]
    expected = [read_back(text) for text in texts]
    while expected and expected[-1] is None:
        expected.pop()
    assert found == expected


def read_back(text):
    return unicodedata.normalize("NFC", text).strip() or None


def test_the_notes_say_what_columns_mean_and_who_is_missing():
    notes = NotesSpec(
        definitions=[("Attended", "People who came")],
        missing_units=["Xã Bình Minh"],
        filters=[("Period", "Quý IV/2026")],
    )
    sheet = opened(written(notes=notes)).worksheets[1]
    told = [value for row in sheet.iter_rows(values_only=True) for value in row if value]
    assert told[2:4] == ["Period", "Quý IV/2026"]
    assert {"Attended", "People who came", "Xã Bình Minh"} <= set(told)


def test_a_workbook_hides_nothing_and_names_nobody():
    book = opened(written())
    assert {sheet.sheet_state for sheet in book.worksheets} == {"visible"}
    dimensions = [d for sheet in book.worksheets for d in sheet.column_dimensions.values()]
    assert not any(dimension.hidden for dimension in dimensions)
    assert not book.properties.creator
    assert not book.properties.lastModifiedBy


def test_sheet_names_are_short_legal_and_different():
    taken = set()
    long = "Lớp học kỹ năng số: tháng 9/2026 [bản nháp]"
    first, second = sheet_name(long, taken), sheet_name(long, taken)
    assert first != second
    assert max(len(first), len(second)) <= 31
    assert not set("[]:*?/\\") & set(first + second)
    assert opened(written(name=long)).sheetnames[0] == first


def test_rates_cannot_be_added_up():
    with pytest.raises(ValueError, match="add up"):
        Column("Rate", "percent", is_totalled=True)


def test_rows_are_taken_one_at_a_time():
    rows = ([f"Người {n}"] for n in range(20_000))
    columns = [Column("A")]
    tracemalloc.start()
    written(rows, columns, has_total=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 1024 * 1024


def test_file_names_are_plain_ascii():
    at = datetime(2026, 11, 22, 1, 42, tzinfo=UTC)
    assert safe_filename("Lớp học", period="2026-Q4", at=at) == (
        "BDHVS_Lop-hoc_2026-Q4_2026-11-22_0842.xlsx"
    )
    assert safe_filename("../Đề án: “số”", at=at) == "BDHVS_De-an-so_2026-11-22_0842.xlsx"


# --- Reading --------------------------------------------------------------------------------


def test_an_export_reads_back_with_its_types():
    table = read_table(io.BytesIO(written(has_total=False)), filename="a.xlsx")
    assert table.names[0] == table.name == "Số liệu"
    assert table.rows[5:] == [
        ["=1+1", "007", "0912345678", 1234, 1.5, 0.831, date(2026, 9, 1)],
        ["Nguyễn Thị Bảy", "89", None, 0, 2.25, None, None],
    ]
    assert isinstance(table.rows[5][3], int)


def test_another_sheet_is_read_by_name_or_place():
    content = written()
    assert read_table(io.BytesIO(content), filename="a.xlsx", sheet=1).name != "Số liệu"
    assert read_table(io.BytesIO(content), filename="a.xlsx", sheet="Số liệu").name == "Số liệu"
    assert refusal(content, sheet="Khác") == "sheet"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_is_read_whatever_its_encoding_and_delimiter(encoding, delimiter):
    lines = [["Họ và tên", "SĐT"], ["Bảy, Đỗ; A", "0912345678"], ["“Ơn”", "007"]]
    text = "\r\n".join(delimiter.join(f'"{value}"' for value in line) for line in lines)
    table = read_table(io.BytesIO(text.encode(encoding)), filename="a.csv")
    assert table.rows == lines


def test_a_csv_of_windows_vietnamese_is_composed():
    text = "Ho\u0323 tên;Nghê\u0300\nTâ\u0301m;Nông dân\n"
    table = read_table(io.BytesIO(text.encode("cp1258")), filename="a.csv")
    assert table.rows == [["Họ tên", "Nghề"], ["Tấm", "Nông dân"]]


def test_a_csv_may_say_its_delimiter():
    table = read_table(io.BytesIO(b"sep=;\r\na;b\r\n1;2\r\n"), filename="a.csv")
    assert table.rows == [["a", "b"], ["1", "2"]]


def test_long_and_wide_csv_files_are_refused():
    assert refusal(b"a\n" * 20_100, "a.csv", limits=Limits(rows=20_000)) == "rows"
    assert refusal(b",".join([b"1"] * 201), "a.csv") == "columns"


def test_the_header_is_found_below_the_titles_by_any_of_its_names():
    rows = read_table(io.BytesIO(written()), filename="a.xlsx").rows
    wanted = {"name": ["Họ và tên", "NAME"], "phone": ["SĐT", "phone"], "note": ["Ghi chú"]}
    header = find_header(rows, wanted)
    assert (header.row, header.first_row) == (4, 5)
    assert header.columns == {"name": 0, "phone": 2}
    assert header.unknown["Held on"] == 6


def test_remarks_in_brackets_do_not_hide_a_heading():
    rows = [["STT", "HỌ VÀ TÊN (*)", "Số điện thoại (nếu có)"]]
    wanted = {"name": ["họ và tên"], "phone": ["số điện thoại"]}
    assert find_header(rows, wanted).columns == {"name": 1, "phone": 2}


def test_a_table_without_a_header_has_none():
    assert find_header([["Bảy", "0912345678"]], {"name": ["họ tên"], "phone": ["sđt"]}) is None
