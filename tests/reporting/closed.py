"""Closed periods for tests: a report that stands approved, and the lock that came of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from reporting.models import (
    PeriodLock,
    Report,
    ReportingCycle,
    ReportTemplate,
    Snapshot,
    UnlockWindow,
)
from units.models import Unit

FIRST, LAST = date(2025, 12, 15), date(2026, 1, 14)


def report_of(unit: Unit, first: date = FIRST, last: date = LAST, **more: Any) -> Report:
    """The approved monthly report of a unit."""
    root = Unit.unscoped.get(pk=unit.ancestor_ids[0])
    now = timezone.now()
    template, _new = ReportTemplate.unscoped.get_or_create(
        unit=root, code="monthly",
        defaults={
            "name_vi": "Báo cáo tháng", "frequency": "month", "starts_on": first,
            "closes_records": True,
        },
    )  # fmt: skip
    cycle, _new = ReportingCycle.unscoped.get_or_create(
        template=template, scheme="admin", period=f"{last:%Y-M%m}",
        defaults={"unit": root, "starts_on": first, "ends_on": last, "due_at": now},
    )  # fmt: skip
    return Report.unscoped.create(
        cycle=cycle, unit=unit, state=Report.State.APPROVED, due_at=now, since=now, **more
    )


def lock_on(
    unit: Unit, first: date = FIRST, last: date = LAST, *, by: Any = None, of: Report | None = None
) -> PeriodLock:
    """Close a unit's records for some days, as approving its report does."""
    report = of or report_of(unit, first, last)
    snapshot = Snapshot.unscoped.create(
        unit=unit, report=report, occasion="approved", at=timezone.now(), content=b"", sha256="0"
    )
    return PeriodLock.unscoped.create(
        unit=unit, report=report, snapshot=snapshot, starts_on=first, ends_on=last, by=by
    )


def window_on(lock: PeriodLock, *, until: datetime | None = None, **more: Any) -> UnlockWindow:
    """Unlock a closed period for an hour, or until a moment."""
    until = until or timezone.now() + timedelta(hours=1)
    values = {"unit": lock.unit, "reason": "Nhập thiếu", "at": until - timedelta(hours=2)}
    return UnlockWindow.unscoped.create(lock=lock, until=until, **(values | more))
