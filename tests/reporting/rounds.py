"""A round of reports in the small province, brought by hand to where a test needs it."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from campaign.periods import Kind, Period
from reporting.closing import snapshots
from reporting.cycles.sowing import sow_templates
from reporting.models import Report, ReportingCycle, ReportTemplate, Snapshot
from units.models import Unit

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MONTH = Period.of(Kind.MONTH, 2026, 1)
State = Report.State


def cycle_of(root: Unit, period: Period = MONTH, code: str = "month") -> ReportingCycle:
    """One cycle of a usual report of the province, with a report of each unit that owes one."""
    sow_templates(root)
    template = ReportTemplate.unscoped.get(unit=root, code=code)
    due = datetime.combine(period.end, datetime.min.time(), VIETNAM) + timedelta(days=5)
    cycle = ReportingCycle.unscoped.create(
        template=template, unit=root, scheme=period.scheme, period=period.code,
        starts_on=period.start, ends_on=period.end, due_at=due,
    )  # fmt: skip
    levels = (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
    for unit in Unit.unscoped.filter(parent=root, level__in=levels):
        Report.unscoped.create(cycle=cycle, unit=unit, due_at=due, since=due)
    return cycle


def bring(cycle: ReportingCycle, unit: Unit, state: str, by: Any, *, days_late: int = 0) -> Report:
    """Bring a unit's report to a state; an approved one is frozen."""
    report = Report.unscoped.get(cycle=cycle, unit=unit)
    report.state = state
    if state in Report.HANDED_IN:
        report.first_submitted_at = report.due_at + timedelta(days=days_late, hours=-1)
        report.submitted_at = report.first_submitted_at
    if state in Report.FROZEN:
        report.approved_at = report.due_at + timedelta(days=1)
        snapshots.freeze(report, Snapshot.Occasion.APPROVED, by)
    report.save()
    return report


def everything_approved(province: SimpleNamespace, cycle: ReportingCycle, by: Any) -> None:
    """Approve the report of every unit."""
    for unit in (province.an_hoa, province.binh_minh, province.education, province.science):
        bring(cycle, unit, State.APPROVED, by)
