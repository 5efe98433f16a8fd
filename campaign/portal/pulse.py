"""Signs of life of whoever executes a job, for everybody to see while the work is one transaction.

On PostgreSQL they are written through a small connection of their own. SQLite has one writer, and
that is the work itself, so there they are files beside the database. Either way a thread gives
them, however long one statement takes, and stops when the process is killed.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from campaign.models import Job

logger = logging.getLogger(__name__)

AT_MOST_EVERY = 0.25  # seconds between two signs, however often the work says how far it is


class LeaseLost(Exception):
    """Another attempt has the job now: this one saves nothing."""


class JobCancelled(Exception):
    """The owner took the job back: what it did so far is rolled back."""


class Pulse:
    """The signs of life of one attempt; as a context manager it beats until the work is over."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._counts = (job.done, job.total)
        self._last = 0.0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, daemon=True)
        #: "" while the attempt may go on, else why not
        self._verdict = ""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stopped.set()
        self._thread.join()
        self.close()

    def _beat_on(self) -> None:
        while not self._stopped.wait(settings.JOBS_BEAT_EVERY):
            self._beat()

    def _beat(self) -> None:
        with self._lock:
            self._last = time.monotonic()
            self._verdict = self._verdict or self.write(*self._counts)

    def progress(self, done: int, total: int) -> None:
        """Say how far the work is; raises when it must not go on."""
        self._counts = self.job.done, self.job.total = done, total
        if done == total or time.monotonic() - self._last > AT_MOST_EVERY:
            self._beat()
        if self._verdict == "cancelled":
            raise JobCancelled
        if self._verdict:
            raise LeaseLost

    def write(self, done: int, total: int) -> str:
        """Give one sign; the answer is "" to go on, "cancelled" or "lost"."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what the signs were given with."""


class SidePulse(Pulse):
    """Signs through a connection of their own, seen while the work holds its transaction open."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._side = connection.copy()
        self._side.inc_thread_sharing()

    def write(self, done: int, total: int) -> str:
        try:
            with self._side.cursor() as cursor:
                cursor.execute(
                    f"UPDATE {Job._meta.db_table} SET done = %s, total = %s,"  # noqa: S608
                    " heartbeat_at = clock_timestamp() WHERE id = %s AND attempts = %s"
                    " AND status = %s RETURNING is_cancel_asked",
                    [done, total, self.job.pk, self.job.attempts, Job.Status.RUNNING],
                )
                found = cursor.fetchone()
        except Error:  # the next sign tries a new connection; without any, the lease runs out
            logger.warning("job %s: no sign of life could be given", self.job.pk)
            self.close()
            return ""
        if found is None:
            return "lost"
        return "cancelled" if found[0] else ""

    def close(self) -> None:
        try:
            self._side.close()
        except Error:
            self._side.connection = None


class FilePulse(Pulse):
    """Signs in a file, where the work itself is the database's only writer."""

    def write(self, done: int, total: int) -> str:
        path = beat_file(self.job)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(f"{done} {total}")
        fresh.replace(path)
        if beat_file(self.job, self.job.attempts + 1).exists():
            return "lost"
        return "cancelled" if is_cancel_asked(self.job) else ""

    def close(self) -> None:
        beat_file(self.job).unlink(missing_ok=True)


class OwnPulse(Pulse):
    """Signs inside the caller's own transaction, where nobody else sees the job yet anyway."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def write(self, done: int, total: int) -> str:
        mine = Job.objects.filter(pk=self.job.pk, attempts=self.job.attempts)
        mine.update(done=done, total=total, heartbeat_at=timezone.now())
        return ""


def pulse_of(job: Job) -> Pulse:
    """The way in which this installation gives signs of life."""
    if connection.in_atomic_block:
        return OwnPulse(job)
    return FilePulse(job) if connection.vendor == "sqlite" else SidePulse(job)


# --- Reading the signs ------------------------------------------------------------------------


def beat_file(job: Job, attempt: int | None = None) -> Path:
    """The file one attempt keeps fresh."""
    return Path(settings.JOBS_ROOT) / f"{job.key}.{attempt or job.attempts}.beat"


def cancel_file(job: Job) -> Path:
    """The file that says the owner wants no more of the job."""
    return Path(settings.JOBS_ROOT) / f"{job.key}.cancel"


def is_cancel_asked(job: Job) -> bool:
    """Whether the owner wants no more of the job."""
    return job.is_cancel_asked or cancel_file(job).exists()


def beats_in_file(job: Job) -> bool:
    """Whether a file says that whoever executes the job was alive a moment ago."""
    with suppress(FileNotFoundError):
        return time.time() - beat_file(job).stat().st_mtime < settings.JOBS_LOST_AFTER
    return False


def as_seen_now(job: Job) -> Job:
    """The job with how far it is, also where only a file says so."""
    job.is_cancel_asked = is_cancel_asked(job)
    with suppress(OSError, ValueError):
        job.done, job.total = map(int, beat_file(job).read_text().split())
    return job


def forget(job: Job) -> None:
    """Take away the files of a job that is over."""
    cancel_file(job).unlink(missing_ok=True)
    for path in Path(settings.JOBS_ROOT).glob(f"{job.key}.*"):
        path.unlink(missing_ok=True)
