"""A closed period cannot be changed unnoticed: which rows, which columns, which days."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, NotSupportedError, connection, transaction
from django.utils import timezone

from activities.models import (
    Activity,
    ActivityHeadcount,
    ActivitySite,
    ExemplaryModel,
    ModelKind,
    Solution,
    SolutionField,
)
from campaign.portal.amending import PeriodClosed, amending, refusal_in, refusals_named
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting.closing import guard, locks
from reporting.closing.guarded import GUARDED, STARTS
from reporting.models import AmendmentMark, DeclaredFigure, PeriodLock
from tests.reporting.closed import FIRST, LAST, lock_on, window_on
from tests.reporting.world import World
from units.models import CommunityTeam, TeamMember, Unit, UnitProfile

INSIDE, OUTSIDE = date(2026, 1, 5), date(2026, 1, 20)


@pytest.fixture
def made(province):
    """One of everything in a closed month of An Hoà, and the same things outside it."""
    made = World(province)
    made.province = province
    made.held = TrainingClass.unscoped.create(
        unit=province.an_hoa, code="L1", title="Class", topic=made.topics[0],
        audience=made.audiences[0], starts_on=FIRST,
    )  # fmt: skip
    made.meeting = _session(made.held, 1, INSIDE)
    made.later = _session(made.held, 2, OUTSIDE)
    made.planned = _session(made.held, 3, INSIDE, status="planned")
    made.counted = SessionHeadcount.unscoped.create(session=made.meeting, people=5)
    made.mai, made.old_mai, made.new = made.person(), made.person(), made.person()
    Participant.unscoped.filter(pk=made.old_mai.pk).update(merged_into=made.mai)
    made.enrolment = Enrolment.unscoped.create(training_class=made.held, participant=made.old_mai)
    made.tick = Attendance.unscoped.create(session=made.meeting, enrolment=made.enrolment)
    made.event = _activity(made, INSIDE)
    made.people = ActivityHeadcount.unscoped.create(activity=made.event, people=5)
    made.site = ActivitySite.unscoped.create(activity=made.event, unit=province.hoa_tao)
    made.event.teams_trained.set(made.teams[:1])
    made.later_event = _activity(made, OUTSIDE)
    made.team = CommunityTeam.unscoped.create(
        unit=province.hoa_ut, name="Tổ", founded_on=date(2025, 8, 1)
    )
    made.member = TeamMember.unscoped.create(
        team=made.team, full_name="Danh Tú", joined_on=date(2025, 8, 1)
    )
    made.model = ExemplaryModel.unscoped.create(
        unit=province.an_hoa, name="Chợ số", started_on=date(2025, 9, 1),
        kind=ModelKind.objects.get_or_create(code="k", defaults={"name_vi": "K"})[0],
    )  # fmt: skip
    made.field = SolutionField.objects.get_or_create(code="f", defaults={"name_vi": "F"})[0]
    made.solution = Solution.unscoped.create(
        unit=province.an_hoa, name="Sáng kiến", field=made.field, recognised_on=INSIDE
    )
    made.figure = _declared(province.an_hoa, "2026-M01", FIRST, LAST)
    made.quarter = _declared(province.an_hoa, "2026-Q1", FIRST, date(2026, 3, 14))
    made.profile = UnitProfile.unscoped.create(unit=province.an_hoa, year=2025, population=20_000)
    made.lock = lock_on(province.an_hoa)
    return made


def _session(of, number, day, status="held"):
    return ClassSession.unscoped.create(
        training_class=of, number=number, held_on=day, status=status
    )


def _activity(made, day, unit=None):
    return Activity.unscoped.create(
        unit=unit or made.province.hoa_ut, type=made.types[0], title="Ra quân", starts_on=day
    )


def _declared(unit, period, first, last):
    return DeclaredFigure.unscoped.create(
        unit=unit, indicator="x", period=period, starts_on=first, ends_on=last, value=5
    )


def _set(row, **values):
    return type(row).unscoped.filter(pk=row.pk).update(**values)


def _execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _gone(row):
    type(row).unscoped.get(pk=row.pk).delete()


REFUSED = {
    "the topic of a class": lambda m: _set(m.held, topic=m.topics[1]),
    "a class called off": lambda m: _set(m.held, cancelled_at=timezone.now()),
    "a class given to another unit": lambda m: _set(m.held, unit=m.province.binh_minh),
    "a session moved out": lambda m: _set(m.meeting, held_on=OUTSIDE),
    "a session moved in": lambda m: _set(m.later, held_on=INSIDE),
    "a session moved within": lambda m: _set(m.meeting, held_on=FIRST),
    "a session called off": lambda m: _set(m.meeting, status="cancelled"),
    "a planned session held": lambda m: _set(m.planned, status="held"),
    "a session added on the last day": lambda m: _session(m.held, 9, LAST),
    "a session added on the first day": lambda m: _session(m.held, 9, FIRST),
    "the start of a class taken to an earlier day": lambda m: _session(
        m.held, 9, FIRST - timedelta(days=1)
    ),
    "a headcount": lambda m: _set(m.counted, people=6),
    "a headcount moved": lambda m: _set(m.counted, session=m.later),
    "a headcount taken away": lambda m: _gone(m.counted),
    "a tick taken away": lambda m: _gone(m.tick),
    "a tick moved": lambda m: _set(m.tick, session=m.later),
    "a tick at a planned session": lambda m: Attendance.unscoped.create(
        session=m.planned, enrolment=m.enrolment
    ),
    "somebody completed": lambda m: _set(m.enrolment, completed_on=INSIDE),
    "somebody else attended": lambda m: _set(m.enrolment, participant=m.new),
    "an enrolment taken away": lambda m: _gone(m.enrolment),
    "the sex of somebody whose old row attended": lambda m: _set(m.mai, sex="f" if m.mai.sex != "f" else "m"),
    "a merge taken back": lambda m: _set(m.old_mai, merged_into=None),
    "people merged": lambda m: _set(m.mai, merged_into=m.new),
    "an activity": lambda m: _set(m.event, households_visited=3),
    "an activity added": lambda m: _activity(m, LAST),
    "an activity moved in": lambda m: _set(m.later_event, starts_on=FIRST),
    "an activity taken away": lambda m: _gone(m.event),
    "people at an activity": lambda m: ActivityHeadcount.unscoped.create(
        activity=m.event, people=1, sex="f"
    ),
    "people of a site": lambda m: _set(m.site, people=3),
    "a site that was not connected": lambda m: _set(m.site, is_connected=False),
    "teams trained": lambda m: m.event.teams_trained.clear(),
    "what a type counts as": lambda m: type(m.types[0])
    .objects.filter(pk=m.types[0].pk).update(counts_as="other"),
    "a model ended before the end": lambda m: _set(m.model, ended_on=LAST),
    "a model called off": lambda m: _set(m.model, cancelled_at=timezone.now()),
    "a solution": lambda m: _set(m.solution, recognised_on=OUTSIDE),
    "a team founded later": lambda m: _set(m.team, founded_on=OUTSIDE),
    "a team added": lambda m: CommunityTeam.unscoped.create(
        unit=m.province.an_hoa, name="Mới", founded_on=LAST
    ),
    "a member who left": lambda m: _set(m.member, left_on=INSIDE),
    "a member added": lambda m: TeamMember.unscoped.create(
        team=m.team, full_name="Thị Hoa", joined_on=INSIDE
    ),
    "a declared figure": lambda m: _set(m.figure, value=6),
    "a declared figure taken away": lambda m: _gone(m.figure),
    "the population": lambda m: _set(m.profile, population=10_000),
    "a newer population": lambda m: _profile(m.province.an_hoa, 2026, population=19_000),
    "a population taken away": lambda m: _gone(m.profile),
    "the population of another year": lambda m: _set(m.profile, year=2027),
    "that the commune is remote": lambda m: _set(m.profile, is_border=True),
    "a hamlet moved away": lambda m: _move(m.province.hoa_ut, m.province.binh_minh),
}  # fmt: skip

FREE = {
    "title, note and instructors of a class": lambda m: _set(
        m.held, title="Lớp", note="n", trainers="t", capacity=3, starts_on=OUTSIDE
    ),
    "hours and note of a session": lambda m: _set(m.meeting, hours=2, note="n", number=7),
    "a planned session": lambda m: _session(m.held, 9, INSIDE, status="planned"),
    "a session outside": lambda m: _session(m.held, 9, LAST + timedelta(days=1)),
    "an activity the day before": lambda m: _activity(m, FIRST - timedelta(days=1)),
    "an activity of the commune beside": lambda m: _activity(m, INSIDE, m.province.khom_mot),
    "somebody put on the roster": lambda m: Enrolment.unscoped.create(
        training_class=m.held, participant=m.new
    ),
    "somebody completed now": lambda m: _set(m.enrolment, completed_on=OUTSIDE),
    "a name and a phone": lambda m: _set(m.mai, full_name="Lê Mai", phone="0912345678"),
    "traits of somebody who did not attend": lambda m: _set(m.new, sex="", birth_year=1951),
    "title and answers of an activity": lambda m: _set(
        m.event, title="Khác", venue="v", extra={"a": 1}, items=3
    ),
    "an activity called off outside": lambda m: _set(m.later_event, cancelled_at=timezone.now()),
    "a model ended after the end": lambda m: _set(m.model, ended_on=OUTSIDE),
    "a team ended today": lambda m: _set(m.team, ended_on=OUTSIDE),
    "a team's name": lambda m: _set(m.team, name="Tổ một"),
    "a team founded on another day before the end": lambda m: _set(m.team, founded_on=INSIDE),
    "a member who joined afterwards": lambda m: TeamMember.unscoped.create(
        team=m.team, full_name="Thị Hoa", joined_on=OUTSIDE
    ),
    "the source of a declared figure": lambda m: _set(m.figure, source="Sổ", note="n"),
    "what is declared of a longer period": lambda m: _set(m.quarter, value=7),
    "households, source of a profile": lambda m: _set(m.profile, households=9, source="NGTK"),
    "the population of a year after": lambda m: _profile(m.province.an_hoa, 2027, population=1),
    "the population of a hamlet": lambda m: _profile(m.province.hoa_ut, 2025, population=400),
    "the population of the province": lambda m: _profile(m.province.root, 2025, population=9),
    "a hamlet moved within": lambda m: _move(m.province.hoa_ut, m.province.hoa_tao),
    "a hamlet's name": lambda m: _set(m.province.hoa_ut, name="Ấp Mới"),
}  # fmt: skip


def _profile(unit, year, **values):
    return UnitProfile.unscoped.create(unit=unit, year=year, **values)


def _move(unit, under):
    return Unit.unscoped.filter(pk=unit.pk).update(path=f"{under.path}{unit.pk:07d}", parent=under)


def refused(act, made):
    """Whether a change was refused, and nothing was left of it."""
    before = AmendmentMark.objects.count()
    found = None
    try:
        with refusals_named(), transaction.atomic():
            act(made)
    except PeriodClosed as error:
        found = error.lock_id, AmendmentMark.objects.count()
    assert found in (None, (made.lock.pk, before))
    return found is not None


def test_whatever_counts_is_refused_without_a_reason_and_recorded_with_one(made):
    bypassed = [name for name, act in REFUSED.items() if not refused(act, made)]
    assert bypassed == []
    unrecorded = []
    for name, act in REFUSED.items():
        with transaction.atomic():
            with amending("Nhập nhầm ngày", by=None, door="form"):
                act(made)
            marks = set(AmendmentMark.objects.values_list("lock_id", "reason", "door"))
            if marks != {(made.lock.pk, "Nhập nhầm ngày", "form")}:
                unrecorded.append(name)
            transaction.set_rollback(True)
    assert unrecorded == []


def test_what_no_figure_depends_on_stays_free(made):
    stopped = []
    for name, act in FREE.items():
        with transaction.atomic():
            if refused(act, made) or AmendmentMark.objects.exists():
                stopped.append(name)
            transaction.set_rollback(True)
    assert stopped == []


def test_a_lock_holds_for_all_beneath_its_unit_and_for_nobody_else(made, province):
    lock = lock_on(province.binh_minh)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        _activity(made, INSIDE, province.khom_hai)
    assert refusal_in(error.value).lock_id == lock.pk
    _activity(made, INSIDE, province.education)
    _activity(made, INSIDE, province.root)


def test_a_released_lock_and_an_unlocking_in_force_let_changes_through(made):
    change = REFUSED["an activity"]
    window = window_on(made.lock, until=timezone.now() - timedelta(seconds=1))
    assert refused(change, made), "an unlocking ends by itself"
    window.until = timezone.now() + timedelta(hours=1)
    window.save()
    change(made)
    mark = AmendmentMark.objects.get()
    assert (mark.window_id, mark.kind, mark.ref) == (window.pk, "activity", made.event.pk)
    AmendmentMark.objects.all().delete()
    window.ended_at = timezone.now()
    window.save()
    assert refused(REFUSED["a headcount"], made)
    PeriodLock.unscoped.update(released_at=timezone.now())
    assert not refused(REFUSED["a headcount"], made)


def test_an_unlocking_opens_the_days_of_its_period_through_every_closed_period(made, province):
    quarter = lock_on(province.an_hoa, FIRST, date(2026, 3, 14))
    window = window_on(made.lock)
    assert not refused(REFUSED["an activity"], made)
    marks = AmendmentMark.objects.values_list("lock_id", "window_id")
    assert set(marks) == {(made.lock.pk, window.pk), (quarter.pk, window.pk)}
    with pytest.raises(IntegrityError), transaction.atomic():
        _activity(made, OUTSIDE)


def test_an_unlocking_does_not_outlive_the_approval_it_was_for(made, province):
    window_on(made.lock)
    locks.release(made.lock)
    assert not refused(REFUSED["an activity"], made)
    made.lock = lock_on(province.an_hoa, of=made.lock.report)
    assert refused(REFUSED["a headcount"], made)


def test_a_reason_ends_with_its_transaction(made):
    with suppress(ZeroDivisionError), amending("Sửa", by=None, door="form"):
        REFUSED["an activity"](made)
        raise ZeroDivisionError
    assert not AmendmentMark.objects.exists()
    assert refused(REFUSED["an activity"], made)
    with amending("Sửa", by=7, door="form"):
        with amending("Việc khác", by=8, door="job"):
            REFUSED["an activity"](made)
        REFUSED["a headcount"](made)
    assert list(AmendmentMark.objects.order_by("pk").values_list("by_id", "reason", "door")) == [
        (8, "Việc khác", "job"), (7, "Sửa", "form"),
    ]  # fmt: skip
    assert refused(REFUSED["a model called off"], made)
    with pytest.raises(ValueError, match="reason"), amending("  ", by=7, door="form"):
        pass


def test_rows_written_in_an_unusual_order_are_found_too(made):
    """Foreign keys are checked at the end: children before parents, parents gone before them."""
    out_of_order = (
        ("DELETE FROM classes_trainingclass WHERE id = %s", made.held),
        ("DELETE FROM classes_participant WHERE id = %s", made.mai),
        ("DELETE FROM activities_activitytype WHERE id = %s", made.types[0]),
        ("DELETE FROM units_unit WHERE id = %s", made.province.hoa_ut),
        ("UPDATE classes_attendance SET id = id + 100000 WHERE id = %s", made.tick),
    )
    let_through = []
    for statement, row in out_of_order:
        with transaction.atomic():
            if not refused(lambda _made, s=statement, r=row: _execute(s, r.pk), made):
                let_through.append(statement)
            transaction.set_rollback(True)
    assert let_through == []


def test_every_guarded_table_has_its_triggers(db):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
    wanted = {guard.name_of(g, o) for g in (*GUARDED, STARTS) for o in guard.OPERATIONS}
    assert wanted | {"guard_marks"} <= present


def test_triggers_come_back_after_they_were_lifted(made):
    guard.remove(connection)
    assert not refused(REFUSED["an activity"], made)
    guard.install(connection)
    assert refused(REFUSED["an activity added"], made)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(settings.IS_SQLITE, reason="SQLite knows one isolation level")
def test_an_older_view_of_the_data_may_not_change_records():
    with transaction.atomic():
        _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(NotSupportedError, match="READ COMMITTED"):
            CommunityTeam.unscoped.filter(pk=0).update(founded_on=INSIDE)
        transaction.set_rollback(True)
