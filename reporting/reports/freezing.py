"""What the steps of a report freeze and close: the one place where flow meets ``closing``."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from campaign.portal.access import Access
from reporting.closing import locks, snapshots
from reporting.models import Report, Snapshot


def closing(report: Report) -> AbstractContextManager[None]:
    """While records are closed or opened again no other save of the unit is in flight."""
    return locks.closing(report.unit)


def as_submitted(report: Report, access: Access) -> Snapshot:
    """Freeze what a report says as it is handed in."""
    return snapshots.freeze(report, Snapshot.Occasion.SUBMITTED, access.user)


def as_approved(report: Report, access: Access) -> Snapshot:
    """Freeze what a report says as it is approved, and close the records of its days."""
    snapshot = snapshots.freeze(report, Snapshot.Occasion.APPROVED, access.user)
    if report.cycle.template.closes_records:
        locks.close(report, snapshot, access.user)
    return snapshot


def is_as_submitted(approved: Snapshot) -> bool:
    """Whether the figures that are to be approved are those the unit handed in last."""
    rows = Snapshot.unscoped.filter(report=approved.report_id, occasion=Snapshot.Occasion.SUBMITTED)
    submitted = rows.order_by("at", "pk").last()
    return submitted is not None and _figures(submitted) == _figures(approved)


def _figures(snapshot: Snapshot) -> tuple[Any, ...]:
    content = snapshots.content_of(snapshot)
    declared = content["declared"].items()
    return content["figures"], {
        code: (one["value"], one["denominator"]) if one else None for code, one in declared
    }


def release(report: Report) -> None:
    """Open the records of the report's days again."""
    for held in report.locks.filter(released_at__isnull=True):
        locks.release(held)
