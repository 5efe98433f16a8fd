"""An Giang at full size: 1,035 teams, 7,991 members, every hamlet, 4,952,238 people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Sum

from campaign.periods import Kind, Period, today
from reporting import rollups
from reporting.demo import build
from reporting.demo.scenarios import scenarios
from tests.reporting.playing import (
    PASSWORD,
    kept,
    number,
    province,
    told,
)
from units.models import CommunityTeam, TeamMember, Unit, UnitProfile


@pytest.fixture(scope="module")
def all_teams(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    with kept(django_db_blocker):
        build.play(scenarios()["an-giang"], PASSWORD)
        rollups.rebuild()
        yield


def test_an_giang_has_1_035_teams_with_7_991_members_in_every_hamlet(all_teams, db):
    root, now = province("91"), today()
    month = Period.containing(now, Kind.MONTH)
    assert number("teams", root, month) == 1_035
    assert number("team_members", root, month) == 7_991
    active = CommunityTeam.unscoped.active_on(now)
    assert active.count() == 1_035
    assert TeamMember.unscoped.serving_on(now).count() == 7_991
    hamlets = Unit.unscoped.hamlets().below(root).in_force()
    assert hamlets.count() == 1_035
    covered = set(active.values_list("unit_id", flat=True))
    assert covered == set(hamlets.values_list("pk", flat=True))
    communes = Unit.unscoped.communes().below(root).in_force()
    assert communes.count() == 102
    assert not communes.exclude(children__pk__in=covered).exists()


def test_teams_and_members_of_the_past_do_not_count_any_more(all_teams, db):
    assert CommunityTeam.unscoped.filter(ended_on__isnull=False).exists()
    assert TeamMember.unscoped.filter(left_on__isnull=False).exists()
    assert TeamMember.unscoped.count() > 7_991
    before = Period.of(Kind.YEAR, 2023)
    assert 0 < number("teams", province("91"), before) < 1_035


def test_people_of_an_giang_add_up_from_hamlet_to_province(all_teams, db):
    root = province("91")
    whole = UnitProfile.unscoped.get(unit=root).population
    communes = UnitProfile.unscoped.filter(unit__level=Unit.Level.COMMUNE)
    hamlets = UnitProfile.unscoped.filter(unit__level=Unit.Level.HAMLET)
    assert whole == 4_952_238
    assert communes.aggregate(people=Sum("population"))["people"] == whole
    assert hamlets.aggregate(people=Sum("population"))["people"] == whole
    assert communes.get(unit__short_name="Rạch Giá").population == 250_661
    assert communes.filter(unit__short_name="Định Hòa", is_minority_majority=True).exists()
    islands = communes.filter(is_island=True).values_list("unit__short_name", flat=True)
    assert {"Phú Quốc", "Thổ Châu", "Kiên Hải"} <= set(islands)


def test_the_sentence_of_an_giang_comes_out_of_its_register(all_teams, db):
    day = f"{today():%d/%m/%Y}"
    assert told("teams", province("91"), Period.containing(today(), Kind.YEAR)) == (
        f"Đến ngày {day}, toàn tỉnh có 1.035 Tổ công nghệ số cộng đồng với 7.991 thành viên, phủ "
        "100% số xã, phường, đặc khu và 100% số thôn, ấp, khu phố.",
        f"On {day}, the whole province had 1,035 community digital technology teams with 7,991 "
        "members, covering 100% of communes, wards and special zones and 100% of hamlets and "
        "quarters.",
    )
