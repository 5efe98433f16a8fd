"""Asking units something once, without a page: for tests, demonstrations and other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from campaign.periods import today as vietnam_today
from reporting.cycles.obligations import open_due
from reporting.models import ReportingCycle, ReportTemplate, TemplateQuestion
from units.models import Unit


def new_code(unit: Unit, day: date | None = None) -> str:
    """The code of the next request of a unit: the day, and a number."""
    start = f"dx-{day or vietnam_today():%Y%m%d}-"
    taken = ReportTemplate.unscoped.filter(unit=unit, code__startswith=start).count()
    return f"{start}{taken + 1}"


@transaction.atomic
def request(
    *,
    unit: Unit,
    name: str,
    due_at: datetime,
    questions: Sequence[tuple[str, str]] = (),
    units: Iterable[Unit] = (),
    levels: Sequence[str] = ReportTemplate.LEVELS,
    starts_on: date | None = None,
    ends_on: date | None = None,
    now: datetime | None = None,
    **more: Any,
) -> ReportingCycle:
    """Ask units once; ``questions`` are pairs of label and kind. Their reports exist at once."""
    day = vietnam_today()
    template = ReportTemplate.unscoped.create(
        unit=unit,
        code=new_code(unit),
        name_vi=name,
        frequency=ReportTemplate.Frequency.ONCE,
        is_request=True,
        due_at=due_at,
        levels=list(levels),
        starts_on=starts_on or day,
        ends_on=ends_on or starts_on or day,
        **{"needs_leader": False, **more},
    )
    template.units.set(units)
    TemplateQuestion.objects.bulk_create(
        TemplateQuestion(template=template, position=number, label=label, kind=kind)
        for number, (label, kind) in enumerate(questions, start=1)
    )
    open_due(now=now)
    return ReportingCycle.unscoped.get(template=template)
