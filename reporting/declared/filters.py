"""The filter of the list of declared figures."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from campaign.portal.filters import PeriodFilter, ScopedFilterSet, SearchFilter
from reporting.declared.indicators import choices
from reporting.declared.rules import LEVELS
from reporting.models import DeclaredFigure
from units.fields import UnitFilter


class DeclaredFilters(ScopedFilterSet):
    """Search, unit, indicator, and the period in which a figure was closed."""

    q = SearchFilter()
    unit = UnitFilter(field_name="unit", levels=LEVELS, label=_("Unit"))
    indicator = django_filters.ChoiceFilter(
        label=_("Indicator"), choices=choices, empty_label=_("All")
    )
    period = PeriodFilter("ends_on")

    class Meta:
        model = DeclaredFigure
        fields: tuple[str, ...] = ()
