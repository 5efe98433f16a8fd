"""Imports of a file of people into classes, each way in a process of its own."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import python_calamine
from django.core.files import File
from django.db import connection, transaction
from django.utils import translation

from accounts.access import Access
from accounts.models import Posting, User
from bench import places
from bench.exporting import turns
from bench.generate import NAMES
from bench.measure import share
from campaign.models import Audience, ImportBatch, Topic
from campaign.portal.bulk import insert_many
from campaign.portal.imports import batches
from campaign.portal.scope import system_work
from campaign.portal.workbooks import Column, NotesSpec, SheetSpec, read_table
from campaign.portal.workbooks.stream import write_list
from campaign.text import fold, person_sort_key
from classes.models import ClassSession, Enrolment, Participant, TrainingClass
from units.models import Unit

if TYPE_CHECKING:
    from bench.sections import Bench

OFFICER = "bench-import"
ROWS = 100_000
A_CLASS = 250
BAD_EVERY = 99
SAMPLE = 2_000
"""Rows django-import-export is given; what it takes is told for as many as the others got."""

HEADINGS = ("Mã lớp", "Họ và tên", "Giới tính", "Năm sinh", "Số điện thoại", "Ấp")
PERSON = (
    "unit_id", "full_name", "sex", "birth_year", "phone", "hamlet_id", "search_key", "sort_key",
)  # fmt: skip
#: the tables an import writes to, dependants first, and what their rows are counted by
FILLED = {
    "classes_attendance": "id", "classes_enrolment": "id", "classes_classsession": "id",
    "classes_trainingclass": "id", "classes_participant": "id", "campaign_changeentry": "id",
    "campaign_importline": "id", "campaign_importbatch": "id", "campaign_jobreceipt": "job_id",
    "campaign_job": "id", "reporting_dirtymark": "id",
}  # fmt: skip
MADE_BEFORE = ("classes_classsession", "classes_trainingclass")


def path_of(rows: int) -> Path:
    """The file of so many people."""
    return places.FOLDER / f"people-{rows}.xlsx"


# --- The ways ------------------------------------------------------------------------------------


def parse(rows: int, _file: Path) -> int:
    """Read the file with the fastest reader there is, and nothing else."""
    return len(_parsed(rows))


def parse_ours(rows: int, _file: Path) -> int:
    """Read the file behind the portal's own guard, with its values tidied."""
    with path_of(rows).open("rb") as file:
        return len(read_table(file, filename="people.xlsx").rows)


def check(rows: int, _file: Path) -> int:
    """The portal as far as the preview: every row judged, and kept with what would become of it."""
    with translation.override("vi"):
        return sum(_checked(rows)[0].counts.values())


def ours(rows: int, _file: Path) -> int:
    """The portal from the upload to the records: preview, saving, history, and the way back."""
    with translation.override("vi"):
        batch, access = _checked(rows)
        batches.start_saving(batch, ImportBatch.Choice.GOOD_ROWS, access=access)
        batch.refresh_from_db()
        if batch.step != ImportBatch.Step.DONE:
            raise RuntimeError(f"The import ended as {batch.step}.")
        return batch.counts.get("new", 0)


def _checked(rows: int) -> tuple[ImportBatch, Access]:
    access = Access.of(User.objects.get(username=OFFICER))
    with path_of(rows).open("rb") as file:
        batch = batches.take(File(file, name="people.xlsx"), kind="participants", access=access)
    batches.check(batch, access=access)
    return batch, access


def bulk_create(rows: int, _file: Path) -> int:
    """Read, judge, and write with Django's bulk_create()."""
    people, homes = _judged(rows)
    with transaction.atomic():
        saved = Participant.unscoped.bulk_create(
            [Participant(**dict(zip(PERSON, row, strict=True))) for row in people], batch_size=1_000
        )
        Enrolment.unscoped.bulk_create(
            [
                Enrolment(training_class_id=home, participant=person)
                for home, person in zip(homes, saved, strict=True)
            ],
            batch_size=1_000,
        )
    return len(saved)


def plain_copy(rows: int, _file: Path) -> int:
    """Read, judge, and write through COPY: no preview, no history, no way back."""
    people, homes = _judged(rows)
    return _insert(people, homes)


def insert(rows: int, _file: Path) -> int:
    """Write only: rows that need no reading or judging."""
    home, hamlet = TrainingClass.unscoped.filter(code__startswith="BI-").values_list(
        "pk", "unit_id"
    )[0]
    row = (hamlet, "Nguyễn Thị Hoa", "f", 1960, "0912345678", hamlet, "nguyen thi hoa", "hoa")
    return _insert([row] * rows, [home] * rows)


def _insert(people: list[Any], homes: list[int]) -> int:
    with transaction.atomic():
        ids = insert_many(Participant, PERSON, people)
        insert_many(Enrolment, ("training_class", "participant"), zip(homes, ids, strict=True))
    return len(ids)


def import_export(rows: int, _file: Path) -> int:
    """django-import-export as it comes, on a part of the rows."""
    from import_export import resources
    from tablib import Dataset

    resource = resources.modelresource_factory(Participant)()
    people, _homes = _judged(rows, most=SAMPLE)
    dataset = Dataset(*people, headers=[name.removesuffix("_id") for name in PERSON])
    with system_work():
        result = resource.import_data(dataset, raise_errors=True)
    return len(result.rows)


def _parsed(rows: int) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path_of(rows)))
    return book.get_sheet_by_index(0).to_python()[5:]


def _judged(rows: int, most: int | None = None) -> tuple[list[tuple[Any, ...]], list[int]]:
    """What plain code makes of the file: good rows as values, and the class of each."""
    officer = User.objects.get(username=OFFICER)
    unit = Posting.unscoped.get(user=officer).unit_id
    classes = dict(TrainingClass.unscoped.filter(unit_id=unit).values_list("code", "pk"))
    hamlets = {
        fold(name): pk
        for name, pk in Unit.unscoped.filter(parent_id=unit).values_list("name", "pk")
    }
    people, homes, seen = [], [], set()
    for code, name, sex, born, phone, hamlet in _parsed(rows)[:most]:
        name = " ".join(unicodedata.normalize("NFC", name).split())
        home, place = classes.get(code), hamlets.get(fold(hamlet))
        digits = "".join(filter(str.isdecimal, phone))
        key = (code, fold(name), born, digits)
        if home is None or place is None or not 1900 < born < 2027 or len(digits) != 10:
            continue
        if not name or key in seen or sex not in ("Nam", "Nữ"):
            continue
        seen.add(key)
        people.append(
            (unit, name, "f" if sex == "Nữ" else "m", int(born), digits, place,
             fold(f"{name} {digits}")[:200], person_sort_key(name)[:400])
        )  # fmt: skip
        homes.append(home)
    return people, homes


WAYS: dict[str, Callable[[int, Path], int]] = {
    "ours": ours, "check": check, "bulk_create": bulk_create, "plain_copy": plain_copy,
    "insert": insert, "parse": parse, "parse_ours": parse_ours, "import_export": import_export,
}  # fmt: skip


# --- The section ---------------------------------------------------------------------------------


def bring_in(bench: Bench) -> None:
    """What an import of 100,000 people takes beside plainer ways."""
    with a_file(ROWS):
        found = turns("importing", list(WAYS), ROWS, bench.rounds, between=clear)
    for way, took in found.items():
        factor = ROWS / SAMPLE if way == "import_export" else 1
        seconds = took["seconds"] * factor
        bench.report.row(
            "import", f"{ROWS:,} {way}", seconds=f"{seconds:.2f}",
            processor=f"{took['cpu'] * factor:.2f}", rows=f"{took['rows']:,.0f}",
            peak_MB=f"{took['peak']:.0f}",
        )  # fmt: skip
    to_bulk = found["ours"]["seconds"] / found["bulk_create"]["seconds"]
    to_parse = found["ours"]["seconds"] / found["parse"]["seconds"]
    bench.report.goal("G11", f"{share(to_bulk)} of bulk_create", to_bulk <= 0.4)
    bench.report.goal("G11", f"{to_parse:.1f} x parsing", to_parse <= 3)


@contextmanager
def a_file(rows: int) -> Iterator[None]:
    """An officer, classes to put people in, and the file; all gone afterwards."""
    lasts.update({table: _last(table) for table in FILLED})
    unit = Unit.unscoped.communes().order_by("pk").first()
    officer = User(username=OFFICER, full_name="Nguyen Thi Hoa")
    officer.set_unusable_password()
    officer.set_keys()
    officer.save()
    Posting.objects.create(
        user=officer, unit=unit, role=Posting.Role.COMMUNE_OFFICER, starts_on=date(2025, 7, 1)
    )
    topic, audience = Topic.objects.order_by("pk")[0], Audience.objects.order_by("pk")[0]
    codes = [f"BI-26-{number:04}" for number in range(1, rows // A_CLASS + 1)]
    made = TrainingClass.unscoped.bulk_create(
        TrainingClass(
            unit=unit, code=code, title=code, topic=topic, audience=audience,
            starts_on=date(2026, 3, 2),
        )
        for code in codes
    )  # fmt: skip
    ClassSession.unscoped.bulk_create(
        ClassSession(training_class=one, number=1, held_on=date(2026, 3, 2), status="held")
        for one in made
    )
    hamlets = list(Unit.unscoped.filter(parent=unit).values_list("name", flat=True))
    places.FOLDER.mkdir(parents=True, exist_ok=True)
    sheet = SheetSpec(
        "People", "People", "", "", [Column(heading) for heading in HEADINGS[:3]]
        + [Column(HEADINGS[3], "int"), Column(HEADINGS[4], "phone"), Column(HEADINGS[5])],
        _rows(rows, codes, hamlets),
    )  # fmt: skip
    write_list(path_of(rows), sheet=sheet, notes=NotesSpec())
    lasts.update({table: _last(table) for table in MADE_BEFORE})
    try:
        yield
    finally:
        path_of(rows).unlink()
        clear()
        _remove(made)
        Posting.unscoped.filter(user=officer).delete()
        officer.delete()


def _rows(rows: int, codes: list[str], hamlets: list[str]) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(rows)
    for number in range(rows):
        yield (
            codes[number // A_CLASS], chance.choice(NAMES), chance.choice(("Nam", "Nữ")),
            1940 + number % 70 if number % BAD_EVERY else 3020, f"09{number:08}",
            chance.choice(hamlets),
        )  # fmt: skip


#: the last id of each table before an import
lasts: dict[str, int] = {}


def _last(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max({FILLED[table]}), 0) FROM {table}")
        return cursor.fetchone()[0]


def clear() -> None:
    """Take away what the last way wrote."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, key in FILLED.items():
            cursor.execute(f"DELETE FROM {table} WHERE {key} > %s", [lasts[table]])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _remove(made: list[TrainingClass]) -> None:
    chosen = [one.pk for one in made]
    ClassSession.unscoped.filter(training_class__in=chosen).delete()
    TrainingClass.unscoped.filter(pk__in=chosen).delete()
