"""What Celery does for figures: settle every few seconds, compare with the records every night."""

import logging

from celery import shared_task

from reporting import rollups, verification
from reporting.closing import amendments, verifying
from reporting.compiled import delivery
from reporting.cycles import obligations
from reporting.reminders import digests, sending

log = logging.getLogger(__name__)


@shared_task
def settle() -> int:
    """Bring figures up to date; returns how many changes were taken."""
    taken = rollups.settle_all(seconds=20)
    amendments.gather(is_settled=True)
    return taken


@shared_task
def open_due() -> int:
    """Make the reports that are owed by now; returns how many were added."""
    return obligations.open_due()


@shared_task
def send_digests() -> int:
    """Tell everybody what is stuck at them; returns how many were told."""
    return digests.send_digests()


@shared_task
def post_waiting() -> int:
    """Send the letters that wait; returns how many were taken."""
    return sending.post_waiting()


@shared_task
def send_reports() -> int:
    """Send provincial reports to those who get them by themselves; returns to how many."""
    return delivery.send_reports()


@shared_task
def verify_nightly() -> int:
    """Compare every cell with the records and repair it; returns how many differed."""
    run = verification.verify()
    if run.differing:
        log.warning(
            "%s of %s cells differed from the records; %s repaired.",
            run.differing,
            run.cells,
            run.repaired,
        )
    verify_snapshots()
    return run.differing


def verify_snapshots() -> None:
    """Say in the log which frozen reports cannot be relied on, if any."""
    checked = verifying.verify_all()
    for snapshot in checked.broken:
        log.error("Snapshot %s (%s) is not what was frozen.", snapshot.pk, snapshot.sha256)
    for snapshot in checked.unexplained:
        log.error("Snapshot %s: closed records changed without an amendment.", snapshot.pk)
    log.info("%s snapshots checked, %s built again.", checked.snapshots, checked.built_again)
