"""Targets: shared out exactly, measured like every figure, never added up where that is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from campaign.models import Audience, ChangeEntry
from campaign.periods import Kind, Period, Scheme
from reporting.models import DeclaredFigure, Target
from reporting.targets.forecasts import forecast, run_rate
from reporting.targets.progress import Progress, together, who_is_behind
from reporting.targets.reading import measured, progress, targets_for, targets_of
from reporting.targets.rules import Basis
from reporting.targets.splitting import (
    gap_of,
    given_to,
    save_split,
    shares,
    split,
    units_beneath,
)
from tests.conftest import plant
from tests.reporting.oracle import Oracle
from tests.reporting.world import World
from units.models import CommunityTeam, Unit, UnitProfile

YEAR = Period.of(Kind.YEAR, 2026)
CALENDAR = Period.of(Kind.YEAR, 2026, scheme=Scheme.CALENDAR)


def target_for(unit: Unit, value: Any, code: str = "attendances", **more: Any) -> Target:
    """A target as it is kept."""
    period = more.pop("period", YEAR)
    made = Target(
        unit=unit, indicator=code, value=Decimal(value), scheme=str(period.scheme),
        period=period.code, **more,
    )  # fmt: skip
    made.full_clean()
    made.save()
    return made


def unsaved(code: str, value: Any, name: str = "Ấp Một", **more: Any) -> Target:
    """A target nobody keeps, for arithmetic."""
    period = more.pop("period", CALENDAR)
    unit = Unit(pk=len(name), name=name, short_name=name, path="0000001", sort_key=name)
    return Target(
        unit=unit, indicator=code, value=Decimal(value), scheme=str(period.scheme),
        period=period.code, starts_on=period.start, ends_on=period.end, **more,
    )  # fmt: skip


# --- Arithmetic, without a database ---------------------------------------------------------------


@given(st.integers(0, 10**9), st.lists(st.integers(0, 200_000), max_size=120))
def test_shares_come_to_the_whole_and_are_off_by_less_than_one(
    total: int, weights: list[int]
) -> None:
    parts = shares(total, weights)
    whole = sum(weights)
    assert sum(parts) == (total if whole else 0)
    for part, weight in zip(parts, weights, strict=True):
        exact = Decimal(total * weight) / whole if whole else 0
        assert abs(part - exact) < 1
        assert weight or not part


def test_what_is_left_goes_to_the_largest_remainders() -> None:
    assert shares(10, [1, 1, 1]) == [4, 3, 3]
    assert shares(100, [34, 33, 33]) == [34, 33, 33]
    assert shares(7, [50, 30, 20]) == [4, 2, 1]


def test_rates_of_several_units_are_worked_out_from_their_sums() -> None:
    two = [
        Progress(unsaved("roster_share", 80, "A", basis=Basis.OWN), date(2026, 6, 1), None, 1, 2),
        Progress(
            unsaved("roster_share", 80, "B", basis=Basis.OWN), date(2026, 6, 1), None, 99, 100
        ),
    ]
    all_of_them = together(two)
    assert round(all_of_them.reached, 2) == Decimal("98.04")  # not 74,5: never an average of rates
    assert round(two[0].percent, 1) == Decimal("62.5")
    unknown = Progress(
        unsaved("roster_share", 80, "C", basis=Basis.OWN), date(2026, 6, 1), None, 0, 0
    )
    assert unknown.reached is None
    assert unknown.percent is None  # nothing to divide by is not zero
    again = together([*two, unknown])
    assert (again.known, again.units, round(again.reached, 2)) == (2, 3, Decimal("98.04"))


def test_percentages_of_people_are_weighed_by_the_people() -> None:
    two = [
        Progress(
            unsaved("attendances", 50, "A", basis=Basis.ADULTS), date(2026, 6, 1), 300, base=1_000
        ),
        Progress(
            unsaved("attendances", 50, "B", basis=Basis.ADULTS), date(2026, 6, 1), 5_000, base=9_000
        ),
    ]
    assert [one.needed for one in two] == [500, 4_500]
    found = together(two)
    assert (found.done, found.needed, found.reached) == (5_300, 5_000, 53)
    assert found.percent == 106
    assert [one.is_over for one in two] == [False, True]
    nobody = Progress(unsaved("attendances", 50, basis=Basis.ADULTS), date(2026, 6, 1), 300)
    assert (nobody.reached, nobody.percent, nobody.needed) == (None, None, None)


def test_different_people_are_never_added_up() -> None:
    people = [Progress(unsaved("people", 100, name), date(2026, 6, 1), 60) for name in "AB"]
    assert together(people) is None


def test_the_forecast_shows_its_arithmetic() -> None:
    one = Progress(unsaved("attendances", 6_000), date(2026, 9, 30), 4_200)
    assert (one.elapsed, run_rate(4_200, 273, 365)) == (273, 5_615)
    told = forecast(one)
    assert (told.expected, round(told.percent, 1), told.is_enough) == (
        5_615, Decimal("93.6"), False,
    )  # fmt: skip
    assert told.words == (
        "Đến 30/09/2026 đạt 4.200 trong 273/365 ngày, trung bình 15,4/ngày → dự kiến 5.615, đạt"
        " 93,6% chỉ tiêu"
    )


def test_there_is_no_forecast_where_there_is_nothing_to_go_on_from() -> None:
    early = forecast(Progress(unsaved("attendances", 6_000), date(2026, 3, 13), 4_200))
    assert (early.expected, "một phần năm" in early.words) == (None, True)  # 72 of 365 days
    assert forecast(Progress(unsaved("attendances", 6_000), date(2026, 3, 14), 4_200)).expected
    silent = forecast(Progress(unsaved("attendances", 6_000), date(2026, 6, 1)))
    assert (silent.expected, "Chưa ghi nhận" in silent.words) == (None, True)
    teams = forecast(Progress(unsaved("teams", 100), date(2026, 9, 30), 75))
    assert (teams.expected, "75,0%" in teams.words) == (None, True)  # a stock has no pace
    over = forecast(Progress(unsaved("attendances", 6_000), date(2026, 12, 31), 6_600))
    assert (over.expected, "110,0%" in over.words) == (None, True)


def test_who_is_behind_is_measured_against_the_days_that_passed() -> None:
    day = date(2026, 7, 2)  # 183 of 365 days: 50,1%
    found = [
        Progress(unsaved("attendances", 1_000, name), day, value)
        for name, value in (
            ("half", 502),
            ("most", 900),
            ("some", 300),
            ("none", None),
            ("zero", 0),
        )
    ]
    behind = who_is_behind(found)
    assert [one.target.unit.name for one in behind] == ["zero", "some"]
    assert round(behind[1].shortfall, 1) == Decimal("20.1")
    rate = Progress(unsaved("roster_share", 80, basis=Basis.OWN), day, None, 3, 5)
    assert (rate.due_percent, rate.is_behind) == (100, True)  # a rate is due on every day
    assert not Progress(unsaved("attendances", 1_000), date(2026, 2, 1), 0).is_behind  # too early


def test_a_target_fits_its_indicator() -> None:
    for code, basis, value, field in (
        ("attendances", Basis.OWN, 5, "basis"),
        ("roster_share", Basis.NUMBER, 5, "basis"),
        ("adults_skilled", Basis.OWN, 120, "value"),
        ("attendances", Basis.NUMBER, "1.5", "value"),
        ("attendances", Basis.NUMBER, 0, "value"),
    ):
        with pytest.raises(ValidationError) as refused:
            unsaved(code, value, basis=basis).clean()
        assert list(refused.value.error_dict) == [field], code
    with pytest.raises(ValidationError):
        unsaved("teams", 5, audience_id=1).clean()
    unsaved("attendances_per_1000", 250, basis=Basis.OWN).clean()


# --- Reading --------------------------------------------------------------------------------------


@pytest.fixture
def at_home(province: SimpleNamespace) -> SimpleNamespace:
    """Populations of the communes; the hamlets have none."""
    for unit, people in ((province.an_hoa, 6_000), (province.binh_minh, 3_000)):
        UnitProfile.unscoped.create(unit=unit, year=2025, population=people, adults=people // 2)
    return province


def test_what_was_reached_equals_what_the_records_say(
    world: World, province: SimpleNamespace, lan: Any
) -> None:
    oracle = Oracle()
    codes = ("attendances", "people", "classes", "reach", "people_completed")
    audience = world.audiences[0]
    asked = []
    for period in (YEAR, Period.of(Kind.QUARTER, 2026, 1), CALENDAR):
        for unit in world.units:
            asked += [target_for(unit, 100, code, period=period) for code in codes]
            asked.append(target_for(unit, 90, "attendances", period=period, audience=audience))
    for as_of in (None, date(2026, 1, 3), date(2026, 1, 14)):
        for one in measured(asked, access=lan.access, as_of=as_of):
            unit, about = one.target.unit, one.target
            is_place = unit.level in ("province", "commune", "hamlet")
            expected = oracle.number(
                about.indicator, axis="place" if is_place else "owner", unit=unit,
                start=about.starts_on, end=min(as_of or about.ends_on, about.ends_on),
                where={"audience": str(audience.pk)} if about.audience_id else None,
            )  # fmt: skip
            assert one.value == expected, (about, as_of)


def test_a_stock_is_what_stands_on_the_day_and_is_never_summed_over_months(
    province: SimpleNamespace, lan: Any
) -> None:
    for hamlet, founded, ended in (
        (province.hoa_ut, date(2025, 8, 1), date(2026, 5, 1)),
        (province.hoa_tao, date(2025, 9, 1), None),
    ):
        CommunityTeam.unscoped.create(unit=hamlet, name="Tổ", founded_on=founded, ended_on=ended)
    target_for(province.an_hoa, 100, "teams", basis=Basis.HAMLETS)
    units, asked = [province.an_hoa], {"access": lan.access}
    in_april = progress(units, ["teams"], YEAR, as_of=date(2026, 4, 30), **asked)
    now = progress(units, ["teams"], YEAR, as_of=date(2026, 6, 30), **asked)
    key = (province.an_hoa.pk, "teams")
    assert (in_april[key].value, in_april[key].base, in_april[key].percent) == (2, 2, 100)
    assert (now[key].value, now[key].percent) == (1, 50)


def test_declared_figures_are_measured_by_their_own_rules(
    province: SimpleNamespace, lan: Any
) -> None:
    from tests.reporting.test_declared import declare

    for month, value in ((6, 5), (7, 10), (8, 30)):
        declare(province.an_hoa, value, period=f"2026-M{month:02}")  # a flow
        declare(province.an_hoa, 100 + month, code="platform_accounts", period=f"2026-M{month:02}")
    declare(province.binh_minh, 5)
    declare(province.an_hoa, 1, 2)
    declare(province.binh_minh, 99, 100)
    root, key = province.root, "documents_online"
    target_for(root, 100, "digital_signatures")
    target_for(root, 1_000, "platform_accounts")
    target_for(root, 98, key, basis=Basis.OWN)
    codes = ["digital_signatures", "platform_accounts", key]
    found = progress([root], codes, YEAR, access=lan.access)
    assert found[root.pk, "digital_signatures"].value == 50
    assert found[root.pk, "digital_signatures"].as_of == date(2026, 8, 14)  # declared so far
    assert found[root.pk, "platform_accounts"].value == 108
    assert round(found[root.pk, key].reached, 2) == Decimal("98.04")
    then = progress([root], codes, YEAR, access=lan.access, as_of=date(2026, 7, 20))
    assert then[root.pk, "digital_signatures"].value == 15
    assert not DeclaredFigure.unscoped.filter(unit=root).exists()


def test_many_units_cost_as_many_queries_as_two(at_home: SimpleNamespace, lan: Any) -> None:
    more = [
        plant(at_home.root, "commune", "commune", f"310{n:02}", f"Xã Số {n}") for n in range(12)
    ]
    communes = [at_home.an_hoa, at_home.binh_minh, *more]
    codes = ["attendances", "people", "teams", "digital_signatures", "adults_skilled"]
    for unit in communes:
        UnitProfile.unscoped.get_or_create(unit=unit, year=2026, defaults={"population": 9})
        for code in codes:
            basis = Basis.OWN if code == "adults_skilled" else Basis.NUMBER
            target_for(unit, 50, code, basis=basis)
    progress(communes[:2], codes, YEAR, access=lan.access)  # settles, warms

    def cost(units: list[Unit]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert len(progress(units, codes, YEAR, access=lan.access)) == len(units) * len(codes)
        return len(caught)

    assert cost(communes) == cost(communes[:2]) <= 14


def test_the_plan_column_asks_for_exactly_its_period(province: SimpleNamespace, lan: Any) -> None:
    year = target_for(province.an_hoa, 900)
    month = target_for(province.an_hoa, 60, period=Period.of(Kind.MONTH, 2026, 8))
    units, codes, quarter = [province.an_hoa], ["attendances"], Period.of(Kind.QUARTER, 2026, 3)
    key = (province.an_hoa.pk, "attendances")
    assert targets_of(units, codes, YEAR) == {key: year}
    assert targets_of(units, codes, quarter) == {}
    assert targets_for(units, codes, quarter, access=lan.access) == {key: year}
    august = targets_for(units, codes, month.days_meant, access=lan.access)
    assert august == {key: month}  # the own target before that of the year


def test_a_unit_has_one_target_for_one_thing(province: SimpleNamespace, words: Any) -> None:
    target_for(province.an_hoa, 900)
    target_for(province.an_hoa, 90, audience=words.elderly)
    for audience in (None, words.elderly):
        again = Target(
            unit=province.an_hoa, indicator="attendances", value=1, period="2026",
            audience=audience,
        )  # fmt: skip
        with pytest.raises(ValidationError, match="đã có chỉ tiêu"):
            again.full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save()


# --- Sharing out ----------------------------------------------------------------------------------


def test_a_target_is_shared_out_by_population_and_checked_against_the_one_above(
    at_home: SimpleNamespace, hanh: Any
) -> None:
    parent = target_for(at_home.root, 10_000, document_number="12/KH-UBND")
    quiet = plant(at_home.root, "commune", "commune", "31101", "Xã Chưa Rõ")
    proposed = split(parent, "population", hanh.access)
    assert {p.unit.short_name: p.value for p in proposed.parts} == {
        "An Hoà": 6_667, "Bình Minh": 3_333, "Chưa Rõ": None,
    }  # fmt: skip
    assert proposed.without == [quiet]  # named, not guessed
    assert proposed.total == 10_000
    values = {part.unit.pk: part.value for part in proposed.parts if part.value}
    stored = save_split(parent, "population", values, hanh.access, replaces=False)
    assert {(t.parent, t.rule, t.document_number) for t in stored} == {
        (parent, "population", "12/KH-UBND")
    }
    assert ChangeEntry.objects.filter(model="reporting.target", action="created").count() == 2
    values[at_home.binh_minh.pk] = Decimal(3_133)
    assert save_split(parent, "manual", values, hanh.access, replaces=False) == []  # never silently
    changed = save_split(parent, "manual", values, hanh.access, replaces=True)
    assert {t.unit: t.value for t in changed}[at_home.binh_minh] == 3_133
    parts, units = given_to(parent, hanh.access)
    gap = gap_of(parent, measured(parts, access=hanh.access), len(units))
    assert (gap.missing, gap.parts, gap.units, gap.is_closed) == (200, 2, 3, False)
    assert gap.words == "Σ đơn vị 9.800 / chỉ tiêu 10.000, còn thiếu 200."


def test_a_percentage_is_the_same_for_each_and_checked_by_its_people(
    at_home: SimpleNamespace, hanh: Any
) -> None:
    parent = target_for(at_home.root, 80, "vneid_confirmed", basis=Basis.ADULTS)
    proposed = split(parent, "equal", hanh.access)
    assert {part.value for part in proposed.parts} == {80}
    values = {at_home.an_hoa.pk: Decimal(80), at_home.binh_minh.pk: Decimal(50)}
    save_split(parent, "manual", values, hanh.access, replaces=False)
    parts, units = given_to(parent, hanh.access)
    gap = gap_of(parent, measured(parts, access=hanh.access), len(units))
    assert (gap.given, gap.missing) == (70, 10)  # (3.000 × 80% + 1.500 × 50%) / 4.500
    assert gap.words == "Σ đơn vị 70,0% / chỉ tiêu 80,0%, còn thiếu 10,0%."


def test_who_sets_targets_where(
    province: SimpleNamespace, hoa: Any, son: Any, hanh: Any, lan: Any, minh: Any
) -> None:
    of_commune = target_for(province.an_hoa, 100)
    of_hamlet = target_for(province.hoa_ut, 40)
    target_for(province.binh_minh, 77)
    target_for(province.khom_mot, 7)
    for person, seen, changed in (
        (hoa, {of_commune, of_hamlet}, {of_hamlet}),
        (son, {of_commune, of_hamlet}, {of_hamlet}),
    ):
        assert set(Target.objects.within(person.access.view)) == seen
        assert set(Target.objects.within(person.access.targets)) == changed
    assert Target.objects.within(hanh.access.targets).count() == 4
    for person in (lan, minh):
        assert not Target.objects.within(person.access.targets).exists()
        assert not person.access.may("targets")
    assert units_beneath(province.an_hoa, hoa.access) == [province.hoa_tao, province.hoa_ut]
    save_split(of_commune, "equal", {province.hoa_tao.pk: Decimal(50)}, hoa.access, replaces=False)
    with pytest.raises(Http404):
        save_split(
            of_commune, "equal", {province.khom_mot.pk: Decimal(1)}, hoa.access, replaces=False
        )
    everything = target_for(province.root, 1)
    with pytest.raises(Http404):
        save_split(everything, "equal", {province.an_hoa.pk: Decimal(1)}, hoa.access, replaces=True)


def test_an_audience_has_its_own_target(world: World, province: SimpleNamespace, lan: Any) -> None:
    audience = Audience.objects.get(code="a0")
    target_for(province.root, 10, audience=audience)
    assert progress([province.root], ["attendances"], YEAR, access=lan.access) == {}
    found = progress([province.root], ["attendances"], YEAR, access=lan.access, audience=audience)
    assert len(found) == 1
