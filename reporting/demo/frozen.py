"""What the approved reports of the demonstration froze: real snapshots, and closed records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from reporting.closing import snapshots
from reporting.models import PeriodLock, Report, ReportEvent, Snapshot


def freeze(reports: Iterable[Report], by: User) -> int:
    """Freeze approved reports as of their approval, and close their records; returns how many."""
    locks: list[PeriodLock] = []
    approvals: dict[int, ReportEvent] = {
        event.report_id: event
        for event in ReportEvent.objects.filter(
            report__in=list(reports), action=ReportEvent.Action.APPROVED
        ).select_related("report__unit", "report__cycle__template")
    }
    for event in approvals.values():
        report = event.report
        event.snapshot = _kept(report, event.at, by)
        if report.cycle.template.closes_records:
            locks.append(
                PeriodLock(
                    unit=report.unit, report=report, snapshot=event.snapshot, by=by, at=event.at,
                    starts_on=report.cycle.starts_on, ends_on=report.cycle.ends_on,
                )
            )  # fmt: skip
    ReportEvent.objects.bulk_update(approvals.values(), ["snapshot"], batch_size=200)
    PeriodLock.unscoped.bulk_create(locks, batch_size=200)
    return len(approvals)


def keep_submitted(reports: Iterable[Report]) -> int:
    """Freeze what waiting reports said when they were submitted; returns how many."""
    steps = {
        event.report_id: event
        for event in ReportEvent.objects.filter(
            report__in=list(reports), action=ReportEvent.Action.SUBMITTED
        )
        .select_related("report__unit", "report__cycle__template", "by")
        .order_by("at", "pk")
    }
    for event in steps.values():
        event.snapshot = _kept(event.report, event.at, event.by, Snapshot.Occasion.SUBMITTED)
    ReportEvent.objects.bulk_update(steps.values(), ["snapshot"], batch_size=200)
    return len(steps)


def _kept(
    report: Report, at: datetime, by: User | None, occasion: str = Snapshot.Occasion.APPROVED
) -> Snapshot:
    return snapshots.keep(
        snapshots.build(report), unit=report.unit, report=report,
        occasion=occasion, by=by, at=at,
    )  # fmt: skip
