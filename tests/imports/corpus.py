# ruff: noqa: E501 - one nasty file a line
"""Nasty files, as people and programs make them, and what must come of each.

A case either names the refusal (``code``), or says what the sheet holds (``rows``), and may say
what kind each row below the headings is (``kinds``) and what the columns are called (``titles``).
"""

import io
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import xlsxwriter

from tests.imports.spreadsheets import (
    BOOK,
    BOOK_RELATIONS,
    MAIN,
    OFFICE,
    ONE_CELL,
    RELATIONS,
    ROOT_RELATIONS,
    STRICT,
    TYPES,
    book_of,
    cell,
    compound_file,
    old_workbook,
    record,
    rows_xml,
    sheet_xml,
    sheets_of,
    with_sheet,
    with_styles,
    with_texts,
    workbook_bytes,
)

HEAD = ["STT", "Họ và tên", "Năm sinh", "Ghi chú"]
PEOPLE = [[1, "Nguyễn Thị Bảy", 1956, None], [2, "Danh Út", 1962, "Khmer"]]
LIST = [HEAD, *PEOPLE]
TCVN3 = [
    ["STT", "Hä vµ tªn", "N¨m sinh", "Ghi chó"],
    [1, "NguyÔn ThÞ B¶y", 1956, "d©n téc Kinh"],
    [2, "TrÇn V¨n §øc", 1962, "g­¬ng ®iÓn h×nh"],
]
TCVN3_READ = [
    HEAD,
    [1, "Nguyễn Thị Bảy", 1956, "dân tộc Kinh"],
    [2, "Trần Văn Đức", 1962, "gương điển hình"],
]
VNI = [
    ["STT", "Hoï vaø teân", "Naêm sinh", "Ghi chuù"],
    [1, "Nguyeãn Thò Baûy", 1956, "daân toäc Kinh"],
    [2, "Traàn Vaên Ñöùc", 1962, "göông ñieån hình"],
]


@dataclass(frozen=True)
class Case:
    """One file: how it is made, what it is called, what must come of it."""

    name: str
    make: Callable[[], bytes]
    filename: str = "danh-sach.xlsx"
    code: str = ""
    rows: list[list[Any]] | None = None
    kinds: str = ""
    titles: tuple[str, ...] = ()


def refused(
    name: str, code: str, make: Callable[[], bytes], filename: str = "danh-sach.xlsx"
) -> Case:
    return Case(name, make, filename, code)


def holds(
    name: str,
    rows: list[list[Any]],
    make: Callable[[], bytes],
    filename: str = "danh-sach.xlsx",
    **more: Any,
) -> Case:
    return Case(name, make, filename, rows=rows, **more)


def table(name: str, rows: list[list[Any]], kinds: str, *titles: str) -> Case:
    """A sheet whose rows below the headings are of these kinds, one letter each."""
    return Case(name, lambda: book_of(*rows), rows=None, kinds=kinds, titles=titles)


def text_file(*rows: str, encoding: str = "utf-8", end: str = "\r\n") -> Callable[[], bytes]:
    return lambda: "".join(row + end for row in rows).encode(encoding)


def csv_of(rows: list[list[Any]], encoding: str, delimiter: str = ",") -> Callable[[], bytes]:
    return text_file(
        *(delimiter.join("" if v is None else str(v) for v in row) for row in rows),
        encoding=encoding,
    )


def as_text(rows: list[list[Any]]) -> list[list[Any]]:
    return [[None if v is None else str(v) for v in row] for row in rows]


def zipped(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def stored() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book_of(*LIST))) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name.replace("/", "\\"), source.read(name))
    return out.getvalue()


def renamed_parts() -> bytes:
    """As cloud drives write them: the workbook part has another name, targets are absolute."""
    return workbook_bytes(parts={
        "_rels/.rels": ROOT_RELATIONS.replace('Target="xl/workbook.xml"', 'Target="/xl/workbook2.xml"'),
        "xl/workbook2.xml": BOOK,
        "xl/_rels/workbook2.xml.rels": BOOK_RELATIONS.replace('"worksheets/', '"/xl/worksheets/'),
        "xl/worksheets/sheet1.xml": sheet_xml(rows_xml(*LIST)),
    })  # fmt: skip


def strict_book() -> bytes:
    def swap(xml: str) -> str:
        return xml.replace(MAIN, STRICT).replace(
            OFFICE, "http://purl.oclc.org/ooxml/officeDocument/relationships"
        )

    return workbook_bytes(parts={
        "_rels/.rels": swap(ROOT_RELATIONS), "xl/workbook.xml": swap(BOOK),
        "xl/_rels/workbook.xml.rels": swap(BOOK_RELATIONS),
        "xl/worksheets/sheet1.xml": swap(sheet_xml('<row r="1"><c r="A1" t="d"><v>2026-09-01</v></c><c r="B1" t="d"><v>2026-09-01T08:30:00</v></c></row>')),
    })  # fmt: skip


def prefixed() -> bytes:
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    shared = f'<y:sst xmlns:y="{MAIN}"><y:si><y:t>Bảy</y:t></y:si></y:sst>'
    book = f'<z:workbook xmlns:z="{MAIN}" xmlns:q="{OFFICE}"><z:sheets><z:sheet name="Lop" sheetId="1" q:id="rId1"/></z:sheets></z:workbook>'
    return workbook_bytes(
        parts={
            "xl/worksheets/sheet1.xml": sheet,
            "xl/sharedStrings.xml": shared,
            "xl/workbook.xml": book,
        }
    )


def by_xlsxwriter(**options: Any) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, options)
    page = book.add_worksheet("Danh sách")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    page.write_row(0, 0, ["Họ và tên", "Ngày sinh"])
    page.write_string(1, 0, "Bảy")
    page.write_datetime(1, 1, datetime(1956, 3, 1), day)
    page.write_formula(2, 0, "=1+1", None, 2)
    page.hide_gridlines()
    book.close()
    return out.getvalue()


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Họ và tên", "Ngày sinh", "Tuổi"])
    page.append(["Bảy", date(1956, 3, 1), "=2026-1956"])
    page.merge_cells("A4:C4")
    page["A4"] = "Danh sách này có 1 người"
    page.row_dimensions[2].hidden = True
    page.column_dimensions["B"].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def truncated() -> bytes:
    content = book_of(*LIST)
    return content[: len(content) * 2 // 3]


def bit_flipped() -> bytes:
    content = bytearray(book_of(*LIST * 50))
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


def dates(*values: tuple[float, int], is_1904: bool = False) -> bytes:
    """Numbers with styles 1 (14), 2 (a code of ours), 3 (hours), 4 (clock), 5 (money), 6 (words)."""
    cells = "".join(
        f'<c r="{chr(65 + n)}1" s="{style}"><v>{value}</v></c>'
        for n, (value, style) in enumerate(values)
    )
    book = BOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>') if is_1904 else None
    codes = [
        14,
        "[$-42A]dd\\/mm\\/yyyy;@",
        "[h]:mm:ss",
        20,
        '#,##0 "đồng/ngày"',
        '"ngày "0',
        "General",
        "yyyy",
    ]
    return with_styles(codes, f'<row r="1">{cells}</row>', book=book)


REFUSED = [
    refused("nothing at all", "empty", lambda: b""),
    refused("a page of the web called .xlsx", "kind", lambda: b"<html><body><table><tr><td>1</td></tr></table></body></html>"),
    refused("a page of the web called .xls", "kind", lambda: b"<html><body><table><tr><td>1</td></tr></table></body></html>", "a.xls"),
    refused("a page of the web called .csv", "kind", lambda: b"\r\n<!DOCTYPE html><html></html>", "a.csv"),
    refused("XML of Excel 2003", "kind", lambda: b'<?xml version="1.0"?><Workbook/>', "a.xls"),
    refused("a PDF called .xlsx", "kind", lambda: b"%PDF-1.7\n1 0 obj"),
    refused("a picture called .xlsx", "kind", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
    refused("a photo called .csv", "kind", lambda: b"\xff\xd8\xff\xe0" + b"\0" * 50, "a.csv"),
    refused("a letter called .xlsx", "kind", lambda: zipped(**{"[Content_Types].xml": TYPES, "word__document.xml": "<a/>"})),
    refused("an OpenDocument sheet called .xlsx", "kind", lambda: zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": "<a/>"})),
    refused("a binary workbook called .xlsx", "kind", lambda: workbook_bytes(parts={"xl/workbook.bin": b"\0"})),
    refused("some zip called .xlsx", "kind", lambda: zipped(anh="x")),
    refused("a zip called .csv", "kind", lambda: book_of(*LIST), "a.csv"),
    refused("a program", "kind", lambda: b"MZ\x90\0" * 20, "a.exe"),
    refused("a document of Word 2003 called .xls", "kind", lambda: compound_file("WordDocument"), "a.xls"),
    refused("a binary file called .csv", "kind", lambda: bytes(range(256)), "a.csv"),
    refused("cut off on the way", "damaged", truncated),
    refused("one byte turned over", "damaged", bit_flipped),
    refused("a zip within a zip", "damaged", lambda: book_of(*LIST) + book_of(*LIST)),
    refused("something before the zip", "kind", lambda: b"junk" + book_of(*LIST)),
    refused("something behind the zip", "damaged", lambda: book_of(*LIST) + b"junk"),
    refused("a part that is missing", "damaged", lambda: workbook_bytes(parts={"xl/_rels/workbook.xml.rels": BOOK_RELATIONS.replace("sheet1.xml", "sheet9.xml")})),
    refused("two sheets in one part", "damaged", lambda: workbook_bytes(parts={"xl/workbook.xml": BOOK.replace("</sheets>", '<sheet name="b" sheetId="2" r:id="rId1"/></sheets>')})),
    refused("no sheets", "damaged", lambda: workbook_bytes(parts={"xl/workbook.xml": f'<workbook xmlns="{MAIN}"><sheets/></workbook>'})),
    refused("XML that is cut off", "damaged", lambda: with_sheet(sheet_xml()[:-20])),
    refused("a text nobody has", "damaged", lambda: with_texts("<si><t>Bảy</t></si>", '<row r="1"><c r="A1" t="s"><v>7</v></c></row>')),
    refused("a style nobody has", "damaged", lambda: with_styles([14], '<row r="1"><c r="A1" s="99"><v>7</v></c></row>')),
    refused("a number that is none", "damaged", lambda: with_sheet(sheet_xml('<row r="1"><c r="A1"><v>hai</v></c></row>'))),
    refused("one cell twice", "damaged", lambda: with_sheet(sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'))),
    refused("one row twice", "damaged", lambda: with_sheet(sheet_xml(ONE_CELL + ONE_CELL))),
    refused("a cell in another row", "damaged", lambda: with_sheet(sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="B2"><v>2</v></c></row>'))),
    refused("a cell called nonsense", "damaged", lambda: with_sheet(sheet_xml('<row r="1"><c r="Á1"><v>1</v></c></row>'))),
    refused("a macro workbook by name", "macro", lambda: book_of(*LIST), "a.XLSM"),
    refused("a macro workbook renamed", "macro", lambda: workbook_bytes(parts={"xl/vbaProject.bin": b"\0"})),
    refused("a macro workbook by type", "macro", lambda: workbook_bytes(parts={"[Content_Types].xml": TYPES.replace("openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main")})),
    refused("an old macro sheet", "macro", lambda: workbook_bytes(parts={"xl/macrosheets/sheet1.xml": "<a/>"})),
    refused("a relation to macros", "macro", lambda: workbook_bytes(parts={"xl/_rels/workbook.xml.rels": BOOK_RELATIONS.replace(f"{OFFICE}/sharedStrings", "http://schemas.microsoft.com/office/2006/relationships/vbaProject")})),
    refused("an .xls with macros", "macro", lambda: compound_file("Workbook", "_VBA_PROJECT_CUR", workbook=record(0x809, b"\0" * 16)), "a.xls"),
    refused("a password", "protected", lambda: compound_file("EncryptedPackage", "EncryptionInfo")),
    refused("a password on an .xls", "protected", lambda: compound_file("Workbook", workbook=record(0x809, b"\0" * 16) + record(0x2F, b"\0" * 4)), "a.xls"),
    refused("links to other files", "links", lambda: workbook_bytes(parts={"xl/externalLinks/externalLink1.xml": "<a/>"})),
    refused("a link by its relation", "links", lambda: workbook_bytes(parts={"xl/_rels/workbook.xml.rels": BOOK_RELATIONS.replace(f"{OFFICE}/sharedStrings", f"{OFFICE}/externalLink")})),
    refused("a data connection", "links", lambda: workbook_bytes(parts={"xl/connections.xml": "<a/>"})),
    refused("an embedded document", "embedded", lambda: workbook_bytes(parts={"xl/embeddings/a.docx": b"\0"})),
    refused("entities", "entities", lambda: with_sheet(sheet_xml(before='<!DOCTYPE x [<!ENTITY a "ha">]>'))),
    refused("an entity from elsewhere", "entities", lambda: with_sheet(sheet_xml(before='<!DOCTYPE x SYSTEM "file:///etc/passwd">'))),
    refused("entities among the texts", "entities", lambda: workbook_bytes(parts={"xl/sharedStrings.xml": f'<!DOCTYPE x [<!ENTITY a "ha">]><sst xmlns="{MAIN}"/>', "xl/worksheets/sheet1.xml": sheet_xml('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')})),
    refused("letters nobody can read", "encoding", lambda: "Họ tên".encode("utf-16")[:-1] + b"\xd8", "a.csv"),
    refused("Unicode with a broken letter", "encoding", lambda: csv_of(LIST, "utf-8")() + b"B\xe1\xba", "a.csv"),
    refused("a sheet of 201 columns", "columns", lambda: book_of([1] * 201)),
    refused("a far cell", "rows", lambda: with_sheet(sheet_xml('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'))),
    refused("shared texts that fill the memory", "bomb", lambda: with_texts(f"<si><t>{'x' * 30_000}</t></si>" * 2500, '<row r="1"><c r="A1" t="s"><v>2400</v></c></row>')),
    refused("a zip part that is a thousand times its size", "bomb", lambda: with_sheet(sheet_xml(" " * 20_000_000))),
]  # fmt: skip

READ = [
    holds("a plain list", LIST, lambda: book_of(*LIST), kinds="dd", titles=tuple(HEAD)),
    holds("only headings", [HEAD], lambda: book_of(HEAD), kinds="", titles=tuple(HEAD)),
    holds("an empty sheet", [], lambda: with_sheet(sheet_xml(""))),
    holds("an .xls", [["Bảy", 12, True, 1.5]], lambda: old_workbook(["Bảy", 12, True, 1.5]), "cu.xls"),
    holds("an .xls called .xlsx", [["Bảy", 12]], old_workbook),
    holds("an .xlsx called .xls", LIST, lambda: book_of(*LIST), "danh-sach.xls"),
    holds("dates in an .xls", [[date(2026, 9, 1)]], lambda: old_workbook([(46266.0, 1)], formats=(0, 14)), "cu.xls"),
    holds("rows in an .xls that begin lower down", [[None, None], [None, "Bảy"]], lambda: old_workbook([None], [None, "Bảy"]), "cu.xls"),
    holds("TCVN3 in an .xls", TCVN3_READ, lambda: old_workbook(*TCVN3), "cu.xls"),
    holds("a dimension that is too small", LIST, lambda: with_sheet(sheet_xml(rows_xml(*LIST)).replace("<sheetData>", '<dimension ref="A1:C2"/><sheetData>'))),
    holds("a dimension of one cell", LIST, lambda: with_sheet(sheet_xml(rows_xml(*LIST)).replace("<sheetData>", '<dimension ref="A1"/><sheetData>'))),
    holds("a dimension that is huge", LIST, lambda: with_sheet(sheet_xml(rows_xml(*LIST)).replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'))),
    holds("a dimension that is nonsense", LIST, lambda: with_sheet(sheet_xml(rows_xml(*LIST)).replace("<sheetData>", '<dimension ref="hai"/><sheetData>'))),
    holds("spans that lie", LIST, lambda: with_sheet(sheet_xml(rows_xml(*LIST)).replace("<row ", '<row spans="1:1" '))),
    holds("rows and cells without references", LIST, lambda: book_of(*LIST, with_references=False)),
    holds("styled empty cells far away", LIST, lambda: with_sheet(sheet_xml(rows_xml(*LIST) + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'))),
    holds("cells out of order", [[1, 2]], lambda: with_sheet(sheet_xml('<row r="1"><c r="B1"><v>2</v></c><c r="A1"><v>1</v></c></row>'))),
    holds("rows left out", [["a"], [None], [None], ["b"]], lambda: with_sheet(sheet_xml(rows_xml(["a"]) + rows_xml(["b"], first=4)))),
    holds("backslashes in the zip", LIST, stored),
    holds("parts with other names", LIST, renamed_parts),
    holds("strict OOXML with ISO dates", [[date(2026, 9, 1), datetime(2026, 9, 1, 8, 30)]], strict_book),
    holds("prefixed namespaces", [["Bảy"]], prefixed),
    holds("a byte order mark in the XML", [[1]], lambda: with_sheet(("\ufeff" + sheet_xml(before='<?xml version="1.0" encoding="UTF-8"?>')).encode())),
    holds("comments and instructions in the XML", [[1]], lambda: with_sheet(sheet_xml(ONE_CELL, before="<?a b?><!-- <c r='Z9'> -->"))),
    holds("text in CDATA", [["<Bảy>"]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[<Bảy>]]></t></is></c></row>'))),
    holds("rich text", [["Nguyễn Thị Bảy"]], lambda: with_texts("<si><r><rPr><b/></rPr><t>Nguyễn </t></r><r><t>Thị Bảy</t></r></si>", '<row r="1"><c r="A1" t="s"><v>0</v></c></row>')),
    holds("rich text in the cell", [["Nguyễn Bảy"]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><r><t>Nguyễn </t></r><r><t>Bảy</t></r></is></c></row>'))),
    holds("reading aids", [["東京"]], lambda: with_texts("<si><t>東京</t><rPh sb=\"0\" eb=\"2\"><t>トウキョウ</t></rPh></si>", '<row r="1"><c r="A1" t="s"><v>0</v></c></row>')),
    holds("twenty thousand shared texts", [["Ấp 19999"]], lambda: with_texts("".join(f"<si><t>Ấp {n}</t></si>" for n in range(20_000)), '<row r="1"><c r="A1" t="s"><v>19999</v></c></row>')),
    holds("the longest text a cell may hold", [["ế" * 32_767]], lambda: book_of(["ế" * 32_767])),
    holds("control characters", [["Bảy\nHai", "ab"]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t>Bảy_x000D_\nHai</t></is></c><c r="B1" t="inlineStr"><is><t>a_x0000__x0007_b</t></is></c></row>'))),
    holds("an escape that was written out", [["_x0041_"]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t>_x005F_x0041_</t></is></c></row>'))),
    holds("half a character escaped", [["_xD83D_"]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t>_xD83D_</t></is></c></row>'))),
    holds("letters from right to left and of no width", [["Nguyễn Bảy", "Út"]], lambda: book_of(["\u202eNguyễn\u200b Bảy\u202c", "\ufeff\u200fÚt\u2060"])),
    holds("only characters nobody sees", [[None, "a"]], lambda: book_of(["\u200b\u00a0 ", "a"])),
    holds("decomposed letters", [["Nguyễn Thị Hòa"]], lambda: book_of([unicodedata.normalize("NFD", "Nguyễn Thị Hòa")])),
    holds("emoji", [["Bảy 👵🏽", "🇻🇳"]], lambda: book_of(["Bảy 👵🏽", "🇻🇳"])),
    holds("spaces around and within", [["Nguyễn  Bảy"]], lambda: book_of(["\u00a0 Nguyễn  Bảy \t"])),
    holds("numbers as text", [["012345678901", "007", "1.234", "12,5"]], lambda: book_of(["012345678901", "007", "1.234", "12,5"])),
    holds("leading zeros lost", [[912345678, 7]], lambda: book_of([912345678, 7.0])),
    holds("numbers of many shapes", [[1200, 0.1, 12, -3, 1e20, 123456789012345]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1"><v>1.2E3</v></c><c r="B1"><v>0.1</v></c><c r="C1" t="n"><v>12.0</v></c><c r="D1"><v>-3</v></c><c r="E1"><v>1e20</v></c><c r="F1"><v>123456789012345</v></c></row>'))),
    holds("truths", [[True, False]], lambda: book_of([True, False])),
    holds("errors in cells", [["#N/A", "#REF!"]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1" t="e"><f>A9</f><v>#REF!</v></c></row>'))),
    holds("a formula with its value", [["Bảy", 5]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1" t="str"><f>B9</f><v>Bảy</v></c><c r="B1"><f>2+3</f><v>5</v></c></row>'))),
    holds("formulas nobody calculated", [["=2+3", "="]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1"><f>2+3</f></c><c r="B1"><f t="shared" si="0"/></c></row>'))),
    holds("a formula that gives nothing", [[None, 1]], lambda: with_sheet(sheet_xml('<row r="1"><c r="A1" t="str"><f>""</f><v></v></c><c r="B1"><v>1</v></c></row>'))),
    holds("dates as serials", [[date(2026, 9, 1), date(1956, 3, 1), datetime(2026, 9, 1, 12), timedelta(hours=30), time(8, 30)]], lambda: dates((46266, 1), (20515, 2), (46266.5, 1), (1.25, 3), (0.354166666666667, 4))),
    holds("numbers that only look like dates", [[50000, 3, 2026, 5.5]], lambda: dates((50000, 5), (3, 6), (2026, 7), (5.5, 0))),
    holds("a year shown by a date format", [[date(1905, 7, 18)]], lambda: dates((2026, 8))),
    holds("the first days of the calendar", [[date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1)]], lambda: dates((1, 1), (59, 1), (61, 1))),
    holds("the calendar of 1904", [[date(2026, 9, 1)]], lambda: dates((44804, 1), is_1904=True)),
    holds("a date before all calendars", [[-5]], lambda: dates((-5, 1))),
    holds("the first sheet is hidden", LIST, lambda: sheets_of({"Mã": ("hidden", [["x"]]), "Danh sách": ("visible", LIST)})),
    holds("every sheet is hidden", LIST, lambda: sheets_of({"Mã": ("veryHidden", LIST)})),
    holds("a sheet name with marks of XML", LIST, lambda: sheets_of({"Ấp <1> & 'Út'": ("visible", LIST)})),
    holds("hidden rows and columns are rows and columns", [["Họ và tên", "Ngày sinh", "Tuổi"], ["Bảy", date(1956, 3, 1), "=2026-1956"], [None] * 3, ["Danh sách này có 1 người", None, None]], by_openpyxl, kinds="dbn", titles=("Họ và tên", "Ngày sinh", "Tuổi")),
    holds("as XlsxWriter writes", [["Họ và tên", "Ngày sinh"], ["Bảy", date(1956, 3, 1)], [2, None]], by_xlsxwriter),
    holds("as XlsxWriter writes in little memory", [["Họ và tên", "Ngày sinh"], ["Bảy", date(1956, 3, 1)], [2, None]], lambda: by_xlsxwriter(constant_memory=True)),
    holds("as LibreOffice writes: styles on a million rows", LIST, lambda: with_sheet(sheet_xml(rows_xml(*LIST) + '<row r="4" customFormat="true" ht="12.8" hidden="false"><c r="A4" s="0"/></row><row r="1048575" ht="12.8"/><row r="1048576" ht="12.8"/>'))),
    holds("as Google writes: a font in every text", [["Bảy"]], lambda: with_texts('<si><t xml:space="preserve">Bảy</t></si>', '<row r="1" customFormat="1"><c r="A1" s="" t="s"><v>0</v></c></row>')),
    holds("as Numbers writes: a summary sheet first", [["Bảng 1"]], lambda: sheets_of({"Tóm tắt xuất": ("visible", [["Bảng 1"]]), "Trang 1": ("visible", LIST)})),
    holds("as WPS writes: extra namespaces and a tiny dimension", LIST, lambda: with_sheet(f'<worksheet xmlns="{MAIN}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="etc" xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"><dimension ref="A1:C2"/><sheetData>{rows_xml(*LIST)}</sheetData><etc:x/></worksheet>')),
    holds("a workbook without types of texts", [["Bảy"]], lambda: workbook_bytes(parts={"xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>', "xl/worksheets/sheet1.xml": sheet_xml(f'<row r="1">{cell("A1", "Bảy")}</row>')})),
    holds("TCVN3", TCVN3_READ, lambda: book_of(*TCVN3), kinds="dd", titles=tuple(HEAD)),
    holds("VNI", TCVN3_READ, lambda: book_of(*VNI), kinds="dd", titles=tuple(HEAD)),
    holds("TCVN3 beside Unicode", [["Tên cũ", "Tên mới"], ["Trần Văn Đức", "Hà Tú"], ["Nguyễn Thị Bảy", "Cù Hòa"]], lambda: book_of(["Tên cũ", "Tên mới"], ["TrÇn V¨n §øc", "Hà Tú"], ["NguyÔn ThÞ B¶y", "Cù Hòa"])),
    holds("Unicode with letters every old font has", [["Hà Tú", "Cù Hòa", "Lý Sáu"]] * 3, lambda: book_of(*[["Hà Tú", "Cù Hòa", "Lý Sáu"]] * 3)),
]  # fmt: skip

DELIMITED = [
    holds(f"CSV in {encoding}, {name}", as_text(LIST), csv_of(LIST, encoding, delimiter), "a.csv")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be")
    for name, delimiter in (("semicolons", ";"), ("tabs", "\t"))
] + [
    holds("CSV with bars", as_text(LIST), csv_of(LIST, "utf-8", "|"), "a.txt"),
    holds("CSV in decomposed letters", as_text(LIST), lambda: unicodedata.normalize("NFD", csv_of(LIST, "utf-8")().decode()).encode(), "a.csv"),
    holds("CSV of Windows-1258", [["Họ tên", "Nghề"], ["Tấm", "Nông dân"]], text_file("Ho\u0323 tên;Nghê\u0300", "Tâ\u0301m;Nông dân", encoding="cp1258"), "a.csv"),
    holds("CSV of TCVN3", as_text(TCVN3_READ), csv_of(TCVN3, "latin-1"), "a.csv"),
    holds("CSV of VNI", as_text(TCVN3_READ), csv_of(VNI, "latin-1"), "a.csv"),
    holds("CSV of TCVN3 saved as Unicode", as_text(TCVN3_READ), csv_of(TCVN3, "utf-8"), "a.csv"),
    holds("CSV that says its delimiter", [["a", "b"]], text_file("sep=;", "a;b"), "a.csv"),
    holds("CSV with line breaks in a cell", [["Bảy\nHai", "x"], ["y", None]], text_file('"Bảy\nHai",x', "y,"), "a.csv"),
    holds("CSV with the lines of an old Mac", [["a", "b"], ["c", "d"]], text_file("a,b", "c,d", end="\r"), "a.csv"),
    holds("CSV with blank lines", [["a", "b"], [None, None], ["c", "d"]], text_file("a,b", ",", "c,d", ",", ","), "a.csv"),
    holds("CSV of one column", [["Họ và tên"], ["Bảy"]], text_file("Họ và tên", "Bảy"), "a.csv"),
    holds("CSV with longer lines below", [["a", "b", None], ["1", "2", "3"]], text_file("a,b", "1,2,3"), "a.csv"),
]  # fmt: skip

TITLES = [
    ["UBND XÃ ĐỊNH HÒA", None, None, None],
    ["DANH SÁCH HỌC VIÊN", None, None, None],
    ["Lớp 1, tháng 9/2026", None, None, None],
]
FOOT = [
    [None] * 4,
    [None, None, "Định Hòa, ngày 22 tháng 11 năm 2026", None],
    [None, "Người lập biểu", "Chủ tịch", None],
    [None, "Trần Văn Hoa", "Lê Văn Sơn", None],
]

TABLES = [
    table("titles above", [*TITLES, *LIST], "dd", *HEAD),
    table("headings in row 15", [*TITLES, *[[None] * 4] * 11, *LIST], "dd", *HEAD),
    table("headings in two storeys", [["STT", "Học viên", None, "Địa chỉ"], [None, "Họ tên", "Năm sinh", None], [1, "Bảy", 1956, "Ấp 1"]], "d", "STT", "Học viên / Họ tên", "Học viên / Năm sinh", "Địa chỉ"),
    table("headings in three storeys", [["STT", "Số học viên", None, None, "Ghi chú"], [None, "Tổng", "Trong đó", None, None], [None, None, "Nam", "Nữ", None], [1, 10, 4, 6, None]], "d", "STT", "Số học viên / Tổng", "Số học viên / Trong đó / Nam", "Số học viên / Trong đó / Nữ", "Ghi chú"),
    table("numbers of columns below the headings", [HEAD, ["(1)", "(2)", "(3)", "(4)"], *PEOPLE], "hdd", *HEAD),
    table("letters and numbers of columns", [HEAD, ["A", "B", 1, 2], *PEOPLE], "hdd", *HEAD),
    table("the same heading twice", [["Họ tên", "Nam", "Nam"], ["Bảy", 1, 2]], "d", "Họ tên", "Nam", "Nam"),
    table("a column without a heading", [["STT", "Họ tên", None], [1, "Bảy", "x"]], "d", "STT", "Họ tên", "Cột C"),
    table("headings repeated on each page", [*LIST, HEAD, *PEOPLE], "ddhdd", *HEAD),
    table("totals", [*LIST, [None, "Tổng cộng", 2, None], *PEOPLE, ["Cộng", None, 2, None], ["Tổng số: 4 người", None, None, None]], "ddtddtt", *HEAD),
    table("a total in English", [["Name", "Count"], ["Bảy", 1], ["Subtotal", 1], ["Grand total", 1]], "dtt", "Name", "Count"),
    table("people called nearly like a total", [HEAD, [1, "Tống Văn Cộng", 1956, None], [2, "Tổng Thị Lũy", 1962, None], [3, "Công", 1970, None]], "ddd", *HEAD),
    table("sections", [HEAD, ["I. Ấp Hòa Út", None, None, None], *PEOPLE, ["II", "Ấp Hòa Đông", None, None], *PEOPLE], "sddsdd", *HEAD),
    table("a person with nothing but a name", [*LIST, [3, "Thạch Sa Rây", None, None], [None, "Lê Văn Tám", None, None]], "dddd", *HEAD),
    table("blank rows between", [*LIST, [None] * 4, *PEOPLE], "ddbdd", *HEAD),
    table("signatures below", [*LIST, *FOOT], "ddbnnn", *HEAD),
    table("remarks below", [*LIST, ["Ghi chú: số liệu đến 15/9", None, None, None], ["Danh sách này có 2 người", None, None, None]], "ddnn", *HEAD),
    table("a remark in the middle is no end", [*LIST, [None, "Người lập biểu", None, None], *PEOPLE], "ddddd", *HEAD),
    table("everything at once", [*TITLES, HEAD, ["(1)", "(2)", "(3)", "(4)"], ["I. Ấp 1", None, None, None], *PEOPLE, [None, "Cộng", 2, None], [None] * 4, HEAD, *PEOPLE, [None, "Tổng cộng", 4, None], *FOOT], "hsddtbhddtbnnn", *HEAD),
    table("two tables side by side", [["Họ tên", "Năm sinh", None, "Ấp", "Số hộ"], ["Bảy", 1956, None, "Ấp 1", 40]], "d", "Họ tên", "Năm sinh", "Ấp", "Số hộ"),
    table("two tables one below the other", [*LIST, [None] * 4, ["Ấp", "Số lượng", "Tổng số", None], ["Ấp 1", 4, 5, None]], "ddbhd", *HEAD),
    table("no headings", [["Bảy", 912345678], ["Tám", 912345679]], "dd", "Cột A", "Cột B"),
]  # fmt: skip

CORPUS = [*REFUSED, *READ, *DELIMITED, *TABLES]
