"""The list of activities and the page of one: what is seen, by whom, at what cost."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from activities.models import Activity, ActivityHeadcount, ActivitySite
from campaign.models import Audience, ChangeEntry, Topic
from tests.activities.conftest import make_activity, typed

LIST = reverse("activities:list")


def totals(response):
    return [number for _label, number in response.context["totals"]]


def titles(response):
    return [activity.title for activity in response.context["page"]]


@pytest.fixture
def launch(province, types):
    """A launch of the science department with two connected communes and one that failed."""
    activity = make_activity(
        province.science, types["launch"], "Lễ phát động", starts_on=date(2025, 8, 14)
    )
    ActivityHeadcount.unscoped.create(activity=activity, people=200)
    for unit, connected, people in (
        (province.an_hoa, True, 50), (province.binh_minh, True, None),
        (province.hoa_ut, False, None),
    ):  # fmt: skip
        ActivitySite.unscoped.create(
            activity=activity, unit=unit, is_connected=connected, people=people
        )
    return activity


def test_the_event_counts_once_and_each_connected_site_once(hanh, launch):
    page = hanh.client.get(LIST)
    assert totals(page) == [1, 250, 2, 0, 0]
    assert [a.people for a in page.context["page"]] == [250]


def test_a_cancelled_activity_stays_listed_and_leaves_the_totals(hoa, talk):
    assert totals(hoa.client.get(LIST))[:2] == [1, 65]
    hoa.client.post(
        reverse("activities:cancel", args=[talk.pk]), {"reason": "Nhập trùng với bản trước"}
    )
    page = hoa.client.get(LIST)
    assert titles(page) == [talk.title]
    assert totals(page)[:2] == [0, 0]
    assert titles(hoa.client.get(LIST, {"status": "counted"})) == []


def test_the_list_is_narrowed_by_every_condition(hoa, province, types, talk):
    names = {"name_vi": "AI", "name_en": "AI"}
    topic, _is_new = Topic.objects.get_or_create(code="ai", defaults=names)
    contest = make_activity(
        province.hoa_ut, types["contest"], "Hội thi ở ấp", starts_on=date(2026, 11, 2),
        mode="online", topic=topic,
    )  # fmt: skip
    contest.audiences.add(Audience.objects.get(code="pupils"))
    asked = {
        "q": "hoi thi", "period": "2026-M11", "unit": province.hoa_ut.pk,
        "type": types["contest"].pk, "counts_as": "contest", "mode": "online",
        "topic": contest.topic_id, "audience": Audience.objects.get(code="pupils").pk,
        "from": "01/11/2026", "to": "30/11/2026", "status": "counted",
    }  # fmt: skip
    for key, value in asked.items():
        page = hoa.client.get(LIST, {key: value})
        assert contest.title in titles(page), key
        if key not in ("status", "to"):
            assert talk.title not in titles(page), key
        assert page.context["chips"] or key == "q"


def test_an_unknown_key_is_named_and_not_obeyed(hoa, talk):
    page = hoa.client.get(LIST, {"unit__name": "x"})
    assert page.context["unknown_keys"] == ["unit__name"]
    assert titles(page) == [talk.title]


def test_what_others_did_here_is_seen_as_a_headline(hoa, bao, province, types):
    visit = make_activity(
        province.education, types["conference"], "Hội nghị của Sở", place=province.an_hoa
    )
    assert titles(hoa.client.get(LIST)) == [visit.title]
    assert titles(bao.client.get(LIST)) == []
    page = hoa.client.get(visit.get_absolute_url())
    assert page.status_code == 200
    assert page.context["history"] == []
    assert not page.context["may_edit"]
    assert hoa.client.get(reverse("activities:edit", args=[visit.pk])).status_code == 404


def test_a_leader_sees_everything_and_changes_nothing(lan, talk, types):
    assert titles(lan.client.get(LIST)) == [talk.title]
    page = lan.client.get(talk.get_absolute_url())
    assert not page.context["may_edit"]
    before = Activity.unscoped.values().get(pk=talk.pk)
    for name in ("edit", "sites", "cancel", "restore", "evidence_add"):
        address = reverse(f"activities:{name}", args=[talk.pk])
        assert lan.client.post(address, typed(talk.type, talk.unit)).status_code == 404, name
    assert lan.client.get(reverse("activities:new")).status_code == 404
    assert Activity.unscoped.values().get(pk=talk.pk) == before


def test_cancelling_needs_a_reason_and_can_be_taken_back(hoa, talk):
    cancel = reverse("activities:cancel", args=[talk.pk])
    assert hoa.client.post(cancel, {"reason": ""}).status_code == 422
    answer = hoa.client.post(cancel, {"reason": "Hoãn sang tháng sau"}, follow=True)
    assert "Hoãn sang tháng sau" in answer.content.decode()
    talk.refresh_from_db()
    assert talk.is_cancelled
    assert reverse("activities:restore", args=[talk.pk]) in answer.content.decode()
    hoa.client.post(reverse("activities:restore", args=[talk.pk]))
    talk.refresh_from_db()
    assert not talk.is_cancelled
    actions = ChangeEntry.objects.filter(record_id=talk.pk).values_list("action", "reason")
    assert set(actions) == {("cancelled", "Hoãn sang tháng sau"), ("restored", "")}


def test_the_workbook_holds_what_the_list_shows(hoa, talk, province, types):
    make_activity(province.hoa_ut, types["contest"], "=HYPERLINK(1)", starts_on=date(2026, 9, 1))
    answer = hoa.client.get(LIST, {"format": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(row for row in rows if "Tên hoạt động" in row or "Name of the activity" in row)
    body = rows[rows.index(head) + 1 :]
    line = next(row for row in body if talk.title in row)
    assert 65 in line
    assert any("=HYPERLINK(1)" in [str(v) for v in row] for row in body)
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(c.data_type != "f" for c in cells if c.value == "=HYPERLINK(1)")


def test_a_list_costs_as_much_for_twelve_as_for_two(hoa, province, types):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert hoa.client.get(LIST).status_code == 200
        return len(queries)

    def add(count):
        for number in range(count):
            one = make_activity(province.hoa_ut, types["contest"], f"Hội thi {number}")
            one.audiences.add(Audience.objects.get(code="pupils"))
            ActivityHeadcount.unscoped.create(activity=one, people=3)

    add(2)
    cost()
    two = cost()
    add(10)
    assert cost() == two


def test_a_page_costs_as_much_for_thirty_sites_as_for_two(hanh, launch, province):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert hanh.client.get(launch.get_absolute_url()).status_code == 200
        return len(queries)

    cost()
    few = cost()
    for unit in (province.hoa_tao, province.khom_mot, province.khom_hai, province.school):
        ActivitySite.unscoped.create(activity=launch, unit=unit, people=1)
        ActivityHeadcount.unscoped.create(activity=launch, sex="f", people=1)
        launch.co_organisers.add(unit)
    assert cost() == few


def test_a_commune_sees_of_a_foreign_event_only_its_own_site(hoa, launch, province):
    launch.place = province.an_hoa
    launch.save()
    page = hoa.client.get(launch.get_absolute_url())
    assert {site.unit_id for site in page.context["sites"]} == {
        province.an_hoa.pk, province.hoa_ut.pk,
    }  # fmt: skip
    assert "Bình Minh" not in page.content.decode()
