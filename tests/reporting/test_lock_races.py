"""Two hundred times a period is closed while people save into it; nothing slips through.

What is committed either stands in the figures that were frozen, or was written down as an
amendment. The same check finds a change that slipped through where the guard is taken away, and
where figures are frozen before saving is held back.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from activities.models import Activity
from campaign.portal.amending import PeriodClosed, amending, refusals_named
from classes.models import Attendance, ClassSession, Enrolment, SessionHeadcount, TrainingClass
from reporting.closing import guard, locks
from reporting.facts import facts_of_activities, facts_of_classes
from reporting.models import AmendmentMark, PeriodLock
from tests.reporting.closed import lock_on, report_of
from tests.reporting.world import World

pytestmark = pytest.mark.django_db(transaction=True)

RACES = 200
CONTROLS = 6
SAVERS = 2
FIRST = date(2024, 1, 1)
NOW = random.Random(7)


class Race:
    """One period of the commune: an activity, a class with a session, somebody to be ticked."""

    def __init__(self, world: World, commune, hamlet, number: int) -> None:
        self.commune = commune
        self.first = FIRST + timedelta(days=3 * number)
        self.last = self.first + timedelta(days=2)
        values = {"unit": hamlet, "starts_on": self.last}
        self.activity = Activity.unscoped.create(
            type=world.types[0], title="Ra quân", households_visited=0, **values
        )
        self.held = TrainingClass.unscoped.create(
            code=f"R{number:04}", title="Lớp", topic=world.topics[0],
            audience=world.audiences[0], **values,
        )  # fmt: skip
        self.session = ClassSession.unscoped.create(
            training_class=self.held, number=1, held_on=self.first, status="held"
        )
        self.enrolment = Enrolment.unscoped.create(
            training_class=self.held, participant=world.somebody
        )
        self.lock: PeriodLock | None = None
        self.frozen: set = set()
        self.is_frozen = threading.Event()
        self.saves = threading.Semaphore(0)

    def counted(self) -> set:
        """What the period counts now, as facts."""
        made = facts_of_classes([self.held.pk]) + facts_of_activities([self.activity.pk])
        return {fact.columns for fact in map(_plain, made)}

    def slipped_through(self) -> set:
        """What counts otherwise than it was frozen, and nobody wrote down."""
        differing = {(fact[0], fact[1]) for fact in self.frozen ^ self.counted()}
        marks = AmendmentMark.objects.filter(lock_id=self.lock.pk)
        return differing - set(marks.values_list("kind", "ref"))


def _plain(fact):
    return fact._replace(crosstab=str(fact.crosstab), people=bytes(fact.people or b""))


def visit(race: Race) -> None:
    Activity.unscoped.filter(pk=race.activity.pk).update(
        households_visited=F("households_visited") + 1
    )


def count(race: Race) -> None:
    SessionHeadcount.unscoped.create(session=race.session, people=3)


def tick(race: Race) -> None:
    Attendance.unscoped.create(session=race.session, enrolment=race.enrolment)


def raw(race: Race) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE activities_activity SET mode = 'online' WHERE id = %s", [race.activity.pk]
        )


class Office(threading.Thread):
    """Somebody who does one thing in each race, on a connection of their own."""

    def __init__(self, races, start: threading.Barrier, work) -> None:
        super().__init__(daemon=True)
        self.races, self.begin, self.work, self.failure = races, start, work, None

    def run(self) -> None:
        try:
            for number, race in enumerate(self.races):
                self.begin.wait(30)
                self.work(number, race)
        except threading.BrokenBarrierError:
            pass
        except BaseException as error:
            self.failure = error
            self.begin.abort()
        finally:
            connection.close()


def pause(longest: float = 0.002) -> None:
    time.sleep(NOW.random() * longest)


def saver(first: int, outcomes: Counter, *, is_late: bool = False):
    """Saves something else each time, sometimes for a reason; one in eight, or all, once it is closed."""

    def work(number: int, race: Race) -> None:
        act = (visit, count, tick, raw)[(number + first) % 4]
        if is_late or number % 8 == 0:
            race.is_frozen.wait(20)
        pause()
        try:
            if (number + first) % 3:
                with refusals_named(), transaction.atomic():
                    act(race)
                    pause()
            else:
                with amending("Bổ sung", by=None, door="form"):
                    act(race)
                    pause()
            outcomes["saved"] += 1
        except PeriodClosed:
            outcomes["refused"] += 1
        finally:
            race.saves.release()

    return work


def closer(reports, *, too_early: bool = False):
    """Freezes and closes, as approving a report does."""

    def work(number: int, race: Race) -> None:
        pause()
        if too_early:
            race.frozen = race.counted()
            race.is_frozen.set()
            for _saver in range(SAVERS):
                race.saves.acquire(timeout=20)
        with locks.closing(race.commune):
            if not too_early:
                race.frozen = race.counted()
                pause()
            race.lock = lock_on(race.commune, race.first, race.last, of=reports)
        race.is_frozen.set()

    return work


def run(
    races, *, too_early: bool = False, is_late: bool = False, outcomes: Counter | None = None
) -> list:
    """Run the races one after the other; returns what slipped through."""
    start = threading.Barrier(SAVERS + 2)
    report = report_of(races[0].commune, FIRST, FIRST)
    told = Counter() if outcomes is None else outcomes
    is_late = is_late or too_early
    works = [saver(first, told, is_late=is_late) for first in range(SAVERS)]
    works.append(closer(report, too_early=too_early))
    offices = [Office(races, start, work) for work in works]
    for office in offices:
        office.start()
    found: list = []
    try:
        for _race in races:
            start.wait(30)
    except threading.BrokenBarrierError:
        pass
    for office in offices:
        office.join(60)
        if office.failure:
            raise office.failure
    for race in races:
        found += race.slipped_through()
    return found


@pytest.fixture
def races(province):
    """Races to run, in as many periods."""

    def make(how_many: int) -> list[Race]:
        world = World(province)
        world.somebody = world.person()
        with transaction.atomic():
            return [Race(world, province.an_hoa, province.hoa_ut, n) for n in range(how_many)]

    yield make
    PeriodLock.unscoped.update(released_at=timezone.now())  # so that the tables can be emptied


def test_nothing_slips_through_while_a_period_is_closed(races):
    made = races(RACES)
    outcomes: Counter = Counter()
    assert run(made, outcomes=outcomes) == []
    assert outcomes["refused"] > RACES // 20
    assert outcomes["saved"] > RACES // 20
    assert AmendmentMark.objects.exists(), "some saved after the closing, for a reason"


def test_without_the_guard_changes_slip_through(races):
    guard.remove(connection)
    try:
        assert len(run(races(CONTROLS), is_late=True)) >= CONTROLS
    finally:
        guard.install(connection)


def test_freezing_before_saving_is_held_back_lets_changes_through(races):
    assert len(run(races(CONTROLS), too_early=True)) >= CONTROLS
