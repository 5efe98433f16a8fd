"""What was changed in closed records reaches the approver: fields, figures, reason, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from campaign.portal.amending import amending
from classes import services
from classes.models import Participant, SessionHeadcount
from reporting.closing import amendments, locks, snapshots
from reporting.models import Amendment, AmendmentMark, DeclaredFigure, UnlockWindow
from tests.classes.entry import entry
from tests.reporting.closed import FIRST, LAST, window_on
from tests.reporting.test_closed_doors import closed as closed
from tests.reporting.test_closed_doors import types as types
from units.models import TeamMember

pytestmark = pytest.mark.django_db
WHY = "Danh sách đến muộn"


@pytest.fixture
def frozen(closed, hanh):
    """The closed month with what its report said."""
    closed.lock.delete()
    report = closed.lock.report
    template = report.cycle.template
    template.indicators = [
        "attendances",
        "sessions",
        "people",
        "reach",
        "activities",
        "teams",
        "team_members",
    ]
    template.declared = ["digital_signatures"]
    template.save()
    with locks.closing(report.unit):
        snapshot = snapshots.freeze(report, "approved", hanh.user)
        closed.lock = locks.close(report, snapshot, hanh.user)
    return closed


def change(here, **more):
    """Change the headcount of the activity through its form, for a reason."""
    url = reverse("activities:edit", args=[here.event.pk])
    sent = entry(here.hoa.client, url, **{"headcounts-0-people": "8"})
    answer = here.hoa.client.post(url, sent | {"amendment_reason": WHY} | more)
    assert answer.status_code == 302


def test_a_change_of_a_closed_record_is_told_with_fields_and_figures(frozen):
    change(frozen, title="Ra quân đầu năm")
    assert amendments.gather() > 0
    assert amendments.gather() == 0
    found = Amendment.unscoped.get()
    assert (found.model, found.record_id) == ("activities.activity", frozen.event.pk)
    assert (found.record_label, found.reason, found.door) == ("Ra quân đầu năm", WHY, "form")
    assert (found.by, found.lock, found.unit) == (frozen.hoa.user, frozen.lock, frozen.lock.unit)
    assert found.figures == {"communication_reach": [5, 8], "reach": [5, 8]}
    assert found.changes["title"] == ["Ra quân", "Ra quân đầu năm"]
    assert "headcounts" in found.changes
    assert not AmendmentMark.objects.exists()


def test_what_one_person_does_for_one_reason_is_one_amendment_until_it_was_seen(frozen, hanh):
    change(frozen)
    amendments.gather()
    change(frozen, **{"headcounts-0-people": "9"})
    amendments.gather()
    assert Amendment.unscoped.get().figures["reach"] == [5, 9]
    answer = hanh.client.post(reverse("amendments:seen"), {"pick": [Amendment.unscoped.get().pk]})
    assert answer.status_code == 302
    change(frozen, **{"headcounts-0-people": "5"})
    amendments.gather()
    first, second = Amendment.unscoped.order_by("pk")
    assert (first.seen_by, second.seen_by) == (hanh.user, None)
    assert second.figures["reach"] == [9, 5]


def test_sessions_people_and_declarations_are_told_as_what_they_belong_to(frozen):
    with amending(WHY, by=frozen.hoa.user.pk, door="form"):
        services.cancel_session(frozen.held.pk, 1, access=frozen.hoa.access)
        person = frozen.people[0].person
        Participant.unscoped.filter(pk=person.pk).update(sex="f")
        DeclaredFigure.unscoped.create(
            unit=frozen.province.an_hoa, indicator="digital_signatures", period="2026-M01",
            starts_on=FIRST, ends_on=LAST, value=30,
        )  # fmt: skip
        TeamMember.unscoped.create(team=frozen.team, full_name="Danh Tú", joined_on=FIRST)
    amendments.gather()
    found = {row.model: row for row in Amendment.unscoped.all()}
    assert found["units.communityteam"].figures == {"team_members": [0, 1]}
    held = found["classes.trainingclass"]
    assert held.changes == {"classes.classsession:1:status": ["held", "cancelled"]}
    assert held.figures["attendances_on_roster"] == [1, 0]
    assert held.figures["classes"] == [1, 0]
    assert found["classes.participant"].record_label == f"#{person.pk}"
    assert found["classes.participant"].changes == {}
    assert found["reporting.declaredfigure"].figures == {"digital_signatures": [None, 30]}


def test_what_was_done_while_it_was_unlocked_has_the_reason_of_the_unlocking(frozen):
    window = window_on(frozen.lock, reason="Bổ sung sau kiểm tra")
    SessionHeadcount.unscoped.create(session=frozen.session, people=4)
    amendments.gather()
    found = Amendment.unscoped.get()
    assert (found.window, found.reason) == (window, "Bổ sung sau kiểm tra")
    assert found.figures["attendances_counted"] == [0, 4]


def test_raw_changes_and_deleted_records_are_told_too(frozen):
    with amending("Dọn dữ liệu", by=None, door="sql"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM activities_activityheadcount")
        cursor.execute("DELETE FROM activities_activity")
    amendments.gather()
    found = Amendment.unscoped.get()
    assert (found.record_label, found.changes) == (f"#{frozen.event.pk}", {})
    assert found.figures["activities"] == [1, 0]


def test_the_pages_of_amendments(frozen, hanh, lan, bao):
    change(frozen)
    for person in (hanh, lan, frozen.hoa):
        page = person.client.get(reverse("amendments:list")).content.decode()
        assert WHY in page
        assert ("seen/" in page) is (person is hanh)
    found = Amendment.unscoped.get()
    url = reverse("amendments:detail", args=[found.pk])
    page = hanh.client.get(url).content.decode()
    assert WHY in page
    assert "15/12/2025–14/01/2026" in page
    assert "5 người trong 1 dòng" in page
    assert bao.client.get(url).status_code == 404
    assert WHY in hanh.client.get(reverse("work")).content.decode()
    note = frozen.hoa.client.get(frozen.event.get_absolute_url()).content.decode()
    assert url in note
    for person in (lan, frozen.hoa):
        assert (
            person.client.post(reverse("amendments:seen"), {"pick": [found.pk]}).status_code == 404
        )
    hanh.client.post(reverse("amendments:seen"), {"pick": [found.pk], "back": url})
    assert Amendment.unscoped.get().seen_by == hanh.user
    assert (
        not hanh.client.get(reverse("amendments:list"), {"seen": "no"}).context["page"].object_list
    )
    answer = hanh.client.get(reverse("amendments:list"), {"format": "xlsx"})
    assert answer.status_code in (200, 302)


def test_the_focal_officer_opens_a_closed_period_for_some_hours(frozen, hanh, lan):
    url = reverse("locks:detail", args=[frozen.lock.pk])
    assert "Xã An Hoà" in hanh.client.get(reverse("locks:list")).content.decode()
    assert 'name="hours"' not in lan.client.get(url).content.decode()
    sent = {"hours": "24", "reason": "Bổ sung sau kiểm tra"}
    for person in (lan, frozen.hoa):
        person.client.post(url, sent)
    assert not UnlockWindow.unscoped.exists()
    assert hanh.client.post(url, {"hours": "24", "reason": ""}).status_code == 422
    assert hanh.client.post(url, {"hours": "200", "reason": "x"}).status_code == 422
    assert hanh.client.post(url, sent).status_code == 302
    window = UnlockWindow.unscoped.get()
    assert timedelta(hours=23) < window.until - timezone.now() <= timedelta(hours=24)
    assert frozen.lock.report.events.filter(action="unlocked").count() == 1
    Activity.unscoped.filter(pk=frozen.event.pk).update(households_visited=3)
    end = reverse("locks:end_window", args=[window.pk])
    assert frozen.hoa.client.post(end).status_code == 404
    assert hanh.client.post(end).status_code == 302
    url = reverse("activities:edit", args=[frozen.event.pk])
    sent = entry(frozen.hoa.client, url, **{"headcounts-0-people": "8"})
    assert frozen.hoa.client.post(url, sent).status_code == 423


def test_lists_cost_the_same_for_one_row_as_for_many(frozen, hanh):
    def rows(count):
        for number in range(count):
            Amendment.unscoped.create(
                unit=frozen.lock.unit, lock=frozen.lock, model="classes.trainingclass",
                record_id=frozen.held.pk, record_label=f"Lớp {number}", at=timezone.now(),
                changes={"classes.classsession:1:status": ["held", "cancelled"]},
                figures={"classes": [1, 0]}, by=hanh.user,
            )  # fmt: skip

    hanh.client.get(reverse("locks:list"))
    costs = []
    for count in (2, 10):
        rows(count)
        with CaptureQueriesContext(connection) as asked:
            hanh.client.get(reverse("amendments:list"))
            hanh.client.get(reverse("locks:list"))
        costs.append(len(asked))
    assert costs[0] == costs[1]
