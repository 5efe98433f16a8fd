"""The filter of the list of targets."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaign.models import Audience, CampaignSettings
from campaign.portal.filters import ScopedFilterSet, SearchFilter, WordFilter
from reporting.models import Target
from reporting.targets.measures import choices
from reporting.targets.periods import periods_to_set
from units.fields import UnitFilter
from units.models import Unit

LEVELS = (Unit.Level.PROVINCE, Unit.Level.COMMUNE, Unit.Level.DEPARTMENT, Unit.Level.HAMLET)


class SetPeriodField(forms.ChoiceField):
    """A period targets are set for; any code of an address is accepted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=lambda: [("", _("All")), *periods_to_set()], **kwargs)

    def valid_value(self, value: Any) -> bool:
        return len(str(value)) <= 24


class SetPeriodFilter(django_filters.Filter):
    """Targets of exactly that period."""

    field_class = SetPeriodField

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        return qs.filter(period=value, scheme=CampaignSettings.current().scheme)


class TargetFilters(ScopedFilterSet):
    """Search, unit with all beneath it, level of the unit, indicator, period, audience."""

    q = SearchFilter()
    unit = UnitFilter(field_name="unit", label=_("Unit"))
    level = django_filters.ChoiceFilter(
        field_name="unit__level", label=_("Level"), empty_label=_("All"),
        choices=[(level.value, level.label) for level in LEVELS],
    )  # fmt: skip
    indicator = django_filters.ChoiceFilter(
        label=_("Indicator"), choices=choices, empty_label=_("All")
    )
    period = SetPeriodFilter(label=_("Period"))
    audience = WordFilter(Audience, label=_("Audience"))

    class Meta:
        model = Target
        fields: tuple[str, ...] = ()
