"""Long work as jobs: the row in the table is the truth, whoever executes it may die.

A job kind is a function ``(job, access, progress) -> None``. Whoever takes a job gets a lease, the
number of the attempt, and keeps it with signs of life (``pulse.py``); when they stop, the sweeper
queues the job again. Work that saves something calls ``hold(job)`` first inside the transaction
that saves it: then it is saved once, whoever dies when (docs/decisions/0006-jobs.md).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaign.models import Job, JobReceipt
from campaign.portal import amending, pulse
from campaign.portal.access import Access, access_of
from campaign.portal.pulse import JobCancelled, LeaseLost
from campaign.portal.rules import RULES

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
Work = Callable[[Job, Access, Progress], None]

KINDS: dict[str, Work] = {}
KEPT_FOR = timedelta(days=7)


class JobRefused(Exception):
    """The job cannot be done for this person; the message is shown to them."""


class WorkSaved(Exception):
    """An earlier attempt saved the work and died before it could say so."""


def job(kind: str) -> Callable[[Work], Work]:
    """Declare the function that does jobs of this kind."""

    def declare(work: Work) -> Work:
        KINDS[kind] = work
        return work

    return declare


def enqueue(kind: str, *, access: Access, label: str, params: dict[str, Any]) -> Job:
    """Put a job into the table, and see to it that somebody takes it after the commit.

    A reason for changing closed records that is in force goes with it (``amending.again``).
    """
    if said := amending.why():
        params = params | {"amending": asdict(said)}
    queued = Job.objects.create(
        kind=kind,
        label=label[:200],
        params=params,
        by=access.user,
        language=translation.get_language() or "vi",
    )
    transaction.on_commit(lambda: dispatch(queued.pk))
    return queued


def dispatch(pk: int) -> None:
    """Hand a queued job to whoever executes jobs in this installation."""
    if settings.JOBS_RUNNER == "celery":
        from campaign.tasks import run_job

        try:
            run_job.delay(pk)
        except Exception:  # the sweeper finds the row when the broker is back
            logger.warning("job %s waits: the broker does not answer", pk)
    elif settings.JOBS_RUNNER == "thread":
        threading.Thread(target=_run_beside, args=(pk,), daemon=True).start()
    else:
        run(pk)


_beside: set[int] = set()  # jobs that wait in this process
_one_at_a_time = threading.Lock()  # SQLite has one writer


def _run_beside(pk: int) -> None:
    if pk in _beside:
        return
    _beside.add(pk)
    try:
        with _one_at_a_time:
            run(pk)
    finally:
        _beside.discard(pk)
        close_old_connections()


def fingerprint(access: Access) -> list[str]:
    """What a person could see when a file was made: a file outlives no loss of access."""
    scopes = (access.view, access.people, access.manage)
    paths = {f"{scope.kind}:{path}" for scope in scopes for path in scope.paths}
    return sorted(paths | {f"rule:{name}" for name in RULES if access.may(name)})


def may_still_have(done: Job, access: Access) -> bool:
    """Whether the person still may see everything they could see when the file was made."""
    made_with = done.params.get("made_with")
    return bool(made_with) and set(made_with) <= set(fingerprint(access))


def _take(pk: int) -> Job | None:
    """Take the lease of a queued job, unless somebody else was faster or nobody wants it now."""
    with transaction.atomic():
        rows = Job.objects.select_related("by").select_for_update(of=("self",))
        taken = rows.filter(pk=pk, status=Job.Status.QUEUED).first()
        if taken is None:
            return None
        if pulse.is_cancel_asked(taken):
            _close(taken, Job.Status.CANCELLED)
            return None
        taken.status, taken.attempts = Job.Status.RUNNING, taken.attempts + 1
        taken.started_at = taken.started_at or timezone.now()
        taken.done = taken.total = 0
        taken.save(update_fields=["status", "attempts", "started_at", "done", "total"])
        Job.objects.filter(pk=pk).update(heartbeat_at=Now())
    _clear_away(taken, "*.part")
    return taken


def run(pk: int) -> None:
    """Execute one job with its person's access as it is now."""
    taken = _take(pk)
    if taken is None:
        return
    try:
        with translation.override(taken.language):
            with pulse.pulse_of(taken) as signs:
                status, message = _outcome(taken, signs.progress)
            _end(taken, status, message)
    except LeaseLost:
        logger.warning("job %s: attempt %s lost its lease", pk, taken.attempts)
    except (OperationalError, InterfaceError):
        logger.warning("job %s: the database went away", pk, exc_info=True)
        _give_back(taken)


def _outcome(taken: Job, progress: Progress) -> tuple[str, str]:
    """Do the work; returns how the job ends and what its owner is told."""
    try:
        _check_receipt(taken)
        access = access_of(taken.by)
        if access.user is None:
            raise JobRefused(_("This account is closed."))
        taken.params["made_with"] = fingerprint(access)
        Job.objects.filter(_held_by(taken)).update(params=taken.params)
        KINDS[taken.kind](taken, access, progress)
    except (LeaseLost, OperationalError, InterfaceError):
        raise
    except WorkSaved:
        pass
    except Exception as error:
        return _failure(taken, error)
    return Job.Status.DONE, taken.message


def _failure(taken: Job, error: Exception) -> tuple[str, str]:
    """How a job ends that stopped before its end: what is saved is saved, else it failed."""
    if JobReceipt.objects.filter(job=taken).exists():
        return Job.Status.DONE, taken.message
    if isinstance(error, JobCancelled):
        return Job.Status.CANCELLED, ""
    if isinstance(error, JobRefused):
        return Job.Status.FAILED, str(error)
    if refusal := amending.refusal_in(error):
        nothing = _("Nothing has been saved yet.")
        return Job.Status.FAILED, f"{refusal} {nothing}"
    logger.error("job %s (%s) failed", taken.pk, taken.kind, exc_info=error)
    return Job.Status.FAILED, _("It did not work. Nothing was saved; try again.")


def hold(job: Job) -> None:
    """Call first inside the transaction in which a job saves its work: it is saved once.

    The receipt it writes is seen exactly when the work is saved. Another attempt at the same work
    waits for this transaction and then finds the receipt; an attempt that lost its lease is
    refused. Call it again before the end if the file or the message has changed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A job is held inside the transaction that saves its work.")
    told = {"file_name": job.file_name, "stored_as": job.stored_as, "message": job.message}
    mine = JobReceipt.objects.filter(job=job, attempt=job.attempts)
    if mine.update(**told):
        return
    try:
        with transaction.atomic():
            JobReceipt.objects.create(job=job, attempt=job.attempts, **told)
    except IntegrityError:
        _check_receipt(job)
        raise
    if not Job.objects.filter(_held_by(job)).exists():
        raise LeaseLost


def _check_receipt(job: Job) -> None:
    """Raise when an earlier attempt saved the work; the job then tells what that one told."""
    receipt = JobReceipt.objects.filter(job=job).first()
    if receipt is not None:
        job.file_name, job.stored_as = receipt.file_name, receipt.stored_as
        job.message = receipt.message
        raise WorkSaved


def _held_by(attempt: Job) -> Q:
    """The job, as long as this attempt holds its lease."""
    return Q(pk=attempt.pk, attempts=attempt.attempts, status=Job.Status.RUNNING)


def _end(taken: Job, status: str, message: str) -> None:
    """Write down how the job ended, if it is still this attempt's to say."""
    if status != Job.Status.DONE:
        taken.file_name = taken.stored_as = ""
    told = {
        "status": status,
        "message": message[:300],
        "ended_at": timezone.now(),
        "done": taken.done,
        "total": taken.total,
        "file_name": taken.file_name,
        "stored_as": taken.stored_as,
    }
    if not Job.objects.filter(_held_by(taken)).update(**told):
        raise LeaseLost
    if status != Job.Status.DONE:
        _clear_away(taken)
    pulse.forget(taken)


def _give_back(taken: Job) -> None:
    """Queue a job again whose attempt lost the database; the sweeper does it when this fails."""
    if connection.in_atomic_block:
        raise LeaseLost
    try:
        connection.close()
        lost = Job.objects.filter(_held_by(taken))
        lost.filter(attempts__lt=settings.JOBS_MAX_ATTEMPTS).update(
            status=Job.Status.QUEUED, heartbeat_at=None
        )
    except DatabaseError:
        logger.warning("job %s: left to the sweeper", taken.pk)


def _close(over: Job, status: str, message: str = "") -> None:
    """End a job nobody executes."""
    known = Job.objects.filter(pk=over.pk, status=over.status, attempts=over.attempts)
    if known.update(status=status, ended_at=timezone.now(), message=message[:300]):
        _clear_away(over)
        pulse.forget(over)


def _clear_away(job: Job, what: str = "*") -> None:
    """Remove what earlier attempts left of the file."""
    for part in Path(settings.EXPORT_ROOT).glob(f"{job.key}.{what}"):
        part.unlink(missing_ok=True)


def cancel(job: Job) -> None:
    """Take a job back: not begun, it is over at once; running, at its next word on progress."""
    if connection.vendor == "sqlite":  # the work may be the one writer: nobody else can write now
        pulse.cancel_file(job).parent.mkdir(parents=True, exist_ok=True)
        pulse.cancel_file(job).touch()
        return
    active = Job.objects.filter(pk=job.pk, status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    active.update(is_cancel_asked=True)
    waiting = Job.objects.filter(pk=job.pk, status=Job.Status.QUEUED)
    waiting.update(status=Job.Status.CANCELLED, ended_at=timezone.now())


# --- The sweeper ------------------------------------------------------------------------------


def sweep() -> int:
    """Queue again what a dead worker or an emptied broker lost; drop files past their time."""
    silent = Job.objects.filter(status=Job.Status.RUNNING)
    for lost in silent.filter(_no_sign_lately()):
        _take_from_the_dead(lost)
    unsent = Job.objects.filter(Q(heartbeat_at=None) | _no_sign_lately())
    waiting = list(
        unsent.filter(status=Job.Status.QUEUED).order_by("pk").values_list("pk", flat=True)[:200]
    )
    for pk in waiting:
        Job.objects.filter(pk=pk, status=Job.Status.QUEUED).update(heartbeat_at=Now())
        dispatch(pk)
    for old in Job.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).exclude(stored_as=""):
        path_of_file(old).unlink(missing_ok=True)
        Job.objects.filter(pk=old.pk).update(stored_as="")
    return len(waiting)


def _no_sign_lately() -> Q:
    """By the database's clock, which is the same for everybody."""
    return Q(heartbeat_at__lt=Now() - timedelta(seconds=settings.JOBS_LOST_AFTER))


def _take_from_the_dead(lost: Job) -> None:
    """Queue a silent job again, or end it when its owner gave it up or it keeps dying."""
    if pulse.beats_in_file(lost):
        return
    has_receipt = JobReceipt.objects.filter(job=lost).exists()
    if pulse.is_cancel_asked(lost) and not has_receipt:
        _close(lost, Job.Status.CANCELLED)
    elif lost.attempts >= settings.JOBS_MAX_ATTEMPTS and not has_receipt:
        _close(lost, Job.Status.FAILED, _("It did not work. Nothing was saved; try again."))
    else:
        silent = Job.objects.filter(_held_by(lost), _no_sign_lately())
        silent.update(status=Job.Status.QUEUED, heartbeat_at=None)


#: what else is looked after where no beat runs; the apps put it here when they are ready
CHORES: list[Callable[[], object]] = []


def keep_sweeping() -> None:
    """Where no beat runs: sweep at the start and every few seconds, beside the requests."""
    threading.Thread(target=_sweep_on, daemon=True).start()


def _sweep_on() -> None:
    while True:
        try:
            sweep()
            for chore in CHORES:
                chore()
        except DatabaseError:  # the one writer is busy: next time
            logger.info("The sweep waits for the database.", exc_info=True)
        finally:
            close_old_connections()
        time.sleep(settings.JOBS_SWEEP_EVERY)


def path_of_file(done: Job) -> Path:
    """Where the file a job made is kept, outside the web root."""
    return Path(settings.EXPORT_ROOT) / done.stored_as
