"""Whatever happens to a file on its way, it is read or refused in words; nothing else escapes.

500 mutants in every run, always the same; as many as ``MUTANTS`` says when it is set.
"""

import io
import os
import random
import zipfile

import pytest
from django.utils import translation

from bench.workbooks import measured
from campaign.portal.workbooks import WorkbookRefused, inspect, read_table, table_of
from tests.imports.corpus import CORPUS, LIST, TCVN3, VNI, by_openpyxl, by_xlsxwriter, csv_of
from tests.imports.spreadsheets import book_of, old_workbook, sheets_of

MUTANTS = int(os.environ.get("MUTANTS", "500"))
BATCHES = 10
MEGABYTES = 300
LONG = [*LIST, *([n, f"Nguyễn Văn {n}", 1950 + n % 60, None] for n in range(60))]
WORDS = [
    b"<", b">", b"&", b'"', b"]]>", b"<!DOCTYPE a>", b"&amp;", b"&#0;", b"<c>", b"</c>", b"<row>",
    b"<v>1e999</v>",
    b'r="XFD1048576"', b'r="A0"', b't="s"', b's="9999999999"', b"\x00", b"\xff\xfe", b"-1", b"9" * 400,
    b"nan", b"inf", b"<f>", b"<is>", b"<si>", b"1_0", "١٢".encode(), b"_xFFFF_", b"xmlns:",
]  # fmt: skip


def seeds():
    """Honest files of every kind the portal reads."""
    old = [old_workbook(*LONG), old_workbook([(46266.0, 1), "Bảy", True], formats=(0, 14))]
    new = [
        book_of(*LONG),
        by_openpyxl(),
        by_xlsxwriter(),
        sheets_of({"A": ("visible", LIST), "B": ("hidden", TCVN3)}),
    ]
    read = [case.make() for case in CORPUS if case.rows and case.filename.endswith(".xlsx")]
    flat = [csv_of(LIST, code, ";")() for code in ("utf-8-sig", "utf-16", "utf-16-be")]
    flat += [csv_of(TCVN3, "latin-1")(), csv_of(VNI, "latin-1")(), '"a;b"\r\n"c'.encode("cp1258")]
    small = [content for content in read if content.startswith(b"PK") and len(content) < 20_000]
    return {"a.xls": old, "a.xlsx": new + small, "a.csv": flat}


def scrambled(content, dice):
    """The content with some bytes changed, dropped, doubled, or replaced by telling words."""
    changed = bytearray(content)
    for _change in range(dice.choice([1, 1, 2, 5, 20])):
        at = dice.randrange(len(changed) + 1)
        what = dice.randrange(5)
        if what == 0 and at < len(changed):
            changed[at] = dice.randrange(256)
        elif what == 1:
            del changed[at : at + dice.choice([1, 4, 64, 4096])]
        elif what == 2:
            changed[at:at] = changed[at : at + dice.choice([1, 16, 512])]
        elif what == 3:
            changed[at : at + dice.choice([0, 3])] = dice.choice(WORDS)
        elif at + 4 <= len(changed):
            changed[at : at + 4] = dice.choice([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"])
        if not changed:
            return bytes(changed)
    return bytes(changed)


def inside(content, dice):
    """The same done to a part of the zip, packed again so that only its content is wrong."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    chosen = dice.choice(
        [*parts, *[name for name in parts if "sheet" in name or "workbook" in name] * 3]
    )
    parts[chosen] = scrambled(parts[chosen], dice)
    if dice.random() < 0.1:
        del parts[dice.choice(list(parts))]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, part in parts.items():
            target.writestr(name, part)
    return out.getvalue()


def mutant(number, files):
    """One mutant and the name it comes with, always the same for a number."""
    dice = random.Random(number)
    filename = ["a.xlsx", "a.xlsx", "a.xls", "a.csv"][number % 4]
    content = dice.choice(files[filename])
    if filename == "a.xlsx" and dice.random() < 0.8:
        return inside(content, dice), filename
    return scrambled(content, dice), filename


@pytest.fixture(scope="module")
def files():
    return seeds()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_mutant_is_read_or_refused_in_vietnamese(batch, files):
    with translation.override("vi"):
        for number in range(batch, MUTANTS, BATCHES):
            content, filename = mutant(number, files)
            for read in (look, table):
                told = what_is_told(read, content, filename)
                assert told is None or (told and not told.isascii()), number


def what_is_told(read, content, filename):
    """The words of the refusal, None for a file that was read."""
    try:
        read(content, filename)
    except WorkbookRefused as refused:
        return refused.message
    return None


def look(content, filename):
    inspect(io.BytesIO(content), filename)


def table(content, filename):
    table_of(read_table(io.BytesIO(content), filename=filename).rows)


def test_mutants_stay_within_little_memory(files, tmp_path):
    """A sample in processes of their own; all of them in the long run."""
    for number in range(0, MUTANTS, max(25, 50_000 // MUTANTS)):
        content, filename = mutant(number, files)
        path = tmp_path / filename
        path.write_bytes(content)
        cost = measured(path)
        assert cost.outcome != "crashed", number
        assert cost.megabytes < MEGABYTES, number
