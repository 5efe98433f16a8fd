"""The board of a cycle: what it counts is what its lists hold, and everybody sees the own part."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaign.models import Holiday
from reporting.cycles.asking import request as ask_once
from reporting.cycles.obligations import open_due
from reporting.cycles.standing import Round
from reporting.models import (
    Report,
    ReportAnswer,
    ReportEvent,
    ReportingCycle,
    ReportTemplate,
    ReportText,
)
from units.models import Unit

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 10, 22, 9, 0, tzinfo=VIETNAM)
DUE = datetime(2026, 10, 16, 23, 59, tzinfo=VIETNAM)


def many(province: SimpleNamespace, number: int) -> None:
    """So many communes more."""
    Unit.plant_many(
        Unit(
            parent=province.root, level="commune", kind="commune", code=f"4{number:02}{n:02}",
            code_system="QD19/2025", name=f"Xã {number}-{n}",
        )
        for n in range(number)
    )  # fmt: skip


@pytest.fixture
def cycle(province: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> ReportingCycle:
    """A month that is due, in a province of 12 communes more, in every state of affairs."""
    Holiday.objects.all().delete()
    many(province, 12)
    template = ReportTemplate.unscoped.create(
        unit=province.root, code="m", name_vi="Báo cáo tháng", frequency="month",
        starts_on=date(2026, 9, 14), levels=list(ReportTemplate.LEVELS),
    )  # fmt: skip
    for section in ("I", "II"):
        template.sections.create(position=len(section), code=section, title_vi=section)
    open_due(NOW.date(), now=NOW - timedelta(days=60))
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    cycles = {one.period: one for one in ReportingCycle.unscoped.all()}
    late = Report.unscoped.filter(cycle=cycles["2026-M09"], unit__level="commune")
    late.update(state="locked", first_submitted_at=NOW - timedelta(days=30))
    rows = list(
        Report.unscoped.filter(cycle=cycles["2026-M10"], unit__level="commune").order_by("pk")
    )
    in_time, too_late = DUE - timedelta(hours=5), DUE + timedelta(days=2)
    states: list[tuple[str, datetime | None, int]] = [
        ("open", None, 0), ("open", None, 0), ("draft", None, 0), ("proposed", None, 0),
        ("submitted", in_time, 2), ("submitted", too_late, 0), ("submitted", in_time, 0),
        ("returned", in_time, 1), ("returned", too_late, 0),
        ("approved", in_time, 0), ("approved", too_late, 1), ("approved", in_time, 0),
        ("locked", in_time, 0), ("open", None, 0),
    ]  # fmt: skip
    for report, (state, at, warnings) in zip(rows, states, strict=True):
        report.state, report.first_submitted_at, report.submitted_at = state, at, at
        report.warnings, report.since = warnings, at or NOW - timedelta(days=4)
        report.save()
        if state not in ("open", "draft"):
            ReportEvent.objects.create(
                report=report, at=report.since, action="submitted", after=state
            )
    given = rows[-1]  # was given more time
    given.due_at = NOW + timedelta(days=3)
    given.save()
    ReportText.objects.create(report=rows[2], section="I", text="Đã triển khai.")
    ReportText.objects.create(report=rows[2], section="II", text="Dự thảo.", is_draft=True)
    return cycles["2026-M10"]


def url(cycle: ReportingCycle, tail: str = "") -> str:
    return f"/reporting/cycles/{cycle.pk}/{tail}"


def test_every_number_of_the_board_is_the_length_of_its_list(
    cycle: ReportingCycle, hanh: SimpleNamespace
) -> None:
    board = hanh.client.get(url(cycle, "?level=commune")).context["board"]
    counted = {
        "submitted": board.submitted, "on_time": board.on_time, "approved": board.approved,
        "overdue": board.overdue,
    } | {column.key: len(column.rows) for column in board.columns}  # fmt: skip
    assert counted == {
        "submitted": 9, "on_time": 6, "approved": 4, "overdue": 4,
        "missing": 5, "waiting": 3, "returned": 2,
    }  # fmt: skip
    for status, number in counted.items():
        listed = hanh.client.get(url(cycle, f"reports/?level=commune&status={status}"))
        assert listed.context["page"].paginator.count == number, status
    assert board.submitted + len(board.columns[0].rows) == board.whole == 14


def test_who_waits_for_whom_is_counted_as_its_lists_count(
    cycle: ReportingCycle, hanh: SimpleNamespace
) -> None:
    board = hanh.client.get(url(cycle, "?level=commune")).context["board"]
    blocked = {one.turn: (one.count, one.longest) for one in board.blocked}
    assert blocked == {"officer": (6, 7), "leader": (1, 4), "focal": (3, 6)}
    for turn, (number, _longest) in blocked.items():
        listed = hanh.client.get(url(cycle, f"reports/?level=commune&turn={turn}"))
        assert listed.context["page"].paginator.count == number, turn


def test_a_card_says_what_is_entered_and_for_how_many_periods_the_unit_is_late(
    cycle: ReportingCycle, hanh: SimpleNamespace
) -> None:
    rows = Round(cycle, hanh.access, "commune").standings
    drafted = next(row for row in rows if row.report.state == "draft")
    assert (drafted.done, drafted.parts, drafted.squares) == (1, 2, [True, False])
    assert drafted.late_in_a_row == 2
    assert {row.late_in_a_row for row in rows if row.is_on_time} == {0}
    given = next(row for row in rows if row.has_more_time)
    assert (given.is_overdue, given.late_in_a_row) == (False, 0)


def test_the_matrix_says_the_same_of_every_period(
    cycle: ReportingCycle, lan: SimpleNamespace
) -> None:
    page = lan.client.get(url(cycle, "?view=matrix&level=commune"))
    rows, board = page.context["rows"], page.context["board"]
    assert [one.period for one in page.context["matrix"].cycles] == ["2026-M09", "2026-M10"]
    assert sum(row.cells[1].css == "m4" for row in rows) == board.overdue
    assert sum(row.on_time for row in rows) == board.on_time
    assert all(cell.words for row in rows for cell in row.cells)


def test_the_workbook_holds_what_the_list_holds(
    cycle: ReportingCycle, hanh: SimpleNamespace
) -> None:
    answer = hanh.client.get(url(cycle, "reports/?status=overdue&format=csv"))
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert sum("Xã" in line or "Phường" in line or "Sở" in line for line in lines) >= 4


def test_a_commune_sees_its_own_report_and_a_leader_all(
    cycle: ReportingCycle, hoa: SimpleNamespace, lan: SimpleNamespace, hanh: SimpleNamespace
) -> None:
    listed = hoa.client.get("/reporting/cycles/")
    assert {row.owed for row in listed.context["page"]} == {1}
    assert len(Round(cycle, hoa.access).standings) == 1
    assert "Bình Minh" not in hoa.client.get(url(cycle), follow=True).content.decode()
    assert len(Round(cycle, lan.access).standings) == 16
    seen = lan.client.get(url(cycle)).content.decode()
    assert "data-pick" not in seen
    assert "data-pick" in hanh.client.get(url(cycle)).content.decode()
    assert lan.client.post(url(cycle, "extend/")).status_code == 404


def test_the_cost_of_a_board_does_not_grow_with_the_province(
    cycle: ReportingCycle, hanh: SimpleNamespace, province: SimpleNamespace
) -> None:
    def queries(tail: str) -> int:
        hanh.client.get(url(cycle, tail))
        with CaptureQueriesContext(connection) as found:
            assert hanh.client.get(url(cycle, tail)).status_code == 200
        return len(found)

    tails = ("", "?view=matrix", "reports/")
    before = [queries(tail) for tail in tails]
    many(province, 60)
    for unit in Unit.unscoped.filter(name__startswith="Xã 60-"):
        Report.unscoped.create(cycle=cycle, unit=unit, due_at=cycle.due_at, since=NOW)
    assert [queries(tail) for tail in tails] == before


def test_more_time_needs_a_reason_and_a_day_to_come(
    cycle: ReportingCycle, hanh: SimpleNamespace
) -> None:
    rows = Report.unscoped.filter(cycle=cycle, state__in=("open", "draft"))
    picked = [row.pk for row in rows if row.due_at == cycle.due_at]
    asked = hanh.client.post(url(cycle, "extend/"), {"report": picked})
    assert len(asked.context["reports"]) == len(picked)
    sent = {"report": picked, "step": "do", "due_on": "20/10/2026", "due_time": "17:00"}
    refused = hanh.client.post(url(cycle, "extend/"), sent | {"reason": "Mưa bão"})
    assert refused.status_code == 422
    sent |= {"due_on": "30/10/2026", "reason": "Mưa bão"}
    assert hanh.client.post(url(cycle, "extend/"), sent).status_code == 302
    until = datetime(2026, 10, 30, 17, 0, tzinfo=VIETNAM)
    assert set(rows.filter(pk__in=picked).values_list("due_at", flat=True)) == {until}
    events = ReportEvent.objects.filter(report__in=picked, action="extended")
    assert set(events.values_list("reason", flat=True)) == {"Mưa bão"}


# --- Requests ---------------------------------------------------------------------------------


def form(**more: Any) -> dict[str, Any]:
    return {
        "name_vi": "Rà soát nhanh", "letter": "Công văn 12/SKHCN", "whom": "communes",
        "due_on": "30/10/2099", "due_time": "17:00",
        "questions-TOTAL_FORMS": "3", "questions-INITIAL_FORMS": "0",
        "questions-0-label": "Số điểm cầu", "questions-0-kind": "number",
        "questions-1-label": "", "questions-1-kind": "number",
        "questions-2-label": "Khó khăn", "questions-2-kind": "text",
    } | more  # fmt: skip


def test_a_request_reaches_its_units_at_once_with_its_own_form(
    province: SimpleNamespace, hanh: SimpleNamespace, hoa: SimpleNamespace
) -> None:
    assert hoa.client.get("/reporting/cycles/request/").status_code == 404
    answer = hanh.client.post("/reporting/cycles/request/", form())
    assert answer.status_code == 302, answer.context["form"].errors
    cycle = ReportingCycle.unscoped.get()
    template = cycle.template
    assert (template.is_request, template.unit) == (True, province.science)
    assert [one.label for one in template.questions.all()] == ["Số điểm cầu", "Khó khăn"]
    assert cycle.due_at == datetime(2099, 10, 30, 17, 0, tzinfo=VIETNAM)
    names = set(Report.unscoped.values_list("unit__short_name", flat=True))
    assert names == {"An Hoà", "Bình Minh"}
    assert hanh.client.get(answer.url).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"due_on": "30/10/2020"}, "due_on"),
        ({"whom": "chosen"}, "units"),
        ({"questions-0-label": "", "questions-2-label": ""}, "__all__"),
        ({"indicators": ["people"]}, "starts_on"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused(
    province: SimpleNamespace, hanh: SimpleNamespace, wrong: dict[str, Any], place: str
) -> None:
    answer = hanh.client.post("/reporting/cycles/request/", form(**wrong))
    assert answer.status_code == 422
    assert place in answer.context["form"].errors
    assert not ReportingCycle.unscoped.exists()


def test_answers_are_summed_and_what_is_missing_is_not_zero(
    province: SimpleNamespace, hanh: SimpleNamespace
) -> None:
    cycle = ask_once(
        unit=province.science, name="Rà soát", due_at=timezone.now() + timedelta(days=3),
        questions=[("Số máy", "number"), ("Ghi chú", "text")], levels=["commune"],
    )  # fmt: skip
    number, text = cycle.template.questions.all()
    answers = hanh.client.get(url(cycle, "answers/")).context["answers"]
    assert answers.totals == [None, None]
    report = Report.unscoped.get(cycle=cycle, unit=province.an_hoa)
    ReportAnswer.objects.create(report=report, question=number, number=0)
    ReportAnswer.objects.create(report=report, question=text, text="=1+1")
    page = hanh.client.get(url(cycle, "answers/"))
    answers = page.context["answers"]
    assert (answers.totals, answers.answered) == ([0, None], 1)
    cells = {row.unit.short_name: values for row, values in answers.rows}
    assert cells == {"An Hoà": [0, "=1+1"], "Bình Minh": [None, None]}
    book = hanh.client.get(url(cycle, "answers/?format=xlsx"))
    assert book.content[:2] == b"PK"


# --- Templates --------------------------------------------------------------------------------


def test_the_focal_officer_changes_a_template_and_its_sections(
    province: SimpleNamespace, hanh: SimpleNamespace, quan: SimpleNamespace
) -> None:
    from reporting.cycles.sowing import sow_templates

    sow_templates(province.root)
    template = ReportTemplate.unscoped.get(code="week")
    page = hanh.client.get(f"/reporting/cycles/templates/{template.pk}/")
    assert page.status_code == 200
    assert quan.client.get(f"/reporting/cycles/templates/{template.pk}/").status_code == 404
    sent = {
        "version": template.version, "name_vi": "Báo cáo tuần", "code": "week",
        "frequency": "week", "scheme": "admin", "starts_on": "01/10/2026",
        "days_to_deadline": "1", "due_time": "17:00", "levels": ["commune"],
        "indicators": ["classes", "people"], "is_active": "on",
        "sections-TOTAL_FORMS": "1", "sections-INITIAL_FORMS": "0",
        "sections-0-position": "1", "sections-0-code": "I", "sections-0-title_vi": "Kết quả",
    }  # fmt: skip
    answer = hanh.client.post(f"/reporting/cycles/templates/{template.pk}/", sent)
    assert answer.status_code == 302, answer.context["form"].errors
    template.refresh_from_db()
    assert (template.levels, template.indicators) == (["commune"], ["classes", "people"])
    assert [one.title_vi for one in template.sections.all()] == ["Kết quả"]
    assert ReportingCycle.unscoped.filter(template=template).exists()
    cache.clear()
