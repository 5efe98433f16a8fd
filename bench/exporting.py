"""Exports of a list of people of twelve columns, each way in a process of its own."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import translation

from bench import places
from bench.generate import NAMES
from bench.measure import median, share
from campaign.models import Audience
from campaign.portal.bulk import insert_many
from campaign.portal.reading import read_values
from campaign.portal.workbooks import Column, NotesSpec, SheetSpec, write_workbook
from campaign.portal.workbooks.stream import write_list
from campaign.text import fold, person_sort_key
from classes.models import Participant
from reporting import triggers
from units.models import Unit

if TYPE_CHECKING:
    from bench.sections import Bench

COLUMNS: dict[str, tuple[Column, Callable[[Any], Any], str]] = {
    "Number": (Column("Number", "int"), lambda p: p.pk, "pk"),
    "Name": (Column("Name"), lambda p: p.full_name, "full_name"),
    "Born": (Column("Born", "int"), lambda p: p.birth_year, "birth_year"),
    "Birth date": (Column("Birth date", "date"), lambda p: p.birth_date, "birth_date"),
    "Sex": (Column("Sex"), lambda p: p.get_sex_display(), "sex"),
    "Phone": (Column("Phone", "phone"), lambda p: p.phone, "phone"),
    "Hamlet": (Column("Hamlet"), lambda p: p.hamlet.name if p.hamlet else "", "hamlet__name"),
    "Commune": (Column("Commune"), lambda p: p.unit.name, "unit__name"),
    "Audience": (
        Column("Audience"), lambda p: p.audience.name if p.audience else "", "audience__name_vi",
    ),
    "Minority": (Column("Minority"), lambda p: p.get_minority_display(), "minority"),
    "Disability": (Column("Disability"), lambda p: p.get_disability_display(), "disability"),
    "Guardian": (Column("Guardian"), lambda p: p.guardian, "guardian"),
}  # fmt: skip
SIZES = (10_000, 50_000, 100_000, 1_000_000)
COMPARED = 100_000


def people(count: int) -> Any:
    """The rows of the list."""
    rows = Participant.unscoped.select_related("unit", "hamlet", "audience")
    return rows.order_by("sort_key", "pk")[:count]


def sheet(rows: Any) -> SheetSpec:
    """The list as a workbook is told of it."""
    columns = [column for column, _value, _path in COLUMNS.values()]
    return SheetSpec("People", "People", "Everything", "as of now", columns, rows)


def ours(count: int, file: Path) -> int:
    """The portal's way: plain values, streamed."""
    with translation.override("vi"):
        rows = read_values(people(count), [value for _column, value, _path in COLUMNS.values()])
        return write_list(str(file), sheet=sheet(rows), notes=NotesSpec())


def with_records(count: int, file: Path) -> int:
    """The portal's way where one column needs whole records."""
    functions = [value for _column, value, _path in COLUMNS.values()]
    functions[-1] = lambda p: p.guardian if p.birth_year else ""
    with translation.override("vi"):
        return write_list(
            str(file), sheet=sheet(read_values(people(count), functions)), notes=NotesSpec()
        )


def xlsxwriter(count: int, file: Path) -> int:
    """The same values written by XlsxWriter in constant memory."""
    with translation.override("vi"):
        rows = read_values(people(count), [value for _column, value, _path in COLUMNS.values()])
        return write_workbook(str(file), sheets=[sheet(rows)], notes=NotesSpec())


def fetch(count: int, _file: Path) -> int:
    """The same columns fetched as tuples and nothing else."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET cursor_tuple_fraction = 1")
    return sum(1 for _row in _tuples(count).iterator(chunk_size=2000))


def copy(count: int, file: Path) -> int:
    """The same columns as CSV by COPY (PostgreSQL)."""
    statement, given = _tuples(count).query.sql_with_params()
    with connection.cursor() as cursor, file.open("wb") as target:
        query = cursor.mogrify(statement, given).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv)", target)
        return cursor.rowcount


def _tuples(count: int) -> Any:
    return people(count).values_list(*(path for _column, _value, path in COLUMNS.values()))


WAYS: dict[str, Callable[[int, Path], int]] = {
    "ours": ours, "records": with_records, "xlsxwriter": xlsxwriter, "fetch": fetch, "copy": copy,
}  # fmt: skip


def once(section: str, way: str, rows: int) -> dict[str, float]:
    """One way in a process of its own: what it took."""
    with tempfile.TemporaryDirectory(dir=places.FOLDER.parent) as folder:
        command = [sys.executable, "-m", "bench.once", section, way, str(rows), f"{folder}/out"]
        done = subprocess.run(
            command, env=os.environ, cwd=places.ROOT, capture_output=True, text=True
        )
    if done.returncode:
        raise RuntimeError(f"{section} {way} {rows}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def turns(
    section: str, ways: list[str], rows: int, rounds: int, between: Any = None
) -> dict[str, dict[str, float]]:
    """Medians of some ways, round after round (A B C A B C ...)."""
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _round in range(rounds):
        for way in ways:
            runs[way].append(once(section, way, rows))
            if between:
                between()
    return {
        way: {name: median([one[name] for one in found]) for name in found[0]}
        for way, found in runs.items()
    }


def export(bench: Bench) -> None:
    """What an export of 100,000 people takes beside its bounds, and how it grows."""
    sizes = [size for size in SIZES if not (bench.quick and size > COMPARED)]
    with enough_people(sizes[-1]):
        ways = [way for way in WAYS if way != "copy" or bench.engine == "postgres"]
        found = turns("exporting", ways, COMPARED, bench.rounds)
        for way, took in found.items():
            _told(bench, f"{COMPARED:,} {way}", took)
        peaks = {COMPARED: found["ours"]["peak"]}
        for size in sizes:
            if size != COMPARED:
                took = turns("exporting", ["ours"], size, 1 if size > COMPARED else bench.rounds)
                _told(bench, f"{size:,} ours", took["ours"])
                peaks[size] = took["ours"]["peak"]
    to_writer = found["ours"]["seconds"] / found["xlsxwriter"]["seconds"]
    to_fetch = found["ours"]["seconds"] / found["fetch"]["seconds"]
    bench.report.goal("G10", f"{share(to_writer)} of XlsxWriter", to_writer <= 0.2)
    bench.report.goal("G10", f"{to_fetch:.2f} x fetching alone", to_fetch <= 2.5)
    if SIZES[-1] in peaks:
        growth = peaks[SIZES[-1]] / peaks[COMPARED]
        bench.report.goal("G10", f"peak {growth:.2f} x at 1 M", growth <= 1.2)


def _told(bench: Bench, what: str, took: dict[str, float]) -> None:
    bench.report.row(
        "export", what, seconds=f"{took['seconds']:.2f}", processor=f"{took['cpu']:.2f}",
        rows_a_second=f"{took['rows'] / took['seconds']:,.0f}", peak_MB=f"{took['peak']:.0f}",
        file_MB=f"{took['file']:.1f}",
    )  # fmt: skip


@contextmanager
def enough_people(count: int) -> Iterator[None]:
    """So many people in the register for a while; figures know nothing of them."""
    last = Participant.unscoped.order_by("-pk").values_list("pk", flat=True).first() or 0
    missing = count - Participant.unscoped.count()
    triggers.remove(connection)
    try:
        if missing > 0:
            with transaction.atomic():
                insert_many(Participant, PERSON, _made_up(missing))
            _analyse()
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM classes_participant WHERE id > %s", [last])
        triggers.install(connection)
        _analyse()


PERSON = (
    "unit_id", "hamlet_id", "full_name", "search_key", "sort_key", "birth_year", "birth_date",
    "sex", "audience_id", "phone", "minority", "disability",
)  # fmt: skip


def _made_up(count: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(count)
    hamlets = list(Unit.unscoped.filter(level="hamlet").values_list("parent_id", "pk"))
    audiences = [None, *Audience.objects.values_list("pk", flat=True)]
    for number in range(count):
        name, year = chance.choice(NAMES), 1940 + number % 70
        phone = f"09{chance.randrange(10**8):08}"
        yield (
            *chance.choice(hamlets), name, fold(f"{name} {phone}"), person_sort_key(name), year,
            date(year, 1 + number % 12, 1 + number % 28) if number % 3 else None,
            chance.choice("fm"), chance.choice(audiences), phone, chance.choice(("", "y", "n")), "",
        )  # fmt: skip


def _analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
