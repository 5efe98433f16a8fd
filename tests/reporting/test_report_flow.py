"""Who moves a report from where to where; what every step leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Posting
from campaign.models import ChangeEntry
from reporting.models import DeclaredFigure, Report, ReportEvent, Snapshot
from reporting.reports import flow
from tests.reporting.cycle_world import make_report, owed, write
from tests.reporting.test_concurrency import in_thread

State = Report.State
LATER = timedelta(days=30)

STEPS: dict[str, Callable[[Report, Any], None]] = {
    "start": flow.start,
    "propose": flow.propose,
    "submit": flow.submit,
    "withdraw": flow.withdraw,
    "send_back": lambda report, access: flow.send_back(report, "Số lớp?", access),
    "approve": flow.approve,
    "take_back": lambda report, access: flow.take_back_approval(report, "Nhầm", access),
    "lock": flow.lock,
    "extend": lambda report, access: flow.extend(report, report.due_at + LATER, "Bão", access),
}
UNIT, LEADER, FOCAL = ("hoa", "son"), ("son",), ("hanh",)
#: step -> {state it may begin in: state it ends in}, and who may take it
MAY: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "start": ({"open": "draft"}, UNIT),
    "propose": ({"open": "proposed", "draft": "proposed", "returned": "proposed"}, UNIT),
    "submit": (
        dict.fromkeys(("open", "draft", "returned", "proposed"), "submitted"), LEADER,
    ),
    "withdraw": ({"proposed": "draft", "submitted": "draft"}, UNIT),
    "send_back": ({"submitted": "returned"}, FOCAL),
    "approve": ({"submitted": "approved"}, FOCAL),
    "take_back": ({"approved": "submitted"}, FOCAL),
    "lock": ({"approved": "locked"}, FOCAL),
    "extend": ({s: s for s in ("open", "draft", "returned", "proposed")}, FOCAL),
}  # fmt: skip


def put(report: Report, state: str) -> Report:
    Report.unscoped.filter(pk=report.pk).update(state=state)
    return Report.unscoped.select_related("cycle__template", "unit").get(pk=report.pk)


def test_every_step_is_for_its_role_and_its_state(
    province: Any, hoa: Any, son: Any, bao: Any, hanh: Any, lan: Any
) -> None:
    people = {"hoa": hoa, "son": son, "bao": bao, "hanh": hanh, "lan": lan}
    report = owed(province.root, province.an_hoa)
    for step, (way, who) in MAY.items():
        for name, person in people.items():
            for state in State.values:
                with transaction.atomic():
                    row = put(report, state)
                    cell = f"{name}: {step} in {state}"
                    if name not in who or state not in way:
                        with pytest.raises(ValidationError, match=r"\w"):
                            STEPS[step](row, person.access)
                        assert not ReportEvent.objects.filter(report=row).exists(), cell
                    else:
                        STEPS[step](row, person.access)
                        assert Report.unscoped.get(pk=row.pk).state == row.state, cell
                        event = ReportEvent.objects.get(report=row)
                        assert (event.before, event.after) == (state, row.state), cell
                        assert (event.by, row.state) == (person.user, way[state]), cell
                        assert ChangeEntry.objects.filter(
                            model="reporting.report", record_id=row.pk, by=person.user
                        ).exists(), cell
                    transaction.set_rollback(True)


def test_what_happened_is_told_with_names_and_reasons(
    province: Any, hoa: Any, son: Any, hanh: Any
) -> None:
    report = owed(province.root, province.an_hoa)
    flow.start(report, hoa.access)
    flow.propose(report, hoa.access)
    flow.submit(report, son.access)
    first = report.submitted_at
    with pytest.raises(ValidationError, match=r"\w"):
        flow.send_back(report, "  ", hanh.access)
    flow.send_back(report, "Số lớp tháng này gấp ba?", hanh.access)
    assert (report.state, report.reason) == (State.RETURNED, "Số lớp tháng này gấp ba?")
    flow.propose(report, hoa.access)
    flow.submit(report, son.access)
    flow.withdraw(report, hoa.access)
    assert report.state == State.RETURNED  # the question still waits for its answer
    flow.hand_in(report, hoa.access)
    assert report.state == State.PROPOSED
    flow.hand_in(report, son.access)
    assert report.first_submitted_at == first
    assert report.submitted_at > first
    assert report.submitted_by == son.user
    flow.approve(report, hanh.access)
    assert (report.approved_by, report.reason) == (hanh.user, "")
    flow.lock(report, hanh.access)
    actions = list(report.events.values_list("action", flat=True))
    assert actions == [
        "started", "proposed", "submitted", "returned", "proposed", "submitted", "withdrawn",
        "proposed", "submitted", "approved", "locked",
    ]  # fmt: skip
    late = put(report, State.DRAFT)
    with pytest.raises(ValidationError):
        flow.extend(late, late.due_at, "Bão", hanh.access)
    flow.extend(late, late.due_at + LATER, "Bão", hanh.access)
    assert put(report, State.DRAFT).due_at == late.due_at


def test_whoever_submits_for_somebody_else_names_them(
    province: Any, hoa: Any, son: Any, bao: Any, hanh: Any, minh: Any
) -> None:
    report = owed(province.root, province.an_hoa)
    with pytest.raises(ValidationError):
        flow.submit(report, hoa.access)  # the leader signs
    for nobody in (bao.user, hoa.user, hanh.user):
        with pytest.raises(ValidationError):
            flow.submit(report, hoa.access, on_behalf_of=nobody)
    flow.submit(report, hoa.access, on_behalf_of=son.user)
    assert (report.submitted_by, report.on_behalf_of) == (hoa.user, son.user)
    event = report.events.get()
    assert (event.by, event.on_behalf_of) == (hoa.user, son.user)
    flow.withdraw(report, hoa.access)
    with pytest.raises(ValidationError):
        flow.submit(report, hanh.access)
    flow.submit(report, hanh.access, on_behalf_of=son.user)
    assert (report.submitted_by, report.on_behalf_of) == (hanh.user, son.user)
    flow.withdraw(report, hoa.access)
    flow.submit(report, son.access)
    assert report.on_behalf_of is None
    # a unit in which nobody signs hands in through its officer
    Posting.unscoped.filter(user=son.user).delete()
    flow.withdraw(report, hoa.access)
    flow.hand_in(report, hoa.access)
    assert (report.state, report.submitted_by) == (State.SUBMITTED, hoa.user)


def test_where_no_signature_is_needed_the_officer_submits(
    province: Any, hoa: Any, son: Any, bao: Any
) -> None:
    report = owed(province.root, province.an_hoa, needs_leader=False)
    with pytest.raises(ValidationError):
        flow.propose(report, hoa.access)
    with pytest.raises(ValidationError):
        flow.submit(report, bao.access)
    flow.hand_in(report, hoa.access)
    assert report.state == State.SUBMITTED


def test_reports_nothing_was_noticed_about_are_approved_together(
    province: Any, hoa: Any, son: Any, bao: Any, hanh: Any, minh: Any, nga: Any
) -> None:
    fine = owed(province.root, province.an_hoa)
    flow.submit(fine, son.access)
    odd = make_report(fine.cycle, province.binh_minh)
    write(odd)
    flow.submit(odd, bao.access)
    Report.unscoped.filter(pk=odd.pk).update(warnings=1)
    odd.refresh_from_db()
    still = make_report(fine.cycle, province.education)
    outcome = flow.approve_many([fine, odd, still], hanh.access)
    assert [one.pk for one in outcome.done] == [fine.pk]
    assert [one.pk for one, _why in outcome.left] == [odd.pk, still.pk]
    assert all(why for _one, why in outcome.left)
    assert put(odd, "submitted").approved_at is None


def test_nothing_is_approved_that_the_approver_has_not_seen(
    province: Any, son: Any, hanh: Any
) -> None:
    report = owed(province.root, province.an_hoa)
    flow.submit(report, son.access)
    seen = report.version
    flow.withdraw(report, son.access)
    flow.submit(report, son.access)
    answer = hanh.client.post(
        f"/reporting/reports/{report.pk}/move/", {"step": "approve", "version": seen}
    )
    assert (answer.status_code, put(report, "submitted").approved_at) == (302, None)
    figure = DeclaredFigure.unscoped.filter(unit=report.unit).first()
    DeclaredFigure.unscoped.filter(pk=figure.pk).update(value=figure.value + 1)
    outcome = flow.approve_many([report], hanh.access)
    assert (outcome.done, len(outcome.left)) == ([], 1)
    assert not Snapshot.unscoped.filter(occasion="approved").exists()
    page = hanh.client.get(f"/reporting/reports/{report.pk}/").content.decode()
    assert f'name="version" value="{report.version}"' in page
    flow.approve(report, hanh.access, seen=report.version)


@pytest.mark.django_db(transaction=True)
def test_two_people_cannot_both_move_a_report(province: Any, son: Any, hanh: Any) -> None:
    report = owed(province.root, province.an_hoa)
    flow.submit(report, son.access)
    copies = [put(report, State.SUBMITTED) for _ in range(4)]
    refused: list[str] = []

    def take(number: int) -> None:
        try:
            if number % 2:
                flow.approve(copies[number], hanh.access)
            else:
                flow.send_back(copies[number], "Xem lại", hanh.access)
        except ValidationError as error:
            refused.extend(error.messages)

    if connection.vendor == "sqlite":
        for number in range(4):  # one writer at a time: each with the report as it was
            take(number)
    else:
        threads = [in_thread(take, number) for number in range(4)]
        for thread in threads:
            thread.join(30)
            assert thread.failure is None
    moved = report.events.exclude(action="submitted")
    assert moved.count() == 1
    assert len(refused) == 3
    assert all("Hạnh" in text for text in refused)
    assert timezone.now() - moved.get().at < timedelta(minutes=1)
