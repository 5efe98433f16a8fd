"""The filter of the list of teams."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ModelChoiceField

from campaign.portal.access import Access
from campaign.portal.filters import ScopedChoiceFilter, ScopedFilterSet, SearchFilter
from units.models import CommunityTeam, Unit

FEW_MEMBERS = 4


def day_from(text: str | None) -> date:
    """The day an address asks for; today when it asks for none or for nonsense."""
    try:
        return forms.DateField(required=False).clean(text or "") or timezone.localdate()
    except ValidationError:
        return timezone.localdate()


class AreaField(ModelChoiceField):
    """Communes for those who see many, otherwise the own commune and its hamlets."""

    is_scoped = True

    def use(self, access: Access) -> None:
        """Offer what the person may see."""
        units = Unit.objects.within(access.view).in_force()
        if access.may("province"):
            self.queryset = units.communes().order_by("sort_key", "pk")
        else:
            self.queryset = units.filter(
                level__in=[Unit.Level.COMMUNE, Unit.Level.HAMLET]
            ).order_by("path")


class AreaFilter(ScopedChoiceFilter):
    """Teams of a commune with all its hamlets, or of one hamlet."""

    field_class = AreaField

    def filter(self, qs: QuerySet[Any], value: Unit | None) -> QuerySet[Any]:
        if value is None:
            return qs
        return qs.filter(unit__path__gte=value.path, unit__path__lt=value.path_end)


class TeamFilters(ScopedFilterSet):
    """Search, area, state on a day, and what a team lacks."""

    q = SearchFilter()
    unit = AreaFilter(
        queryset=Unit.objects.none(), label=_("Commune or hamlet"), empty_label=_("All")
    )
    status = django_filters.ChoiceFilter(
        label=_("State"), method="with_status", empty_label=_("All"),
        choices=[("active", _("Active")), ("ended", _("Ended"))],
    )
    gap = django_filters.ChoiceFilter(
        label=_("Lacks"), method="with_gap", empty_label=_("Nothing chosen"),
        choices=[
            ("leader", _("A leader")), ("decision", _("A decision number")),
            ("members", _("Members (fewer than four)")),
        ],
    )
    on = django_filters.DateFilter(label=_("On the day"), method="on_day")

    class Meta:
        model = CommunityTeam
        fields: list[str] = []

    @property
    def day(self) -> date:
        """The day the list is about."""
        return day_from(self.data.get("on"))

    def on_day(self, qs: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        """The day narrows nothing by itself: it says when the others hold."""
        return qs

    def with_status(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Active or ended on the day."""
        if value == "active":
            return qs.active_on(self.day)
        return qs.filter(ended_on__lte=self.day)

    def with_gap(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Active teams that lack something on the day."""
        active = qs.active_on(self.day)
        if value == "decision":
            return active.filter(decision_number="")
        if value == "leader":
            return active.filter(leader__isnull=True)
        return active.filter(members_on__lt=FEW_MEMBERS)
