"""Reports of the small province, to be frozen and explained."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaign.periods import Kind, Period
from reporting.indicators import ALL
from reporting.models import Report, ReportingCycle, ReportTemplate
from units.models import Unit

MONTH = Period.of(Kind.MONTH, 2026, 1)


def report_of(unit: Unit, period: Period = MONTH, codes: Any = None) -> Report:
    """The report one unit owes in one period."""
    template, _is_new = ReportTemplate.unscoped.get_or_create(
        unit=unit.parent or unit, code=f"thang-{period.kind}",
        defaults={
            "name_vi": "Báo cáo tháng", "name_en": "Monthly report", "frequency": "month",
            "starts_on": date(2025, 7, 1), "declared": ["platform_accounts"],
            "indicators": codes or [one.code for one in ALL],
        },
    )  # fmt: skip
    due = datetime.combine(period.end, datetime.min.time(), ZoneInfo("Asia/Ho_Chi_Minh"))
    cycle, _is_new = ReportingCycle.unscoped.get_or_create(
        template=template, scheme=period.scheme, period=period.code,
        defaults={
            "unit": template.unit, "starts_on": period.start, "ends_on": period.end,
            "due_at": due + timedelta(days=3),
        },
    )  # fmt: skip
    return Report.unscoped.get_or_create(
        cycle=cycle, unit=unit, defaults={"due_at": cycle.due_at, "since": due}
    )[0]
