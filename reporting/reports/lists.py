"""The list of reports in view."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from campaign.portal.filters import PeriodFilter, ScopedFilterSet
from campaign.portal.lists import Column, ListPage
from campaign.text import fold
from reporting.models import Report
from reporting.reports.piles import by_urgency, in_pile
from units.fields import UnitFilter
from units.models import Unit

LEVELS = (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
#: piles of "my work" that are a condition of their own
PILES = (
    ("overdue", _("Overdue")),
    ("due", _("Due soon")),
    ("returned", _("Returned")),
    ("to_sign", _("Waiting for the unit's leader")),
    ("to_review", _("Waiting for approval")),
    ("done", _("Approved")),
)


class ReportFilters(ScopedFilterSet):
    """Unit, where it stands, and the period."""

    q = django_filters.CharFilter(label=_("Unit"), method="named")
    unit = UnitFilter(field_name="unit", levels=LEVELS, label=_("Unit"))
    status = django_filters.ChoiceFilter(
        label=_("State"), method="standing", choices=PILES, empty_label=_("All")
    )
    period = PeriodFilter("cycle__ends_on")

    class Meta:
        model = Report
        fields: tuple[str, ...] = ()

    def named(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Units whose name has these words."""
        return rows.filter(unit__search_key__contains=fold(value))

    def standing(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """One of the piles."""
        return rows.filter(in_pile(value, timezone.now()))


class ReportList(ListPage):
    """Reports of the units in view; those that wait for something are first."""

    model = Report
    filters = ReportFilters
    template = "reports/list.html"
    title = _("Reports of units")
    noun = _("reports")
    default_sort = "state"
    file_slug = "bao-cao"
    row_template = "reports/_row.html"
    columns = (
        Column(
            "report", _("Report"), lambda r: r.cycle.template.name, sort=("cycle__template",),
            is_name=True, width=36,
        ),
        Column("unit", _("Unit"), lambda r: r.unit.name, sort=("unit__sort_key",), width=28),
        Column(
            "period", _("Period"), lambda r: str(r.cycle.days_meant.label),
            sort=("cycle__ends_on", "cycle", "unit__sort_key"), width=18,
        ),
        Column("state", _("State"), lambda r: r.get_state_display(), sort=("state",), width=24),
        Column("due", _("Deadline"), lambda r: when(r.due_at), sort=("due_at",), width=18),
        Column(
            "submitted", _("Submitted"), lambda r: when(r.submitted_at), sort=("submitted_at",),
            width=18,
        ),
        Column(
            "warnings", _("Warnings"), lambda r: r.warnings if r.submitted_at else None, "int",
            sort=("warnings",),
        ),
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        return super().rows().select_related("unit", "cycle__template")

    def sorted(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        ordered = super().sorted(queryset)
        if self.sort != self.default_sort:
            return ordered
        return by_urgency(queryset, self.access, timezone.now())


def when(at: Any) -> str:
    """A moment as people write it; nothing where it has not come."""
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""
