"""Completeness and timeliness: what was handed in of what was due, and what of it in time.

A report counts the same however its figures came: typed, pasted, imported or through the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from campaign.portal.access import Access
from reporting.cycles.standing import is_on_time, is_overdue, is_submitted
from reporting.models import Report
from units.models import Unit

LOOKED_BACK = timedelta(days=366)


@dataclass(frozen=True)
class Rate:
    """How many reports were due, handed in, and handed in by their deadline."""

    due: int = 0
    handed_in: int = 0
    on_time: int = 0
    overdue: int = 0

    @property
    def completeness(self) -> float | None:
        """Percent handed in; nothing while nothing was due."""
        return 100 * self.handed_in / self.due if self.due else None

    @property
    def timeliness(self) -> float | None:
        """Percent handed in by the deadline; nothing while nothing was due."""
        return 100 * self.on_time / self.due if self.due else None

    def __add__(self, other: Rate) -> Rate:
        return Rate(
            self.due + other.due, self.handed_in + other.handed_in,
            self.on_time + other.on_time, self.overdue + other.overdue,
        )  # fmt: skip


def is_due(now: datetime) -> Q:
    """Reports of which anything can be said: they came, or they should have."""
    return is_submitted() | Q(due_at__lt=now)


def reports_of(
    access: Access, unit: Unit | None = None, now: datetime | None = None
) -> QuerySet[Any]:
    """The reports of a year in view: regular ones and requests, of one unit or of all."""
    now = now or timezone.now()
    rows = Report.objects.within(access.view).filter(cycle__due_at__gt=now - LOOKED_BACK)
    return rows.filter(unit=unit) if unit is not None else rows


def rates_by(rows: QuerySet[Any], *by: str, now: datetime | None = None) -> dict[Any, Rate]:
    """The rates of some reports, by unit, template, cycle or any of them together."""
    now = now or timezone.now()
    due = is_due(now)
    counted = (
        rows.order_by()
        .values_list(*by)
        .annotate(
            due=Count("pk", filter=due),
            handed_in=Count("pk", filter=is_submitted()),
            in_time=Count("pk", filter=is_on_time()),
            late=Count("pk", filter=is_overdue(now)),
        )
    )
    found = {}
    for *key, owed, handed_in, on_time, overdue in counted:
        found[key[0] if len(by) == 1 else tuple(key)] = Rate(owed, handed_in, on_time, overdue)
    return found
