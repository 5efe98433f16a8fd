"""What lists of activities, models and solutions can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activities.models import Activity, ActivityType, ExemplaryModel, ModelKind, Solution
from activities.models import SolutionField as FieldOfWork
from campaign.models import Audience, Mode, Topic
from campaign.portal.filters import PeriodFilter, ScopedFilterSet, SearchFilter, WordFilter
from units.fields import UnitFilter as OwnerFilter


class UnitFilter(OwnerFilter):
    """Records of a unit and all below it: its own, and what others did on its territory."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None:
            return qs
        inside = Q(unit__path__gte=value.path, unit__path__lt=value.path_end)
        inside |= Q(place__path__gte=value.path, place__path__lt=value.path_end)
        return qs.filter(inside)


class StatusFilter(django_filters.ChoiceFilter):
    """Counted or cancelled."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Status"))
        kwargs.setdefault("empty_label", _("All"))
        kwargs.setdefault("choices", [("counted", _("Counted")), ("cancelled", _("Cancelled"))])
        super().__init__(method=by_status, **kwargs)


def by_status(qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
    """Narrow to what counts, what is cancelled, or (models) what is kept up today or ended."""
    today = timezone.localdate()
    return qs.filter(
        {
            "counted": Q(cancelled_at__isnull=True),
            "cancelled": Q(cancelled_at__isnull=False),
            "active": Q(cancelled_at__isnull=True)
            & (Q(ended_on__isnull=True) | Q(ended_on__gt=today)),
            "ended": Q(cancelled_at__isnull=True, ended_on__lte=today),
        }[value]
    )


def from_and_to(field: str) -> dict[str, Any]:
    """The two ends of a free range, under the names the address uses."""
    return {
        "from": django_filters.DateFilter(field_name=field, lookup_expr="gte", label=_("From")),
        "to": django_filters.DateFilter(field_name=field, lookup_expr="lte", label=_("To")),
    }


class ActivityFilters(ScopedFilterSet):
    """The list of activities."""

    q = SearchFilter()
    period = PeriodFilter("starts_on")
    unit = UnitFilter(label=_("Unit"))
    type = WordFilter(ActivityType, field_name="type", label=_("Type"))
    counts_as = django_filters.ChoiceFilter(
        field_name="type__counts_as", choices=ActivityType.CountsAs.choices,
        label=_("Counts as"), empty_label=_("All"),
    )  # fmt: skip
    audience = WordFilter(Audience, field_name="audiences", label=_("Audience"))
    topic = WordFilter(Topic, field_name="topic", label=_("Topic"))
    mode = django_filters.ChoiceFilter(choices=Mode.choices, label=_("Mode"), empty_label=_("All"))
    status = StatusFilter()
    locals().update(from_and_to("starts_on"))

    class Meta:
        model = Activity
        fields: tuple[str, ...] = ()


class ExemplaryModelFilters(ScopedFilterSet):
    """The list of exemplary models."""

    q = SearchFilter()
    period = PeriodFilter("started_on", label=_("Started in"))
    unit = UnitFilter(label=_("Unit"))
    kind = WordFilter(ModelKind, field_name="kind", label=_("Kind"))
    status = StatusFilter(
        choices=[
            ("active", _("Kept up")), ("ended", _("Ended")), ("cancelled", _("Cancelled")),
        ]
    )  # fmt: skip
    locals().update(from_and_to("started_on"))

    class Meta:
        model = ExemplaryModel
        fields: tuple[str, ...] = ()


class SolutionFilters(ScopedFilterSet):
    """The list of recognised solutions."""

    q = SearchFilter()
    period = PeriodFilter("recognised_on", label=_("Recognised in"))
    unit = OwnerFilter(field_name="unit", label=_("Unit"))
    field = WordFilter(FieldOfWork, field_name="field", label=_("Field of work"))
    uses_it = django_filters.BooleanFilter(label=_("Applies IT"))
    status = StatusFilter()
    locals().update(from_and_to("recognised_on"))

    class Meta:
        model = Solution
        fields: tuple[str, ...] = ()
