"""Figures say what the records say, on both axes, in every period, for whoever asks."""

from datetime import date

import pytest

from campaign.periods import Kind, Period, Scheme
from reporting.figures import figures
from reporting.indicators import ALL
from tests.reporting.oracle import Oracle

FLOWS = [
    one.code for one in ALL
    if one.kind in ("flow", "distinct") and not one.code.startswith("solution")
]  # fmt: skip
AXES = ("owner", "place")


def periods():
    """Standard periods of both schemes, and days that fit no scheme."""
    for scheme in Scheme:
        yield Period.of(Kind.YEAR, 2026, scheme=scheme)
        yield Period.of(Kind.YEAR, 2025, scheme=scheme)
        yield Period.of(Kind.MONTH, 2025, 12, scheme=scheme)
        yield Period.of(Kind.QUARTER, 2026, 1, scheme=scheme)
        yield Period.of(Kind.HALF, 2026, 1, scheme=scheme)
        yield Period.of(Kind.NINE, 2026, scheme=scheme)
    yield Period.of(Kind.WEEK, 2025, 51)
    yield Period.between(date(2025, 12, 3), date(2026, 1, 22))
    yield Period.between(date(2025, 12, 9), date(2025, 12, 12))


@pytest.mark.parametrize("axis", AXES)
def test_every_figure_is_what_the_records_say(world, lan, axis):
    oracle = Oracle()
    for period in periods():
        found = figures(FLOWS, axis=axis, units=world.units, period=period, access=lan.access)
        for unit in world.units:
            for code in FLOWS:
                expected = oracle.number(
                    code, axis=axis, unit=unit, start=period.start, end=period.end
                )
                assert found[unit.pk][code].value == expected, (code, unit.name, period.code)
