"""What a unit owes by now: overdue reports, and declared figures of a period that is over."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from campaign.periods import today
from campaign.portal.access import Access
from reporting.cycles.standing import is_overdue
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.models import DeclaredFigure, Report, ReportingCycle
from reporting.quality.issues import Fix
from units.models import Unit


def overdue_reports(access: Access, unit: Unit) -> QuerySet[Any]:
    """The unit's reports that should be in and are not, the oldest first."""
    rows = Report.objects.within(access.view).filter(is_overdue(timezone.now()), unit=unit)
    return rows.select_related("cycle__template", "unit").order_by("due_at", "pk")


def report_fix(report: Report) -> Fix:
    """One overdue report."""
    due = f"{timezone.localtime(report.due_at):%d/%m/%Y}"
    return Fix(str(report.cycle), due, report.get_absolute_url())


def last_declaring_cycle(access: Access, unit: Unit) -> ReportingCycle | None:
    """The cycle that closed last and asks this unit for declared figures."""
    cycles = ReportingCycle.objects.within(access.register).filter(
        ends_on__lt=today(), reports__unit=unit, template__is_request=False
    )
    rows = cycles.exclude(template__declared=[]).select_related("template")
    return rows.order_by("-ends_on", "pk").first()


def missing_declarations(access: Access, unit: Unit) -> tuple[ReportingCycle | None, list[Fix]]:
    """Declared figures that are missing in the cycle that closed last."""
    cycle = last_declaring_cycle(access, unit)
    if cycle is None:
        return None, []
    made = DeclaredFigure.objects.within(access.view).filter(
        unit=unit, scheme=cycle.scheme, period=cycle.period
    )
    known = set(made.values_list("indicator", flat=True))
    report = Report.objects.within(access.view).filter(cycle=cycle, unit=unit).first()
    url = report.get_absolute_url() if report else reverse("declared:new")
    asked = [code for code in cycle.template.declared if code in DECLARED_BY_CODE]
    return cycle, [
        Fix(DECLARED_BY_CODE[code].name, str(cycle.days_meant.label), url)
        for code in asked
        if unit.level in DECLARED_BY_CODE[code].levels and code not in known
    ]
