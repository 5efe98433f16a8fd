"""The figures themselves: for units, in a period, on behalf of somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from campaign.periods import Period
from campaign.portal.access import Access
from reporting.figures import registers
from reporting.figures.questions import Question, Where, conditions, shared_out
from reporting.figures.reading import PEOPLE_CODES, cells, has_cells, read
from reporting.indicators import Indicator, Kind, indicator
from reporting.models import Axis, DirtyMark, RollupState, VerificationRun
from reporting.rollups import STANDARD_KINDS, period_code, settle_if_due
from reporting.tallies import Tally
from units.models import Unit, UnitProfile


class Figure(NamedTuple):
    """One number of one unit: ``value`` None means nothing was recorded, never zero.

    A ratio has ``numerator`` and ``denominator`` instead; without a denominator it is unknown.
    """

    code: str
    value: int | None = None
    numerator: int | None = None
    denominator: int | None = None

    @property
    def indicator(self) -> Indicator:
        """What the number means."""
        return indicator(self.code)

    @property
    def ratio(self) -> Decimal | None:
        """Numerator by denominator (0.5 is half); None where there is nothing to divide by."""
        if self.numerator is None or not self.denominator:
            return None
        return Decimal(self.numerator) / Decimal(self.denominator)

    @property
    def shown(self) -> Decimal | int | None:
        """The number people read: the count, or the ratio per 100 or per 1,000."""
        if not self.indicator.is_ratio:
            return self.value
        return None if self.ratio is None else self.ratio * self.indicator.per

    @property
    def is_known(self) -> bool:
        """Whether there is a number at all."""
        return self.shown is not None


@dataclass(frozen=True)
class AsOf:
    """How fresh figures are, and when they were last compared with the records."""

    settled_at: datetime | None
    pending: int
    verified_at: datetime | None
    verified_ok: bool | None
    version: int

    @property
    def is_current(self) -> bool:
        """Whether every change is in the figures."""
        return not self.pending


def as_of() -> AsOf:
    """How fresh figures are; ``version`` grows whenever any of them may have changed."""
    settle_if_due()
    state = RollupState.objects.filter(pk=1).first()
    run = VerificationRun.objects.first()
    return AsOf(
        settled_at=state.settled_at if state else None,
        pending=DirtyMark.objects.count(),
        verified_at=run.at if run else None,
        verified_ok=run.is_ok if run else None,
        version=state.version if state else 0,
    )


def data_version() -> int:
    """Grows whenever any figure may have changed; the part of ``as_of`` that keys what is kept."""
    settle_if_due()
    return RollupState.objects.filter(pk=1).values_list("version", flat=True).first() or 0


def figures(
    codes: Iterable[str],
    *,
    axis: str,
    units: Sequence[Unit],
    period: Period,
    access: Access,
    where: Where | None = None,
) -> dict[int, dict[str, Figure]]:
    """The figures of some units in a period: {unit id: {code: figure}}.

    ``where`` narrows to values of dimensions, all at once; an indicator without such a dimension
    refuses (ValueError). A unit nobody may look up raises Http404.
    """
    settle_if_due()
    codes = list(codes)
    asked = conditions(where, codes)
    full, others = shared_out(units, access)
    axis = Axis(axis).value
    found = _answers(codes, full, Question(axis, period, asked))
    found |= _answers(codes, others, Question(axis, period, asked, owners=access.view.paths))
    return {unit.pk: found[unit.pk] for unit in units}


def own_here(
    codes: Iterable[str], *, unit: Unit, period: Period, access: Access
) -> dict[str, Figure]:
    """What a unit did itself on its own territory: the part of "here" that is not of others."""
    settle_if_due()
    shared_out([unit], access)
    question = Question(Axis.PLACE.value, period, owners=(unit.path,))
    return _answers(list(codes), [unit], question)[unit.pk]


def series(
    codes: Iterable[str], *, axis: str, unit: Unit, periods: Sequence[Period], access: Access
) -> list[dict[str, Figure]]:
    """The figures of one unit in several periods, in their order."""
    settle_if_due()
    codes = list(codes)
    full, _others = shared_out([unit], access)
    axis, owners = Axis(axis).value, None if full else access.view.paths
    stored: dict[tuple[int, str], Tally] = {}
    if full and has_cells(unit):
        names = [period_code(period) for period in periods if period.kind in STANDARD_KINDS]
        stored = cells(axis, [unit], names, codes)
    found = []
    for period in periods:
        tally = None
        if full and has_cells(unit) and period.kind in STANDARD_KINDS:
            tally = {unit.pk: stored.get((unit.pk, period_code(period)), Tally())}
        found.append(_answers(codes, [unit], Question(axis, period, owners=owners), tally)[unit.pk])
    return found


def _answers(
    codes: Sequence[str],
    units: Sequence[Unit],
    question: Question,
    tallies: dict[int, Tally] | None = None,
) -> dict[int, dict[str, Figure]]:
    if not units:
        return {}
    live = {
        code: registers.counted(code, units, question)
        for code in codes if code in registers.CODES
    }  # fmt: skip
    if tallies is None:
        needs_facts = any(indicator(code).kind is not Kind.STOCK for code in codes)
        tallies = read(codes, units, question) if needs_facts else {}
    population = populations(units, question.period) if "attendances_per_1000" in codes else {}
    found = {}
    for unit in units:
        registered = {code: numbers.get(unit.pk) for code, numbers in live.items()}
        found[unit.pk] = answered(codes, tallies.get(unit.pk), registered, population.get(unit.pk))
    return found


def answered(
    codes: Iterable[str],
    tally: Tally | None,
    registered: Mapping[str, int | None],
    population: int | None,
) -> dict[str, Figure]:
    """The figures of one unit: of what its facts add up to, its registers and its population.

    Live figures and those of a frozen report (reporting.closing) are worked out here alike.
    """
    found = {}
    for code in codes:
        one = indicator(code)
        if code in registered:
            found[code] = _from_register(one, registered[code], tally)
        elif tally and tally.facts:
            found[code] = _figure(one, tally, population)
        else:
            found[code] = Figure(code)
    return found


def _from_register(one: Indicator, number: int | None, tally: Tally | None) -> Figure:
    """A unit that recorded other things in the period, but none of these, has zero of them."""
    is_flow = one.kind is not Kind.STOCK
    return Figure(one.code, 0 if number is None and is_flow and tally and tally.facts else number)


def _figure(one: Indicator, tally: Tally, population: int | None) -> Figure:
    if one.code in PEOPLE_CODES:
        return Figure(one.code, tally.number_of(one.code))
    if one.kind is Kind.RATIO:
        below = population if one.denominator == "population" else _sum(tally, one.denominator)
        return Figure(one.code, None, _sum(tally, one.numerator), below)
    if not one.sum_of:
        return Figure(one.code, tally.counts[one.code])
    return Figure(one.code, sum([tally.counts[part] for part in one.sum_of]))


def _sum(tally: Tally, code: str) -> int:
    return sum(tally.counts[part] for part in indicator(code).parts)


def children(unit: Unit, *, axis: str, access: Access) -> list[Unit]:
    """The units one step down that figures are compared over, as they exist today.

    By place the province divides into communes; departments have no territory.
    """
    shared_out([unit], access)
    below = Unit.objects.filter(parent=unit).in_force().listed(access)
    if Axis(axis) is Axis.PLACE:
        below = below.filter(level__in=(Unit.Level.COMMUNE, Unit.Level.HAMLET))
    return list(below.order_by("level", "sort_key", "pk"))


def populations(units: Sequence[Unit], period: Period) -> dict[int, int]:
    """The population of units by the latest profile for the year of the period or before."""
    profiles = UnitProfile.unscoped.filter(
        unit__in=[unit.pk for unit in units], year__lte=period.end.year, population__isnull=False
    )
    return dict(profiles.order_by("year").values_list("unit_id", "population"))
