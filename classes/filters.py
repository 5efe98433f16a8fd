"""How lists of classes are narrowed; every condition lives in the address."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from campaign.models import Audience, Mode, Topic
from campaign.periods import Kind, Period, today
from campaign.portal.filters import PeriodFilter, ScopedFilterSet, SearchFilter, WordFilter
from classes.models import TrainingClass
from units.fields import UnitChoiceField
from units.models import Unit

WEEK = "week"
NO_ROSTER = "no_roster"

STATUSES = [
    *TrainingClass.State.choices,
    (WEEK, _("Meets this week")),
    (NO_ROSTER, _("Without roster")),
]


class ResponsibleOrThereFilter(django_filters.Filter):
    """Classes a unit (or one below it) answers for, and classes held on its territory."""

    field_class = UnitChoiceField

    def filter(self, qs: QuerySet[Any], value: Unit | None) -> QuerySet[Any]:
        if value is None:
            return qs
        first, end = value.path, value.path_end
        return qs.filter(
            Q(unit__path__gte=first, unit__path__lt=end)
            | Q(place__path__gte=first, place__path__lt=end)
        )


class StatusFilter(django_filters.ChoiceFilter):
    """Where a class stands today."""

    def filter(self, qs: Any, value: str) -> Any:
        if not value:
            return qs
        if value == WEEK:
            week = Period.containing(today(), Kind.WEEK)
            return qs.meeting_between(week.start, week.end)
        if value == NO_ROSTER:
            return qs.without_roster()
        return qs.in_state(value)


class TrainingClassFilters(ScopedFilterSet):
    """The conditions of the class list."""

    q = SearchFilter(label=_("Find without marks: dinh hoa zalo"))
    period = PeriodFilter("starts_on")
    unit = ResponsibleOrThereFilter(
        scope="view", label=_("Unit"), empty_label=_("All"), required=False
    )
    status = StatusFilter(choices=STATUSES, label=_("Status"), empty_label=_("All"))
    form = django_filters.ChoiceFilter(
        choices=TrainingClass.Form.choices, label=_("Kind of class"), empty_label=_("All")
    )
    audience = WordFilter(Audience, label=_("Audience"))
    topic = WordFilter(Topic, label=_("Topic"))
    mode = django_filters.ChoiceFilter(choices=Mode.choices, label=_("Mode"), empty_label=_("All"))
    # "from" is a word of Python, so the two ends of a range are named from outside the class
    locals()["from"] = django_filters.DateFilter(
        "starts_on", "gte", label=_("Starts from"), widget=forms.DateInput
    )
    to = django_filters.DateFilter("starts_on", "lte", label=_("until"), widget=forms.DateInput)

    class Meta:
        model = TrainingClass
        fields: list[str] = []
