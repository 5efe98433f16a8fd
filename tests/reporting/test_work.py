"""My work: sentences with one button each, only of the own units, at a constant cost."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaign.models import Draft, Job
from classes.models import ClassSession, TrainingClass
from units.models import CommunityTeam, TeamMember


def plan(unit: Any, words: SimpleNamespace, code: str, **more: Any) -> TrainingClass:
    return TrainingClass.unscoped.create(
        unit=unit,
        place=unit,
        code=code,
        title=f"Lớp {code}",
        topic=words.vneid,
        audience=words.elderly,
        starts_on=date(2025, 9, 1),
        **more,
    )


def titles(person: SimpleNamespace) -> list[tuple[str, int]]:
    piles = person.client.get("/work/").context["piles"]
    return [(pile.icon, pile.total) for pile in piles]


def test_nothing_waiting_is_said_kindly(hoa: SimpleNamespace) -> None:
    response = hoa.client.get("/work/")
    assert response.status_code == 200
    assert not response.context["piles"]


def test_what_waits_is_counted_and_leads_to_its_place(
    hoa: SimpleNamespace, bao: SimpleNamespace, province: SimpleNamespace, words: SimpleNamespace
) -> None:
    today = timezone.localdate()
    late = plan(province.hoa_ut, words, "A1")
    ClassSession.unscoped.create(training_class=late, number=1, held_on=today - timedelta(days=1))
    ClassSession.unscoped.create(training_class=late, number=2, held_on=today)
    held = plan(province.hoa_ut, words, "A2")
    ClassSession.unscoped.create(
        training_class=held, number=1, held_on=today - timedelta(days=3), status="held"
    )
    gone = plan(province.hoa_ut, words, "A3", cancelled_at=timezone.now())
    ClassSession.unscoped.create(training_class=gone, number=1, held_on=today - timedelta(days=3))
    plan(province.an_hoa, words, "A4")  # no session at all
    headless = CommunityTeam.unscoped.create(
        unit=province.hoa_ut, name="Tổ không tổ trưởng", founded_on=date(2025, 7, 1)
    )
    led = CommunityTeam.unscoped.create(
        unit=province.hoa_tao, name="Tổ có tổ trưởng", founded_on=date(2025, 7, 1)
    )
    TeamMember.unscoped.create(
        team=led, full_name="Danh Tú", role="leader", joined_on=date(2025, 7, 1)
    )
    Draft.objects.create(by=hoa.user, form="x:new", url="/classes/new/", label="Thêm lớp")
    Job.objects.create(
        by=hoa.user,
        kind="export_list",
        label="Lớp học",
        status="done",
        stored_as="x.xlsx",
        ended_at=timezone.now(),
    )
    assert titles(hoa) == [
        ("calendar-x", 1),
        ("calendar-plus", 1),
        ("user-x", 1),
        ("pencil", 1),
        ("download", 1),
    ]
    text = hoa.client.get("/work/").content.decode()
    assert f"/classes/{late.pk}/sessions/1/" in text
    assert f"/teams/{headless.pk}/edit/" in text
    assert titles(bao) == []


def test_the_page_costs_the_same_for_few_and_for_many(
    hoa: SimpleNamespace, province: SimpleNamespace, words: SimpleNamespace
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert hoa.client.get("/work/").status_code == 200
        return len(captured)

    def add(number: int) -> None:
        late = plan(province.hoa_ut, words, f"B{number}")
        ClassSession.unscoped.create(
            training_class=late, number=1, held_on=timezone.localdate() - timedelta(days=1)
        )
        plan(province.hoa_ut, words, f"C{number}")
        CommunityTeam.unscoped.create(
            unit=province.hoa_ut, name=f"Tổ {number}", founded_on=date(2025, 7, 1)
        )

    add(0)
    cost()
    few = cost()
    for number in range(1, 12):
        add(number)
    assert cost() == few


def test_those_who_enter_nothing_have_no_work_page(
    lan: SimpleNamespace, thao: SimpleNamespace, quan: SimpleNamespace
) -> None:
    for person in (lan, thao, quan):
        assert person.client.get("/work/").status_code == 404
