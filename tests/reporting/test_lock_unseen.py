"""What one person changes while another records beneath it, and a third closes the period."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from activities.models import Activity
from classes.models import Attendance, ClassSession, Participant, TrainingClass
from reporting.closing import locks
from reporting.closing.snapshots import freeze
from reporting.models import AmendmentMark, PeriodLock
from tests.reporting.closed import lock_on, report_of
from tests.reporting.test_lock_races import FIRST, Race
from tests.reporting.world import World

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.IS_SQLITE, reason="SQLite has one writer at a time"),
]


@pytest.fixture
def race(province):
    """A class nobody has met in yet, and somebody enrolled in it."""
    world = World(province)
    world.somebody, world.topic = world.person(), world.topics[1]
    made = Race(world, province.an_hoa, province.hoa_ut, 0)
    made.world = world
    ClassSession.unscoped.all().delete()
    yield made
    PeriodLock.unscoped.update(released_at=timezone.now())  # so that the tables can be emptied


def the_class(race: Race) -> None:
    TrainingClass.unscoped.filter(pk=race.held.pk).update(topic=race.world.topic)


def the_person(race: Race) -> None:
    person = Participant.unscoped.get(pk=race.world.somebody.pk)
    sex = "f" if person.sex != "f" else "m"
    Participant.unscoped.filter(pk=person.pk).update(sex=sex)


def held_meanwhile(race: Race) -> None:
    session = ClassSession.unscoped.create(
        training_class=race.held, number=2, held_on=race.first, status="held"
    )
    Attendance.unscoped.create(session=session, enrolment=race.enrolment)


@pytest.mark.parametrize("change", [the_class, the_person])
def test_a_change_begun_before_anything_hung_on_it_is_waited_for(race, change):
    """Nobody met in the class when it was changed; when that is saved, the period is closed."""
    report = report_of(race.commune, FIRST, FIRST + timedelta(days=2))
    changed, go_on, failures = threading.Event(), threading.Event(), []

    def slow_change() -> None:
        try:
            with transaction.atomic():
                change(race)
                changed.set()
                go_on.wait(10)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    def close() -> None:
        try:
            with locks.closing(race.commune):
                race.frozen = race.counted()
                race.lock = lock_on(race.commune, race.first, race.last, of=report)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    changing, closing = threading.Thread(target=slow_change), threading.Thread(target=close)
    changing.start()
    assert changed.wait(10)
    held_meanwhile(race)
    closing.start()
    closing.join(0.5)
    go_on.set()
    for one in (changing, closing):
        one.join(20)
    assert failures == []
    assert race.lock is not None
    assert not AmendmentMark.objects.exists()
    assert race.slipped_through() == set()


def test_a_report_is_frozen_though_others_never_stop_saving(race, province):
    """On the day of the cut-off a hundred communes save without a pause."""
    elsewhere = [
        Activity.unscoped.create(
            unit=province.khom_mot, type=race.world.types[0], title="Ra quân", starts_on=race.first
        )
        for _number in range(3)
    ]
    over, failures = threading.Event(), []

    def save_on(activity: Activity) -> None:
        try:
            while not over.is_set():
                Activity.unscoped.filter(pk=activity.pk).update(
                    households_visited=Coalesce("households_visited", 0) + 1
                )
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    report = report_of(race.commune, FIRST, FIRST + timedelta(days=2))
    savers = [threading.Thread(target=save_on, args=[one]) for one in elsewhere]
    stop = threading.Timer(15, over.set)
    for one in (*savers, stop):
        one.start()
    with locks.closing(race.commune):
        freeze(report, "approved", None)
    stopped = over.is_set()
    over.set()
    stop.cancel()
    for one in savers:
        one.join(20)
    assert failures == []
    assert not stopped, "freezing waited until nobody saved any more"
