"""The form of one declaration."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaign.models import CampaignSettings
from campaign.periods import Kind, Period, today
from campaign.portal.filters import PeriodField, period_of
from campaign.portal.forms import ScopedModelForm
from reporting.declared.indicators import DECLARED, DECLARED_BY_CODE, DeclaredIndicator
from reporting.declared.rules import (
    LEVELS,
    before,
    check_amount,
    check_explained,
    check_period,
    doubts_of,
    profiles_of,
)
from reporting.models import DeclaredFigure
from units.fields import UnitChoiceField

OFFERED = ((Kind.MONTH, 13), (Kind.QUARTER, 5), (Kind.HALF, 3), (Kind.NINE, 2), (Kind.YEAR, 3))


def periods_to_declare() -> list[tuple[str, Any]]:
    """(code, label) of the periods one may declare for, by kind, the latest first."""
    scheme, found = CampaignSettings.current().scheme, []
    for kind, count in OFFERED:
        period = Period.containing(today(), kind, scheme)
        while period.start > today():
            period = period.previous()
        for _number in range(count):
            found.append((period.code, period.label))
            period = period.previous()
    return found


def indicators_to_declare() -> list[tuple[Any, Any]]:
    """Counts and rates, each in its group."""
    groups: list[tuple[Any, Any]] = [("", _("— choose —"))]
    for label, is_rate in ((_("Counts"), False), (_("Rates: numerator and denominator"), True)):
        found = [(one.code, one.name) for one in DECLARED if one.is_rate == is_rate]
        groups.append((label, found))
    return groups


class DeclaredPeriodField(PeriodField):
    """A period one may declare for."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = lambda: [("", _("— choose —")), *periods_to_declare()]

    def clean(self, value: Any) -> str:
        code = super().clean(value)
        period = period_of(code)
        if period is not None:
            check_period(period)
        return code


class DeclaredForm(ScopedModelForm):
    """One declaration: who declares what of which period, and where it comes from."""

    unit = UnitChoiceField(scope="edit", levels=LEVELS, label=_("Unit"))
    indicator = forms.ChoiceField(label=_("Indicator"), choices=indicators_to_declare)
    period = DeclaredPeriodField(label=_("Period"))

    class Meta:
        model = DeclaredFigure
        fields = ("unit", "indicator", "period", "value", "denominator", "source", "note")
        localized_fields = ("value", "denominator")
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}
        labels = {"value": _("Value, or numerator of a rate")}
        help_texts = {
            "denominator": _("For rates only."),
            "source": _("The report or system the figure is from, with its number and day."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        scheme = CampaignSettings.current().scheme
        if self.instance.pk is None or "period" in self.changed_data:
            self.instance.scheme = scheme
        indicator = DECLARED_BY_CODE.get(cleaned.get("indicator", ""))
        if indicator is not None:
            try:
                check_amount(indicator, cleaned.get("value"), cleaned.get("denominator"))
            except ValidationError as error:
                self.add_error(None, error)
        if indicator is not None and not self.errors and self._says_something_new():
            self._ask_for_a_sentence(indicator, cleaned)
        return cleaned

    def _says_something_new(self) -> bool:
        return bool({"unit", "indicator", "period", "value", "denominator"} & {*self.changed_data})

    def _ask_for_a_sentence(self, indicator: DeclaredIndicator, cleaned: dict[str, Any]) -> None:
        """A figure that looks wrong beside those before it needs a note."""
        unit, period = cleaned["unit"], Period.parse(cleaned["period"], self.instance.scheme)
        declared = DeclaredFigure.objects.within(self.access.edit).filter(
            unit=unit, indicator=indicator.code, scheme=period.scheme
        )
        profile = profiles_of(self.access)(unit.pk, period.end.year)
        doubts = doubts_of(
            indicator, cleaned["value"], cleaned.get("denominator"), period,
            before(period, declared), profile,
        )  # fmt: skip
        try:
            check_explained(doubts, cleaned.get("note", ""))
        except ValidationError as error:
            self.add_error(None, error)
