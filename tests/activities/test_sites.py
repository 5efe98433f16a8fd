"""One event with many connected sites, marked in one table."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.models import ActivitySite
from campaign.models import ChangeEntry
from tests.activities.conftest import make_activity
from tests.conftest import plant


@pytest.fixture
def launch(province, types):
    """A launch of the science department."""
    return make_activity(
        province.science, types["launch"], "Lễ phát động", starts_on=date(2025, 8, 14)
    )


def page_of(activity):
    return reverse("activities:sites", args=[activity.pk])


def stored(activity):
    return {
        site.unit.code: (site.is_connected, site.people)
        for site in ActivitySite.unscoped.filter(activity=activity).select_related("unit")
    }


def test_the_table_lists_every_commune_of_the_province(hanh, launch, province):
    for number in range(30):
        plant(province.root, "commune", "commune", f"{40000 + number}", f"Xã Số {number}")
    rows = hanh.client.get(page_of(launch)).context["rows"]
    assert len(rows) == 32
    assert province.hoa_ut not in {row.unit for row in rows}


def test_a_commune_marks_its_own_hamlets(hoa, province, types):
    activity = make_activity(province.an_hoa, types["conference"], "Hội nghị xã")
    rows = hoa.client.get(page_of(activity)).context["rows"]
    assert {row.unit for row in rows} == {province.hoa_ut, province.hoa_tao}


def test_sites_are_marked_with_their_people_and_changed_later(hanh, launch, province):
    a, b = province.an_hoa, province.binh_minh
    sent = {
        f"state-{a.pk}": "yes",
        f"people-{a.pk}": "1.020",
        f"state-{b.pk}": "no",
        "version": "1",
    }
    assert hanh.client.post(page_of(launch), sent).url == launch.get_absolute_url()
    assert stored(launch) == {"30958": (True, 1020), "30952": (False, None)}
    sent = {f"state-{a.pk}": "yes", f"people-{a.pk}": "", f"state-{b.pk}": "", "version": "2"}
    hanh.client.post(page_of(launch), sent)
    assert stored(launch) == {"30958": (True, None)}
    assert ChangeEntry.objects.filter(record_id=launch.pk).count() == 2


def test_all_communes_are_connected_by_one_button(hanh, launch, province):
    a = province.an_hoa
    hanh.client.post(page_of(launch), {"bulk": "all", f"people-{a.pk}": "50", "version": "1"})
    assert stored(launch) == {"30958": (True, 50), "30952": (True, None)}


def test_saving_the_same_table_twice_changes_nothing(hanh, launch, province):
    sent = {"bulk": "all", "version": "1"}
    hanh.client.post(page_of(launch), sent)
    hanh.client.post(page_of(launch), sent)
    launch.refresh_from_db()
    assert launch.version == 2
    assert len(stored(launch)) == 2


def test_people_without_a_connection_and_words_are_refused_beside_the_row(hanh, launch, province):
    a, b = province.an_hoa, province.binh_minh
    sent = {f"people-{a.pk}": "50", f"state-{b.pk}": "yes", f"people-{b.pk}": "năm mươi"}
    answer = hanh.client.post(page_of(launch), sent)
    assert answer.status_code == 422
    assert {row.unit for row in answer.context["errors"]} == {a, b}
    assert "năm mươi" in answer.content.decode()
    assert stored(launch) == {}


def test_somebody_elses_change_meanwhile_is_not_overwritten_unseen(hanh, launch, province):
    a, b = province.an_hoa, province.binh_minh
    hanh.client.post(page_of(launch), {f"state-{a.pk}": "yes", "version": "1"})
    answer = hanh.client.post(page_of(launch), {f"state-{b.pk}": "yes", "version": "1"})
    assert answer.status_code == 409
    assert stored(launch) == {"30958": (True, None)}


def test_an_id_outside_the_table_is_left_alone(hanh, launch, province):
    hamlet = province.khom_mot
    hanh.client.post(page_of(launch), {f"state-{hamlet.pk}": "yes", "version": "1"})
    assert stored(launch) == {}


def test_the_table_costs_as_much_for_many_communes_as_for_two(hanh, launch, province):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert hanh.client.get(page_of(launch)).status_code == 200
        return len(queries)

    cost()
    two = cost()
    for number in range(20):
        plant(province.root, "commune", "commune", f"{40000 + number}", f"Xã Số {number}")
    assert cost() == two
