# ruff: noqa: E501 - XML as it is in the file
"""Spreadsheets made by hand, part by part and record by record."""

import io
import struct
import zipfile
from xml.sax.saxutils import escape

from campaign.portal.workbooks.tables import column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROOT_RELATIONS = (
    f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK_RELATIONS = (
    f'<Relationships xmlns="{RELATIONS}">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>"
)
BOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="Lop" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
ONE_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'


def sheet_xml(rows=ONE_CELL, *, before=""):
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def workbook_bytes(**changes):
    """A small valid workbook with some parts changed or added (path → text or bytes)."""
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": ROOT_RELATIONS,
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": BOOK_RELATIONS,
        "xl/worksheets/sheet1.xml": sheet_xml(),
        **changes.pop("parts", {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_sheet(xml):
    return workbook_bytes(parts={"xl/worksheets/sheet1.xml": xml})


def compound_file(*names, workbook=b""):
    """A compound file (.xls, or a protected .xlsx) with these streams."""
    sector, end = 512, 0xFFFFFFFE
    body = workbook.ljust(max(4096, -(-len(workbook) // sector) * sector), b"\0")
    entries = [("Root Entry", 5, end, 0)]
    entries += [(name, 2, 2, len(body)) for name in names]
    directory = b""
    for name, kind, start, size in entries:
        raw = (name + "\0").encode("utf-16-le")
        entry = raw.ljust(64, b"\0") + struct.pack("<HB", len(raw), kind)
        directory += entry.ljust(116, b"\0") + struct.pack("<III", start, size, 0)
    directory = directory.ljust(sector, b"\0")
    count = len(body) // sector
    fat = [0xFFFFFFFD, end, *range(3, count + 2), end]
    fat_sector = struct.pack(f"<{len(fat)}I", *fat).ljust(sector, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0")
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6).ljust(20, b"\0")
    header += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, end, 0, end, 0, 0)
    header += b"\xff" * (sector - len(header))
    return header + fat_sector + directory + body


def record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def old_workbook(*rows, hidden=False, formats=(0,), is_1904=False):
    """An .xls with one sheet of texts, numbers, truths and (value, format) pairs."""
    rows = rows or (["Bảy", 12],)
    texts = list(dict.fromkeys(v for row in rows for v in row if isinstance(v, str)))
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 0x5, 0, 0, 0, 0))
    begin += record(0x22, struct.pack("<H", is_1904))
    for number in formats:
        begin += record(0xE0, struct.pack("<HHH", 0, number, 0) + b"\0" * 14)
    shared = struct.pack("<II", len(texts), len(texts))
    for text in texts:
        shared += struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")
    table, end = record(0xFC, shared), record(0x0A)
    at = len(begin) + 15 + len(table) + len(end)
    entry = record(0x85, struct.pack("<IBBBB", at, int(hidden), 0, 3, 0) + b"Lop")
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    sheet += record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet += _old_cell(number, column, value, texts)
    return compound_file("Workbook", workbook=begin + entry + table + end + sheet + end)


def _old_cell(row, column, value, texts):
    value, look = value if isinstance(value, tuple) else (value, 0)
    place = struct.pack("<HHH", row, column, look)
    if value is None:
        return b""
    if isinstance(value, str):
        return record(0xFD, place + struct.pack("<I", texts.index(value)))
    if isinstance(value, bool):
        return record(0x205, place + struct.pack("<BB", value, 0))
    return record(0x203, place + struct.pack("<d", value))


# --- New workbooks, cell by cell ------------------------------------------------------------

STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def cell(reference, value):
    """The XML of one cell, its text in the cell itself."""
    if value is None:
        return ""
    place = f' r="{reference}"' if reference else ""
    if isinstance(value, bool):
        return f'<c{place} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c{place}><v>{value}</v></c>"
    return f'<c{place} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def rows_xml(*rows, first=1, with_references=True):
    """The XML of rows of values."""
    written = []
    for number, row in enumerate(rows, first):
        places = [f"{column_letter(n)}{number}" for n in range(len(row))]
        cells = (
            cell(place if with_references else None, value)
            if value is not None or with_references
            else "<c/>"
            for place, value in zip(places, row, strict=True)
        )
        number_tag = f' r="{number}"' if with_references else ""
        written.append(f"<row{number_tag}>{''.join(cells)}</row>")
    return "".join(written)


def book_of(*rows, parts=None, **options):
    """A workbook of one sheet with these rows of values."""
    sheet = sheet_xml(rows_xml(*rows, **options))
    return workbook_bytes(parts={"xl/worksheets/sheet1.xml": sheet, **(parts or {})})


def with_texts(texts, rows):
    """A workbook whose texts are shared; ``texts`` and ``rows`` are XML."""
    shared = f'<sst xmlns="{MAIN}">{texts}</sst>'
    return workbook_bytes(
        parts={"xl/sharedStrings.xml": shared, "xl/worksheets/sheet1.xml": sheet_xml(rows)}
    )


def with_styles(codes, rows, *, book=None):
    """A workbook whose styles 1, 2, … have these number formats (a number or a code)."""
    formats = "".join(
        f'<numFmt numFmtId="{200 + n}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for n, code in enumerate(codes)
        if isinstance(code, str)
    )
    looks = "".join(
        f'<xf numFmtId="{200 + n if isinstance(code, str) else code}"/>'
        for n, code in enumerate(codes)
    )
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        f'<cellXfs><xf numFmtId="0"/>{looks}</cellXfs></styleSheet>'
    )
    relations = BOOK_RELATIONS.replace(
        "</Relationships>",
        f'<Relationship Id="rId3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    )
    return workbook_bytes(
        parts={
            "xl/styles.xml": styles,
            "xl/_rels/workbook.xml.rels": relations,
            "xl/workbook.xml": book or BOOK,
            "xl/worksheets/sheet1.xml": sheet_xml(rows),
        }
    )


def sheets_of(sheets):
    """A workbook of several sheets: name → (state, rows of values)."""
    entries = relations = ""
    parts = {}
    for number, (name, (state, rows)) in enumerate(sheets.items(), 1):
        entries += (
            f'<sheet name="{escape(name)}" sheetId="{number}" state="{state}" r:id="s{number}"/>'
        )
        relations += (
            f'<Relationship Id="s{number}" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet{number}.xml"/>'
        )
        parts[f"xl/worksheets/sheet{number}.xml"] = sheet_xml(rows_xml(*rows))
    return workbook_bytes(
        parts={
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{relations}</Relationships>',
            **parts,
        }
    )
