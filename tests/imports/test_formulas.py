# ruff: noqa: E501 - one payload a line
"""What was typed leaves as text and comes back as it was: no formula, link or number is born."""

import io
import re
import zipfile

import openpyxl
import pytest

from campaign.portal.workbooks import (
    Column,
    NotesSpec,
    SheetSpec,
    inspect,
    read_table,
    table_of,
    write_workbook,
)
from campaign.portal.workbooks.stream import write_list
from campaign.portal.workbooks.values import tidy_text

BEGINNINGS = [
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\n=",
    "＝",
    "{=",
    "'=",
    " =",
    "==",
    "=+",
    "%0A=",
    "\ufeff=",
    "\u200b=",
]
BODIES = [
    "1+1", "SUM(A1:A9)", "cmd|'/c calc'!A0", 'HYPERLINK("http://a.vn","Bảy")', "WEBSERVICE(\"http://a.vn\")", "IMPORTXML(A1)",
]  # fmt: skip
WORDS = [
    "http://a.vn", "mailto:a@b.vn", "internal:Sheet1!A1", "file:///etc/passwd", "00123", "1E5", "TRUE", "#N/A", "#REF!",
    "_x0041_", "_x003D_1+1", "&lt;f&gt;1+1&lt;/f&gt;", "</t></is></c><c><f>1+1</f></c>", "]]><f>1</f>", "=1+1;=2+2", "31/12/2026",
]  # fmt: skip
PAYLOADS = [*(start + body for start in BEGINNINGS for body in BODIES), *WORDS]
COLUMNS = [Column("Tên"), Column("Mã", "code"), Column("Điện thoại", "phone")]


def sheet(payloads=PAYLOADS, columns=COLUMNS, word="Danh sách"):
    return SheetSpec(
        name=word, title=word, scope=word, as_of=word, columns=columns, rows=[[p] * len(columns) for p in payloads]
    )  # fmt: skip


def by_book(spec, notes):
    out = io.BytesIO()
    write_workbook(out, sheets=[spec], notes=notes)
    return out.getvalue()


def by_stream(spec, notes):
    out = io.BytesIO()
    write_list(out, sheet=spec, notes=notes)
    return out.getvalue()


WRITERS = pytest.mark.parametrize("write", [by_book, by_stream])


def alive(content):
    """Cells of a workbook that do something, and tags that could."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
    tags = re.compile(rb"<f[ >/]|<hyperlink|<ddeLink|<oleLink|externalLink")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        found = [name for name in parts.namelist() if tags.search(parts.read(name))]
    return [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] + found


def test_there_are_a_hundred_payloads():
    assert len(set(PAYLOADS)) >= 100


@WRITERS
def test_a_payload_stays_text_and_reads_back_as_it_was(write):
    content = write(sheet(), NotesSpec())
    assert alive(content) == []
    table = table_of(read_table(io.BytesIO(content), filename="a.xlsx").rows, header=4)
    assert [line.values for line in table.rows] == [[tidy_text(p)] * 3 for p in PAYLOADS]
    assert all(type(value) is str for line in table.rows for value in line.values)


@WRITERS
@pytest.mark.parametrize("payload", ["=1+1", '=HYPERLINK("http://a.vn")', "http://a.vn", "@SUM(1)"])
def test_a_payload_around_the_list_stays_text_too(write, payload):
    notes = NotesSpec(
        definitions=[(payload, payload)], missing_units=[payload], filters=[(payload, payload)], remarks=[payload]
    )  # fmt: skip
    content = write(sheet(["x"], [Column(payload), Column("B", width=9)], payload), notes)
    assert alive(content) == []


@WRITERS
def test_what_was_written_is_written_alike_the_second_time(write):
    """Out, in, out and in again: the words are the same."""
    first = read_table(io.BytesIO(write(sheet(), NotesSpec())), filename="a.xlsx").rows[5:]
    again = SheetSpec("a", "a", "a", "a", COLUMNS, first)
    second = read_table(io.BytesIO(write(again, NotesSpec())), filename="a.xlsx").rows[5:]
    assert second == first


def test_a_csv_of_payloads_is_read_as_text():
    content = "\r\n".join('"' + p.replace('"', '""') + '",x' for p in PAYLOADS).encode("utf-8-sig")
    rows = read_table(io.BytesIO(content), filename="a.csv").rows
    assert [row[0] for row in rows] == [tidy_text(p) for p in PAYLOADS]
    assert inspect(io.BytesIO(content), "a.csv").sheets[0].rows == len(PAYLOADS)
