"""Jobs survive whoever executes them; files are handed only to those who still may have them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Posting
from campaign.models import ChangeEntry, Job
from campaign.portal import exports, jobs, pulse
from classes.models import ClassSession, SessionHeadcount, TrainingClass

HAS_PRODUCTION_SHAPE = bool(os.environ.get("REDIS_URL")) and "postgres" in os.environ.get(
    "DATABASE_URL", ""
)


def add_class(unit: Any, words: SimpleNamespace, number: int) -> TrainingClass:
    added = TrainingClass(
        unit=unit, place=unit, code=f"AHO-26-{number:04}", title=f"Lớp {number}",
        topic=words.vneid, audience=words.elderly, starts_on=date(2026, 9, 1),
    )  # fmt: skip
    added.clean()
    added.save()
    return added


@pytest.fixture
def long_list(
    province: SimpleNamespace, words: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More classes than an export writes at once."""
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    for number in range(5):
        add_class(province.an_hoa, words, number)


@pytest.mark.django_db(transaction=True)
def test_a_long_export_becomes_a_job_whose_file_holds_every_row(long_list, hoa):
    response = hoa.client.get(reverse("classes:list"), {"format": "xlsx"})
    job = Job.objects.get()
    assert response.url == reverse("export", args=[job.key])
    assert job.status == Job.Status.DONE
    assert (job.done, job.total) == (5, 5)
    file = hoa.client.get(reverse("export_file", args=[job.key]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(file.streaming_content)))
    titles = {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
    assert {f"Lớp {number}" for number in range(5)} <= titles


@pytest.mark.django_db(transaction=True)
def test_a_list_can_be_had_as_csv_at_once_and_as_a_job(long_list, hoa, monkeypatch):
    address = reverse("classes:list")
    hoa.client.get(address, {"format": "csv"})
    job = Job.objects.get()
    file = hoa.client.get(reverse("export_file", args=[job.key]))
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert job.file_name.endswith(".csv")
    monkeypatch.setattr(exports, "AT_ONCE", 100)
    at_once = hoa.client.get(address, {"format": "csv"})
    assert at_once["Content-Disposition"].endswith('.csv"')
    assert b"".join(file.streaming_content) == at_once.content
    lines = at_once.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 6
    assert 'format=csv"' in hoa.client.get(address).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_file_is_refused_to_others_and_to_its_owner_after_a_transfer(long_list, hoa, bao):
    hoa.client.get(reverse("classes:list"), {"format": "xlsx"})
    address = reverse("export_file", args=[Job.objects.get().key])
    assert bao.client.get(address).status_code == 404
    assert hoa.client.get(address).status_code == 200
    Posting.unscoped.filter(user=hoa.user).update(ends_on=timezone.localdate() - timedelta(days=1))
    assert hoa.client.get(address).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_closed_account_is_refused_when_it_runs(long_list, hoa, settings):
    settings.JOBS_RUNNER = "celery"  # nobody takes it yet
    settings.CELERY_BROKER_URL = "memory://"
    hoa.client.get(reverse("classes:list"), {"format": "xlsx"})
    hoa.user.is_active = False
    hoa.user.save()
    job = Job.objects.get()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert job.stored_as == ""


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_takes_a_job_whose_worker_died(long_list, hoa, settings):
    settings.JOBS_RUNNER = "celery"
    hoa.client.get(reverse("classes:list"), {"format": "xlsx"})
    Job.objects.update(
        status=Job.Status.RUNNING, attempts=1, heartbeat_at=timezone.now() - timedelta(minutes=5)
    )
    settings.JOBS_RUNNER = "inline"
    assert jobs.sweep() == 1
    assert Job.objects.get().status == Job.Status.DONE


@pytest.mark.django_db(transaction=True)
def test_running_a_job_twice_makes_one_file(long_list, hoa):
    hoa.client.get(reverse("classes:list"), {"format": "xlsx"})
    job = Job.objects.get()
    jobs.run(job.pk)
    assert len(list(django_settings.EXPORT_ROOT.iterdir())) == 1


# --- Leases: who may save, who may end ----------------------------------------------------------


@pytest.fixture
def writing(hoa: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A job that writes rows in one transaction; ``meanwhile`` happens in the middle of it."""
    made = SimpleNamespace(meanwhile=lambda job: None, after=lambda job: None)

    def work(job: Job, access: Any, progress: jobs.Progress) -> None:
        with transaction.atomic():
            jobs.hold(job)
            note(access, 1)
            made.meanwhile(job)
            progress(1, 2)
            note(access, 2)
        made.after(job)

    def note(access: Any, number: int) -> None:
        ChangeEntry.objects.create(
            by=access.user, action="created", model="drill", record_id=number, record_label="row"
        )

    monkeypatch.setitem(jobs.KINDS, "writing", work)
    monkeypatch.setattr(pulse, "AT_MOST_EVERY", 0)
    made.job = Job.objects.create(kind="writing", label="Ghi", by=hoa.user)
    made.rows = lambda: ChangeEntry.objects.filter(model="drill").count()
    return made


def apart(work: Any) -> Any:
    """Do something as another process would: in a thread, with a connection of its own."""
    found: list[Any] = []

    def do() -> None:
        found.append(work())
        connection.close()

    thread = threading.Thread(target=do)
    thread.start()
    thread.join(timeout=30)
    return found[0]


@pytest.mark.django_db(transaction=True)
def test_others_see_how_far_a_job_is_while_it_is_one_transaction(writing, hoa, monkeypatch):
    seen = []
    real = pulse.Pulse.progress

    def progress(self: pulse.Pulse, done: int, total: int) -> None:
        real(self, done, total)
        found = apart(lambda: pulse.as_seen_now(Job.objects.get(pk=self.job.pk)))
        seen.append((found.status, found.done, found.total))

    monkeypatch.setattr(pulse.Pulse, "progress", progress)
    jobs.run(writing.job.pk)
    assert seen == [("running", 1, 2)]
    assert writing.rows() == 2


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_leaves_a_living_job_alone_however_long_its_transaction_is(writing, settings):
    settings.JOBS_BEAT_EVERY, settings.JOBS_LOST_AFTER = 0.05, 1

    def meanwhile(job: Job) -> None:
        threading.Event().wait(1.5)  # longer than a lease without a sign of life
        assert apart(jobs.sweep) == 0

    writing.meanwhile = meanwhile
    jobs.run(writing.job.pk)
    writing.job.refresh_from_db()
    assert (writing.job.status, writing.job.attempts, writing.rows()) == ("done", 1, 2)


@pytest.mark.django_db(transaction=True)
def test_work_saved_by_an_attempt_that_died_is_not_done_again(writing):
    class Killed(BaseException):
        """As far as the rows can tell, the process is gone."""

    def die(job: Job) -> None:
        raise Killed

    writing.after = die
    with pytest.raises(Killed):
        jobs.run(writing.job.pk)
    assert (Job.objects.get().status, writing.rows()) == (Job.Status.RUNNING, 2)
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert jobs.sweep() == 1
    assert (Job.objects.get().status, writing.rows()) == (Job.Status.DONE, 2)


@pytest.mark.django_db(transaction=True)
def test_an_attempt_without_the_lease_saves_nothing_and_ends_nothing(writing):
    older = Job.objects.get()
    older.attempts = 1
    Job.objects.update(status=Job.Status.RUNNING, attempts=2)
    with pytest.raises(jobs.LeaseLost), transaction.atomic():
        jobs.hold(older)
    with pytest.raises(jobs.LeaseLost):
        jobs._end(older, Job.Status.DONE, "")
    assert Job.objects.get().status == Job.Status.RUNNING
    with pytest.raises(RuntimeError):
        jobs.hold(older)


@pytest.mark.django_db(transaction=True)
def test_its_owner_cancels_a_running_job_and_nothing_of_it_stays(writing, hoa, bao):
    address = reverse("export_cancel", args=[writing.job.key])
    assert bao.client.post(address).status_code == 404
    page = reverse("export", args=[writing.job.key])
    assert address in hoa.client.get(page).content.decode()
    writing.meanwhile = lambda job: apart(lambda: hoa.client.post(address).status_code)
    jobs.run(writing.job.pk)
    writing.job.refresh_from_db()
    assert (writing.job.status, writing.rows()) == (Job.Status.CANCELLED, 0)
    assert address not in hoa.client.get(page).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_job_that_waits_is_cancelled_before_it_begins(writing, hoa):
    hoa.client.post(reverse("export_cancel", args=[writing.job.key]))
    jobs.run(writing.job.pk)
    writing.job.refresh_from_db()
    assert (writing.job.status, writing.rows()) == (Job.Status.CANCELLED, 0)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_keeps_killing_its_worker_fails_in_the_end(writing, settings):
    Job.objects.update(
        status=Job.Status.RUNNING, attempts=settings.JOBS_MAX_ATTEMPTS,
        heartbeat_at=timezone.now() - timedelta(minutes=5),
    )  # fmt: skip
    assert jobs.sweep() == 0
    assert Job.objects.get().status == Job.Status.FAILED


def test_with_the_usual_settings_a_lost_job_is_taken_again_within_a_minute(settings):
    beat = django_settings.CELERY_BEAT_SCHEDULE["sweep-jobs"]["schedule"]
    assert django_settings.JOBS_BEAT_EVERY * 3 < django_settings.JOBS_LOST_AFTER
    assert django_settings.JOBS_LOST_AFTER + 2 * beat <= 60


# --- The production shape: a real broker, a real worker -----------------------------------------


@pytest.fixture
def worker(transactional_db: None, settings: Any, tmp_path: Any) -> Iterator[None]:
    """A Celery worker with its beat, on the tests' own database."""
    if not HAS_PRODUCTION_SHAPE:
        pytest.skip("needs PostgreSQL and Redis")
    base = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    environment = os.environ | {
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "EXPORT_ROOT": str(settings.EXPORT_ROOT),
        "LOG_LEVEL": "WARNING",
    }
    command = [
        sys.executable, "-m", "celery", "-A", "campaign", "worker", "--beat", "--pool", "solo",
        "--loglevel", "WARNING", "--schedule", str(tmp_path / "beat"),
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR)
    yield
    process.terminate()
    process.wait(timeout=20)


def wait_for(condition: Any, seconds: float) -> float:
    """How long it took until the condition held; fails after so many seconds."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if condition():
            return time.monotonic() - started
        time.sleep(0.1)
    raise AssertionError(f"did not happen within {seconds} s")


@pytest.mark.redis
@pytest.mark.postgres
def test_a_worker_makes_the_file_and_adds_up_changes(worker, long_list, hoa, settings, words):
    from reporting.models import DirtyMark

    settings.JOBS_RUNNER = "celery"
    settings.SETTLE_MODE = "beat"
    hoa.client.get(reverse("classes:list"), {"format": "xlsx"})
    wait_for(lambda: Job.objects.get().status == Job.Status.DONE, 45)
    held = add_class(hoa.unit, words, 99)
    session = ClassSession.objects.create(
        training_class=held, number=1, held_on=date(2026, 9, 1), status="held"
    )
    SessionHeadcount.objects.create(session=session, people=31)
    wait_for(lambda: not DirtyMark.objects.exists(), 10)


@pytest.mark.redis
@pytest.mark.postgres
def test_an_emptied_broker_loses_no_job(worker, long_list, hoa, settings):
    import redis

    settings.JOBS_RUNNER = "celery"
    Job.objects.create(
        kind="export_list", label="x", by=hoa.user, status=Job.Status.QUEUED,
        params={"path": reverse("classes:list"), "query": ""},
    )  # fmt: skip
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
    wait_for(lambda: Job.objects.get().status == Job.Status.DONE, 60)
