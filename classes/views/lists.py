"""The list of classes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.periods import Kind, Period, today
from campaign.portal.imports.words import AT_LEAST
from campaign.portal.lists import CancelAct, Column, EditAct, ListPage
from classes import services
from classes.filters import NO_ROSTER, WEEK, TrainingClassFilters
from classes.forms import TrainingClassForm
from classes.imports.texts import place_texts
from classes.models import (
    TrainingClass,
)
from classes.views.shared import State, crumbs
from units.fields import unit_label
from units.models import Unit


def _commune(row: TrainingClass) -> str:
    place = row.place
    if place is not None and place.level == Unit.Level.HAMLET and place.parent is not None:
        place = place.parent
    return place.short_name if place else ""


class TrainingClassList(ListPage):
    """Every class in view, narrowed and counted."""

    model = TrainingClass
    filters = TrainingClassFilters
    template = "classes/list.html"
    row_template = "classes/_row.html"
    title = gettext_lazy("Classes")
    noun = gettext_lazy("classes")
    default_sort = "-starts_on"
    file_slug = "Lop-hoc"
    acts = (
        EditAct(
            "edit",
            gettext_lazy("Edit many"),
            "pencil",
            form=TrainingClassForm,
            names=("topic", "audience", "mode", "venue_kind", "venue", "capacity", "note"),
        ),
        EditAct(
            "assign",
            gettext_lazy("Assign instructors"),
            "user",
            form=TrainingClassForm,
            names=("trainers", "team", "co_organisers"),
        ),
        CancelAct(
            gettext_lazy("Cancel classes"),
            cancel=services.cancel_class,
            restore=services.restore_class,
        ),
    )
    import_kind = "classes"
    columns: ClassVar = [
        Column("code", gettext_lazy("Code"), lambda c: c.code, "code", ("code",), width=15),
        Column(
            "title",
            gettext_lazy("Class name"),
            lambda c: c.title,
            sort=("title",),
            width=40,
            is_name=True,
        ),
        Column(
            "place",
            gettext_lazy("Commune · hamlet"),
            _commune,
            sort=("place__parent__sort_key", "place__sort_key"),
            in_file=False,
            parts=("commune", "hamlet"),
        ),
        Column(
            "commune",
            gettext_lazy("Commune"),
            lambda c: place_texts(c)["commune"],
            on_screen=False,
        ),
        Column(
            "hamlet", gettext_lazy("Hamlet"), lambda c: place_texts(c)["hamlet"], on_screen=False
        ),
        Column(
            "unit",
            gettext_lazy("Organising unit"),
            lambda c: unit_label(c.unit),
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
        Column(
            "mode", gettext_lazy("Way of meeting"), lambda c: c.get_mode_display(), on_screen=False
        ),
        Column("starts_on", gettext_lazy("Starts"), lambda c: c.starts_on, "date", ("starts_on",)),
        Column(
            "sessions",
            gettext_lazy("Sessions"),
            lambda c: c.sessions_all,
            "int",
            ("sessions_held",),
            width=10,
            is_drawn=True,
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
            on_screen=False,
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
            lambda c: AT_LEAST if c.is_at_least else "",
            on_screen=False,
            width=10,
        ),
        Column("venue", gettext_lazy("Venue"), lambda c: c.venue, on_screen=False, width=28),
        Column(
            "trainers", gettext_lazy("Instructors"), lambda c: c.trainers, on_screen=False, width=28
        ),
        Column("state", gettext_lazy("Status"), lambda c: c.state.label),
    ]

    @staticmethod
    def row_version(row: Any) -> Any:
        return row.whole_version

    def rows(self) -> models.QuerySet[TrainingClass]:
        return (
            TrainingClass.objects.within(self.access.view)
            .with_figures()
            .with_whole_version()
            .select_related("unit__parent", "place__parent", "audience", "topic")
        )

    def totals(self, queryset: models.QuerySet[TrainingClass]) -> list[tuple[Any, int]]:
        sums = queryset.sums()  # type: ignore[attr-defined]
        return [
            (_("enrolled"), sums["enrolled"]),
            (_("attendances"), sums["attended"]),
            (_("completed"), sums["completed"]),
        ]

    def more_context(self, page: Any) -> dict[str, Any]:
        return {"crumbs": crumbs(), "can_add": self.access.may("enter")}

    def ready_tabs(self, total: int) -> list[dict[str, Any]]:
        week = Period.containing(today(), Kind.WEEK)
        rows = TrainingClass.objects.within(self.access.view)
        found = [
            (WEEK, _("This week"), rows.meeting_between(week.start, week.end).count(), False),
            (State.MISSING, _("Missing attendance"), rows.in_state(State.MISSING).count(), True),
            (NO_ROSTER, _("Without roster"), rows.without_roster().count(), False),
        ]
        chosen = "" if self.view else self.params.get("status", "")
        return super().ready_tabs(total) + [
            {
                "label": label,
                "count": count,
                "hot": hot and count,
                "url": f"{self.request.path}?status={key}",
                "current": chosen == key,
            }
            for key, label, count, hot in found
        ]
