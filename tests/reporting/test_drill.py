"""Behind every number stand its records, and their amounts add up to it."""

import random
from datetime import date

import pytest
from django.http import Http404

from campaign.periods import Kind, Period
from reporting.figures import figures, rows
from reporting.indicators import ALL, BY_CODE
from tests.reporting.test_figures import AXES, FLOWS, WINTER, YEAR, random_conditions

PEOPLE = ("people", "people_completed")


@pytest.mark.parametrize("axis", AXES)
def test_the_amounts_of_the_records_add_up_to_the_number(world, lan, axis):
    dice = random.Random(11)
    for code in FLOWS:
        for unit in dice.sample(world.units, 4):
            for where in ({}, random_conditions(world, dice, code)):
                for period in (YEAR, WINTER, Period.of(Kind.MONTH, 2026, 1)):
                    found = rows(
                        code, axis=axis, unit=unit, period=period, access=lan.access, where=where
                    )
                    listed = list(found)
                    assert len(listed) == found.count
                    assert sum(row.amount for row in listed) == found.amount
                    if code not in PEOPLE:
                        assert found.amount == (found.total or 0), (code, unit.name, where)
                    else:
                        assert found.amount >= (found.total or 0)


def test_those_who_keep_the_rosters_see_the_people_themselves(world, hoa, lan, province):
    for code in PEOPLE:
        asked = {"axis": "owner", "unit": province.an_hoa, "period": YEAR}
        people = rows(code, access=hoa.access, **asked)
        assert people.count == people.total == len(list(people))
        assert not people.note
        sessions = rows(code, access=lan.access, **asked)
        assert sessions.note
        assert sessions.total == people.total
        assert all(row.title != "Lê Thị Mai" for row in sessions)


def test_people_of_others_on_the_own_territory_stay_unnamed(world, hoa, province):
    found = rows("people", axis="place", unit=province.an_hoa, period=YEAR, access=hoa.access)
    assert all(row.title != "Lê Thị Mai" for row in found)


def test_people_are_narrowed_like_their_number(world, hoa, province):
    where = {"sex": "f", "age_band": "60+"}
    asked = {"axis": "owner", "period": YEAR, "access": hoa.access, "where": where}
    found = rows("people", unit=province.an_hoa, **asked)
    number = figures(["people"], units=[province.an_hoa], **asked)[province.an_hoa.pk]["people"]
    assert found.count == (number.value or 0)
    assert all(row.record.sex == "f" and row.record.birth_year <= 1966 for row in found)


def test_every_indicator_has_records_behind_it(world, lan, province):
    for one in ALL:
        found = rows(one.code, axis="owner", unit=province.root, period=YEAR, access=lan.access)
        assert found.columns
        assert len(found.page(1, 5)) == min(found.count, 5)
        for row in found.page(1, 5):
            for column in found.columns:
                column.value(row)


def test_pages_do_not_overlap(world, lan, province):
    found = rows("sessions", axis="owner", unit=province.root, period=WINTER, access=lan.access)
    paged = [row.record.pk for page in range(1, found.pages(3) + 1) for row in found.page(page, 3)]
    assert paged == [row.record.pk for row in found]
    assert len(set(paged)) == found.count


def test_a_page_of_records_costs_as_many_queries_for_five_as_for_one(
    world, lan, province, django_assert_max_num_queries
):
    found = rows("reach", axis="owner", unit=province.root, period=YEAR, access=lan.access)
    for size in (1, 50):
        with django_assert_max_num_queries(3):
            found.page(1, size)


def test_records_of_a_unit_nobody_may_look_up_are_missing(world, hoa, province):
    with pytest.raises(Http404):
        rows("classes", axis="owner", unit=province.khom_mot, period=YEAR, access=hoa.access)


def test_the_record_list_of_a_ratio_is_that_of_its_numerator(world, lan, province):
    found = rows("roster_share", axis="owner", unit=province.root, period=YEAR, access=lan.access)
    assert found.indicator is BY_CODE["sessions_with_roster"]
    assert found.amount == found.total


def test_dates_of_the_records_lie_in_the_period(world, lan, province):
    days = Period.between(date(2025, 12, 15), date(2026, 1, 3))
    found = rows("attendances", axis="owner", unit=province.root, period=days, access=lan.access)
    assert all(row.day in days for row in found)
