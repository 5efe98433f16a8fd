"""The demonstration province, built small: it keeps faith with its records and with people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError
from django.db.models import Count, F, Q
from django.urls import reverse

from accounts.access import Access
from accounts.models import Posting, User
from activities.models import (
    Activity,
    ExemplaryModel,
)
from campaign import settings as portal
from campaign.models import CampaignSettings
from campaign.periods import Kind, Period, today
from campaign.portal.imports import batches
from classes.duplicates import Pairs
from classes.models import (
    Participant,
    TrainingClass,
)
from reporting.demo import build
from reporting.demo.names import Names
from reporting.demo.scenarios import scenarios
from reporting.demo.sums import shares
from reporting.figures import breakdown, figures
from reporting.verification import verify
from tests.reporting.playing import (
    PASSWORD,
    demo,
    kept,
    leader,
    province,
    unit,
)
from units.models import CommunityTeam, TeamMember, Unit, UnitProfile

SMALL = 0.05


@pytest.fixture(scope="module")
def small(django_db_setup: Any, django_db_blocker: Any) -> Iterator[str]:
    """A twentieth of the demonstration province; what the command said while building it."""
    with kept(django_db_blocker):
        yield demo(size=SMALL, password=PASSWORD)


def test_the_command_says_who_may_sign_in(small, db, settings):
    settings.PASSWORD_HASHERS = portal.PASSWORD_HASHERS  # the province was built with the real ones
    hoa = User.objects.get(username="hoa")
    assert hoa.check_password(PASSWORD)
    assert PASSWORD in small
    for username in ("hoa", "bao", "son", "tu", "minh", "nga", "hanh", "lan", "quan", "thao"):
        user = User.objects.get(username=username)
        assert username in small
        assert user.password == hoa.password
        assert user.is_demo
        assert not user.must_change_password


def test_hoa_works_in_dinh_hoa_and_tu_in_hoa_ut(small, db):
    posted = {p.user.username: p for p in Posting.unscoped.select_related("user", "unit")}
    assert posted["hoa"].unit == unit("30958")
    assert posted["tu"].unit.name == "Ấp Hòa Út"
    assert posted["tu"].unit.parent == unit("30958")
    assert not Access.of(posted["bao"].user).edit.covers(unit("30958").path)


def test_building_again_changes_nothing(small, db):
    before = [model.unscoped.count() for model in (TrainingClass, Activity, Participant, Unit)]
    assert "nothing was changed" in demo()
    assert before == [
        model.unscoped.count() for model in (TrainingClass, Activity, Participant, Unit)
    ]


def test_figures_of_the_demonstration_equal_its_records(small, db):
    run = verify(repair=False)
    assert run.cells > 1000
    assert run.differing == 0


def test_an_giang_of_the_demonstration_has_its_people_and_a_team_in_every_hamlet(small, db):
    root = province("91")
    assert UnitProfile.unscoped.get(unit=root).population == 4_952_238
    hamlets = Unit.unscoped.hamlets().below(root)
    covered = CommunityTeam.unscoped.active_on(today()).values("unit")
    assert not hamlets.exclude(pk__in=covered).exists()
    assert root.children.filter(level=Unit.Level.DEPARTMENT).count() == 18


def test_quiet_communes_have_nothing_this_quarter_and_others_have_zeros(small, db):
    quarter = Period.containing(today(), Kind.QUARTER)
    root = province("91")
    communes = list(Unit.unscoped.communes().below(root).in_force())
    found = figures(
        ["activities", "contests"],
        axis="place",
        units=communes,
        period=quarter,
        access=leader(root),
    )
    quiet = {u.short_name for u in communes if found[u.pk]["activities"].value is None}
    assert {"Thổ Châu", "Hòn Nghệ", "Vân Khánh"} <= quiet
    assert any(found[u.pk]["contests"].value == 0 for u in communes)


def test_records_are_kept_in_every_way_the_portal_knows(small, db):
    counting = set(TrainingClass.unscoped.values_list("counting", flat=True))
    assert counting == {"headcount", "roster", "both"}
    assert TrainingClass.unscoped.filter(cancelled_at__isnull=False).exists()
    assert TrainingClass.unscoped.filter(starts_on__gt=today()).exists()
    assert TrainingClass.unscoped.missing_attendance(today()).exists()
    again = Participant.unscoped.annotate(times=Count("enrolments")).filter(times__gt=1)
    assert again.exists()
    assert Participant.unscoped.filter(merged_into__isnull=False).exists()
    officer = User.objects.get(username="hoa")
    assert Pairs(Access.of(officer)).count() >= 1
    used = set(Activity.unscoped.values_list("type__code", flat=True))
    assert len(used) == 19
    assert ExemplaryModel.unscoped.filter(ended_on=None).count() >= 59


def test_no_record_stands_before_its_unit_existed(small, db):
    for model, day in ((TrainingClass, "starts_on"), (Activity, "starts_on")):
        for side in ("unit", "place"):
            late = Q(**{f"{side}__valid_from__gt": F(day)})
            ended = Q(**{f"{side}__valid_to__lt": F(day)})
            assert not model.unscoped.filter(late | ended).exists(), (model, side)


def test_minorities_come_less_often_than_they_live_here(small, db):
    root = province("91")
    year = Period.between(date(2024, 1, 1), today())
    parts = breakdown(
        "attendances", "minority", axis="owner", unit=root, period=year, access=leader(root)
    )
    known = {part.key: part.value or 0 for part in parts}
    profile = UnitProfile.unscoped.get(unit=root)
    share = known["y"] / (known["y"] + known["n"])
    assert 0 < share < profile.ethnic_minority / profile.population


def test_nothing_in_the_demonstration_is_real(small, db):
    phones = [
        *Participant.unscoped.exclude(phone="").values_list("phone", flat=True),
        *TeamMember.unscoped.exclude(phone="").values_list("phone", flat=True),
        *Unit.unscoped.exclude(contact_phone="").values_list("contact_phone", flat=True),
        *User.objects.exclude(phone="").values_list("phone", flat=True),
    ]
    assert phones
    assert all(phone.startswith("0900000") and len(phone) == 10 for phone in phones)
    assert build.real_records() == {}
    assert CampaignSettings.objects.get().is_demo
    sources = set(UnitProfile.unscoped.values_list("source", flat=True))
    assert sources == {"Dữ liệu minh họa"}


def test_the_demonstration_is_refused_beside_real_records(small, db):
    area = unit("30958")
    CommunityTeam.unscoped.create(unit=area, name="Tổ thật", founded_on=today())
    with pytest.raises(CommandError, match="not demonstration data"):
        demo(fresh=True, size=SMALL)
    with pytest.raises(CommandError, match="not demonstration data"):
        demo(scenario="son-la-2025")
    assert "nothing was changed" in demo()


def test_clearing_leaves_the_official_units_only(small, db):
    build.clear()
    assert not TrainingClass.unscoped.exists()
    assert not CommunityTeam.unscoped.exists()
    assert not User.objects.filter(is_demo=True).exists()
    assert not Unit.unscoped.filter(is_demo=True).exists()
    assert Unit.unscoped.communes().below(province("91")).in_force().count() == 102


def test_a_scenario_nobody_knows_is_refused_with_the_names_of_those_there_are(db):
    with pytest.raises(CommandError, match="lam-dong-2025"):
        demo(scenario="atlantis")
    assert demo(list=True).count("\n") == len(scenarios())


# --- The small parts ------------------------------------------------------------------------


@pytest.mark.parametrize("total", [0, 1, 7, 52_000])
def test_shares_add_up_to_the_whole(total):
    assert sum(shares(total, [0.2, 3, 1.7, 0])) == total


def test_nobody_gets_less_than_the_least():
    assert min(shares(100, [0, 1, 1000], least=5)) == 5
    with pytest.raises(ValueError, match="cannot be divided"):
        shares(4, [1, 1], least=5)


def test_the_same_seed_makes_up_the_same_people():
    first, second = Names("a"), Names("a")
    assert [first.person("f") for _n in range(20)] == [second.person("f") for _n in range(20)]
    assert first.phone() == "0900000001"


@pytest.mark.parametrize(
    ("kind", "address"), [("classes", "classes:list"), ("activities", "activities:list")]
)
def test_the_lists_of_a_commune_come_back_unchanged(small, db, client, kind, address):
    hoa = User.objects.get(username="hoa")
    client.force_login(hoa, backend="django.contrib.auth.backends.ModelBackend")
    content = client.get(reverse(address), {"format": "xlsx"}).content
    batch = batches.take(
        SimpleUploadedFile("danh-sach.xlsx", content), kind=kind, access=Access.of(hoa)
    )
    batches.start_check(batch, access=Access.of(hoa))
    told = {name: count for name, count in batch.counts.items() if count}
    assert told.keys() <= {"unchanged", "skipped"}
    assert told["unchanged"] > 1
