"""What reading uploaded files costs: lists of many sizes, and bombs that must cost nothing.

    python -m bench.workbooks               # bombs, and lists of 10,000, 50,000 and 100,000 rows
    python -m bench.workbooks FILE ...      # files of your own

Each file is read in a process of its own: seconds of processor time, and how many megabytes
its memory grew at most, the file itself among them.
"""

from __future__ import annotations

import io
import os
import random
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "xl/worksheets/sheet1.xml"
ONE_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'
COLUMNS = 40
SIZES = (10_000, 50_000, 100_000)


@dataclass(frozen=True)
class Cost:
    """What came of a file: how it ended, seconds of processor time, megabytes at most."""

    outcome: str
    seconds: float
    megabytes: float


def measured(path: Path, *, size: int | None = None) -> Cost:
    """Read a file in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        outcome, seconds, megabytes = "crashed", 0.0, 0.0
        try:
            outcome, seconds, megabytes = _read(path, size)
        finally:
            os.write(writing, f"{outcome}|{seconds}|{megabytes}".encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        outcome, seconds_told, megabytes_told = pipe.read().split("|")
    os.waitpid(child, 0)
    return Cost(outcome, float(seconds_told), float(megabytes_told))


def _read(path: Path, size: int | None) -> tuple[str, float, float]:
    from campaign.portal.workbooks import DEFAULT_LIMITS, Limits, WorkbookRefused, read_table

    limits = Limits(size=size) if size else DEFAULT_LIMITS
    before, started = _peak(), time.process_time()
    try:
        with path.open("rb") as file:
            sheet = read_table(file, filename=path.name, limits=limits)
        outcome = f"{len(sheet.rows)} rows"
    except WorkbookRefused as refused:
        outcome = refused.code
    return outcome, time.process_time() - started, _peak() - before


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- Bombs ----------------------------------------------------------------------------------


def workbook(sheet: str | Callable[[], Iterator[bytes]], **parts: str) -> bytes:
    """A workbook around the XML of a sheet (or what makes it piece by piece), and other parts."""
    whole = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="Lop" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml")),
        **parts,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in whole.items():
            archive.writestr(name, content)
        with archive.open(SHEET, "w", force_zip64=False) as stream:
            for piece in (sheet.encode(),) if isinstance(sheet, str) else sheet():
                stream.write(piece)
    return out.getvalue()


def _relations(*targets: tuple[str, str]) -> str:
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>'


def sheet_of(rows: str = ONE_CELL, *, before: str = "", head: str = "") -> str:
    """The XML of a sheet."""
    return f'{before}<worksheet xmlns="{MAIN}">{head}<sheetData>{rows}</sheetData></worksheet>'


def _endless(megabytes: int) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        yield sheet_of().partition("</sheetData>")[0].encode()
        for _megabyte in range(megabytes):
            yield b"<row/>" * (1024 * 1024 // 6)

    return pieces


def _lying_header() -> bytes:
    """A bomb whose header says that its sheet has a thousand bytes."""
    content = bytearray(workbook(_endless(80)))
    entry = content.rfind(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    return bytes(content)


def _many_sheets() -> bytes:
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r1"/>' for n in range(1, 100_001))
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'
    return workbook(sheet_of(), **{"xl/workbook.xml": book})


def _many_parts() -> bytes:
    """A workbook whose table of contents names its parts twenty thousand times."""
    content = workbook(sheet_of())
    begins, ends = content.find(b"PK\x01\x02"), content.rfind(b"PK\x05\x06")
    return content[:begins] + content[begins:ends] * 20_000 + content[ends:]


def _wide() -> str:
    return sheet_of(f"<row>{'<c><v>1</v></c>' * 100_000}</row>")


DOCTYPE = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "far cell": (lambda: workbook(sheet_of(FAR)), "rows"),
    "zip bomb of 100 MB": (lambda: workbook(_endless(100)), "bomb"),
    "zip bomb of 500 MB": (lambda: workbook(_endless(500)), "bomb"),
    "lying zip header": (_lying_header, "damaged"),
    "dimension that is too small": (
        lambda: workbook(sheet_of(head='<dimension ref="A1:C2"/>')),
        "1 rows",
    ),
    "dimension of a whole sheet": (
        lambda: workbook(sheet_of(head='<dimension ref="A1:XFD1048576"/>')),
        "1 rows",
    ),
    "entities": (lambda: workbook(sheet_of(before=DOCTYPE)), "entities"),
    "external entity": (
        lambda: workbook(sheet_of(before='<!DOCTYPE x SYSTEM "file:///etc/passwd">')),
        "entities",
    ),
    "macro": (lambda: workbook(sheet_of(), **{"xl/vbaProject.bin": "\0"}), "macro"),
    "external link": (
        lambda: workbook(sheet_of(), **{"xl/externalLinks/externalLink1.xml": "<a/>"}),
        "links",
    ),
    "100,000 columns": (lambda: workbook(_wide()), "columns"),
    "100,000 sheets": (_many_sheets, "bomb"),
    "100,000 parts": (_many_parts, "bomb"),
    "500,000 rows of nothing": (
        lambda: workbook(sheet_of(ONE_CELL + '<row ht="12"/>' * 500_000)),
        "1 rows",
    ),
    "text without an end": (lambda: workbook(sheet_of("x" * 10_000_000)), "bomb"),
}
"""What a hostile file may be, and what must come of it: a refusal, or the honest cells."""


# --- Lists ----------------------------------------------------------------------------------


def write_list(path: Path, rows: int) -> None:
    """Write a list as offices keep them: names, phones, years, dates, villages, remarks."""
    import xlsxwriter

    dice = random.Random(rows)
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    names = ["Nguyễn Thị Bảy", "Danh Út", "Trần Văn Khánh", "Thạch Sa Rây", "Lê Ngọc Phượng"]
    start = date.fromisoformat("1950-01-01")
    for column in range(COLUMNS):
        page.write_string(0, column, f"Cột {column}")
    for row in range(1, rows):
        for column in range(COLUMNS):
            kind = column % 8
            if kind == 0:
                name = dice.choice(names)
                page.write_string(row, column, f"{name} {row}" if not column else name)
            elif kind == 1:
                page.write_string(row, column, f"09{dice.randrange(10**6):08d}")
            elif kind == 3:
                born = start + timedelta(days=dice.randrange(20_000))
                page.write_datetime(row, column, born, day)
            elif kind in {2, 6}:
                page.write_number(row, column, dice.randrange(1950, 2010))
            elif kind == 7 and dice.random() < 0.3:
                page.write_string(row, column, "Ghi chú")
            elif kind != 7:
                page.write_string(row, column, f"Ấp {dice.randrange(200)}")
    book.close()


def main(files: list[str]) -> None:
    import django

    django.setup()
    measures = [(path, measured(Path(path))) for path in files] or _all()
    print(f"{'file':<32} {'MB on disk':>10} {'outcome':<14} {'CPU s':>7} {'peak MB':>8}")
    for name, cost in measures:
        path = Path(name)
        size = f"{path.stat().st_size / 1024 / 1024:.1f}" if path.exists() else ""
        print(
            f"{path.name:<32} {size:>10} {cost.outcome:<14} {cost.seconds:>7.2f} {cost.megabytes:>8.0f}"
        )


def _apart(step: Callable[[], object]) -> None:
    """Take a step in a process of its own, so that the memory it used is not there to be reused."""
    child = os.fork()
    if not child:
        step()
        os._exit(0)
    os.waitpid(child, 0)


def _write_bomb(path: Path, make: Callable[[], bytes]) -> None:
    path.write_bytes(make())


def _all() -> list[tuple[str, Cost]]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (make, _outcome) in BOMBS.items():
            path = Path(folder) / "bomb.xlsx"
            _apart(partial(_write_bomb, path, make))
            found.append((name, measured(path)))
        for rows in SIZES:
            path = Path(folder) / f"{rows}.xlsx"
            _apart(partial(write_list, path, rows))
            size = path.stat().st_size / 1024 / 1024
            found.append((f"{rows} x {COLUMNS}, {size:.1f} MB", measured(path, size=64 * 1024**2)))
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")
    main(sys.argv[1:])
