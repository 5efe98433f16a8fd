"""Templates, cycles and reports made directly, for tests of what happens to reports."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from campaign.periods import Kind, Period, today
from reporting.models import (
    DeclaredFigure,
    Report,
    ReportingCycle,
    ReportTemplate,
    TemplateSection,
)
from units.models import Unit

SECTIONS = (("I", "Kết quả"), ("II", "Kiến nghị"))


def last_month() -> Period:
    """The reporting month that ended last."""
    return Period.containing(today(), Kind.MONTH).previous()


def make_template(province: Unit, *, sections: Any = SECTIONS, **more: Any) -> ReportTemplate:
    """A monthly report with figures, declarations and two required sections."""
    values: dict[str, Any] = {
        "unit": province,
        "code": f"thang-{ReportTemplate.unscoped.count() + 1}",
        "name_vi": "Báo cáo tháng",
        "name_en": "Monthly report",
        "frequency": ReportTemplate.Frequency.MONTH,
        "starts_on": date(2025, 7, 1),
        "levels": list(ReportTemplate.LEVELS),
        "indicators": ["classes_and_support", "attendances", "activities"],
        "declared": ["digital_signatures", "documents_online"],
    }
    found = ReportTemplate.unscoped.create(**(values | more))
    for position, (code, title) in enumerate(sections, start=1):
        TemplateSection.objects.create(
            template=found, position=position, code=code, title_vi=title, title_en=title
        )
    return found


def make_cycle(template: ReportTemplate, period: Period | None = None, **more: Any) -> Any:
    """One cycle of it: the month that ended last, still within its deadline, unless told."""
    period = period or last_month()
    values: dict[str, Any] = {
        "template": template,
        "unit": template.unit,
        "scheme": period.scheme,
        "period": period.code,
        "starts_on": period.start,
        "ends_on": period.end,
        "due_at": timezone.now() + timedelta(days=2),
    }
    return ReportingCycle.unscoped.create(**(values | more))


def make_report(cycle: ReportingCycle, unit: Unit, **more: Any) -> Report:
    """What one unit owes in it."""
    values = {"cycle": cycle, "unit": unit, "due_at": cycle.due_at, "since": timezone.now()}
    return Report.unscoped.create(**(values | more))


def owed(province: Unit, unit: Unit, *, written: bool = True, **more: Any) -> Report:
    """A report of a unit on the month that ended last; ``written``: nothing is left to do."""
    report = make_report(make_cycle(make_template(province, **more)), unit)
    if written:
        write(report)
    return report


def write(report: Report) -> None:
    """Declare what is asked and write every section."""
    for code in report.cycle.template.declared:
        declare(report, code, 20, 40 if code == "documents_online" else None)
    for section in report.cycle.template.sections.all():
        report.texts.create(section=section.code, text="Đã thực hiện theo kế hoạch.")


def declare(
    report: Report, code: str, value: int, of: int | None = None, period: Period | None = None
) -> DeclaredFigure:
    """One declaration of the report's unit, by default for the report's period."""
    period = period or report.cycle.days_meant
    figure = DeclaredFigure(
        unit=report.unit, indicator=code, scheme=period.scheme, period=period.code, value=value,
        denominator=of, source="Báo cáo số 9",
    )  # fmt: skip
    figure.clean()
    figure.save()
    return figure


def at(day: date, hour: int = 9) -> datetime:
    """A moment of a day in Vietnam."""
    return timezone.make_aware(datetime.combine(day, time(hour)))
