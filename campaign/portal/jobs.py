"""Long work as jobs: the row in the table is the truth, whoever executes it may die.

A job kind is a function ``(job, access, progress) -> None`` that can run twice without harm.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaign.models import Job
from campaign.portal.access import Access, access_of
from campaign.portal.rules import RULES

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
Work = Callable[[Job, Access, Progress], None]

KINDS: dict[str, Work] = {}
LOST_AFTER = timedelta(seconds=30)
MAX_ATTEMPTS = 5
KEPT_FOR = timedelta(days=7)


class JobRefused(Exception):
    """The job cannot be done for this person; the message is shown to them."""


def job(kind: str) -> Callable[[Work], Work]:
    """Declare the function that does jobs of this kind."""

    def declare(work: Work) -> Work:
        KINDS[kind] = work
        return work

    return declare


def enqueue(kind: str, *, access: Access, label: str, params: dict[str, Any]) -> Job:
    """Put a job into the table, and see to it that somebody takes it after the commit."""
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


def _run_beside(pk: int) -> None:
    try:
        run(pk)
    finally:
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
    """Mark the job as running, unless somebody else is at it."""
    now = timezone.now()
    taken = Job.objects.filter(pk=pk, status=Job.Status.QUEUED).update(
        status=Job.Status.RUNNING,
        started_at=now,
        heartbeat_at=now,
        attempts=F("attempts") + 1,
    )
    return Job.objects.select_related("by").get(pk=pk) if taken else None


def run(pk: int) -> None:
    """Execute one job with its person's access as it is now."""
    taken = _take(pk)
    if taken is None:
        return

    def progress(done: int, total: int) -> None:
        Job.objects.filter(pk=pk).update(done=done, total=total, heartbeat_at=timezone.now())

    with translation.override(taken.language):
        try:
            access = access_of(taken.by)
            if access.user is None:
                raise JobRefused(_("This account is closed."))
            taken.params["made_with"] = fingerprint(access)
            KINDS[taken.kind](taken, access, progress)
        except JobRefused as refusal:
            _end(taken, Job.Status.FAILED, str(refusal))
        except Exception:
            logger.exception("job %s (%s) failed", pk, taken.kind)
            _end(taken, Job.Status.FAILED, _("It did not work. Nothing was saved; try again."))
        else:
            _end(taken, Job.Status.DONE, taken.message)


def _end(taken: Job, status: str, message: str) -> None:
    taken.status, taken.message, taken.ended_at = status, message[:300], timezone.now()
    taken.save(update_fields=["status", "message", "ended_at", "file_name", "stored_as", "params"])


def sweep() -> int:
    """Queue again what a dead worker or an emptied broker lost; drop files past their time."""
    now = timezone.now()
    Job.objects.filter(
        status=Job.Status.RUNNING, heartbeat_at__lt=now - LOST_AFTER, attempts__lt=MAX_ATTEMPTS
    ).update(status=Job.Status.QUEUED)
    Job.objects.filter(
        status=Job.Status.RUNNING, heartbeat_at__lt=now - LOST_AFTER, attempts__gte=MAX_ATTEMPTS
    ).update(status=Job.Status.FAILED, ended_at=now)
    waiting = list(
        Job.objects.filter(status=Job.Status.QUEUED)
        .order_by("pk")
        .values_list("pk", flat=True)[:200]
    )
    for pk in waiting:
        dispatch(pk)
    for old in Job.objects.filter(created_at__lt=now - KEPT_FOR).exclude(stored_as=""):
        path_of_file(old).unlink(missing_ok=True)
        Job.objects.filter(pk=old.pk).update(stored_as="")
    return len(waiting)


def path_of_file(done: Job) -> Path:
    """Where the file a job made is kept, outside the web root."""
    return Path(settings.EXPORT_ROOT) / done.stored_as
