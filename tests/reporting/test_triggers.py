"""Every change that figures depend on leaves a mark, whoever makes it and however."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from activities.models import Activity, ActivityHeadcount, ActivitySite
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting import triggers
from reporting.models import DirtyMark
from tests.reporting.world import World
from units.models import Unit

DAY = date(2026, 1, 5)


def marks():
    """What was marked since the last time, as a set."""
    found = set(DirtyMark.objects.values_list("kind", "ref"))
    DirtyMark.objects.all().delete()
    return found


@pytest.fixture
def made(province):
    """One of everything, with a clean log."""
    made = World(province)
    made.held = made.training_class(unit=province.an_hoa, place=province.hoa_ut)
    made.other = made.training_class(unit=province.an_hoa, place=None)
    made.meeting = made.session(made.held, status="held", held_on=DAY)
    made.counted = made.headcount(made.meeting)
    made.mai = made.person()
    made.roster(made.meeting, [made.mai])
    made.enrolment = Enrolment.unscoped.get(participant=made.mai)
    made.event = made.activity(unit=province.education, place=province.hoa_tao, starts_on=DAY)
    made.event.sites.all().delete()
    made.people = ActivityHeadcount.unscoped.create(activity=made.event, people=5)
    made.site = ActivitySite.unscoped.create(activity=made.event, unit=province.khom_mot, people=3)
    made.event.teams_trained.set(made.teams)
    marks()
    return made


CHANGES = {
    "a class is added": (lambda m: m.training_class(), "class", None),
    "a class changes": (
        lambda m: TrainingClass.unscoped.filter(pk=m.held.pk).update(mode="online"),
        "class", "held",
    ),
    "a session is added": (lambda m: m.session(m.held), "class", "held"),
    "a session changes": (
        lambda m: ClassSession.unscoped.filter(pk=m.meeting.pk).update(held_on=date(2026, 2, 1)),
        "class", "held",
    ),
    "a session goes to another class": (
        lambda m: ClassSession.unscoped.filter(pk=m.meeting.pk).update(
            training_class=m.other, number=99
        ),
        "class", "held other",
    ),
    "a headcount is added": (lambda m: m.headcount(m.meeting), "class", "held"),
    "a headcount changes": (
        lambda m: SessionHeadcount.unscoped.filter(pk=m.counted.pk).update(people=9),
        "class", "held",
    ),
    "a headcount goes": (
        lambda m: SessionHeadcount.unscoped.filter(pk=m.counted.pk).delete(), "class", "held"
    ),
    "a person is present": (
        lambda m: Attendance.unscoped.bulk_create(
            [Attendance(session=m.session(m.held), enrolment=m.enrolment)]
        ),
        "class", "held",
    ),
    "a person was not present": (
        lambda m: Attendance.unscoped.filter(session=m.meeting).delete(), "class", "held"
    ),
    "a person completes": (
        lambda m: Enrolment.unscoped.filter(pk=m.enrolment.pk).update(completed_on=DAY),
        "class", "held",
    ),
    "a person enrols": (lambda m: m.enrol(m.other, m.mai), "class", "other"),
    "a person is corrected": (
        lambda m: Participant.unscoped.filter(pk=m.mai.pk).update(birth_year=1940),
        "person", "mai",
    ),
    "a person is merged": (
        lambda m: Participant.unscoped.filter(pk=m.mai.pk).update(merged_into=m.person()),
        "person", "mai",
    ),
    "an activity is added": (lambda m: m.activity(), "activity", None),
    "an activity changes": (
        lambda m: Activity.unscoped.filter(pk=m.event.pk).update(households_visited=2,
                                                                 households_reached=1),
        "activity", "event",
    ),
    "people at an activity are added": (
        lambda m: ActivityHeadcount.unscoped.bulk_create(
            [ActivityHeadcount(activity=m.event, people=1)]
        ),
        "activity", "event",
    ),
    "people at an activity change": (
        lambda m: ActivityHeadcount.unscoped.filter(pk=m.people.pk).update(people=6),
        "activity", "event",
    ),
    "people at an activity go": (
        lambda m: ActivityHeadcount.unscoped.filter(pk=m.people.pk).delete(),
        "activity", "event",
    ),
    "a site is added": (
        lambda m: ActivitySite.unscoped.create(activity=m.event, unit=m.places[0]),
        "activity", "event",
    ),
    "a site changes": (
        lambda m: ActivitySite.unscoped.filter(pk=m.site.pk).update(is_connected=False),
        "activity", "event",
    ),
    "a site goes": (
        lambda m: ActivitySite.unscoped.filter(pk=m.site.pk).delete(), "activity", "event"
    ),
    "a team was not trained": (
        lambda m: m.event.teams_trained.remove(m.teams[0]), "activity", "event"
    ),
    "a team was trained": (
        lambda m: (m.event.teams_trained.clear(), m.event.teams_trained.add(m.teams[1])),
        "activity", "event",
    ),
    "a type counts as something else": (
        lambda m: type(m.event.type).objects.filter(pk=m.event.type_id).update(
            counts_as="other" if m.event.type.counts_as != "other" else "contest"
        ),
        "activity", "event",
    ),
    "a unit moves that a class belongs to": (
        lambda m: Unit.unscoped.filter(pk=m.held.unit_id).update(path="99999980000001"),
        "class", "held other",
    ),
    "a unit moves where a class is held": (
        lambda m: Unit.unscoped.filter(pk=m.held.place_id).update(path="99999980000002"),
        "class", "held",
    ),
    "a unit moves where an activity is held": (
        lambda m: Unit.unscoped.filter(pk=m.event.place_id).update(path="99999980000003"),
        "activity", "event",
    ),
    "a unit moves that an activity belongs to": (
        lambda m: Unit.unscoped.filter(pk=m.event.unit_id).update(path="99999980000004"),
        "activity", "event",
    ),
    "a unit moves that was connected": (
        lambda m: Unit.unscoped.filter(pk=m.site.unit_id).update(path="99999980000005"),
        "activity", "event",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_leaves_a_mark(made, change):
    act, kind, names = CHANGES[change]
    act(made)
    found = {ref for found_kind, ref in marks() if found_kind == kind}
    assert found
    for name in (names or "").split():
        assert getattr(made, name).pk in found


def test_every_table_and_operation_that_is_watched_has_its_trigger(db):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        present = {name for (name,) in cursor.fetchall()}
    for watch in triggers.WATCHED:
        for operation in watch.on:
            assert f"mark_{watch.table}_{operation.lower()}" in present


def test_a_deleted_class_and_activity_leave_marks(made):
    class_id, activity_id = made.held.pk, made.event.pk
    made.enrolment.attendances.all().delete()
    made.held.enrolments.all().delete()
    made.held.delete()
    made.event.delete()
    assert {("class", class_id), ("activity", activity_id)} <= marks()


def test_raw_sql_leaves_marks_too(made):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE classes_classsession SET status = 'cancelled' WHERE id = %s", [made.meeting.pk]
        )
    assert ("class", made.held.pk) in marks()


def test_what_is_rolled_back_leaves_no_mark(made):
    with transaction.atomic():
        made.activity()
        transaction.set_rollback(True)
    assert not marks()


def test_a_new_name_or_phone_changes_no_figure(made):
    Participant.unscoped.filter(pk=made.mai.pk).update(full_name="Lê Thị Mai Hoa", phone="")
    Unit.unscoped.filter(pk=made.held.unit_id).update(name="Xã An Hoà Mới")
    assert not marks()


def test_triggers_come_back_after_a_table_was_rebuilt(made):
    triggers.remove(connection)
    made.activity()
    assert not marks()
    triggers.install(connection)
    made.activity()
    assert marks()


@pytest.mark.django_db(transaction=True)
def test_emptying_the_database_works():
    call_command("flush", interactive=False, verbosity=0)
    assert not TrainingClass.unscoped.exists()
