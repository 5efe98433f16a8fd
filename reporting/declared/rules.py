"""What must be true of a declaration, for forms and files alike."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaign.periods import Kind, Period, today
from reporting.declared.indicators import DeclaredIndicator
from units.models import Unit

LEVELS = (Unit.Level.PROVINCE, Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
KINDS = (Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.NINE, Kind.YEAR)


def check_period(period: Period) -> None:
    """A month, quarter, half, nine months or year that has begun."""
    if period.kind not in KINDS:
        raise ValidationError(
            _("Declare for a month, quarter, half-year, nine months or year."), code="kind"
        )
    if period.start > today():
        raise ValidationError(_("This period has not begun yet."), code="to_come")


def check_amount(indicator: DeclaredIndicator, value: int | None, denominator: int | None) -> None:
    """A rate has a numerator within its denominator; a count has no denominator."""
    wrong: dict[str, Any] = {}
    if not indicator.is_rate:
        if denominator is not None:
            wrong["denominator"] = ValidationError(
                _("“%(name)s” is a count: it has no denominator.") % {"name": indicator},
                code="no_rate",
            )
    elif not denominator:
        wrong["denominator"] = ValidationError(
            _("“%(name)s” is a rate: write its denominator (%(base)s).")
            % {"name": indicator, "base": indicator.base_name},
            code="required",
        )
    elif value is not None and value > denominator:
        wrong["value"] = ValidationError(
            _("The numerator is larger than the denominator."), code="above"
        )
    if wrong:
        raise ValidationError(wrong)
