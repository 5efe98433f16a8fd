"""Equality first: no time is worth looking at before every cell agrees with the records."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from pyroaring import BitMap

from bench import live
from bench.generate import DAYS, FIRST_DAY
from campaign.periods import Kind, Period, Scheme, slice_bounds, slice_key
from reporting.models import RollupCell
from reporting.rollups import period_code, slice_code
from units.models import Unit

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


CODES = (*live.ADDITIVE, *live.DISTINCT)
_COLUMN = {"people": "distinct_people", "people_completed": "distinct_completed"}


def compare_cells(
    code: str, axis: str, true: Mapping[int, Mapping[str, int]], outcome: Outcome
) -> None:
    """Every counter and both distinct counts of every cell of one period."""
    rows = RollupCell.objects.filter(axis=axis, period=code).values_list(
        "unit_id", *(_COLUMN.get(name, name) for name in CODES)
    )
    stored = {unit: numbers for unit, *numbers in rows}
    nothing = [0] * len(CODES)
    for unit in true.keys() | stored.keys():
        outcome.cells += 1
        expected = true.get(unit, {})
        for name, number in zip(CODES, stored.get(unit, nothing), strict=True):
            outcome.expect(f"{axis} {unit} {code} {name}", number, expected.get(name, 0))


def compare(periods: Iterable[tuple[str, date, date]], outcome: Outcome) -> None:
    """The cells of some periods, each asked from the records by itself."""
    for code, first, last in periods:
        for axis in AXES:
            true: live.Figures = {}
            for level in LEVELS:
                true |= live.figures(live.on_django, first, last, axis, level)
            compare_cells(code, axis, true, outcome)


def compare_everything(outcome: Outcome) -> None:
    """Every cell. Half-months are asked from the records; longer periods are exact unions of
    them, so that counters are added here, and the people of each are put together by name."""
    every = list(stored_periods())
    slices = [found for found in every if found[0].startswith("s")]
    root = Unit.unscoped.get(level=Unit.Level.PROVINCE).pk
    for axis in AXES:
        counts: dict[str, live.Figures] = {}
        people: dict[str, dict[str, dict[int, BitMap]]] = {}
        for code, first, last in slices:
            counts[code] = {}
            for level in LEVELS:
                counts[code] |= live.figures(live.on_django, first, last, axis, level)
            compare_cells(code, axis, counts[code], outcome)
            people[code] = {
                name: _bitmaps(live.who(live.on_django, name, first, last, axis), root)
                for name in live.DISTINCT
            }
        for code, first, last in every:
            if code.startswith("s"):
                continue
            inside = [slice_code(n) for n in range(slice_key(first), slice_key(last) + 1)]
            inside = [name for name in inside if name in counts]
            compare_cells(code, axis, _united(inside, counts, people), outcome)


def _bitmaps(who: Mapping[str, set[int]], root: int) -> dict[int, BitMap]:
    found = {int(unit): BitMap(persons) for unit, persons in who.items() if unit}
    found[root] = BitMap.union(BitMap(), *(BitMap(persons) for persons in who.values()))
    return found


def _united(
    inside: list[str],
    counts: Mapping[str, live.Figures],
    people: Mapping[str, Mapping[str, Mapping[int, BitMap]]],
) -> dict[int, dict[str, int]]:
    """What some half-months are together."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name in inside:
        for unit, numbers in counts[name].items():
            for code in live.ADDITIVE:
                found[unit][code] += numbers.get(code, 0)
    for code in live.DISTINCT:
        for unit in {unit for name in inside for unit in people[name][code]}:
            sets = [people[name][code][unit] for name in inside if unit in people[name][code]]
            found[unit][code] = len(BitMap.union(*sets))
    return found


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


def check(*, complete: bool, seed: int = 1, sample: int = 4) -> Outcome:
    """Compare all cells, or those of some periods; traits always of a few periods."""
    every = list(stored_periods())
    chosen = random.Random(seed)
    outcome = Outcome()
    months = [p for p in every if not p[0].startswith("s")]
    if complete:
        compare_everything(outcome)
    compare(chosen.sample(every, 2 if complete else sample), outcome)
    compare_traits(chosen.sample(months, 1), outcome)
    return outcome
