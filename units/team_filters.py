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

from campaign.portal.filters import ScopedFilterSet, SearchFilter
from units.fields import UnitFilter
from units.models import CommunityTeam
from units.team_rules import SERVED

FEW_MEMBERS = 4


def day_from(text: str | None) -> date:
    """The day an address asks for; today when it asks for none or for nonsense."""
    try:
        return forms.DateField(required=False).clean(text or "") or timezone.localdate()
    except ValidationError:
        return timezone.localdate()


class TeamFilters(ScopedFilterSet):
    """Search, area, state on a day, and what a team lacks."""

    q = SearchFilter()
    unit = UnitFilter(field_name="unit", levels=SERVED, label=_("Commune or hamlet"))
    status = django_filters.ChoiceFilter(
        label=_("State"),
        method="with_status",
        empty_label=_("All"),
        choices=[("active", _("Active")), ("ended", _("Ended"))],
    )
    gap = django_filters.ChoiceFilter(
        label=_("Lacks"),
        method="with_gap",
        empty_label=_("Nothing chosen"),
        choices=[
            ("leader", _("A leader")),
            ("decision", _("A decision number")),
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
            return qs.active_on(self.day)  # type: ignore[attr-defined]
        return qs.filter(ended_on__lte=self.day)

    def with_gap(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Active teams that lack something on the day."""
        active = qs.active_on(self.day)  # type: ignore[attr-defined]
        if value == "decision":
            return active.filter(decision_number="")
        if value == "leader":
            return active.filter(leader__isnull=True)
        return active.filter(members_on__lt=FEW_MEMBERS)
