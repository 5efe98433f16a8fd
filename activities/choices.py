"""Choices of several units or teams, narrowed to what the person may name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaign.portal.access import Access
from units.models import CommunityTeam, Unit, UnitQuerySet

#: above this many teams a list to tick is no help: whole communes are chosen instead
MOST_TEAMS = 150
MOST_UNITS = 200


def partners_of(access: Access) -> UnitQuerySet:
    """Units that may be credited: the public register, and what the own unit holds."""
    public = Q(level__in=(Unit.Level.PROVINCE, Unit.Level.COMMUNE, Unit.Level.DEPARTMENT))
    return Unit.objects.filter(public | access.edit.q("path")).listed(access)  # type: ignore[attr-defined]


class PartnersField(forms.ModelMultipleChoiceField):
    """Units that may be credited: communes and departments of the province, and own units."""

    is_scoped = True
    widget = forms.SelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Unit.objects.none(), **kwargs)

    def use(self, access: Access) -> None:
        """Offer the public register and what the person's own unit holds."""
        self.queryset = partners_of(access).in_force().order_by("level", "sort_key")


class TeamsOfField(forms.ModelMultipleChoiceField):
    """Units whose active teams were all trained: 46 teams of a commune in one choice."""

    is_scoped = True
    widget = forms.SelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("label", _("All active teams of"))
        kwargs.setdefault(
            "help_text", _("Every team of the chosen units that was active on the day is added.")
        )
        super().__init__(Unit.objects.none(), **kwargs)

    def use(self, access: Access) -> None:
        """Offer the communes in view; hamlets as well where there are few."""
        seen = Unit.objects.within(access.view).in_force().order_by("level", "sort_key")
        communes = seen.communes()
        both = seen.filter(level__in=(Unit.Level.COMMUNE, Unit.Level.HAMLET))
        self.queryset = both if both.count() <= MOST_UNITS else communes


class TeamsField(forms.ModelMultipleChoiceField):
    """Single teams that were trained; where there are too many, only those chosen before."""

    is_scoped = True
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(CommunityTeam.objects.none(), **kwargs)

    def use(self, access: Access) -> None:
        """Offer the teams in view; the form narrows them when they are many."""
        self.queryset = CommunityTeam.objects.within(access.view)
