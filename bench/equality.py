"""Equality first: no time is worth looking at before every cell agrees with the records."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from bench import live
from bench.generate import DAYS, FIRST_DAY
from campaign.periods import Kind, Period, Scheme, slice_bounds, slice_key
from reporting.models import RollupCell
from reporting.rollups import period_code, slice_code

AXES, LEVELS = ("owner", "place"), ("province", "top")
KINDS = (Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.NINE, Kind.YEAR)


@dataclass
class Outcome:
    """How many cells and numbers were compared, and which differed."""

    cells: int = 0
    numbers: int = 0
    differing: list[str] = field(default_factory=list)

    def expect(self, where: str, stored: int, true: int) -> None:
        """Compare one number."""
        self.numbers += 1
        if stored != true:
            self.differing.append(f"{where}: the cell says {stored}, the records {true}")


def stored_periods() -> Iterator[tuple[str, date, date]]:
    """Name, first and last day of every period that has cells."""
    last = FIRST_DAY + timedelta(DAYS + 14)
    for number in range(slice_key(FIRST_DAY), slice_key(last) + 1):
        yield (slice_code(number), *slice_bounds(number))
    seen: set[str] = set()
    day = FIRST_DAY
    while day <= last:
        for scheme in Scheme:
            for kind in KINDS:
                period = Period.containing(day, kind, scheme)
                code = period_code(period)
                if code not in seen:
                    seen.add(code)
                    yield code, period.start, period.end
        day += timedelta(14)


def compare(periods: Iterable[tuple[str, date, date]], outcome: Outcome) -> None:
    """Every counter and both distinct counts of every cell of some periods."""
    names = {"people": "distinct_people", "people_completed": "distinct_completed"}
    codes = (*live.ADDITIVE, *live.DISTINCT)
    columns = [names.get(code, code) for code in codes]
    for code, first, last in periods:
        for axis in AXES:
            true: live.Figures = {}
            for level in LEVELS:
                true |= live.figures(live.on_django, first, last, axis, level)
            stored = {
                unit: numbers
                for unit, *numbers in RollupCell.objects.filter(axis=axis, period=code).values_list(
                    "unit_id", *columns
                )
            }
            nothing = [0] * len(codes)
            for unit in true.keys() | stored.keys():
                outcome.cells += 1
                for name, number in zip(codes, stored.get(unit, nothing), strict=True):
                    expected = true[unit].get(name, 0) if unit in true else 0
                    outcome.expect(f"{axis} {unit} {code} {name}", number, expected)


def compare_traits(periods: Iterable[tuple[str, date, date]], outcome: Outcome) -> None:
    """The detail of every cell of some periods: people and attendances by each trait."""
    asked = [("people", dim) for dim in live.PEOPLE_TRAITS] + [
        (code, dim)
        for code in ("attendances_on_roster", "attendances_counted")
        for dim in live.ATTENDANCE_TRAITS
    ]
    for period, first, last in periods:
        for axis in AXES:
            details = dict(
                RollupCell.objects.filter(axis=axis, period=period).values_list("unit_id", "detail")
            )
            for code, dim in asked:
                if code == "people" and period.startswith("s"):
                    continue  # half-months keep the people themselves instead
                true: dict[tuple[int, str], int] = {}
                for level in LEVELS:
                    true |= live.by_trait(live.on_django, code, dim, first, last, axis, level)
                stored = {
                    (unit, key): number
                    for unit, detail in details.items()
                    for key, number in detail.get(code, {}).get(dim, {}).items()
                    if number
                }
                for place in true.keys() | stored.keys():
                    outcome.expect(
                        f"{axis} {place[0]} {period} {code} by {dim} = {place[1]!r}",
                        stored.get(place, 0), true.get(place, 0),
                    )  # fmt: skip


def check(*, complete: bool, seed: int = 1, sample: int = 6) -> Outcome:
    """Compare all cells, or those of some periods; traits always of a few periods."""
    every = list(stored_periods())
    chosen = random.Random(seed)
    outcome = Outcome()
    months = [p for p in every if not p[0].startswith("s")]
    compare(every if complete else chosen.sample(every, sample), outcome)
    compare_traits(chosen.sample(months, 2), outcome)
    return outcome
