"""What must be true of a declaration, and what makes it look wrong: for every door alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from campaign.periods import Kind, Period, today
from campaign.portal.access import Access
from reporting.declared.indicators import DeclaredIndicator
from reporting.reports.doubts import KEPT, Doubt, Measured, above, doubts_about
from units.models import Unit, UnitProfile

LEVELS = (Unit.Level.PROVINCE, Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
KINDS = (Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.NINE, Kind.YEAR)
#: field of a unit's profile -> what its people are called in a sentence
GROUPS = {
    "population": _lazy("residents"),
    "households": _lazy("households"),
    "adults": _lazy("people aged 15 and over"),
    "staff": _lazy("officials and employees"),
}


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


class Declaration(Protocol):
    """What the rules of doubt look at of a declaration made before."""

    period: str
    ends_on: date
    value: int
    denominator: int | None

    @property
    def days_meant(self) -> Period: ...


Declared = TypeVar("Declared", bound=Declaration)


def measure(value: int, denominator: int | None) -> int | Fraction:
    """An amount as one number: the count, or the rate in percent."""
    return Fraction(100 * value, denominator) if denominator else value


def before(period: Period, declared: Iterable[Declared]) -> list[Declared]:
    """Declarations for earlier periods of the same kind, the latest first."""
    found = [
        one for one in declared if one.ends_on < period.start and one.days_meant.kind is period.kind
    ]
    return sorted(found, key=lambda one: one.ends_on, reverse=True)[:KEPT]


def doubts_of(
    indicator: DeclaredIndicator,
    value: int,
    denominator: int | None,
    period: Period,
    history: Sequence[Declaration],
    profile: UnitProfile | None,
) -> list[Doubt]:
    """What looks wrong about a declaration beside those before it and the people there are."""
    earlier = period.previous().code
    last = next((one for one in history if one.period == earlier), None)
    found = doubts_about(
        Measured(
            measure(value, denominator),
            measure(last.value, last.denominator) if last else None,
            [measure(one.value, one.denominator) for one in history],
            is_rate=indicator.is_rate,
        )
    )
    limit, group = group_of(indicator, profile)
    too_many = above(denominator if indicator.is_rate else value, limit, group)
    return [*found, *([too_many] if too_many else [])]


def group_of(indicator: DeclaredIndicator, profile: UnitProfile | None) -> tuple[int | None, Any]:
    """How many there are at most of what an indicator counts, and what they are called."""
    if profile is None or indicator.group not in GROUPS:
        return None, ""
    return getattr(profile, indicator.group), GROUPS[indicator.group]


def check_explained(doubts: Sequence[Doubt], note: str) -> None:
    """A figure that looks wrong needs a sentence: without one it is refused at the note."""
    if doubts and not note.strip():
        words = {"doubts": " ".join(doubt.text for doubt in doubts)}
        raise ValidationError(
            {
                "note": ValidationError(
                    _("%(doubts)s Correct the figure, or say in the note why it is so.") % words,
                    code="unexplained",
                )
            }
        )


def profiles_of(access: Access) -> Callable[[int, int], UnitProfile | None]:
    """Finds the latest profile of a unit in view for a year or before; read once, when needed."""
    known: dict[int, list[UnitProfile]] = {}

    def find(unit_id: int, year: int) -> UnitProfile | None:
        if unit_id not in known:
            rows = UnitProfile.objects.within(access.view).filter(unit=unit_id)
            known[unit_id] = list(rows.order_by("-year"))
        return next((one for one in known[unit_id] if one.year <= year), None)

    return find
