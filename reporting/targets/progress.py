"""How far a unit has come towards a target: arithmetic alone, nothing is read here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from campaign.periods import Period
from reporting.indicators import Kind
from reporting.models.targets import Target
from reporting.targets.measures import Measure
from reporting.targets.rules import Basis

HUNDRED = Decimal(100)
TOO_EARLY = Decimal("0.2")
"""The part of a period that must have passed before anything is said of its end."""


@dataclass(frozen=True)
class Progress:
    """One target, and what was reached of it by a day.

    ``value`` is the count; a ratio has ``numerator`` and ``denominator`` instead. ``base`` is what
    a percentage is of (people, households, hamlets). None is "not known", never zero.
    """

    target: Target
    as_of: date
    value: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    base: int | None = None

    @property
    def about(self) -> Measure:
        """The indicator."""
        return self.target.about

    @property
    def period(self) -> Period:
        """The period of the target."""
        return self.target.days_meant

    @property
    def reached(self) -> Decimal | None:
        """What was reached, measured as the target is: a number, a percentage, a rate."""
        if self.target.basis == Basis.OWN:
            return share(self.numerator, self.denominator, Decimal(self.about.per))
        if self.target.is_percent:
            return share(self.value, self.base)
        return None if self.value is None else Decimal(self.value)

    @property
    def needed(self) -> Decimal | None:
        """The number the target comes to: 80% of 5,000 people are 4,000; None where unknown."""
        if self.target.basis == Basis.NUMBER:
            return self.target.value
        if self.target.basis == Basis.OWN:
            of, per = self.denominator, Decimal(self.about.per)
        else:
            of, per = self.base, HUNDRED
        return self.target.value * of / per if of else None

    @property
    def percent(self) -> Decimal | None:
        """What was reached in percent of the target; None where either is not known."""
        return share(self.reached, self.target.value)

    @property
    def is_over(self) -> bool:
        """Whether more was reached than the target asks."""
        return self.percent is not None and self.percent > HUNDRED

    @property
    def elapsed(self) -> int:
        """How many days of the period have passed by the day the figures speak of."""
        return max(0, min((self.as_of - self.period.start).days + 1, self.period.days))

    @property
    def elapsed_share(self) -> Decimal:
        """The part of the period that has passed."""
        return Decimal(self.elapsed) / self.period.days

    @property
    def is_early(self) -> bool:
        """Whether too little of the period has passed to say anything of its end."""
        return self.elapsed_share < TOO_EARLY

    @property
    def due_percent(self) -> Decimal | None:
        """What should be reached by now: the passed share of the period; of a rate, all of it."""
        if self.is_early:
            return None
        return HUNDRED if self.about.kind is Kind.RATIO else self.elapsed_share * HUNDRED

    @property
    def shortfall(self) -> Decimal | None:
        """Percentage points between what should be reached by now and what is; below 0: ahead."""
        if self.percent is None or self.due_percent is None:
            return None
        return self.due_percent - self.percent

    @property
    def is_behind(self) -> bool:
        """Whether less was reached than the passed share of the period."""
        return self.shortfall is not None and self.shortfall > 0


@dataclass(frozen=True)
class Together:
    """Several units put together: sums, and what is worked out from them."""

    done: Decimal
    needed: Decimal | None
    reached: Decimal | None
    known: int
    units: int

    @property
    def percent(self) -> Decimal | None:
        """What was reached by all in percent of what all were to reach: Σn/Σd."""
        return share(self.done, self.needed)


def share(
    part: Decimal | int | None, whole: Decimal | int | None, per: Decimal = HUNDRED
) -> Decimal | None:
    """Part by whole; None where one of them is not known or there is nothing to divide by."""
    if part is None or not whole:
        return None
    return Decimal(part) * per / Decimal(whole)


def together(progresses: Iterable[Progress]) -> Together | None:
    """Units put together by their sums, ratios as Σn/Σd; None for what does not add up.

    Units without a figure or without a denominator are left out of both sums, and counted.
    """
    all_of_them = list(progresses)
    if not all_of_them or all_of_them[0].about.kind is Kind.DISTINCT:
        return None
    known = [one for one in all_of_them if one.reached is not None and one.needed is not None]
    if not known:
        return None
    done = sum((Decimal(_part(one) or 0) for one in known), Decimal(0))
    needed = sum((one.needed or Decimal(0) for one in known), Decimal(0))
    return Together(done, needed, _reached(known, done), len(known), len(all_of_them))


def _part(one: Progress) -> int | None:
    return one.numerator if one.about.is_ratio else one.value


def _reached(known: Sequence[Progress], done: Decimal) -> Decimal | None:
    """The rate of all, from their sums; a plain number is itself."""
    first = known[0]
    if first.target.basis == Basis.NUMBER:
        return done
    is_own = first.target.basis == Basis.OWN
    whole = sum((one.denominator if is_own else one.base) or 0 for one in known)
    return share(done, whole, Decimal(first.about.per) if is_own else HUNDRED)


def who_is_behind(progresses: Iterable[Progress]) -> list[Progress]:
    """Those that have reached less than the passed share of the period, the furthest behind first.

    A unit of which nothing is known is not among them: empty is not zero.
    """
    behind = [one for one in progresses if one.is_behind]
    return sorted(behind, key=lambda one: (-(one.shortfall or 0), one.target.unit.sort_key))
