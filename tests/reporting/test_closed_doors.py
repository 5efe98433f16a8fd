"""Every door to a closed record: shut without a reason, and with one the change is written down."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from io import StringIO
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from rest_framework.authtoken.models import Token

from activities.models import Activity, ActivityHeadcount
from campaign.models import BulkChange, ChangeEntry, ImportBatch, Job
from campaign.portal import jobs
from campaign.portal.amending import PeriodClosed, amending, refusal_in, refusals_named
from campaign.portal.closed_periods import ClosedPeriodMiddleware
from campaign.portal.imports import batches
from classes.models import Attendance, ClassSession, Enrolment, Participant, TrainingClass
from reporting.models import AmendmentMark, DeclaredFigure, PeriodLock
from reporting.reports.api import DeclaredOfReport
from tests.activities.conftest import make_activity
from tests.activities.conftest import types as types
from tests.classes.entry import entry
from tests.classes.test_bulk import preview
from tests.imports.files import workbook
from tests.reporting.closed import lock_on
from units.models import CommunityTeam, TeamMember

INSIDE = date(2026, 1, 5)
WHY = "Danh sách đến muộn"
HEADINGS = ("Tên hoạt động", "Loại hoạt động", "Đơn vị", "Ngày")


@pytest.fixture
def closed(province, types, words, hoa, hanh):
    """A closed month of An Hoà: an activity, a class with its list, a team."""
    here = SimpleNamespace(province=province, types=types, hoa=hoa)
    here.event = make_activity(province.an_hoa, types["communication"], "Ra quân", starts_on=INSIDE)
    ActivityHeadcount.unscoped.create(activity=here.event, people=5)
    here.held = TrainingClass.unscoped.create(
        unit=province.an_hoa, code="AHO-26-0001", title="Lớp VNeID", topic=words.vneid,
        audience=words.elderly, starts_on=INSIDE,
    )  # fmt: skip
    here.session = ClassSession.unscoped.create(
        training_class=here.held, number=1, held_on=INSIDE, status="held"
    )
    here.people = []
    for name in ("Danh Ánh", "Danh Ánh"):
        person = Participant(unit=province.an_hoa, full_name=name, birth_year=1960)
        person.clean()
        person.save()
        enrolment = Enrolment.unscoped.create(training_class=here.held, participant=person)
        here.people.append(SimpleNamespace(person=person, enrolment=enrolment))
    Attendance.unscoped.create(session=here.session, enrolment=here.people[0].enrolment)
    here.team = CommunityTeam(
        unit=province.hoa_ut, name="Tổ công nghệ số", founded_on=date(2025, 7, 1)
    )
    here.team.clean()
    here.team.save()
    here.lock = lock_on(province.an_hoa, by=hanh.user)
    return here


# --- Pages ------------------------------------------------------------------------------------


def a_form(here: Any) -> tuple[str, dict[str, Any]]:
    url = reverse("activities:edit", args=[here.event.pk])
    return url, entry(here.hoa.client, url, **{"headcounts-0-people": "6"})


def the_attendance_page(here: Any) -> tuple[str, dict[str, Any]]:
    url = reverse("classes:session", args=[here.held.pk, 1])
    return url, entry(here.hoa.client, url, **{f"p-{here.people[1].enrolment.pk}": "1"})


def the_attendance_of_all(here: Any) -> tuple[str, dict[str, Any]]:
    now = f"{here.session.pk}-{here.people[1].enrolment.pk}"
    return reverse("classes:attendance", args=[here.held.pk]), {"now": [now]}


def a_bulk_act(here: Any) -> tuple[str, dict[str, Any]]:
    shown = preview(here.hoa, "cancel", [here.event], "/activities/", reason="Nhập trùng")
    sent = dict(shown.context["answers"])
    rows = [f"{plan['id']}:{plan['version']}" for plan in shown.context["plans"]]
    return "/activities/", sent | {
        "act": "cancel", "step": "do", "row": rows, "submission": str(uuid4()),
    }  # fmt: skip


def a_merge(here: Any) -> tuple[str, dict[str, Any]]:
    one, two = (one.person.pk for one in here.people)
    return reverse("participants:duplicates"), {
        "one": one, "two": two, "answer": "two", "page": 1,
    }  # fmt: skip


def a_cancelled_class(here: Any) -> tuple[str, dict[str, Any]]:
    return reverse("classes:cancel", args=[here.held.pk]), {"reason": "Nhập trùng"}


PAGES = [
    a_form, the_attendance_page, the_attendance_of_all, a_bulk_act, a_merge, a_cancelled_class,
]  # fmt: skip


def written() -> set[tuple[Any, ...]]:
    """Every closed record that was changed: why, by whom, through which door."""
    return set(AmendmentMark.objects.values_list("reason", "by_id", "door"))


def count_of_changes() -> int:
    return ChangeEntry.objects.exclude(action=ChangeEntry.Action.VIEWED).count()


@pytest.mark.django_db
@pytest.mark.parametrize("door", PAGES)
def test_a_page_asks_for_the_reason_and_keeps_what_was_typed(closed, door):
    client = closed.hoa.client
    url, sent = door(closed)
    before = count_of_changes()
    answer = client.post(url, sent)
    assert answer.status_code == 423, (answer.wsgi_request.path, answer.context)[:500]
    assert (count_of_changes(), written()) == (before, set())
    page = answer.content.decode()
    for words in ("Xã An Hoà", "14/01/2026", "Trần Thị Mỹ Hạnh", 'name="amendment_reason"'):
        assert words in page
    kept = {name for name, _value in answer.context["sent"]}
    assert set(sent) <= kept
    again: dict[str, Any] = {}
    for name, value in answer.context["sent"]:
        again.setdefault(name, []).append(value)
    answer = client.post(url, again | {"amendment_reason": WHY})
    assert answer.status_code == 302, answer.content[:500]
    assert written() == {(WHY, closed.hoa.user.pk, "form")}
    assert count_of_changes() > before


@pytest.mark.django_db
def test_a_blank_reason_is_none_and_a_reason_opens_nothing_to_others(closed, bao):
    url, sent = a_form(closed)
    assert closed.hoa.client.post(url, sent | {"amendment_reason": "  "}).status_code == 423
    assert bao.client.post(url, sent | {"amendment_reason": WHY}).status_code == 404
    assert not written()


@pytest.mark.django_db
def test_what_no_figure_depends_on_is_saved_without_a_question(closed):
    url = reverse("activities:edit", args=[closed.event.pk])
    answer = closed.hoa.client.post(url, entry(closed.hoa.client, url, title="Ra quân tháng 1"))
    assert answer.status_code == 302
    assert Activity.unscoped.get(pk=closed.event.pk).title == "Ra quân tháng 1"
    assert not written()


@pytest.mark.django_db
def test_a_table_asks_in_its_own_language(closed):
    url = reverse("teams:members", args=[closed.team.pk])
    cells = {"full_name": "Danh Tú", "joined_on": "05/01/2026"}
    sent = {
        "by": "hoa", "do": "save", "rows": [{"n": 1, "cells": cells}], "only": "all",
        "submission": str(uuid4()),
    }  # fmt: skip

    def send(**more: Any) -> Any:
        return closed.hoa.client.post(url, json.dumps(sent | more), content_type="application/json")

    answer = send()
    assert answer.status_code == 423
    assert "Xã An Hoà" in answer.json()["error"]
    assert not TeamMember.unscoped.exists()
    answer = send(amendment_reason=WHY)
    assert (answer.status_code, answer.json()["saved"]) == (200, 1)
    assert written() == {(WHY, closed.hoa.user.pk, "grid")}


@pytest.mark.django_db
def test_undoing_a_bulk_act_and_a_merge_is_a_change_like_others(closed):
    client = closed.hoa.client
    url, sent = a_bulk_act(closed)
    client.post(url, sent | {"amendment_reason": WHY})
    undo = reverse("undo_bulk", args=[BulkChange.objects.get().key])
    assert client.post(undo).status_code == 423
    assert client.post(undo, {"amendment_reason": "Nhầm"}).status_code == 302
    url, sent = a_merge(closed)
    client.post(url, sent | {"amendment_reason": WHY})
    merged = ChangeEntry.objects.filter(changes__has_key="merged_into").latest("pk")
    undo = reverse("participants:unmerge", args=[merged.pk])
    assert client.post(undo).status_code == 423
    assert client.post(undo, {"amendment_reason": "Nhầm"}).status_code == 302
    assert {reason for reason, *_rest in written()} == {WHY, "Nhầm"}


@pytest.mark.django_db
def test_the_administration_is_no_way_around(closed, quan):
    kind = closed.types["communication"]
    url = reverse("admin:activities_activitytype_change", args=[kind.pk])
    sent = {
        "code": kind.code, "name_vi": kind.name_vi, "name_en": kind.name_en,
        "counts_as": "contest", "position": "5", "fields": json.dumps(kind.fields),
    }  # fmt: skip
    assert quan.client.post(url, sent).status_code == 423
    kind.refresh_from_db()
    assert kind.counts_as == "communication"
    assert quan.client.post(url, sent | {"amendment_reason": WHY}).status_code == 302
    assert written() == {(WHY, quan.user.pk, "admin")}


@pytest.mark.django_db
def test_another_system_is_told_and_may_give_a_reason(closed, rf):
    report = closed.lock.report
    type(report).unscoped.filter(pk=report.pk).update(state="draft")
    template = report.cycle.template
    template.declared = ["digital_signatures"]
    template.save()
    token = Token.objects.create(user=closed.hoa.user).key
    row = {"indicator": "digital_signatures", "value": 30, "source": "Sổ theo dõi"}

    view, middleware = DeclaredOfReport.as_view(), ClosedPeriodMiddleware(lambda request: None)

    def put(**more: Any) -> Any:
        request = rf.put(
            "/api/reports/", {"declared": [row], **more}, "application/json",
            HTTP_AUTHORIZATION=f"Token {token}",
        )  # fmt: skip
        request.user = AnonymousUser()
        try:
            named = {"pk": report.pk}
            return middleware.process_view(request, view, (), named) or view(request, **named)
        except IntegrityError as error:
            return middleware.process_exception(request, error)

    answer = put()
    assert (answer.status_code, json.loads(answer.content)["closed"]) == (423, True)
    assert not DeclaredFigure.unscoped.exists()
    assert put(amendment_reason=WHY).status_code == 200
    assert DeclaredFigure.unscoped.get().value == 30
    assert written() == {(WHY, closed.hoa.user.pk, "api")}


# --- Work without a page ------------------------------------------------------------------------


def visit(here: Any) -> None:
    Activity.unscoped.filter(pk=here.event.pk).update(households_visited=7)


class Counting(BaseCommand):
    """A command that changes records."""

    stealth_options = ("here",)

    def handle(self, *args: Any, **options: Any) -> None:
        visit(options["here"])


@pytest.mark.django_db
def test_a_command_and_plain_sql_are_no_way_around(closed):
    with pytest.raises(PeriodClosed, match="Xã An Hoà"), refusals_named(), transaction.atomic():
        call_command(Counting(), here=closed, stdout=StringIO())
    with amending(WHY, by=None, door="command"):
        call_command(Counting(), here=closed, stdout=StringIO())
    statement = "DELETE FROM activities_activityheadcount"
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            cursor.execute(statement)
        assert refusal_in(error.value)
        with amending("Dọn dữ liệu thử", by=closed.hoa.user.pk, door="sql"):
            cursor.execute(statement)
    assert written() == {
        (WHY, None, "command"), ("Dọn dữ liệu thử", closed.hoa.user.pk, "sql"),
    }  # fmt: skip


@pytest.fixture
def emptied_afterwards():
    yield
    with suppress(Exception):
        PeriodLock.unscoped.update(released_at="2026-11-01T00:00:00Z")


@pytest.mark.django_db(transaction=True)
def test_a_job_tells_why_it_stopped_and_takes_a_reason_along(emptied_afterwards, closed):
    @jobs.job("visit")
    def work(job: Job, access: Any, progress: Any) -> None:
        from campaign.portal.amending import again

        with transaction.atomic():
            jobs.hold(job)
            with again(job.params.get("amending"), "job"):
                visit(closed)

    try:
        jobs.enqueue("visit", access=closed.hoa.access, label="Đếm", params={})
        stopped = Job.objects.get()
        assert stopped.status == Job.Status.FAILED
        assert "Xã An Hoà" in stopped.message
        with amending(WHY, by=closed.hoa.user.pk, door="form"):
            jobs.enqueue("visit", access=closed.hoa.access, label="Đếm", params={})
        assert Job.objects.latest("pk").status == Job.Status.DONE
        assert written() == {(WHY, closed.hoa.user.pk, "job")}
    finally:
        del jobs.KINDS["visit"]


@pytest.mark.django_db(transaction=True)
def test_an_import_says_how_much_is_closed_and_asks_once(emptied_afterwards, closed):
    name = closed.types["communication"].name_vi
    rows = [("Họp dân", name, "Xã An Hoà", day) for day in ("06/01/2026", "20/01/2026")]
    client = closed.hoa.client
    batch = batches.take(workbook(HEADINGS, *rows), kind="activities", access=closed.hoa.access)
    batches.start_check(batch, access=closed.hoa.access)
    batch.refresh_from_db()
    assert batch.counts["new"] == 2
    assert batch.notes["closed"] == 1
    assert (Activity.unscoped.count(), written()) == (1, set())
    page = client.get(reverse("imports:check", args=[batch.key])).content.decode()
    assert 'name="amendment_reason"' in page
    save = reverse("imports:save", args=[batch.key])
    client.post(save, {"choice": "good"})
    assert Activity.unscoped.count() == 1
    client.post(save, {"choice": "good", "amendment_reason": WHY})
    assert Activity.unscoped.count() == 3
    assert written() == {(WHY, closed.hoa.user.pk, "import")}
    undo = reverse("imports:undo", args=[batch.key])
    assert client.post(undo).status_code == 423
    assert client.post(undo, {"amendment_reason": "Gửi nhầm tệp"}).status_code == 302
    assert Activity.unscoped.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_import_that_meets_a_period_closed_since_is_told(emptied_afterwards, closed):
    PeriodLock.unscoped.update(released_at="2026-11-01T00:00:00Z")
    name = closed.types["communication"].name_vi
    table = workbook(HEADINGS, ("Họp dân", name, "Xã An Hoà", "06/01/2026"))
    batch = batches.take(table, kind="activities", access=closed.hoa.access)
    batches.start_check(batch, access=closed.hoa.access)
    PeriodLock.unscoped.update(released_at=None)
    client = closed.hoa.client
    answer = client.post(reverse("imports:save", args=[batch.key]), follow=True)
    assert "Xã An Hoà" in answer.content.decode()
    assert Activity.unscoped.count() == 1
    client.post(reverse("imports:again", args=[batch.key]))
    page = client.get(reverse("imports:check", args=[batch.key])).content.decode()
    assert 'name="amendment_reason"' in page
    batch = ImportBatch.objects.get(pk=batch.pk)
    client.post(reverse("imports:save", args=[batch.key]), {"amendment_reason": WHY})
    assert Activity.unscoped.count() == 2
