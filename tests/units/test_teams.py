"""Community teams: founded, changed, ended; right on every past day; seen by the right people."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from campaign.models import ChangeEntry, Draft
from units.models import CommunityTeam, TeamMember

JULY = date(2025, 7, 15)


def as_seen(response: Any) -> str:
    """A page without what differs between any two requests: the token and the own address."""
    text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    return text.replace(response.wsgi_request.get_full_path(), "ADDRESS")


def found(unit: Any, name: str = "Tổ công nghệ số Ấp Hoà Út", **more: Any) -> CommunityTeam:
    team = CommunityTeam(unit=unit, name=name, **{"founded_on": JULY, **more})
    team.clean()
    team.save()
    return team


def join(team: CommunityTeam, name: str, **more: Any) -> TeamMember:
    member = TeamMember(team=team, full_name=name, **{"joined_on": JULY, **more})
    member.clean()
    member.save()
    return member


def entry(unit: Any, *members: dict[str, Any], initial: int = 0, **more: Any) -> dict[str, Any]:
    """What the form sends."""
    sent = {
        "unit": unit.pk,
        "name": "Tổ công nghệ số Ấp Hoà Út",
        "decision_number": "45/QĐ-UBND",
        "decided_on": "10/07/2025",
        "founded_on": "15/07/2025",
        "note": "",
        "members-TOTAL_FORMS": len(members),
        "members-INITIAL_FORMS": initial,
        "members-MIN_NUM_FORMS": 0,
        "members-MAX_NUM_FORMS": 200,
        **more,
    }
    for number, member in enumerate(members):
        row = {
            "full_name": "",
            "role": "member",
            "background": "other",
            "sex": "",
            "birth_year": "",
            "phone": "",
            "joined_on": "",
            "left_on": "",
            **member,
        }
        sent |= {f"members-{number}-{key}": value for key, value in row.items()}
    return sent


@pytest.fixture
def team(province: SimpleNamespace) -> CommunityTeam:
    found_team = found(province.hoa_ut, decision_number="45/QĐ-UBND", decided_on=date(2025, 7, 10))
    join(found_team, "Danh Tú", role="leader", phone="0912345678", birth_year=1980)
    join(found_team, "Thị Sa", sex="f", left_on=date(2025, 12, 31))
    return found_team


def test_a_team_and_its_members_are_saved_together(
    hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    response = hoa.client.post(
        "/teams/new/",
        entry(
            province.hoa_ut,
            {
                "full_name": "  Danh  Tú ",
                "role": "leader",
                "background": "hamlet_head",
                "phone": "+84 912 345 678",
                "birth_year": "1980",
            },
            {"full_name": "Thị Sa", "sex": "f", "joined_on": "01/08/2025"},
            {},
        ),
    )
    saved = CommunityTeam.unscoped.get()
    assert response.url == reverse("teams:detail", args=[saved.pk])
    tu, sa = saved.members.order_by("pk")
    assert (tu.full_name, tu.phone, tu.joined_on) == ("Danh Tú", "0912345678", JULY)
    assert sa.joined_on == date(2025, 8, 1)
    assert ChangeEntry.objects.get(model="units.communityteam").action == "created"


def test_wrong_rows_are_named_beside_their_field_and_nothing_is_saved(
    hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    response = hoa.client.post(
        "/teams/new/",
        entry(
            province.hoa_ut,
            {"full_name": "Danh Tú", "phone": "12345", "birth_year": "2024"},
            {"full_name": "Thị Sa", "joined_on": "01/12/2025", "left_on": "01/08/2025"},
            {"full_name": "", "phone": "0912345678"},
        ),
    )
    assert response.status_code == 422
    rows = response.context["members"].errors
    assert set(rows[0]) == {"phone", "birth_year"}
    assert "full_name" in rows[2]
    assert not CommunityTeam.unscoped.exists()


def test_two_members_cannot_lead_at_the_same_time(
    hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    two = entry(
        province.hoa_ut,
        {"full_name": "Danh Tú", "role": "leader"},
        {"full_name": "Thị Sa", "role": "leader"},
    )
    response = hoa.client.post("/teams/new/", two)
    assert response.status_code == 422
    assert response.context["members"].non_form_errors()
    two |= {"members-0-left_on": "01/09/2025", "members-1-joined_on": "01/09/2025"}
    assert hoa.client.post("/teams/new/", two).status_code == 302  # one after the other


def test_a_day_to_come_is_refused(hoa: SimpleNamespace, province: SimpleNamespace) -> None:
    tomorrow = f"{timezone.localdate() + timedelta(days=1):%d/%m/%Y}"
    response = hoa.client.post("/teams/new/", entry(province.hoa_ut, founded_on=tomorrow))
    assert "founded_on" in response.context["form"].errors


def test_a_team_of_another_commune_cannot_be_founded(
    hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    response = hoa.client.post("/teams/new/", entry(province.khom_mot))
    assert response.status_code == 422
    assert not CommunityTeam.unscoped.exists()


def test_a_form_sent_twice_makes_one_team(hoa: SimpleNamespace, province: SimpleNamespace) -> None:
    sent = entry(province.hoa_ut, submission="6b0c1c2e-5f0e-4d4a-9a52-1f5a5a1c0001")
    first, second = hoa.client.post("/teams/new/", sent), hoa.client.post("/teams/new/", sent)
    assert first.url == second.url
    assert CommunityTeam.unscoped.count() == 1


def test_a_member_of_another_team_cannot_be_changed_through_the_form(
    hoa: SimpleNamespace, province: SimpleNamespace, team: CommunityTeam
) -> None:
    foreign = join(found(province.khom_mot, "Tổ Khóm Một"), "Người Lạ")
    response = hoa.client.post(
        f"/teams/{team.pk}/edit/",
        entry(province.hoa_ut, {"id": foreign.pk, "full_name": "Đổi Tên"}, initial=1),
    )
    assert response.status_code == 422
    foreign.refresh_from_db()
    assert foreign.full_name == "Người Lạ"


@pytest.mark.parametrize("address", ["", "edit/", "end/"])
def test_an_outsider_meets_the_same_404_as_for_a_missing_team(
    bao: SimpleNamespace, team: CommunityTeam, address: str
) -> None:
    foreign = bao.client.get(f"/teams/{team.pk}/{address}")
    missing = bao.client.get(f"/teams/{team.pk + 999}/{address}")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert as_seen(foreign) == as_seen(missing)


def test_an_outsider_cannot_end_or_restore_a_team(
    bao: SimpleNamespace, team: CommunityTeam
) -> None:
    for address in ("end", "restore"):
        response = bao.client.post(
            f"/teams/{team.pk}/{address}/", {"ended_on": "01/09/2025", "reason": "x"}
        )
        assert response.status_code == 404
    team.refresh_from_db()
    assert team.ended_on is None


def test_those_who_only_look_have_no_form(
    lan: SimpleNamespace, thao: SimpleNamespace, team: CommunityTeam
) -> None:
    for person in (lan, thao):
        assert person.client.get(f"/teams/{team.pk}/").status_code == 200
        assert person.client.get(f"/teams/{team.pk}/edit/").status_code == 404
        assert person.client.get("/teams/new/").status_code == 404


def test_phones_are_for_those_who_work_with_the_team(
    hoa: SimpleNamespace,
    tu: SimpleNamespace,
    son: SimpleNamespace,
    lan: SimpleNamespace,
    hanh: SimpleNamespace,
    thao: SimpleNamespace,
    quan: SimpleNamespace,
    team: CommunityTeam,
) -> None:
    def shown(person: SimpleNamespace) -> str:
        return person.client.get(f"/teams/{team.pk}/").content.decode()

    for person in (hoa, tu, son):
        assert "0912345678" in shown(person)
    for person in (lan, hanh, thao, quan):
        text = shown(person)
        assert "Danh Tú" in text
        assert "0912345678" not in text
        assert "1980" not in text


def test_the_history_does_not_show_phones_either(
    hoa: SimpleNamespace, lan: SimpleNamespace, province: SimpleNamespace
) -> None:
    hoa.client.post(
        "/teams/new/", entry(province.hoa_ut, {"full_name": "Danh Tú", "phone": "0912345678"})
    )
    team = CommunityTeam.unscoped.get()
    assert "0912345678" not in lan.client.get(f"/teams/{team.pk}/").content.decode()


def test_a_second_editor_sees_the_conflict(
    hoa: SimpleNamespace, son: SimpleNamespace, province: SimpleNamespace
) -> None:
    hoa.client.post("/teams/new/", entry(province.hoa_ut))
    team = CommunityTeam.unscoped.get()
    address = f"/teams/{team.pk}/edit/"
    opened = {"version": team.version}
    first = hoa.client.post(address, entry(province.hoa_ut, name="Tổ của Hoa", **opened))
    second = son.client.post(address, entry(province.hoa_ut, name="Tổ của Sơn", **opened))
    assert first.status_code == 302
    assert second.status_code == 409
    assert "Tổ của Hoa" in second.content.decode()
    assert "Tổ của Sơn" in second.content.decode()
    team.refresh_from_db()
    assert team.name == "Tổ của Hoa"


def test_changes_of_different_fields_merge(
    hoa: SimpleNamespace, son: SimpleNamespace, province: SimpleNamespace
) -> None:
    hoa.client.post("/teams/new/", entry(province.hoa_ut))
    team = CommunityTeam.unscoped.get()
    address, opened = f"/teams/{team.pk}/edit/", {"version": team.version}
    hoa.client.post(address, entry(province.hoa_ut, name="Tổ mới", **opened))
    son.client.post(address, entry(province.hoa_ut, note="Kiện toàn", **opened))
    team.refresh_from_db()
    assert (team.name, team.note) == ("Tổ mới", "Kiện toàn")


def test_ending_a_team_needs_a_reason_and_can_be_taken_back(
    hoa: SimpleNamespace, team: CommunityTeam
) -> None:
    address = f"/teams/{team.pk}/end/"
    assert hoa.client.get(address).status_code == 200
    assert hoa.client.post(address, {"ended_on": "01/09/2025", "reason": ""}).status_code == 422
    assert hoa.client.post(address, {"ended_on": "01/07/2025", "reason": "x"}).status_code == 422
    response = hoa.client.post(
        address, {"ended_on": "01/09/2025", "reason": "Sáp nhập ấp"}, follow=True
    )
    assert f'action="/teams/{team.pk}/restore/"' in response.content.decode()
    team.refresh_from_db()
    assert (team.ended_on, team.ended_reason) == (date(2025, 9, 1), "Sáp nhập ấp")
    hoa.client.post(f"/teams/{team.pk}/restore/")
    team.refresh_from_db()
    assert (team.ended_on, team.ended_reason) == (None, "")
    actions = ChangeEntry.objects.filter(record_id=team.pk).order_by("pk")
    assert [one.action for one in actions] == ["cancelled", "restored"]


def test_the_page_of_a_past_day_shows_who_served_then(
    hoa: SimpleNamespace, team: CommunityTeam
) -> None:
    def serving(day: str) -> set[str]:
        context = hoa.client.get(f"/teams/{team.pk}/?on={day}").context
        return {member.full_name for member in context["serving"]}

    assert serving("14/07/2025") == set()
    assert serving("15/07/2025") == {"Danh Tú", "Thị Sa"}
    assert serving("30/12/2025") == {"Danh Tú", "Thị Sa"}
    assert serving("31/12/2025") == {"Danh Tú"}  # the day of leaving is the first day away


def test_a_duplicate_shares_the_decision_but_no_member(
    hoa: SimpleNamespace, team: CommunityTeam
) -> None:
    page = hoa.client.get(f"/teams/new/?copy={team.pk}")
    assert page.context["form"].initial["decision_number"] == "45/QĐ-UBND"
    assert "Danh Tú" not in page.content.decode()


def test_an_outsider_cannot_duplicate_a_team(bao: SimpleNamespace, team: CommunityTeam) -> None:
    assert bao.client.get(f"/teams/new/?copy={team.pk}").status_code == 404


def test_the_list_filters_by_area_state_and_gap(
    hanh: SimpleNamespace, province: SimpleNamespace, team: CommunityTeam
) -> None:
    ended = found(province.hoa_tao, "Tổ Ấp Hoà Tạo", ended_on=date(2025, 9, 1))
    other = found(province.khom_mot, "Tổ Khóm Một")

    def listed(**query: Any) -> set[int]:
        return {row.pk for row in hanh.client.get("/teams/", query).context["page"]}

    assert listed() == {team.pk, ended.pk, other.pk}
    assert listed(unit=province.an_hoa.pk) == {team.pk, ended.pk}
    assert listed(status="ended") == {ended.pk}
    assert listed(status="active", on="31/08/2025") == {team.pk, ended.pk, other.pk}
    assert listed(gap="leader") == {other.pk}
    assert listed(gap="decision") == {other.pk}
    assert listed(q="khom mot") == {other.pk}
    assert listed(unit=99999) == {team.pk, ended.pk, other.pk}  # wrong value: whole list and error


def test_everybody_lists_only_teams_in_view(
    hoa: SimpleNamespace,
    bao: SimpleNamespace,
    minh: SimpleNamespace,
    tu: SimpleNamespace,
    team: CommunityTeam,
) -> None:
    def count(person: SimpleNamespace) -> int:
        return person.client.get("/teams/").context["page"].paginator.count

    assert [count(one) for one in (hoa, tu, bao, minh)] == [1, 1, 0, 0]


def test_the_export_is_the_list(hoa: SimpleNamespace, team: CommunityTeam) -> None:
    response = hoa.client.get("/teams/?format=xlsx&on=01/08/2025")
    sheet = load_workbook(BytesIO(response.content)).worksheets[0]
    rows = [row for row in sheet.iter_rows(values_only=True) if row[0] == team.name]
    assert len(rows) == 1
    assert 2 in rows[0]  # members on the day
    assert "Danh Tú" in rows[0]
    assert "0912345678" not in str(list(sheet.iter_rows(values_only=True)))


def test_the_list_costs_the_same_for_two_teams_and_for_twelve(
    hoa: SimpleNamespace, province: SimpleNamespace, team: CommunityTeam
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            hoa.client.get("/teams/")
        return len(captured)

    found(province.hoa_tao, "Tổ 1")
    cost()
    few = cost()
    for number in range(10):
        join(found(province.hoa_tao, f"Tổ {number + 2}"), f"Người {number}", role="leader")
    assert cost() == few


def test_a_draft_survives(hoa: SimpleNamespace, province: SimpleNamespace) -> None:
    sent = entry(province.hoa_ut, {"full_name": "Danh Tú"}, name="Tổ đang gõ")
    sent |= {"_draft_form": "units.communityteam:new", "_draft_url": "/teams/new/"}
    assert hoa.client.post("/drafts/", sent).status_code == 200
    page = hoa.client.get("/teams/new/").content.decode()
    assert "Tổ đang gõ" in page
    assert "Danh Tú" in page
    hoa.client.post("/teams/new/", entry(province.hoa_ut, {"full_name": "Danh Tú"}))
    assert not Draft.objects.exists()


DAYS = st.integers(0, 60).map(lambda n: JULY + timedelta(days=n))
SPELLS = st.tuples(DAYS, st.none() | st.integers(0, 40))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    teams=st.lists(st.tuples(SPELLS, st.lists(SPELLS, max_size=4)), max_size=4),
    day=DAYS,
)
def test_counts_of_any_past_day_equal_brute_force(
    hoa: SimpleNamespace, province: SimpleNamespace, teams: Any, day: date
) -> None:
    CommunityTeam.unscoped.all().delete()
    expected_teams = expected_members = 0

    def last(spell: Any) -> date | None:
        return None if spell[1] is None else spell[0] + timedelta(days=spell[1])

    def covers(spell: Any) -> bool:
        return spell[0] <= day and (last(spell) is None or last(spell) > day)

    for spell, members in teams:
        made = found(province.hoa_ut, founded_on=spell[0], ended_on=last(spell))
        expected_teams += covers(spell)
        for member in members:
            join(made, "Danh Tú", joined_on=member[0], left_on=last(member))
            expected_members += covers(spell) and covers(member)
    context = hoa.client.get("/teams/", {"on": f"{day:%d/%m/%Y}"}).context
    assert [number for _label, number in context["totals"]] == [expected_teams, expected_members]
    assert sum(row.members_on for row in context["page"]) == expected_members


def test_a_signed_out_person_is_led_to_the_sign_in_page(db: None) -> None:
    assert Client().get("/teams/").url.startswith("/accounts/login/")
