"""The list of classes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.periods import Kind, Period, today
from campaign.portal.pages import Column, ListPage
from classes.filters import NO_ROSTER, WEEK, TrainingClassFilters
from classes.models import (
    TrainingClass,
)
from classes.views.shared import State, crumbs
from units.models import Unit


def _commune(row: TrainingClass) -> str:
    place = row.place
    if place is not None and place.level == Unit.Level.HAMLET and place.parent is not None:
        place = place.parent
    return place.short_name if place else ""


def _hamlet(row: TrainingClass) -> str:
    return row.place.short_name if row.place and row.place.level == Unit.Level.HAMLET else ""


class TrainingClassList(ListPage):
    """Every class in view, narrowed and counted."""

    model = TrainingClass
    filters = TrainingClassFilters
    template = "classes/list.html"
    title = gettext_lazy("Classes")
    noun = gettext_lazy("classes")
    default_sort = "-starts_on"
    file_slug = "Lop-hoc"
    columns: ClassVar = [
        Column("code", gettext_lazy("Code"), lambda c: c.code, "code", ("code",), width=15),
        Column("title", gettext_lazy("Class name"), lambda c: c.title, sort=("title",), width=40),
        Column(
            "place",
            gettext_lazy("Commune · hamlet"),
            _commune,
            sort=("place__parent__sort_key", "place__sort_key"),
            in_file=False,
        ),
        Column("commune", gettext_lazy("Commune"), _commune, on_screen=False),
        Column("hamlet", gettext_lazy("Hamlet"), _hamlet, on_screen=False),
        Column(
            "unit",
            gettext_lazy("Organising unit"),
            lambda c: c.unit.name,
            on_screen=False,
            width=28,
        ),
        Column("form", gettext_lazy("Form"), lambda c: c.get_form_display(), on_screen=False),
        Column("topic", gettext_lazy("Topic"), lambda c: c.topic.name, on_screen=False, width=26),
        Column(
            "audience",
            gettext_lazy("Audience"),
            lambda c: c.audience.name,
            sort=("audience__position",),
        ),
        Column("mode", gettext_lazy("Mode"), lambda c: c.get_mode_display(), on_screen=False),
        Column("starts_on", gettext_lazy("Starts"), lambda c: c.starts_on, "date", ("starts_on",)),
        Column(
            "sessions",
            gettext_lazy("Sessions"),
            lambda c: c.sessions_all,
            "int",
            ("sessions_held",),
            width=10,
        ),
        Column(
            "held",
            gettext_lazy("Held"),
            lambda c: c.sessions_held,
            "int",
            on_screen=False,
            width=10,
        ),
        Column(
            "enrolled",
            gettext_lazy("Enrolled"),
            lambda c: c.enrolled,
            "int",
            ("enrolled",),
            width=10,
        ),
        Column(
            "attended",
            gettext_lazy("Attended"),
            lambda c: c.attended,
            "int",
            ("attended",),
            width=12,
        ),
        Column(
            "completed",
            gettext_lazy("Completed"),
            lambda c: c.completed,
            "int",
            ("completed",),
            width=12,
        ),
        Column(
            "is_at_least",
            gettext_lazy("Lower bound"),
            lambda c: "≥" if c.is_at_least else "",
            on_screen=False,
            width=10,
        ),
        Column("venue", gettext_lazy("Venue"), lambda c: c.venue, on_screen=False, width=28),
        Column(
            "trainers", gettext_lazy("Instructors"), lambda c: c.trainers, on_screen=False, width=28
        ),
        Column("state", gettext_lazy("Status"), lambda c: c.state.label),
    ]

    def rows(self) -> models.QuerySet[TrainingClass]:
        return (
            TrainingClass.objects.within(self.access.view)
            .with_figures()
            .select_related("unit", "place__parent", "audience", "topic")
        )

    def totals(self, queryset: models.QuerySet[TrainingClass]) -> list[tuple[Any, int]]:
        sums = queryset.sums()  # type: ignore[attr-defined]
        return [
            (_("enrolled"), sums["enrolled"]),
            (_("attendances"), sums["attended"]),
            (_("completed"), sums["completed"]),
        ]

    def more_context(self, page: Any) -> dict[str, Any]:
        shown = [
            chip for chip in self.chips() if chip["name"] not in ("q", "period", "unit", "status")
        ]
        return {
            "crumbs": crumbs(),
            "tabs": self.tabs(),
            "more_chips": shown,
            "can_add": self.access.may("enter"),
            "exists": page.paginator.count > 0 or self.everything.exists(),
        }

    @property
    def everything(self) -> Any:
        """Every class in view."""
        return TrainingClass.objects.within(self.access.view)

    def tabs(self) -> list[dict[str, Any]]:
        """Ready-made filters, each with how many classes it finds."""
        week = Period.containing(today(), Kind.WEEK)
        rows = self.everything
        found = [
            ("", _("All"), rows.count(), False),
            (WEEK, _("This week"), rows.meeting_between(week.start, week.end).count(), False),
            (State.MISSING, _("Missing attendance"), rows.in_state(State.MISSING).count(), True),
            (NO_ROSTER, _("Without roster"), rows.without_roster().count(), False),
        ]
        path, chosen = reverse("classes:list"), self.request.GET.get("status", "")
        others = any(self.request.GET.get(k) for k in self.filterset.form.fields if k != "status")
        return [
            {
                "label": label,
                "count": count,
                "hot": hot and count,
                "url": f"{path}?status={key}" if key else path,
                "current": chosen == key and not (others and not key),
            }
            for key, label, count, hot in found
        ]
