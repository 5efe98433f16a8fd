"""A whole year of reports on the 15→14 calendar: 102 communes and 18 departments, seeded chance.

Every unit records, hands in on time, late, after a return or not at all; the focal officer
approves; closed records are amended with a reason; one commune ends in August. What the portal
says at the end of the year is compared with what was played.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.access import Access
from accounts.models import Posting, User
from activities.models import Activity, ActivityHeadcount, ActivityType
from campaign.periods import Kind, Period
from campaign.portal.amending import amending
from campaign.working_days import add_working_days
from reporting.closing import amendments, snapshots
from reporting.closing.difference import explain
from reporting.cycles.obligations import moment, open_due
from reporting.models import Amendment, PeriodLock, Report, ReportTemplate, Snapshot
from reporting.reports import flow
from reporting.reports.checks import check, soft
from reporting.rollups import settle_all
from units.loading import load_province
from units.models import Unit

pytestmark = pytest.mark.django_db

YEAR = 2026
DEPARTMENTS = 18
#: the embedded shape plays the year, the other its first two months: the code is the same
MONTHS = 12 if settings.IS_SQLITE else 2
ENDS_IN_AUGUST = date(YEAR, 8, 31)
Role, State = Posting.Role, Report.State


@dataclass
class Played:
    """What chance did, to be found again in what the portal says."""

    reports: int = 0
    on_time: Counter[int] = field(default_factory=Counter)
    late: Counter[int] = field(default_factory=Counter)
    missing: Counter[int] = field(default_factory=Counter)
    returned: set[int] = field(default_factory=set)
    people: Counter[tuple[int, str]] = field(default_factory=Counter)
    activities: Counter[tuple[int, str]] = field(default_factory=Counter)
    amended: dict[int, int] = field(default_factory=dict)


class Year:
    """Plays the months one after another."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        load_province("91", today=date(2025, 12, 1))
        self.root = Unit.unscoped.get(level="province", code="91", code_system="QD19/2025")
        with transaction.atomic():
            Unit.plant_many(
                Unit(
                    parent=self.root, level="department", kind="department",
                    code_system="portal", code=f"SO-{n:02}", name=f"Sở số {n}",
                    short_name=f"Sở {n}", valid_from=date(2025, 7, 1),
                )
                for n in range(1, DEPARTMENTS + 1)
            )  # fmt: skip
        self.units = list(
            Unit.unscoped.filter(level__in=ReportTemplate.LEVELS, parent=self.root)
            .in_force(date(2025, 12, 15))
            .order_by("pk")
        )
        assert len(self.units) == 102 + DEPARTMENTS
        self.closing_unit = self.units[40]
        self.people = {
            name: User.objects.create(username=name, full_name=name.title())
            for name in ("officer", "leader", "focal")
        }
        # Half of the units have a leader who signs; the others' officers submit themselves.
        self.led = {unit.pk for unit in self.units[::2]}
        for unit in self.units[::2]:
            role = Role.COMMUNE_LEADER if unit.level == "commune" else Role.DEPARTMENT_HEAD
            Posting.unscoped.create(
                user=self.people["leader"], unit=unit, role=role, starts_on=date(2025, 7, 1)
            )
        self.focal = self.access("focal", Role.FOCAL_OFFICER, self.root)
        self.kind = ActivityType.objects.create(
            code="year-talk", name_vi="Tuyên truyền", name_en="Talk", counts_as="communication"
        )
        self.template = ReportTemplate.unscoped.create(
            unit=self.root, code="thang", name_vi="Báo cáo tháng", frequency="month",
            starts_on=date(2025, 12, 15), levels=list(ReportTemplate.LEVELS),
            ends_on=Period.of(Kind.MONTH, YEAR, MONTHS).end,
            indicators=["activities", "communications", "reach", "teams"], closes_records=True,
        )  # fmt: skip
        ReportTemplate.unscoped.create(
            unit=self.root, code="nam", name_vi="Báo cáo năm", frequency="year",
            starts_on=date(2025, 12, 15), ends_on=date(YEAR, 12, 14),
            levels=list(ReportTemplate.LEVELS), indicators=["activities", "reach"],
        )  # fmt: skip
        self.played = Played()

    def access(self, name: str, role: Any, unit: Unit) -> Access:
        return Access(self.people[name], ((role, unit.path, unit.path),))

    def of(self, unit: Unit, name: str) -> Access:
        commune = unit.level == Unit.Level.COMMUNE
        roles = {
            "officer": Role.COMMUNE_OFFICER if commune else Role.DEPARTMENT_OFFICER,
            "leader": Role.COMMUNE_LEADER if commune else Role.DEPARTMENT_HEAD,
        }
        return self.access(name, roles[name], unit)

    # --- One month -----------------------------------------------------------------------

    def play(self, month: Period) -> None:
        with at(moment(month.start) + timedelta(hours=7)):
            open_due()
            self.record(month)
        cut_off = moment(month.end + timedelta(days=1))
        due = moment(add_working_days(month.end, 2) + timedelta(days=1))
        if month.end >= ENDS_IN_AUGUST > month.start:
            self.closing_unit.valid_to = ENDS_IN_AUGUST
            self.closing_unit.save()
        with at(cut_off + timedelta(hours=8)):
            open_due()
            cycle = self.template.cycles.get(period=month.code)
            reports = list(cycle.reports.select_related("unit", "cycle__template"))
            expected = [u for u in self.units if u.valid_to is None or u.valid_to >= month.end]
            assert {report.unit_id for report in reports} == {unit.pk for unit in expected}
            assert cycle.due_at == due - timedelta(microseconds=1)
            self.played.reports += len(reports)
            settle_all()
        for report in reports:
            self.hand_in(report, cut_off, due)
        with at(due + timedelta(days=9)):
            waiting = [report for report in reports if report.state == State.SUBMITTED]
            noticed = {report.pk for report in waiting if report.warnings}
            outcome = flow.approve_many(waiting, self.focal)
            assert {report.pk for report, _why in outcome.left} == noticed
            for report, _why in outcome.left:
                flow.approve(report, self.focal)
        with at(due + timedelta(days=12)):
            self.amend(month)

    def record(self, month: Period) -> None:
        """Events on the first day, the last day and between; some units have none."""
        made, counted = [], []
        for unit in self.units:
            if unit.valid_to and unit.valid_to < month.start:
                continue
            for day in self.days(month, unit):
                made.append(
                    Activity(
                        unit=unit, type=self.kind, title="Tuyên truyền", starts_on=day,
                        mode="in_person",
                    )
                )  # fmt: skip
                self.played.activities[unit.pk, month.code] += 1
        for activity in Activity.unscoped.bulk_create(made):
            people = self.random.randrange(20, 60)
            counted.append(ActivityHeadcount(activity=activity, people=people))
            self.played.people[activity.unit_id, month.code] += people
        ActivityHeadcount.unscoped.bulk_create(counted)

    def days(self, month: Period, unit: Unit) -> Iterator[date]:
        if self.random.random() < 0.05:
            return
        yield month.start
        if self.random.random() < 0.5 and (not unit.valid_to or unit.valid_to >= month.end):
            yield month.end

    def hand_in(self, report: Report, cut_off: datetime, due: datetime) -> None:
        fate = self.random.random()
        number = report.unit_id
        if fate < 0.03:
            self.played.missing[number] += 1
            return
        when = cut_off if fate < 0.13 else due - timedelta(microseconds=1)
        if fate > 0.88:
            when = due
        on_time = when < due
        (self.played.on_time if on_time else self.played.late)[number] += 1
        with at(when):
            self.submit(report)
        if fate > 0.97:
            with at(due + timedelta(days=1)):
                flow.send_back(report, "Đề nghị kiểm tra lại.", self.focal)
            with at(due + timedelta(days=2)):
                self.submit(report)
            self.played.returned.add(report.pk)

    def submit(self, report: Report) -> None:
        officer = self.of(report.unit, "officer")
        step = flow.propose if report.unit_id in self.led else flow.submit
        try:
            step(report, officer)
        except ValidationError:
            said = {one.key: "Đúng với thực tế." for one in soft(check(report, officer))}
            is_zero = not self.played.activities[report.unit_id, report.cycle.period]
            step(report, officer, explanations=said, is_zero=is_zero)
        if report.unit_id in self.led:
            assert report.state == State.PROPOSED
            flow.submit(report, self.of(report.unit, "leader"))
        assert report.state == State.SUBMITTED

    def amend(self, month: Period) -> None:
        """Three closed records are changed: refused without a reason, recorded with one."""
        closed = PeriodLock.unscoped.filter(ends_on=month.end, released_at__isnull=True)
        rows = ActivityHeadcount.unscoped.filter(
            activity__unit__in=closed.values("unit"),
            activity__starts_on__range=(month.start, month.end),
        ).order_by("pk")
        for row in self.random.sample(list(rows), 3):
            more = self.random.randrange(1, 9)
            with pytest.raises(IntegrityError), transaction.atomic():
                ActivityHeadcount.unscoped.filter(pk=row.pk).update(people=row.people + more)
            with amending("Kiểm đếm lại.", by=self.people["officer"].pk, door="form"):
                ActivityHeadcount.unscoped.filter(pk=row.pk).update(people=row.people + more)
            lock = closed.get(unit=row.activity.unit_id)
            added = self.played.amended.get(lock.report_id, 0)
            self.played.amended[lock.report_id] = added + more
        settle_all()
        amendments.gather()


@contextmanager
def at(when: datetime) -> Iterator[None]:
    with time_machine.travel(when, tick=False):
        yield


def test_a_year_of_reports() -> None:
    year = Year(seed=2026)
    months = [Period.of(Kind.MONTH, YEAR, number) for number in range(1, MONTHS + 1)]
    for month in months:
        year.play(month)
    played = year.played
    with at(moment(date(YEAR, 12, 31))):
        reports = list(
            Report.unscoped.filter(cycle__template=year.template)
            .select_related("cycle", "unit")
            .prefetch_related("events", "snapshots")
        )
        ended = sum(month.end > ENDS_IN_AUGUST for month in months)
        assert len(reports) == played.reports == 120 * len(months) - ended
        _reports_say_what_was_played(year, reports)
        _snapshots_hold(year, reports)
    if MONTHS == 12:
        _the_year_closes(year)


def _reports_say_what_was_played(year: Year, reports: list[Report]) -> None:
    played = year.played
    said: dict[str, Counter[int]] = {"on_time": Counter(), "late": Counter(), "missing": Counter()}
    for report in reports:
        if report.first_submitted_at is None:
            said["missing"][report.unit_id] += 1
            assert report.state == State.OPEN
            continue
        is_late = report.first_submitted_at > report.due_at
        said["late" if is_late else "on_time"][report.unit_id] += 1
        assert report.state == State.APPROVED
        actions = [event.action for event in report.events.all()]
        assert ("returned" in actions) == (report.pk in played.returned)
    assert said == {
        "on_time": played.on_time, "late": played.late, "missing": played.missing,
    }  # fmt: skip


def _snapshots_hold(year: Year, reports: list[Report]) -> None:
    """Figures are those of the records; what was not amended is built again byte for byte."""
    played, found = year.played, 0
    for report in reports:
        for snapshot in report.snapshots.all():
            found += 1
            is_approved = snapshot.occasion == Snapshot.Occasion.APPROVED
            figures = snapshots.content_of(snapshot)["figures"]
            key = report.unit_id, report.cycle.period
            if played.activities[key]:
                assert figures["reach"]["value"] == played.people[key]
                assert figures["activities"]["value"] == played.activities[key]
            else:
                assert figures["reach"].get("value") in (None, 0)
            if is_approved:
                verdict = snapshots.verify(snapshot)
                assert verdict.is_sound
                assert verdict.is_same_now == (report.pk not in played.amended)
    handed_in = sum(played.on_time.values()) + sum(played.late.values())
    assert found == handed_in * 2 + len(played.returned)
    told = Amendment.unscoped.filter(lock__report__in=played.amended)
    assert told.count() == 3 * MONTHS or told.count() >= len(played.amended)
    for report in reports:
        if report.pk in played.amended:
            approved = next(s for s in report.snapshots.all() if s.occasion == "approved")
            explained = explain(approved)
            assert explained.is_explained
            changed = {one.code: one.amount for one in explained.changed}
            assert changed["reach"] == played.amended[report.pk]


def _the_year_closes(year: Year) -> None:
    """The report on the year holds the events of its twelve months, amendments included."""
    played = year.played
    with at(moment(date(YEAR, 12, 16)) + timedelta(hours=9)):
        open_due()
        cycle = ReportTemplate.unscoped.get(code="nam").cycles.get()
        assert (cycle.starts_on, cycle.ends_on) == (date(2025, 12, 15), date(YEAR, 12, 14))
        assert not cycle.reports.filter(unit=year.closing_unit).exists()
        amended = Counter[int]()
        for report in Report.unscoped.filter(pk__in=played.amended):
            amended[report.unit_id] += played.amended[report.pk]
        for report in cycle.reports.select_related("unit", "cycle__template")[:12]:
            year.submit(report)
            flow.approve(report, year.focal)
            snapshot = report.snapshots.get(occasion="approved")
            reach = snapshots.content_of(snapshot)["figures"]["reach"]["value"]
            people = sum(n for (unit, _m), n in played.people.items() if unit == report.unit_id)
            assert reach == people + amended[report.unit_id]
