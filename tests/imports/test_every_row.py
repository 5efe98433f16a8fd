"""No row of a file vanishes: what is data, and what is passed over, add up to the file.

200 workbooks are generated in every run, as many as ``WORKBOOKS`` says when it is set.
"""

import io
import os
import random
import zipfile
from itertools import groupby

import openpyxl
import pytest
import xlsxwriter

from campaign.portal.workbooks import inspect, read_table, table_of
from tests.imports.spreadsheets import book_of, old_workbook, rows_xml, sheet_xml, with_sheet

WORKBOOKS = int(os.environ.get("WORKBOOKS", "200"))
BATCHES = 10
FAMILIES = ["Nguyễn", "Trần", "Tống", "Danh", "Thạch", "Chau", "Lý", "Cộng", "Tổng"]
GIVEN = ["Bảy", "Út", "Sa Rây", "Thị Hòa", "Văn Đức", "Ngọc Ánh", "Kim Tổng", "Hữu Cộng"]
COLUMNS = {
    "Họ và tên": lambda dice, n: f"{dice.choice(FAMILIES)} {dice.choice(GIVEN)} {n}",
    "Năm sinh": lambda dice, n: dice.choice([1950 + n % 60, str(1950 + n % 60)]),
    "Giới tính": lambda dice, n: dice.choice(["Nam", "Nữ"]),
    "Số điện thoại": lambda dice, n: f"09{n:08d}",
    "Ấp": lambda dice, n: dice.choice(["Ấp Hòa Út", "Hòa Đông", "Khóm 3"]),
    "Ghi chú": lambda dice, n: dice.choice([None, None, "Khmer", "Hộ nghèo"]),
    "Số buổi": lambda dice, n: dice.randrange(12),
}
WPS = (
    '<dimension ref="A1:C2"/>', '<dimension ref="A1"/>', '<dimension ref="A1:XFD1048576"/>',
    '<dimension ref=""/>', "",
)  # fmt: skip


def generated(dice):
    """Rows of a sheet, and what each below the headings is; one letter a row."""
    titles = ["STT", *dice.sample(list(COLUMNS), dice.randint(3, len(COLUMNS)))]
    if "Họ và tên" not in titles:
        titles.insert(1, "Họ và tên")
    width = len(titles)
    rows = [
        [dice.choice(["UBND XÃ ĐỊNH HÒA", None]), *[None] * (width - 1)]
        for _row in range(dice.randrange(8))
    ]
    rows.append(titles)
    kinds = ""
    people = 0
    for kind in dice.choices("dbhts", [30, 2, 1, 1, 1], k=dice.randint(1, 60)):
        if kind == "d":
            people += 1
            rows.append([people, *(COLUMNS[title](dice, people) for title in titles[1:])])
        else:
            rows.append(_other(kind, titles, people, dice))
        kinds += kind
    if people and dice.random() < 0.5:
        foot = [
            [None] * width,
            [None, "Người lập biểu", *[None] * (width - 2)],
            [None, "Trần Văn Hoa", *[None] * (width - 2)],
        ]
        rows += foot
        kinds += "bnn"
    while kinds.endswith("b"):
        kinds, rows = kinds[:-1], rows[:-1]
    return rows, kinds


def _other(kind, titles, people, dice):
    rest = [None] * (len(titles) - 1)
    if kind == "b":
        return [None, *rest]
    if kind == "h":
        return list(titles)
    if kind == "t":
        label = dice.choice(["Cộng", "Tổng cộng", "Tổng số", "Subtotal"])
        return [None, label, people, *rest[2:]]
    return [f"{dice.choice(['I', 'II', 'A', '1'])}. Ấp Hòa Út", *rest]


def by_xlsxwriter(rows, dice):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": dice.random() < 0.5}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(number, place, value)
                elif value is not None:
                    page.write_number(number, place, value)
    return out.getvalue()


def by_openpyxl(rows, dice):
    book = openpyxl.Workbook(write_only=dice.random() < 0.5)
    page = book.create_sheet("Lop", 0)
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_hand(rows, dice):
    return book_of(*rows, with_references=dice.random() < 0.5)


def by_wps(rows, dice):
    """The same sheet with a dimension that lies."""
    source = zipfile.ZipFile(io.BytesIO(book_of(*rows)))
    sheet = source.read("xl/worksheets/sheet1.xml").decode()
    return with_sheet(sheet.replace("<sheetData>", f"{dice.choice(WPS)}<sheetData>"))


def by_old_excel(rows, _dice):
    return old_workbook(*rows)


MAKERS = {
    "danh-sach.xlsx": (by_xlsxwriter, by_openpyxl, by_hand, by_wps),
    "danh-sach.xls": (by_old_excel,),
}


@pytest.mark.parametrize("batch", range(BATCHES))
def test_rows_of_the_file_are_data_and_rows_passed_over(batch):
    for number in range(batch, WORKBOOKS, BATCHES):
        dice = random.Random(number)
        rows, kinds = generated(dice)
        filename, makers = list(MAKERS.items())[number % 5 == 4]
        content = dice.choice(makers)(rows, dice)
        sheet = read_table(io.BytesIO(content), filename=filename)
        assert sheet.rows == squared(rows), number
        table = table_of(sheet.rows)
        header = next(place for place, row in enumerate(rows) if row[0] == "STT")
        assert table.header_rows == (header + 1,), number
        assert [line.kind[0] for line in table.rows] == list(kinds), number
        assert [line.number for line in table.rows] == list(range(header + 2, len(rows) + 1))
        assert [line.values for line in table.rows] == sheet.rows[header + 1 :]
        counts = {
            kind: len(list(same))
            for kind, same in groupby(sorted(line.kind for line in table.rows))
        }
        assert header + 1 + sum(counts.values()) == len(sheet.rows)
        look = inspect(io.BytesIO(content), filename).sheets[0]
        assert (look.rows, look.columns) == (len(sheet.rows), max(map(len, sheet.rows)))


@pytest.mark.parametrize("number", range(8))
def test_rows_taken_without_a_parser_are_what_the_parser_reads(number):
    """A comment among the rows sends all of them through the parser."""
    dice = random.Random(number)
    rows, _kinds = generated(dice)
    rows += [[12.5, "=1", True, "a & b", " _x0041_ ", "\u00adư", 1e300, None, "x" * 40_000]]
    content = dice.choice([by_xlsxwriter, by_openpyxl, by_hand])(rows, dice)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b"<sheetData>", b"<sheetData><!-- a -->"))
    plain = read_table(io.BytesIO(content), filename="a.xlsx")
    parsed = read_table(io.BytesIO(out.getvalue()), filename="a.xlsx")
    assert out.getvalue() != content
    assert plain == parsed
    assert len(plain.rows) == len(rows)


def test_a_row_inside_a_comment_is_no_row():
    hidden = '<!-- </row><row r="2"><c r="A2"><v>2</v></c></row> -->'
    xml = sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>' + hidden + rows_xml([3], first=3))
    assert read_table(io.BytesIO(with_sheet(xml)), filename="a.xlsx").rows == [[1], [None], [3]]


def squared(rows):
    """The rows as they are read: without the empty columns at the end."""
    width = max(
        (n for row in rows for n, value in enumerate(row, 1) if value is not None), default=0
    )
    return [row[:width] for row in rows]


def test_a_header_the_person_chose_keeps_every_row_too():
    rows = [["a", "b"], ["Họ tên", "Năm sinh"], ["Bảy", 1956], [None, None], ["Út", 1962]]
    for header in range(5):
        table = table_of(rows, header)
        assert [line.number for line in table.rows] == list(range(header + 2, 6))


def test_an_empty_sheet_has_no_rows_at_all():
    content = with_sheet(sheet_xml(""))
    assert table_of(read_table(io.BytesIO(content), filename="a.xlsx").rows).rows == []
