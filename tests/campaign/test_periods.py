"""Reporting periods tile the calendar and are made of half-month slices."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from campaign.periods import (
    Kind,
    Period,
    Scheme,
    months_of,
    slice_bounds,
    slice_key,
    today,
)

ONE_DAY = timedelta(days=1)
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
schemes = st.sampled_from(list(Scheme))
tiling_kinds = st.sampled_from([kind for kind in Kind if kind not in {Kind.NINE, Kind.RANGE}])
month_kinds = st.sampled_from([Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.NINE, Kind.YEAR])
ranges = st.builds(
    lambda start, length, scheme: Period.between(start, start + length * ONE_DAY, scheme),
    days,
    st.integers(0, 800),
    schemes,
)
periods = st.one_of(
    st.builds(Period.containing, days, st.sampled_from(list(Kind)), schemes), ranges
)


@given(days, tiling_kinds, schemes)
def test_a_day_lies_in_its_period_and_in_no_neighbour(day, kind, scheme):
    period = Period.containing(day, kind, scheme)
    assert day in period
    assert day not in period.previous()
    assert day not in period.next()


@given(days, tiling_kinds, schemes)
def test_periods_of_one_kind_leave_no_gap(day, kind, scheme):
    period = Period.containing(day, kind, scheme)
    assert period.previous().end + ONE_DAY == period.start
    assert period.next().start - ONE_DAY == period.end


@given(periods)
def test_there_and_back_is_the_same_period(period):
    assert period.previous().next() == period == period.next().previous()


@given(periods)
def test_a_code_reads_back_as_its_period(period):
    assert Period.parse(period.code, period.scheme) == period


@given(periods)
def test_slices_and_edges_hold_exactly_the_days_of_the_period(period):
    whole, leading, trailing = period.slices()
    spans = [leading, *map(slice_bounds, whole), trailing]
    covered = [
        start + n * ONE_DAY
        for start, end in filter(None, spans)
        for n in range((end - start).days + 1)
    ]
    assert covered == [period.start + n * ONE_DAY for n in range(period.days)]


@given(days, month_kinds, schemes)
def test_month_based_periods_are_whole_slices(day, kind, scheme):
    whole, leading, trailing = Period.containing(day, kind, scheme).slices()
    assert leading is trailing is None
    assert len(whole) == 2 * {"month": 1, "quarter": 3, "half": 6, "nine": 9, "year": 12}[kind]


@given(days)
def test_every_day_is_inside_its_slice_and_slices_follow_one_another(day):
    key = slice_key(day)
    start, end = slice_bounds(key)
    assert start <= day <= end
    assert slice_key(end + ONE_DAY) == key + 1
    assert slice_key(start - ONE_DAY) == key - 1


@given(periods)
def test_the_parts_of_a_trend_tile_the_period(period):
    parts = period.parts()
    assert parts[0].start == period.start
    assert parts[-1].end == period.end
    assert all(a.end + ONE_DAY == b.start for a, b in pairwise(parts))


@given(days, month_kinds, schemes)
def test_the_same_period_last_year_has_the_same_number(day, kind, scheme):
    period = Period.containing(day, kind, scheme)
    before = period.same_last_year()
    assert (before.year, before.number, before.kind) == (period.year - 1, period.number, kind)


def test_administrative_periods_close_on_the_14th():
    expected = {
        "2026-M06": "15/05/2026–14/06/2026",
        "2026-M01": "15/12/2025–14/01/2026",
        "2026-Q1": "15/12/2025–14/03/2026",
        "2026-Q4": "15/09/2026–14/12/2026",
        "2026-H1": "15/12/2025–14/06/2026",
        "2026-H2": "15/06/2026–14/12/2026",
        "2026-9M": "15/12/2025–14/09/2026",
        "2026": "15/12/2025–14/12/2026",
        "2026-W35": "24/08/2026–30/08/2026",
        "2026-08-01..2026-09-10": "01/08/2026–10/09/2026",
    }
    assert {code: Period.parse(code).dates_label for code in expected} == expected


def test_calendar_periods_follow_the_calendar():
    expected = {
        "2024-M02": "01/02/2024–29/02/2024",
        "2026-Q4": "01/10/2026–31/12/2026",
        "2026-H2": "01/07/2026–31/12/2026",
        "2026-9M": "01/01/2026–30/09/2026",
        "2026": "01/01/2026–31/12/2026",
    }
    found = {code: Period.parse(code, Scheme.CALENDAR).dates_label for code in expected}
    assert found == expected


def test_14_and_15_december_lie_in_different_administrative_years():
    assert Period.containing(date(2026, 12, 14), Kind.YEAR).year == 2026
    assert Period.containing(date(2026, 12, 15), Kind.YEAR).year == 2027
    assert Period.containing(date(2026, 12, 15), Kind.YEAR, "calendar").year == 2026


def test_after_september_the_nine_months_are_still_those_of_the_year():
    assert Period.containing(date(2026, 11, 22), Kind.NINE).code == "2026-9M"
    assert Period.containing(date(2026, 2, 1), "nine").code == "2026-9M"


@pytest.mark.parametrize(
    "code",
    ["", "2026-M13", "2026-M00", "2026-M9", "2026-Q5", "2026-Q0", "2026-H3", "26", "0000", "9999",
     "2026-W54", "2025-W53", "2026-W00", "2026-9M ", "2026-09-10..2026-08-01", "２０２６",
     "2026-02-30..2026-03-01", "0001-01-01..2026-01-01", "2026-q3", "x" * 500, "2026\n"],
)  # fmt: skip
def test_nonsense_is_no_period(code):
    with pytest.raises(ValueError, match=r".+"):
        Period.parse(code)


def test_a_scheme_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="lunar"):
        Period.parse("2026", "lunar")


def test_the_53rd_week_compares_with_the_last_week_of_the_year_before():
    assert Period.parse("2026-W53").same_last_year().code == "2025-W52"


def test_a_leap_day_compares_with_28_february():
    period = Period.between(date(2024, 2, 29), date(2024, 3, 5))
    assert period.same_last_year().code == "2023-02-28..2023-03-05"


def test_a_year_has_twelve_months_and_a_week_seven_days():
    assert [month.code for month in months_of(Period.parse("2026"))][::11] == [
        "2026-M01",
        "2026-M12",
    ]
    assert len(Period.parse("2026-Q2").parts()) == 3
    assert len(Period.parse("2026-W20").parts()) == 7


def test_a_range_within_one_slice_is_only_an_edge():
    period = Period.between(date(2026, 9, 3), date(2026, 9, 10))
    whole, leading, trailing = period.slices()
    assert not whole
    assert (leading, trailing) == ((period.start, period.end), None)


def test_labels_are_said_in_the_readers_language():
    period = Period.parse("2026-Q4")
    with translation.override("en"):
        assert str(period.label) == str(period) == "Quarter IV of 2026"
        assert str(period.cutoff_label) == "Figures up to 14/12/2026"
        assert str(Period.parse("2026-M09").label) == "Month 9 of 2026"
        assert str(Period.parse("2026-H1").label) == "First half of 2026"
        assert str(Period.parse("2026-08-01..2026-08-01").label) == "01/08/2026"


def test_short_labels_fit_under_a_chart():
    codes = ["2026-M09", "2026-Q4", "2026", "2026-W35", "2026-08-01..2026-08-01"]
    shown = [Period.parse(code).short_label for code in codes]
    assert shown == ["9/2026", "IV/2026", "2026", "24/08–30/08", "01/08"]


@time_machine.travel("2026-12-14T17:30:00Z", tick=False)
def test_today_is_the_date_in_vietnam():
    assert today() == date(2026, 12, 15)
    assert Period.containing(today(), Kind.YEAR).year == 2027
    assert Period.parse("2026").is_over
