"""The drill: whoever executes jobs is killed again and again, and nothing is lost or doubled.

Twenty kills in the suite; ``JOBS_DRILL_KILLS=200`` for more, ``JOBS_DRILL_SEED`` for another
course of events. On PostgreSQL with Redis, connections to the database are ended and the broker is
emptied between the kills. The database server itself is shared and stays up: ending every
connection to the tests' database stands for its death.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.urls import reverse

from campaign.models import ChangeEntry, ImportBatch, Job, JobReceipt
from campaign.portal import jobs
from campaign.portal.imports import batches
from classes.models import Enrolment, Participant, TrainingClass
from tests.campaign import drill_jobs
from tests.imports.files import workbook

KILLS = int(os.environ.get("JOBS_DRILL_KILLS", "20"))
SEED = int(os.environ.get("JOBS_DRILL_SEED", "1"))
A_ROUND = 5  # kills in a round
WORKERS = 2
CLASSES = 1_500
PEOPLE = 5_000
WITHIN = 60  # seconds until a round has to be over

BROKER = os.environ.get("REDIS_URL", "")
IS_POSTGRES = "postgres" in os.environ.get("DATABASE_URL", "")


def whole_rows(job: Job) -> None:
    """Every row once."""
    rows = ChangeEntry.objects.filter(model=f"drill {job.pk}")
    numbers = sorted(rows.values_list("record_id", flat=True))
    assert numbers == list(range(drill_jobs.ROWS))


def whole_file(job: Job) -> None:
    """One file that opens and holds every class."""
    book = openpyxl.load_workbook(jobs.path_of_file(job), read_only=True)
    rows = book.worksheets[0].iter_rows(values_only=True)
    assert sum(any(str(cell).startswith("AHO-26-") for cell in row) for row in rows) == CLASSES
    book.close()


def whole_list(job: Job) -> None:
    """Everybody of the file is on the list once, with one entry of the history."""
    batch = ImportBatch.objects.get(pk=job.params["batch"])
    saved = batch.lines.filter(is_saved=True)
    assert (batch.step, batch.counts["new"], saved.count()) == ("done", PEOPLE, PEOPLE)
    imports = ImportBatch.objects.filter(step="done").count()
    assert Participant.unscoped.count() == Enrolment.unscoped.count() == imports * PEOPLE
    added = ChangeEntry.objects.filter(model="classes.participant", door="import")
    assert added.count() == imports * PEOPLE
    listed = Enrolment.unscoped.filter(pk__in=saved.values("record_id"))
    assert listed.values("participant").distinct().count() == PEOPLE


def checked_list(who: SimpleNamespace) -> dict[str, Any]:
    """A file of people nobody knows yet, checked and about to be saved."""
    number = ImportBatch.objects.count()
    rows = [
        (f"AHO-26-{n % CLASSES:04}", f"Học viên {named(n)} {named(number)}", 1950)
        for n in range(PEOPLE)
    ]
    file = workbook(("Mã lớp", "Họ và tên", "Năm sinh"), *rows)
    batch = batches.take(file, kind="participants", access=who.access)
    batches.check(batch, access=who.access)
    ImportBatch.objects.filter(pk=batch.pk).update(step=ImportBatch.Step.RUNNING)
    return {"batch": batch.pk}


def named(number: int) -> str:
    """A number as letters: names have no digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


@dataclass(frozen=True)
class Work:
    """A kind of job for the drill: what it is given, and how its work is found whole."""

    kind: str
    params: Callable[[SimpleNamespace], dict[str, Any]]
    is_whole: Callable[[Job], None]


WORK = (
    Work("drill_rows", lambda _who: {}, whole_rows),
    Work("export_list", lambda _who: {"path": reverse("classes:list"), "query": ""}, whole_file),
    Work("import_save", checked_list, whole_list),
)


@pytest.fixture
def crew(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Processes that execute jobs on the tests' own database, replaced when they die."""
    database = connection.settings_dict["NAME"]
    base = os.environ.get("DATABASE_URL", "").rsplit("/", 1)[0]
    environment = os.environ | {
        "DATABASE_URL": f"{base}/{database}" if IS_POSTGRES else f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "tests.campaign.drill_settings",
        "JOBS_RUNNER": "celery" if IS_POSTGRES else "thread",
        "EXPORT_ROOT": str(settings.EXPORT_ROOT),
        "JOBS_ROOT": str(settings.JOBS_ROOT),
    }
    command = [sys.executable, "-m", "tests.campaign.drill_worker", str(tmp_path), str(WORKERS)]
    process = subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR)
    try:
        yield tmp_path
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    """Until the condition holds; fails after so many seconds."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            late = list(Job.objects.values_list("pk", "kind", "status", "attempts", "message"))
            raise AssertionError(f"not within {seconds} s: {late}")
        time.sleep(0.05)


def kill(crew: Path, name: str) -> None:
    """Kill a process at once; it is replaced."""
    note = crew / f"{name}.pid"
    before = note.read_text()
    os.kill(int(before), signal.SIGKILL)
    wait_for(lambda: note.read_text() != before, 20)


def end_connections() -> None:
    """End every connection to the tests' database but this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def empty_broker() -> None:
    """Empty the broker's own database in Redis."""
    import redis

    redis.Redis.from_url(BROKER).flushdb()


@pytest.fixture
def many_classes(province: SimpleNamespace, words: SimpleNamespace) -> None:
    """What the exports of the drill list."""
    TrainingClass.unscoped.bulk_create(
        TrainingClass(
            unit=province.an_hoa, code=f"AHO-26-{number:04}", title=f"Lớp {number}",
            topic=words.vneid, audience=words.elderly, starts_on=date(2026, 9, 1),
        )
        for number in range(CLASSES)
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_whoever_is_killed_when_nothing_is_lost_and_nothing_doubled(
    many_classes, hoa, crew, settings, record_testsuite_property
):
    if IS_POSTGRES and not BROKER:
        pytest.skip("needs Redis beside PostgreSQL, or neither")
    settings.JOBS_RUNNER = "celery"
    dice = random.Random(SEED)
    wait_for(lambda: (crew / "worker-1.pid").exists(), 60)
    hits = 0
    for number in range(1, KILLS // A_ROUND + 1):
        queued = [put(work, hoa) for work in WORK]
        hits += one_round(queued, crew, dice)
        for job in Job.objects.filter(pk__in=queued):
            assert job.status == Job.Status.DONE, (job.kind, job.message)
            assert JobReceipt.objects.filter(job=job).count() == 1
            next(work for work in WORK if work.kind == job.kind).is_whole(job)
        nothing_is_left_over(exported=number)
    record_testsuite_property("kills that hit a running job", f"{hits} of {KILLS}")
    assert hits > KILLS / 4


def one_round(queued: list[int], crew: Path, dice: random.Random) -> int:
    """Kill again and again at random moments, then let the work be done; counts the hits."""
    mine = Job.objects.filter(pk__in=queued)
    running = mine.filter(status=Job.Status.RUNNING)
    active = mine.filter(status__in=(Job.Status.QUEUED, Job.Status.RUNNING))
    hits = 0
    for _kill in range(A_ROUND):
        wait_for(lambda: running.exists() or not active.exists(), WITHIN)
        time.sleep(dice.uniform(0, 0.5))
        if IS_POSTGRES and dice.random() < 0.3:
            dice.choice((end_connections, empty_broker))()
        hits += running.exists()
        kill(crew, f"worker-{dice.randrange(WORKERS)}")
    wait_for(lambda: not active.exists(), WITHIN)
    return hits


def put(work: Work, who: SimpleNamespace) -> int:
    """Queue a job; without a broker, the sweeper of the processes finds it."""
    job = Job.objects.create(kind=work.kind, label="drill", by=who.user, params=work.params(who))
    if BROKER:
        jobs.dispatch(job.pk)
    return job.pk


def nothing_is_left_over(exported: int) -> None:
    """One file and one entry of the log for each export, no half files, no signs of life."""
    files = {path.name for path in Path(django_settings.EXPORT_ROOT).iterdir()}
    assert files == set(Job.objects.exclude(stored_as="").values_list("stored_as", flat=True))
    assert len(files) == exported
    assert ChangeEntry.objects.filter(action="exported").count() == exported
    assert not [*Path(django_settings.JOBS_ROOT).glob("*")]
