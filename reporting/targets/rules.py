"""What must be true of a target, for forms, tables and files alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reporting.targets.measures import Measure

HIGHEST = Decimal(999_999_999)


class Basis(models.TextChoices):
    """What the value of a target is: a number, or a percentage of something."""

    NUMBER = "number", gettext_lazy("Number")
    POPULATION = "population", gettext_lazy("% of the population")
    ADULTS = "adults", gettext_lazy("% of people aged 15 and over")
    STAFF = "staff", gettext_lazy("% of officials and employees")
    HOUSEHOLDS = "households", gettext_lazy("% of households")
    HAMLETS = "hamlets", gettext_lazy("% of hamlets")
    OWN = "own", gettext_lazy("Rate of the indicator itself")


def check_basis(measure: Measure, basis: str) -> None:
    """A ratio is its own measure; a count is a number, or a percentage of people or hamlets."""
    if measure.is_ratio and basis != Basis.OWN:
        raise ValidationError(
            _("“%(name)s” is a rate: its target is a rate too.") % {"name": measure}, code="rate"
        )
    if basis == Basis.OWN and not measure.is_ratio:
        raise ValidationError(
            _("“%(name)s” is a count: write a number, or say what it is a percentage of.")
            % {"name": measure},
            code="count",
        )


def check_value(measure: Measure, basis: str, value: Decimal) -> None:
    """Numbers are whole; what is a share of a whole stays within it."""
    if not 0 < value <= HIGHEST:
        raise ValidationError(_("Write a number above 0."), code="positive")
    if basis == Basis.NUMBER and value != value.to_integral_value():
        raise ValidationError(_("Write a whole number."), code="whole")
    if basis == Basis.OWN and measure.per == 100 and value > 100:
        raise ValidationError(_("A share is at most 100%."), code="above")


def check_audience(measure: Measure, audience: Any) -> None:
    """Only what is kept by audience has a target for one."""
    if audience is not None and not measure.has_audience:
        raise ValidationError(
            _("“%(name)s” is not kept by audience: leave the audience empty.") % {"name": measure},
            code="audience",
        )
