"""The filter of the list of units."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.portal.filters import ScopedFilterSet
from units.fields import UnitFilter
from units.models import Unit, UnitProfile

AREAS = [
    ("is_mountain", _("Mountain")),
    ("is_border", _("Border")),
    ("is_island", _("Island")),
    ("is_minority_majority", _("Ethnic-minority majority")),
]


class UnitFilters(ScopedFilterSet):
    """Search, level, kind, commune, whether the unit still exists, and flags of its area."""

    q = django_filters.CharFilter(label=_("Name, former name or code"), method="matching")
    level = django_filters.ChoiceFilter(
        label=_("Level"), choices=Unit.Level.choices, widget=forms.HiddenInput
    )
    commune = UnitFilter(
        field_name="", label=_("Commune"), scope="listed", levels=(Unit.Level.COMMUNE,)
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind of unit"), choices=Unit.Kind.choices, empty_label=_("All")
    )
    state = django_filters.ChoiceFilter(
        label=_("Exists"), method="in_state", empty_label=_("Existing today"),
        choices=[("former", _("Former units")), ("all", _("Today and before"))],
    )  # fmt: skip
    area = django_filters.ChoiceFilter(
        label=_("Area"), choices=AREAS, method="in_area", empty_label=_("All")
    )

    class Meta:
        model = Unit
        fields: list[str] = []

    def matching(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The likeliest first; sorting by a column is the reader's choice."""
        return qs.matching(value)  # type: ignore[attr-defined]

    def in_state(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Units that ended, or all."""
        return qs.filter(valid_to__lt=timezone.localdate()) if value == "former" else qs

    def in_area(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Units in view whose latest profile has the flag; profiles of others are not asked."""
        profiles = UnitProfile.objects.within(self.access.view).filter(**{value: True})
        return qs.filter(pk__in=profiles.order_by().values("unit_id"))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Units of today unless a former state is asked for, or a code or former name."""
        queryset = super().filter_queryset(queryset)
        wanted = self.form.cleaned_data
        if wanted.get("state") or wanted.get("q"):
            return queryset
        return queryset.in_force()  # type: ignore[attr-defined]
