"""Reports appear by themselves: which, when, for whom; nothing twice, nothing lost."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaign.models import Holiday
from campaign.periods import Kind, Period, Scheme, today
from reporting.cycles.obligations import deadline_of, ensure_open, open_due, periods_of
from reporting.cycles.sowing import sow_templates
from reporting.models import Report, ReportEvent, ReportingCycle, ReportTemplate
from units.models import Unit

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
Frequency = ReportTemplate.Frequency


def asked(frequency: str, starts_on: date, **more: Any) -> ReportTemplate:
    """A template that is not stored."""
    return ReportTemplate(frequency=frequency, starts_on=starts_on, **more)


def codes(template: ReportTemplate, until: date) -> list[str]:
    return [period.code for period in periods_of(template, until)]


def monthly(unit: Unit, **more: Any) -> ReportTemplate:
    """A stored monthly report of the whole province."""
    more = {"code": "m", "starts_on": date(2026, 9, 20), "frequency": "month", **more}
    more.setdefault("levels", list(ReportTemplate.LEVELS))
    return ReportTemplate.unscoped.create(unit=unit, name_vi="Báo cáo tháng", **more)


def owing(cycle: str = "2026-M10") -> set[str]:
    reports = Report.unscoped.filter(cycle__period=cycle)
    return set(reports.values_list("unit__short_name", flat=True))


def reads(queries: CaptureQueriesContext) -> int:
    return sum("INSERT" not in query["sql"] for query in queries)


@pytest.fixture(autouse=True)
def ordinary_weeks(request: pytest.FixtureRequest) -> None:
    """Where there is a database, it names no holiday but those a test names."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        request.getfixturevalue("db")
        Holiday.objects.all().delete()


# --- The calendar, without a database ---------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "scheme", "starts_on", "until", "expected"),
    [
        ("month", "admin", (2026, 11, 20), (2026, 12, 14), ["2026-M12"]),
        ("month", "admin", (2026, 11, 20), (2026, 12, 15), ["2026-M12", "2027-M01"]),
        ("month", "calendar", (2026, 11, 20), (2026, 12, 31), ["2026-M11", "2026-M12"]),
        ("month", "calendar", (2026, 12, 31), (2027, 1, 1), ["2026-M12", "2027-M01"]),
        ("quarter", "admin", (2026, 12, 14), (2026, 12, 15), ["2026-Q4", "2027-Q1"]),
        ("half", "admin", (2026, 6, 14), (2026, 6, 15), ["2026-H1", "2026-H2"]),
        ("nine", "admin", (2026, 9, 15), (2026, 12, 14), []),
        ("nine", "admin", (2026, 9, 15), (2026, 12, 15), ["2027-9M"]),
        ("nine", "admin", (2026, 9, 14), (2026, 9, 14), ["2026-9M"]),
        ("year", "admin", (2026, 12, 14), (2026, 12, 15), ["2026", "2027"]),
        ("week", "admin", (2026, 12, 30), (2027, 1, 4), ["2026-W53", "2027-W01"]),
        ("day", "admin", (2026, 9, 2), (2026, 9, 3),
         ["2026-09-02..2026-09-02", "2026-09-03..2026-09-03"]),
    ],
)  # fmt: skip
def test_a_period_is_asked_from_its_first_day(
    frequency: str, scheme: str, starts_on: tuple[int, ...], until: tuple[int, ...],
    expected: list[str],
) -> None:  # fmt: skip
    template = asked(frequency, date(*starts_on), scheme=scheme)
    assert codes(template, date(*until)) == expected


def test_the_last_day_of_a_template_is_the_last_cut_off_it_asks_for():
    drive = asked("week", date(2026, 10, 5), ends_on=date(2026, 10, 19))
    assert codes(drive, date(2026, 12, 1)) == ["2026-W41", "2026-W42"]


def test_a_campaign_window_is_one_period_from_its_first_day():
    drive = asked("once", date(2026, 10, 10), ends_on=date(2027, 1, 17))
    assert codes(drive, date(2026, 10, 9)) == []
    assert codes(drive, date(2026, 10, 10)) == ["2026-10-10..2027-01-17"]
    assert codes(drive, date(2027, 5, 1)) == ["2026-10-10..2027-01-17"]
    assert codes(asked("once", date(2026, 10, 10)), date(2027, 1, 1)) == []


# --- Deadlines --------------------------------------------------------------------------------


def test_a_deadline_is_some_working_days_after_the_cut_off(db: None) -> None:
    month = Period.of(Kind.MONTH, 2026, 2)  # until Saturday 14/02/2026, the eve of Tết
    template = asked("month", date(2026, 1, 1), days_to_deadline=2)
    assert deadline_of(template, month).date() == date(2026, 2, 17)
    for day in range(16, 21):
        Holiday.objects.create(day=date(2026, 2, day), name_vi="Tết", name_en="Tết")
    assert deadline_of(template, month).date() == date(2026, 2, 24)
    Holiday.objects.create(
        day=date(2026, 2, 22), name_vi="Làm bù", name_en="Worked", is_worked=True
    )
    due_at = deadline_of(template, month)
    assert due_at.date() == date(2026, 2, 23)
    assert due_at.utcoffset() == timedelta(hours=7)
    assert (due_at.hour, due_at.minute) == (23, 59)


def test_a_daily_drive_is_due_the_same_evening(db: None) -> None:
    sunday = Period.between(date(2026, 9, 6), date(2026, 9, 6))
    template = asked("day", date(2026, 9, 1), days_to_deadline=0)
    template.due_time = datetime(2026, 1, 1, 20, 0).time()
    assert deadline_of(template, sunday) == datetime(2026, 9, 6, 20, 0, tzinfo=VIETNAM)


# --- Obligations ------------------------------------------------------------------------------


def test_every_unit_owes_a_report_from_the_first_day_of_the_period(
    province: SimpleNamespace,
) -> None:
    monthly(province.root)
    assert open_due(date(2026, 9, 14)) == 0
    assert open_due(date(2026, 9, 15)) == 4
    assert owing() == {"An Hoà", "Bình Minh", "Sở GD&ĐT", "Sở KH&CN"}
    cycle = ReportingCycle.unscoped.get()
    assert (cycle.starts_on, cycle.ends_on) == (date(2026, 9, 15), date(2026, 10, 14))
    assert cycle.due_at.astimezone(VIETNAM).date() == date(2026, 10, 16)
    report = Report.unscoped.first()
    assert (report.state, report.due_at) == (Report.State.OPEN, cycle.due_at)
    event = ReportEvent.objects.get(report=report)
    assert (event.action, event.before, event.after) == ("opened", "", "open")
    assert event.at == report.since


def test_looking_again_changes_nothing(province: SimpleNamespace) -> None:
    monthly(province.root)
    open_due(date(2026, 11, 20))
    before = list(Report.unscoped.order_by("pk").values("pk", "cycle", "unit", "since"))
    assert len(before) == 3 * 4  # October, November, December
    assert open_due(date(2026, 11, 20)) == 0
    assert list(Report.unscoped.order_by("pk").values("pk", "cycle", "unit", "since")) == before
    assert ReportEvent.objects.count() == len(before)


def test_a_unit_that_ended_before_the_cut_off_owes_nothing(province: SimpleNamespace) -> None:
    monthly(province.root)
    Unit.unscoped.filter(pk=province.an_hoa.pk).update(valid_to=date(2026, 10, 13))
    Unit.unscoped.filter(pk=province.binh_minh.pk).update(valid_to=date(2026, 10, 14))
    open_due(date(2026, 9, 20))
    assert owing() == {"Bình Minh", "Sở GD&ĐT", "Sở KH&CN"}
    open_due(date(2026, 10, 20))
    assert owing("2026-M11") == {"Sở GD&ĐT", "Sở KH&CN"}


def test_untouched_reports_of_a_unit_that_ends_are_withdrawn(province: SimpleNamespace) -> None:
    monthly(province.root)
    open_due(date(2026, 9, 20))
    Report.unscoped.filter(unit=province.binh_minh).update(state=Report.State.DRAFT)
    Unit.unscoped.filter(pk__in=[province.an_hoa.pk, province.binh_minh.pk]).update(
        valid_to=date(2026, 10, 1)
    )
    open_due(date(2026, 9, 21))
    assert owing() == {"Bình Minh", "Sở GD&ĐT", "Sở KH&CN"}
    # found out long after the deadline: the overdue report of a unit that was gone goes as well
    Unit.unscoped.filter(pk=province.education.pk).update(valid_to=date(2026, 10, 1))
    open_due(date(2026, 12, 1))
    assert owing() == {"Bình Minh", "Sở KH&CN"}


def test_a_new_unit_owes_what_is_not_due_yet(province: SimpleNamespace) -> None:
    monthly(province.root)
    now = datetime(2026, 10, 20, tzinfo=VIETNAM)
    open_due(now.date(), now=now)
    Unit.plant(
        parent=province.root, level="department", kind="police", code="CA",
        code_system="portal", name="Công an tỉnh",
    )  # fmt: skip
    assert open_due(now.date(), now=now) == 1
    assert "Công an tỉnh" in owing("2026-M11")
    assert "Công an tỉnh" not in owing("2026-M10")


def test_only_chosen_units_are_asked(province: SimpleNamespace) -> None:
    template = monthly(province.root, levels=["commune"])
    open_due(date(2026, 9, 20))
    assert owing() == {"An Hoà", "Bình Minh"}
    template.units.set([province.binh_minh, province.science])
    open_due(date(2026, 9, 20))
    assert owing() == {"Bình Minh", "Sở KH&CN"}


def test_a_template_no_longer_in_use_takes_back_what_nobody_began(
    province: SimpleNamespace,
) -> None:
    template = monthly(province.root)
    now = datetime(2026, 10, 10, tzinfo=VIETNAM)
    open_due(now.date(), now=now)
    template.is_active = False
    template.save()
    open_due(now.date(), now=now)
    assert not Report.unscoped.exists()
    assert not ReportingCycle.unscoped.exists()


def test_a_holiday_named_late_moves_the_deadline_of_a_running_period(
    province: SimpleNamespace,
) -> None:
    monthly(province.root)
    open_due(date(2026, 9, 20))
    later = Report.unscoped.filter(unit=province.science).get()
    given = later.due_at + timedelta(days=9)
    Report.unscoped.filter(pk=later.pk).update(due_at=given)
    Holiday.objects.create(day=date(2026, 10, 16), name_vi="Nghỉ", name_en="Off")
    open_due(date(2026, 10, 1))
    due_at = ReportingCycle.unscoped.get().due_at
    assert due_at.astimezone(VIETNAM).date() == date(2026, 10, 19)
    assert set(Report.unscoped.values_list("due_at", flat=True)) == {due_at, given}


def test_a_year_of_periods_is_closed_where_the_year_is(province: SimpleNamespace) -> None:
    for code, frequency in (("m", "month"), ("q", "quarter"), ("y", "year")):
        monthly(province.root, code=code, frequency=frequency, starts_on=date(2025, 12, 15))
    open_due(date(2026, 12, 14))
    assert ReportingCycle.unscoped.count() == 12 + 4 + 1
    assert set(ReportingCycle.unscoped.values_list("starts_on__year", flat=True)) == {2025, 2026}
    open_due(date(2026, 12, 15))
    fresh = ReportingCycle.unscoped.filter(starts_on=date(2026, 12, 15))
    assert set(fresh.values_list("period", flat=True)) == {"2027-M01", "2027-Q1", "2027"}


def test_a_province_of_102_communes_costs_what_a_small_one_costs(
    province: SimpleNamespace,
) -> None:
    monthly(province.root)
    with CaptureQueriesContext(connection) as few:
        open_due(date(2026, 9, 20))
    Unit.plant_many(
        Unit(
            parent=province.root, level="commune", kind="commune", code=f"{number:05}",
            code_system="QD19/2025", name=f"Xã {number}",
        )
        for number in range(118)
    )  # fmt: skip
    ReportTemplate.unscoped.update(starts_on=date(2026, 6, 1))
    with CaptureQueriesContext(connection) as many:
        assert open_due(date(2026, 9, 20)) == 4 * 122 + 118
    assert reads(many) <= reads(few)  # rows go in by the thousand, on SQLite by the hundred
    with CaptureQueriesContext(connection) as again:
        assert open_due(date(2026, 9, 20)) == 0
    assert len(again) <= 8


def test_readers_look_once_an_hour_and_after_a_change(province: SimpleNamespace) -> None:
    template = monthly(province.root, starts_on=today())
    ensure_open()
    made = Report.unscoped.count()
    assert made >= 4
    with CaptureQueriesContext(connection) as queries:
        ensure_open()
    assert len(queries) == 0
    template.is_active = False
    template.save()
    ensure_open()
    assert Report.unscoped.count() < made


# --- What a province begins with --------------------------------------------------------------


def test_a_province_begins_with_its_usual_reports_and_nothing_overdue(
    province: SimpleNamespace,
) -> None:
    assert sow_templates(province.root, starts_on=date(2026, 9, 20)) == 7
    assert sow_templates(province.root) == 0
    templates = {one.code: one for one in ReportTemplate.unscoped.all()}
    assert [code for code, one in templates.items() if one.closes_records] == ["month"]
    assert [code for code, one in templates.items() if not one.is_active] == ["day", "week"]
    assert [one.code for one in templates["month"].sections.all()] == ["I", "II", "III", "IV", "V"]
    assert templates["month"].scheme == Scheme.ADMIN
    now = datetime(2026, 9, 20, tzinfo=VIETNAM)
    open_due(now.date(), now=now)
    assert set(ReportingCycle.unscoped.values_list("period", flat=True)) == {
        "2026-M10", "2026-Q4", "2026-H2", "2026",
    }  # fmt: skip
    assert not ReportingCycle.unscoped.filter(due_at__lt=now).exists()


def test_the_usual_reports_name_indicators_that_exist():
    from reporting.cycles.sowing import usual_templates
    from reporting.declared.indicators import DECLARED_BY_CODE
    from reporting.indicators import BY_CODE

    for name, asked_for in usual_templates()["lists"].items():
        assert set(asked_for["indicators"]) <= set(BY_CODE), name
        assert set(asked_for["declared"]) <= set(DECLARED_BY_CODE), name
