"""Figures say what the records say, on both axes, in every period, for whoever asks."""

import random
from datetime import date, timedelta

import pytest
from django.http import Http404
from django.utils import timezone

from activities.models import Activity, ExemplaryModel, ModelKind, Solution, SolutionField
from campaign.periods import Kind, Period, Scheme
from classes.models import ClassSession
from reporting.figures import as_of, breakdown, children, figures, series
from reporting.indicators import ALL, BY_CODE, PERSON_DIMS
from reporting.models import RollupCell
from tests.reporting.oracle import Oracle
from tests.reporting.world import World
from units.models import CommunityTeam, TeamMember, Unit, UnitProfile

FLOWS = [
    one.code for one in ALL
    if one.kind in ("flow", "distinct") and not one.code.startswith("solution")
]  # fmt: skip
AXES = ("owner", "place")
YEAR = Period.of(Kind.YEAR, 2026)
WINTER = Period.between(date(2025, 11, 1), date(2026, 3, 1))


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


def value(code, unit, access, *, axis="owner", period=YEAR, where=None):
    found = figures([code], axis=axis, units=[unit], period=period, access=access, where=where)
    return found[unit.pk][code].value


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


def random_conditions(world, dice, code):
    """One to three dimensions of an indicator, each with some value."""
    keys = {
        "audience": [str(word.pk) for word in world.audiences],
        "topic": [str(word.pk) for word in world.topics],
        "type": [str(word.pk) for word in world.types],
        "mode": ["in_person", "online", "home_visit"], "sex": ["f", "m", ""],
        "age_band": ["u16", "25-44", "45-59", "60+", ""], "minority": ["y", "n", ""],
        "disability": ["y", "n", ""],
    }  # fmt: skip
    dims = [dim.value for dim in BY_CODE[code].dims if dim.value in keys]
    picked = dice.sample(dims, dice.randrange(1, min(3, len(dims)) + 1))
    return {dim: dice.choice(keys[dim]) for dim in picked}


@pytest.mark.parametrize("axis", AXES)
def test_conditions_narrow_every_figure_exactly(world, lan, axis):
    oracle, dice = Oracle(), random.Random(7)
    for period in (YEAR, WINTER, Period.of(Kind.MONTH, 2026, 1)):
        for code in FLOWS:
            where = random_conditions(world, dice, code)
            found = figures(
                [code], axis=axis, units=world.units, period=period, access=lan.access, where=where
            )
            for unit in world.units:
                expected = oracle.number(
                    code, axis=axis, unit=unit, start=period.start, end=period.end, where=where
                )
                assert found[unit.pk][code].value == expected, (code, where, unit.name)


@pytest.mark.parametrize("axis", AXES)
def test_every_breakdown_is_what_the_records_say(world, lan, province, axis):
    oracle = Oracle()
    for unit in (province.root, province.an_hoa, province.hoa_ut):
        for period in (YEAR, WINTER):
            for code in ("attendances", "classes", "reach", "people", "people_completed"):
                for dim in BY_CODE[code].dims:
                    if dim.value == "remote":
                        continue
                    for part in breakdown(
                        code, dim, axis=axis, unit=unit, period=period, access=lan.access
                    ):
                        expected = oracle.number(
                            code,
                            axis=axis,
                            unit=unit,
                            start=period.start,
                            end=period.end,
                            where={dim.value: part.key},
                        )
                        assert part.value == expected, (code, dim, part, unit.name)


def test_the_parts_of_a_breakdown_add_up_to_the_figure(world, lan, province):
    for code in ("attendances", "classes", "reach", "activities", "people"):
        dims = PERSON_DIMS if code == "people" else BY_CODE[code].dims
        for dim in dims:
            for period in (YEAR, WINTER):
                asked = {"axis": "owner", "period": period, "access": lan.access}
                parts = breakdown(code, dim, unit=province.root, **asked)
                total = figures([code], units=[province.root], **asked)[province.root.pk][code]
                assert sum(part.value for part in parts) == total.value, (code, dim)


def test_the_province_has_one_total_on_both_axes(world, lan, province):
    by_owner, by_place = (
        figures(FLOWS, axis=axis, units=[province.root], period=YEAR, access=lan.access)
        for axis in AXES
    )
    assert by_owner == by_place


def test_units_of_the_province_add_up_to_it_and_people_never_to_less(world, lan, province):
    # Whatever belongs to the province itself is the rest.
    ids = [unit.pk for unit in children(province.root, axis="owner", access=lan.access)]
    units = list(Unit.unscoped.filter(pk__in=ids))
    own = Oracle()
    own.events = [event for event in own.events if len(event[1]) > 7]
    asked = {"axis": "owner", "period": YEAR, "access": lan.access}
    found = figures(FLOWS, units=units, **asked)
    for code in FLOWS:
        parts = sum(found[pk][code].value or 0 for pk in ids)
        whole = value(code, province.root, lan.access)
        if BY_CODE[code].is_additive:
            assert parts == own.number(
                code, axis="owner", unit=province.root, start=YEAR.start, end=YEAR.end
            )
        assert parts <= whole or not BY_CODE[code].is_additive


def test_distinct_people_are_at_most_their_attendances(world, lan):
    found = figures(
        ["people", "attendances_on_roster"], axis="owner", units=world.units, period=YEAR,
        access=lan.access,
    )  # fmt: skip
    for numbers in found.values():
        assert (numbers["people"].value or 0) <= (numbers["attendances_on_roster"].value or 0)


def test_attendances_and_people_reached_are_never_added(province, lan):
    world = World(province)
    held = world.training_class(unit=province.an_hoa, counting="headcount", mode="in_person")
    ClassSession.unscoped.filter(training_class=held).delete()
    session = world.session(held, status="held", held_on=date(2026, 1, 5))
    session.headcounts.all().delete()
    session.headcounts.create(people=42_000)
    campaign = world.activity(
        unit=province.an_hoa, type=world.types[0], starts_on=date(2026, 1, 6),
        households_visited=None,
    )  # fmt: skip
    campaign.headcounts.all().delete()
    campaign.sites.all().delete()
    campaign.headcounts.create(people=52_000)
    assert value("attendances", province.root, lan.access) == 42_000
    assert value("reach", province.root, lan.access) == 52_000
    assert value("communication_reach", province.root, lan.access) == 52_000


@pytest.mark.parametrize(
    ("scheme", "day", "year"),
    [
        (Scheme.ADMIN, date(2025, 12, 14), 2025), (Scheme.ADMIN, date(2025, 12, 15), 2026),
        (Scheme.CALENDAR, date(2025, 12, 15), 2025), (Scheme.CALENDAR, date(2026, 1, 1), 2026),
    ],
)  # fmt: skip
def test_a_day_falls_in_the_year_its_scheme_says(province, lan, scheme, day, year):
    World(province).activity(unit=province.an_hoa, starts_on=day)
    for asked in (2025, 2026):
        period = Period.of(Kind.YEAR, asked, scheme=scheme)
        expected = 1 if asked == year else None
        assert value("activities", province.an_hoa, lan.access, period=period) == expected


def test_nothing_recorded_is_not_zero(province, lan):
    World(province).activity(unit=province.an_hoa, starts_on=date(2026, 1, 5))
    assert value("classes", province.an_hoa, lan.access) == 0
    assert value("people", province.an_hoa, lan.access) == 0
    assert value("classes", province.binh_minh, lan.access) is None
    assert value("people", province.binh_minh, lan.access) is None
    share = figures(
        ["roster_share"], axis="owner", units=[province.an_hoa], period=YEAR, access=lan.access
    )[province.an_hoa.pk]["roster_share"]
    assert share.shown is None
    assert breakdown(
        "classes", "topic", axis="owner", unit=province.binh_minh, period=YEAR, access=lan.access
    ) == []  # fmt: skip


def test_a_ratio_divides_sums(province, lan):
    world = World(province)
    for unit, visited, reached in (
        (province.an_hoa, 10, 10), (province.binh_minh, 90, 0),
    ):  # fmt: skip
        world.activity(
            unit=unit, starts_on=date(2026, 1, 5), households_visited=visited,
            households_reached=reached,
        )  # fmt: skip
    share = figures(
        ["households_reached_share"], axis="owner", units=[province.root], period=YEAR,
        access=lan.access,
    )[province.root.pk]["households_reached_share"]  # fmt: skip
    assert (share.numerator, share.denominator, share.shown) == (10, 100, 10)


def test_attendances_per_1000_take_the_latest_population_known_by_then(province, lan):
    world = World(province)
    held = world.training_class(unit=province.an_hoa, counting="headcount")
    ClassSession.unscoped.filter(training_class=held).delete()
    session = world.session(held, status="held", held_on=date(2026, 1, 5))
    session.headcounts.all().delete()
    session.headcounts.create(people=30)
    for year, population in ((2024, 999), (2025, 10_000), (2027, 20_000)):
        UnitProfile.unscoped.create(unit=province.an_hoa, year=year, population=population)
    found = figures(
        ["attendances_per_1000"], axis="place", units=[province.an_hoa], period=YEAR,
        access=lan.access,
    )  # fmt: skip
    rate = found[province.an_hoa.pk]["attendances_per_1000"]
    if held.place_id == province.an_hoa.pk:
        assert rate.shown == 3
    found = figures(
        ["attendances_per_1000"], axis="owner", units=[province.an_hoa, province.binh_minh],
        period=YEAR, access=lan.access,
    )  # fmt: skip
    assert found[province.an_hoa.pk]["attendances_per_1000"].shown == 3
    assert found[province.binh_minh.pk]["attendances_per_1000"].shown is None


def test_remote_areas_are_those_their_profile_says(province, lan):
    world = World(province)
    UnitProfile.unscoped.create(unit=province.an_hoa, year=2025, is_island=True)
    UnitProfile.unscoped.create(unit=province.binh_minh, year=2025)
    for place in (province.hoa_ut, province.hoa_ut, province.khom_mot, None):
        made = world.activity(unit=province.education, place=place, starts_on=date(2026, 1, 5))
        made.sites.all().delete()
    parts = breakdown(
        "activities", "remote", axis="owner", unit=province.education, period=YEAR,
        access=lan.access,
    )  # fmt: skip
    assert {part.key: part.value for part in parts} == {"y": 2, "n": 1, "": 1}
    for key, number in {"y": 2, "n": 1, "": 1}.items():
        asked = {"remote": key}
        assert value("activities", province.education, lan.access, where=asked) == number


# --- registers ----------------------------------------------------------------------------


def test_stocks_are_taken_at_the_end_of_the_period_or_today(province, lan):
    today = timezone.localdate()
    for name, founded, ended in (
        ("old", date(2025, 1, 1), date(2025, 12, 14)), ("new", date(2025, 12, 10), None),
        ("next year", today + timedelta(days=400), None),
    ):  # fmt: skip
        team = CommunityTeam.unscoped.create(
            unit=province.hoa_ut, name=name, founded_on=founded, ended_on=ended
        )
        TeamMember.unscoped.create(team=team, full_name="Danh Tú", joined_on=founded)
    codes = ["teams", "team_members"]
    ask = {"axis": "place", "units": [province.an_hoa, province.binh_minh], "access": lan.access}
    in_2025 = figures(codes, period=Period.of(Kind.YEAR, 2025), **ask)
    month_before = figures(codes, period=Period.of(Kind.MONTH, 2025, 11), **ask)
    assert in_2025[province.an_hoa.pk]["teams"].value == 1
    assert in_2025[province.an_hoa.pk]["team_members"].value == 1
    assert in_2025[province.binh_minh.pk]["teams"].value == 0
    assert month_before[province.an_hoa.pk]["teams"].value == 1
    ahead = figures(codes, period=Period.of(Kind.YEAR, today.year + 2), **ask)
    assert ahead[province.an_hoa.pk]["teams"].value is None


def test_models_and_solutions_count_for_owner_and_place(province, lan):
    kind = ModelKind.objects.create(code="k", name_vi="K", name_en="K")
    for place, cancelled in ((province.hoa_ut, None), (None, None), (None, timezone.now())):
        ExemplaryModel.unscoped.create(
            unit=province.education, place=place, kind=kind, name="M",
            started_on=date(2025, 8, 1), cancelled_at=cancelled,
        )  # fmt: skip
    fields = [SolutionField.objects.create(code=c, name_vi=c, name_en=c) for c in "ab"]
    for word in (fields[0], fields[0], fields[1]):
        Solution.unscoped.create(
            unit=province.education, field=word, name="S", recognised_on=date(2026, 2, 1)
        )
    assert value("models", province.education, lan.access) == 2
    assert value("models", province.an_hoa, lan.access, axis="place") == 1
    assert value("models", province.root, lan.access, axis="place") == 2
    assert value("solutions", province.education, lan.access) == 3
    assert value("solution_fields", province.education, lan.access) == 2
    assert value("solutions", province.an_hoa, lan.access) is None


# --- whose figures ------------------------------------------------------------------------


def test_a_unit_nobody_may_look_up_is_missing(world, hoa, province):
    with pytest.raises(Http404):
        value("classes", province.khom_mot, hoa.access)
    with pytest.raises(Http404):
        children(province.khom_mot, axis="owner", access=hoa.access)


@pytest.mark.parametrize("axis", AXES)
def test_of_other_units_one_sees_only_what_one_owns(world, minh, province, axis):
    oracle = Oracle()
    own = minh.access.view.paths
    for unit in (province.an_hoa, province.binh_minh, province.science, province.root):
        for code in FLOWS:
            for period in (YEAR, WINTER):
                expected = oracle.number(
                    code, axis=axis, unit=unit, start=period.start, end=period.end, owners=own
                )
                found = value(code, unit, minh.access, axis=axis, period=period)
                assert found == expected, (code, unit.name)


def test_a_commune_sees_what_others_did_on_its_territory(province, hoa):
    World(province).activity(
        unit=province.education, place=province.hoa_ut, starts_on=date(2026, 1, 5)
    )
    assert value("activities", province.an_hoa, hoa.access, axis="place") == 1
    assert value("activities", province.an_hoa, hoa.access, axis="owner") is None


def test_children_follow_the_axis(province, lan, hoa):
    by_owner = children(province.root, axis="owner", access=lan.access)
    by_place = children(province.root, axis="place", access=lan.access)
    assert set(by_owner) - set(by_place) == {province.education, province.science}
    assert children(province.an_hoa, axis="place", access=hoa.access) == [
        province.hoa_tao, province.hoa_ut,
    ]  # fmt: skip


def test_an_indicator_refuses_a_condition_it_is_not_kept_by(province, lan):
    with pytest.raises(ValueError, match="sex"):
        value("classes", province.root, lan.access, where={"sex": "f"})
    with pytest.raises(ValueError, match="not broken down"):
        breakdown(
            "roster_share", "topic", axis="owner", unit=province.root, period=YEAR,
            access=lan.access,
        )  # fmt: skip


# --- how many queries ---------------------------------------------------------------------


def test_a_table_of_communes_is_one_query(world, lan, settings, django_assert_num_queries):
    as_of()
    settings.SETTLE_MODE = "beat"
    high = [unit for unit in world.units if len(unit.path) <= 14]
    for units in (high[:1], high):
        for period in (YEAR, Period.of(Kind.MONTH, 2026, 1, scheme=Scheme.CALENDAR)):
            with django_assert_num_queries(1):
                figures(FLOWS, axis="place", units=units, period=period, access=lan.access)


def test_a_year_of_months_is_one_query(world, lan, province, settings, django_assert_num_queries):
    as_of()
    settings.SETTLE_MODE = "beat"
    with django_assert_num_queries(1):
        found = series(
            FLOWS, axis="owner", unit=province.root, periods=YEAR.months(), access=lan.access
        )
    assert len(found) == 12


def test_hamlets_cost_two_queries_however_many(world, lan, settings, django_assert_num_queries):
    as_of()
    settings.SETTLE_MODE = "beat"
    deep = [unit for unit in world.units if len(unit.path) > 14]
    for units in (deep[:1], deep):
        with django_assert_num_queries(2):
            figures(FLOWS, axis="place", units=units, period=YEAR, access=lan.access)


def test_a_series_says_the_same_as_single_figures(world, lan, province):
    for unit in (province.root, province.hoa_ut):
        parts = [*YEAR.months()[:4], *WINTER.parts()]
        found = series(
            [*FLOWS, "teams", "roster_share"], axis="place", unit=unit, periods=parts,
            access=lan.access,
        )  # fmt: skip
        for period, numbers in zip(parts, found, strict=True):
            assert numbers == figures(
                [*FLOWS, "teams", "roster_share"], axis="place", units=[unit], period=period,
                access=lan.access,
            )[unit.pk]  # fmt: skip


def test_inline_figures_are_current_when_they_are_read(world, lan, province):
    before = value("activities", province.root, lan.access)
    version = as_of().version
    Activity.unscoped.filter(pk=Activity.unscoped.first().pk).update(cancelled_at=timezone.now())
    assert value("activities", province.root, lan.access) < before
    assert as_of().version > version
    assert as_of().is_current
    assert RollupCell.objects.exists()
