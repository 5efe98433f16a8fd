"""The reports of one cycle as a list."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.periods import today
from campaign.portal.filters import ScopedFilterSet
from campaign.portal.lists import Column, ListPage
from campaign.text import fold
from reporting.cycles.obligations import cut_off
from reporting.cycles.standing import (
    APPROVED,
    RETURNED,
    WAITING,
    Round,
    Standing,
    is_on_time,
    is_overdue,
    is_submitted,
)
from reporting.cycles.turns import STATES_OF, Turn, days_waiting, turn_of, turn_since
from reporting.cycles.views import cycle_of, frame, levels_of
from reporting.models import Reminder, Report
from units.models import Unit


class ReportFilters(ScopedFilterSet):
    """Search, level, state of affairs, and whose turn it is."""

    q = django_filters.CharFilter(label=gettext_lazy("Unit"), method="named")
    level = django_filters.ChoiceFilter(
        field_name="unit__level", label=gettext_lazy("Level"), empty_label=gettext_lazy("All"),
        choices=[(level.value, level.label) for level in (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)],
    )  # fmt: skip
    status = django_filters.ChoiceFilter(
        label=gettext_lazy("State"), method="in_status", empty_label=gettext_lazy("All"),
        choices=[
            ("submitted", gettext_lazy("Submitted")),
            ("on_time", gettext_lazy("Submitted on time")),
            ("late", gettext_lazy("Submitted late")),
            ("missing", gettext_lazy("Not submitted")),
            ("overdue", gettext_lazy("Overdue, not submitted")),
            ("waiting", gettext_lazy("Waiting for approval")),
            ("warnings", gettext_lazy("Waiting, with warnings")),
            ("returned", gettext_lazy("Returned")),
            ("approved", gettext_lazy("Approved")),
        ],
    )  # fmt: skip
    turn = django_filters.ChoiceFilter(
        label=gettext_lazy("Waits for"), method="whose", empty_label=gettext_lazy("All"),
        choices=[(turn.value, turn.label) for turn in (Turn.OFFICER, Turn.LEADER, Turn.FOCAL)],
    )  # fmt: skip

    class Meta:
        model = Report
        fields: tuple[str, ...] = ()

    def named(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Every word of the unit's name."""
        for word in fold(value).split():
            qs = qs.filter(unit__search_key__contains=word)
        return qs

    def in_status(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Reports in a state of affairs, counted as the board counts them."""
        conditions = {
            "submitted": is_submitted(),
            "on_time": is_on_time(),
            "late": is_submitted() & Q(first_submitted_at__gt=F("due_at")),
            "missing": ~is_submitted(),
            "overdue": is_overdue(timezone.now()),
            "waiting": Q(state__in=WAITING),
            "warnings": Q(state__in=WAITING, warnings__gt=0),
            "returned": Q(state__in=RETURNED),
            "approved": Q(state__in=APPROVED),
        }
        return qs.filter(conditions[value])

    def whose(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Reports that wait for one kind of person; while a period runs they wait for nobody."""
        rows = qs.filter(state__in=STATES_OF[value])
        if value == Turn.OFFICER:
            rows = rows.filter(Q(state__in=RETURNED) | Q(cycle__ends_on__lt=today()))
        return rows


class ReportList(ListPage):
    """The reports of one cycle as a list."""

    model = Report
    filters = ReportFilters
    template = "cycles/reports.html"
    row_template = "cycles/_report_row.html"
    title = gettext_lazy("Reports of the cycle")
    noun = gettext_lazy("reports")
    default_sort = "unit"
    file_slug = "bao-cao-trong-ky"
    page_size = 200
    columns = (
        Column(
            "code", gettext_lazy("Code"), lambda r: r.unit.code, "code", on_screen=False, width=10
        ),
        Column(
            "unit",
            gettext_lazy("Unit"),
            lambda r: r.unit.name,
            sort=("unit__sort_key",),
            width=34,
            is_name=True,
        ),
        Column(
            "state",
            gettext_lazy("State"),
            lambda r: r.get_state_display(),
            sort=("state",),
            width=22,
        ),
        Column(
            "due",
            gettext_lazy("Deadline"),
            lambda r: timezone.localtime(r.due_at).date(),
            "date",
            sort=("due_at",),
            width=12,
        ),
        Column(
            "submitted",
            gettext_lazy("Submitted"),
            lambda r: r.first_submitted_at and timezone.localtime(r.first_submitted_at).date(),
            "date",
            sort=("first_submitted_at",),
            width=12,
        ),
        Column("on_time", gettext_lazy("On time"), lambda r: timeliness(r), width=12),
        Column(
            "warnings",
            gettext_lazy("Warnings"),
            lambda r: r.warnings,
            "int",
            sort=("warnings",),
            width=10,
        ),
        Column("turn", gettext_lazy("Waits for"), lambda r: waits_for(r), width=18),
        Column(
            "days", gettext_lazy("Days"), lambda r: waits(r), "int", sort=("turn_since",), width=8
        ),
        Column(
            "reminded",
            gettext_lazy("Reminded"),
            lambda r: r.reminded,
            "int",
            sort=("reminded",),
            width=10,
        ),
        Column(
            "approved",
            gettext_lazy("Approved on"),
            lambda r: r.approved_at and timezone.localtime(r.approved_at).date(),
            "date",
            sort=("approved_at",),
            width=12,
        ),
        Column(
            "reason",
            gettext_lazy("Reason for returning"),
            lambda r: r.reason,
            on_screen=False,
            width=40,
        ),
    )

    def get(self, request: Any, **kwargs: Any) -> Any:
        self.cycle = cycle_of(request.access, kwargs["pk"])
        return super().get(request, **kwargs)

    def post(self, request: Any, **kwargs: Any) -> Any:
        self.cycle = cycle_of(request.access, kwargs["pk"])
        return super().post(request, **kwargs)

    def rows(self) -> QuerySet[Any]:
        pk = self.kwargs["pk"]
        reminded = Reminder.objects.within(self.access.view).filter(report=OuterRef("pk"))
        days = reminded.order_by().values("report").annotate(
            number=Count(TruncDate("at"), distinct=True)
        )  # fmt: skip
        return (
            super()
            .rows()
            .filter(cycle=pk)
            .annotate(
                turn_since=turn_since(),
                reminded=Coalesce(Subquery(days.values("number")), 0, output_field=IntegerField()),
            )
            .select_related("unit", "cycle__template")
        )

    def edit_url_of(self, record: Report) -> str:
        return ""

    def url_of(self, record: Report) -> str:
        return record.get_absolute_url()

    def more_context(self, page: Any) -> dict[str, Any]:
        levels = levels_of(self.access, self.cycle)
        context = frame(self.access, self.cycle, "", levels, "list")
        standings = {one.report.pk: one for one in Round(self.cycle, self.access).standings}
        for report in page:
            report.standing = standings[report.pk]
        return context


def timeliness(report: Report) -> str:
    """On time, late, or missing, in a word."""
    now = timezone.now()
    standing = Standing(report, now, now)
    if standing.is_overdue:
        return _("Overdue")
    if not standing.is_submitted:
        return ""
    return _("On time") if standing.is_on_time else _("Late")


def waits_for(report: Any) -> str:
    """Whose turn a report is, or nothing while it is nobody's."""
    turn = turn_of(report, cut_off(report.cycle), timezone.now())
    return "" if turn in (Turn.PERIOD, Turn.DONE) else str(turn.label)


def waits(report: Any) -> int | None:
    """For how many days it has been that person's."""
    return days_waiting(report, cut_off(report.cycle), timezone.now(), report.turn_since)
