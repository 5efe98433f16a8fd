"""What the steps of a report freeze and close: the one place where flow meets ``closing``."""

from __future__ import annotations

from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from campaign.portal.access import Access
from reporting.models import Report, Snapshot


def _part(name: str) -> Any:
    """A module of ``reporting.closing``, once this portal has it."""
    if find_spec("reporting.closing") and find_spec(f"reporting.closing.{name}"):
        return import_module(f"reporting.closing.{name}")
    return None


def closing() -> Any:
    """While records are closed or opened again no other save is in flight."""
    locks = _part("locks")
    return locks.closing() if locks else nullcontext()


def as_submitted(report: Report, access: Access) -> Snapshot | None:
    """Freeze what a report says as it is handed in."""
    snapshots = _part("snapshots")
    if not snapshots:
        return None
    found: Snapshot = snapshots.freeze(report, Snapshot.Occasion.SUBMITTED, access.user)
    return found


def as_approved(report: Report, access: Access) -> Snapshot | None:
    """Freeze what a report says as it is approved, and close the records of its days."""
    snapshots, locks = _part("snapshots"), _part("locks")
    if not snapshots:
        return None
    snapshot: Snapshot = snapshots.freeze(report, Snapshot.Occasion.APPROVED, access.user)
    if locks and report.cycle.template.closes_records:
        locks.close(report, snapshot, access.user)
    return snapshot


def release(report: Report) -> None:
    """Open the records of the report's days again."""
    locks = _part("locks")
    for held in report.locks.filter(released_at__isnull=True) if locks else ():
        locks.release(held)
