"""The reports a province asks for from the day it is set up; the focal officer changes them later."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from campaign.models import CampaignSettings
from campaign.periods import today
from reporting.models import ReportTemplate, TemplateSection
from units.models import Unit

_FILE = Path(__file__).parents[1] / "data" / "report_templates.toml"


@cache
def usual_templates() -> dict[str, Any]:
    """What is asked of the units of every province unless it decides otherwise."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@transaction.atomic
def sow_templates(province: Unit, *, starts_on: date | None = None) -> int:
    """Give a province the templates it does not have; returns how many were added.

    The first cycles are those that are closed on or after ``starts_on`` (today unless told), so
    that nothing is overdue on the day a province begins.
    """
    data = usual_templates()
    known = set(ReportTemplate.unscoped.filter(unit=province).values_list("code", flat=True))
    scheme = CampaignSettings.current().period_scheme
    made: list[tuple[ReportTemplate, bool]] = []
    for row in data["templates"]:
        if row["code"] in known:
            continue
        template = ReportTemplate(
            unit=province,
            code=row["code"],
            name_vi=row["vi"],
            name_en=row["en"],
            frequency=row["frequency"],
            scheme=scheme,
            starts_on=starts_on or today(),
            days_to_deadline=row["days_to_deadline"],
            due_time=row.get("due_time"),
            levels=list(ReportTemplate.LEVELS),
            needs_leader=row.get("needs_leader", True),
            closes_records=row.get("closes_records", False),
            is_active=row.get("is_active", True),
            **data["lists"][row["list"]],
        )
        made.append((template, row.get("has_sections", False)))
    ReportTemplate.unscoped.bulk_create(template for template, _has in made)
    TemplateSection.objects.bulk_create(
        section
        for template, has_sections in made
        if has_sections
        for section in _sections(template)
    )
    return len(made)


def _sections(template: ReportTemplate) -> list[TemplateSection]:
    return [
        TemplateSection(
            template=template,
            position=position,
            code=row["code"],
            title_vi=row["vi"],
            title_en=row["en"],
            is_required=row.get("is_required", True),
        )
        for position, row in enumerate(usual_templates()["sections"], start=1)
    ]


def sow_on_loading(province: Unit, **kwargs: Any) -> None:
    """A province was loaded: it asks for its usual reports (signal of units.loading)."""
    sow_templates(province)
