"""The list of cycles: all of a province, or those in which the reader owes a report."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy

from campaign.periods import today
from campaign.portal.filters import PeriodFilter, ScopedFilterSet
from campaign.portal.lists import Column, ListPage
from campaign.text import fold
from reporting.cycles.obligations import ensure_open
from reporting.cycles.standing import (
    APPROVED,
    is_on_time,
    is_overdue,
    is_submitted,
)
from reporting.models import Report, ReportingCycle, ReportTemplate

OWN_COLUMNS = ("name", "period", "cut_off", "due", "state")


class CycleFilters(ScopedFilterSet):
    """Which report, how often, and how far the cycle is."""

    q = django_filters.CharFilter(label=gettext_lazy("Search"), method="named")
    frequency = django_filters.ChoiceFilter(
        field_name="template__frequency", label=gettext_lazy("Frequency"),
        choices=ReportTemplate.Frequency.choices, empty_label=gettext_lazy("All"),
    )  # fmt: skip
    step = django_filters.ChoiceFilter(
        label=gettext_lazy("State"), method="at_step", empty_label=gettext_lazy("All"),
        choices=[
            ("running", gettext_lazy("The period runs")),
            ("collecting", gettext_lazy("Being handed in")),
            ("overdue", gettext_lazy("Reports are overdue")),
            ("complete", gettext_lazy("All approved")),
            ("closed", gettext_lazy("Closed")),
        ],
    )  # fmt: skip
    period = PeriodFilter("ends_on", label=gettext_lazy("Cut-off in"))

    class Meta:
        model = ReportingCycle
        fields: tuple[str, ...] = ()

    def named(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Cycles whose report is called so; names are few, so that marks need not matter."""
        words = fold(value)
        rows = ReportTemplate.objects.within(self.access.register)
        names = rows.values_list("pk", "name_vi", "name_en")
        found = [pk for pk, *both in names if words in fold(" ".join(both))]
        return qs.filter(template__in=found)

    def at_step(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """How far the cycle is."""
        conditions = {
            "running": Q(ends_on__gte=today(), closed_at__isnull=True),
            "collecting": Q(ends_on__lt=today(), closed_at__isnull=True) & ~Q(approved=F("owed")),
            "overdue": Q(overdue__gt=0),
            "complete": Q(approved=F("owed"), closed_at__isnull=True),
            "closed": Q(closed_at__isnull=False),
        }
        return qs.filter(conditions[value])


class CycleList(ListPage):
    """Cycles in which the reader may see a report: all of a province, or the own ones."""

    model = ReportingCycle
    scope = "register"
    filters = CycleFilters
    template = "cycles/list.html"
    row_template = "cycles/_cycle_row.html"
    title = gettext_lazy("Reporting cycles")
    noun = gettext_lazy("cycles")
    default_sort = "-cut_off"
    file_slug = "ky-bao-cao"
    columns = (
        Column(
            "name",
            gettext_lazy("Report"),
            lambda c: c.template.name,
            sort=("template__name_vi", "ends_on"),
            width=34,
            is_name=True,
        ),
        Column("period", gettext_lazy("Period"), lambda c: str(c.days_meant.label), width=20),
        Column(
            "cut_off",
            gettext_lazy("Cut-off"),
            lambda c: c.ends_on,
            "date",
            sort=("ends_on", "due_at"),
            width=12,
        ),
        Column(
            "due",
            gettext_lazy("Deadline"),
            lambda c: timezone.localtime(c.due_at).date(),
            "date",
            sort=("due_at",),
            width=12,
        ),
        Column(
            "state", gettext_lazy("State"), lambda c: "", in_file=False, on_screen=False, width=20
        ),
        Column(
            "owed", gettext_lazy("Reports owed"), lambda c: c.owed, "int", sort=("owed",), width=10
        ),
        Column(
            "submitted",
            gettext_lazy("Submitted"),
            lambda c: c.submitted,
            "int",
            sort=("submitted",),
            width=10,
        ),
        Column(
            "on_time",
            gettext_lazy("On time"),
            lambda c: c.on_time,
            "int",
            sort=("on_time",),
            width=10,
        ),
        Column(
            "approved",
            gettext_lazy("Approved"),
            lambda c: c.approved,
            "int",
            sort=("approved",),
            width=10,
        ),
        Column(
            "overdue",
            gettext_lazy("Overdue"),
            lambda c: c.overdue,
            "int",
            sort=("overdue",),
            width=10,
        ),
    )

    def get(self, request: Any, **kwargs: Any) -> Any:
        ensure_open()
        return super().get(request, **kwargs)

    def rows(self) -> QuerySet[Any]:
        now = timezone.now()
        return (
            super()
            .rows()
            .annotate(
                owed=self._number(Q()),
                submitted=self._number(is_submitted()),
                on_time=self._number(is_on_time()),
                approved=self._number(Q(state__in=APPROVED)),
                overdue=self._number(is_overdue(now)),
            )
            .filter(owed__gt=0)
            .select_related("template")
        )

    def _number(self, condition: Q) -> Any:
        """How many reports of a cycle the reader may see in some state of affairs."""
        rows = Report.objects.within(self.access.view).filter(condition, cycle=OuterRef("pk"))
        counted = rows.order_by().values("cycle").annotate(number=Count("pk")).values("number")
        return Coalesce(Subquery(counted), 0, output_field=IntegerField())

    def url_of(self, record: ReportingCycle) -> str:
        own = getattr(record, "own", None)
        return (own or record).get_absolute_url()

    def edit_url_of(self, record: ReportingCycle) -> str:
        return ""

    @property
    def screen_columns(self) -> list[Column]:
        """Who owes one report of each cycle sees its state instead of numbers of reports."""
        shown = super().screen_columns
        if not self.is_own or self.chosen:
            return shown
        return [column for column in self.columns if column.key in OWN_COLUMNS]

    @property
    def is_own(self) -> bool:
        """Whether the reader sees the own reports only."""
        return not self.access.may("province")

    def more_context(self, page: Any) -> dict[str, Any]:
        if self.is_own:
            self._attach_own(list(page))
        now = timezone.now()
        for cycle in page:
            cycle.is_running, cycle.is_past_due = cycle.ends_on >= today(), cycle.due_at < now
        return {"is_own": self.is_own, "may_request": self.access.may("review"), "now": now}

    def _attach_own(self, cycles: list[Any]) -> None:
        rows = Report.objects.within(self.access.view).filter(cycle__in=cycles)
        own = {report.cycle_id: report for report in rows.select_related("unit")}
        for cycle in cycles:
            if cycle.owed == 1:
                cycle.own = own[cycle.pk]
                cycle.own.is_late_now = bool(cycle.overdue)
                cycle.own.cycle = cycle
                cycle.list_url = self.url_of(cycle)
