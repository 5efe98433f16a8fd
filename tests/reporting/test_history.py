"""Whatever happens, in whatever order, settled figures equal the records.

Random histories: records are added, edited, cancelled, back-dated, moved, merged, written past the
models, rolled back; figures are settled in bites of any size. Figures of many units, axes and
periods are then compared with a count in plain Python (``oracle.py``).
"""

from datetime import date

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from activities.models import Activity, ActivityHeadcount, ActivitySite, ActivityType
from campaign.periods import Kind, Period, Scheme
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting.figures import breakdown, figures, rows
from reporting.models import DirtyMark
from reporting.rollups import settle, settle_all
from reporting.verification import compare
from tests.reporting.oracle import Oracle
from tests.reporting.test_figures import FLOWS, random_conditions
from tests.reporting.world import World
from units.models import Unit

SEEDS = st.integers(0, 10_000)
PERIODS = (
    Period.of(Kind.YEAR, 2025), Period.of(Kind.YEAR, 2026),
    Period.of(Kind.YEAR, 2025, scheme=Scheme.CALENDAR),
    Period.of(Kind.MONTH, 2026, 1), Period.of(Kind.MONTH, 2025, 12, scheme=Scheme.CALENDAR),
    Period.of(Kind.QUARTER, 2026, 1), Period.of(Kind.HALF, 2025, 2), Period.of(Kind.NINE, 2026),
    Period.of(Kind.WEEK, 2025, 51), Period.between(date(2025, 12, 2), date(2026, 1, 20)),
)  # fmt: skip


class History(RuleBasedStateMachine):
    """One history of one small province."""

    province = None
    access = None
    compared = 0

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.world = World(self.province)
        self.people = [self.world.person() for _ in range(6)]

    def teardown(self):
        try:
            self.figures_equal_the_records()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def dice(self, seed):
        self.world.random.seed(seed)
        return self.world.random

    def one(self, model, seed):
        """Some record of a model, or nothing yet."""
        pks = list(model.unscoped.order_by("pk").values_list("pk", flat=True))
        return model.unscoped.get(pk=self.dice(seed).choice(pks)) if pks else None

    # --- what people do ------------------------------------------------------------------

    @rule(seed=SEEDS)
    def add_a_class(self, seed):
        dice = self.dice(seed)
        made = self.world.training_class()
        for session in ClassSession.unscoped.filter(training_class=made):
            self.world.roster(session, dice.sample(self.people, dice.randrange(4)))

    @rule(seed=SEEDS)
    def add_an_activity(self, seed):
        self.dice(seed)
        self.world.activity()

    @rule(seed=SEEDS)
    def tick_people_present(self, seed):
        if session := self.one(ClassSession, seed):
            self.world.roster(session, self.world.random.sample(self.people, 3))

    @rule(seed=SEEDS)
    def take_somebody_off_the_roster(self, seed):
        if found := self.one(Attendance, seed):
            found.delete()

    @rule(seed=SEEDS)
    def change_a_class(self, seed):
        if found := self.one(TrainingClass, seed):
            dice = self.world.random
            found.unit = dice.choice(self.world.units)
            found.place = self.world.place()
            found.mode = dice.choice(("in_person", "online"))
            found.form = dice.choice(("class", "support"))
            found.counting = dice.choice(("both", "roster", "headcount"))
            found.topic = dice.choice(self.world.topics)
            found.audience = dice.choice(self.world.audiences)
            found.save()

    @rule(seed=SEEDS)
    def cancel_or_restore(self, seed):
        model = self.dice(seed).choice((TrainingClass, Activity))
        if found := self.one(model, seed):
            found.cancelled_at = None if found.cancelled_at else timezone.now()
            found.save()

    @rule(seed=SEEDS)
    def change_a_session(self, seed):
        if found := self.one(ClassSession, seed):
            found.held_on = self.world.day()
            found.status = self.world.random.choice(("held", "held", "planned", "cancelled"))
            found.save()

    @rule(seed=SEEDS)
    def delete_a_session(self, seed):
        if found := self.one(ClassSession, seed):
            found.delete()

    @rule(seed=SEEDS)
    def move_a_session_to_another_class(self, seed):
        session, other = self.one(ClassSession, seed), self.one(TrainingClass, seed + 1)
        if session and other:
            taken = ClassSession.unscoped.filter(training_class=other)
            number = 1 + max(taken.values_list("number", flat=True), default=0)
            ClassSession.unscoped.filter(pk=session.pk).update(training_class=other, number=number)

    @rule(seed=SEEDS)
    def complete(self, seed):
        if found := self.one(Enrolment, seed):
            found.completed_on = self.world.random.choice((None, self.world.day()))
            found.save()

    @rule(seed=SEEDS)
    def enrolment_was_of_somebody_else(self, seed):
        if found := self.one(Enrolment, seed):
            other = self.world.person()
            Enrolment.unscoped.filter(pk=found.pk).update(participant=other)

    @rule(seed=SEEDS)
    def correct_a_person(self, seed):
        if found := self.one(Participant, seed):
            dice = self.world.random
            found.sex = dice.choice(("f", "m", ""))
            found.birth_year = dice.choice((None, 1950, 1966, 2000, 2011))
            found.minority = dice.choice(("y", "n", ""))
            found.audience = dice.choice([None, *self.world.audiences])
            found.save()

    @rule(seed=SEEDS)
    def merge_or_part_people(self, seed):
        first, second = self.one(Participant, seed), self.one(Participant, seed + 1)
        stays = None if first.merged_into_id or first == second else second
        Participant.unscoped.filter(pk=first.pk).update(merged_into=stays)

    @rule(seed=SEEDS)
    def change_an_activity(self, seed):
        if found := self.one(Activity, seed):
            found.unit = self.world.random.choice(self.world.units)
            found.place = self.world.place()
            found.starts_on = self.world.day()
            found.type = self.world.random.choice(self.world.types)
            found.save()
            found.teams_trained.set(self.world.teams[: self.world.random.randrange(3)])

    @rule(seed=SEEDS)
    def change_a_site(self, seed):
        if found := self.one(ActivitySite, seed):
            found.is_connected = not found.is_connected
            found.people = self.world.random.randrange(50)
            found.save()

    @rule(seed=SEEDS)
    def a_type_counts_as_something_else(self, seed):
        picked = self.dice(seed).choice(self.world.types)
        sort = self.world.random.choice(("communication", "contest", "other"))
        ActivityType.objects.filter(pk=picked.pk).update(counts_as=sort)

    @rule(seed=SEEDS)
    def move_a_unit(self, seed):
        """A hamlet or school goes to another parent, as a merger of communes does."""
        dice = self.dice(seed)
        moved = dice.choice([unit for unit in self.world.units if len(unit.path) == 21])
        parent = dice.choice([unit for unit in self.world.units if len(unit.path) == 14])
        moved.parent, moved.path = parent, f"{parent.path}{moved.pk:07}"
        Unit.unscoped.filter(pk=moved.pk).update(parent=parent, path=moved.path)

    # --- what programs do ----------------------------------------------------------------

    @rule(seed=SEEDS)
    def write_in_bulk(self, seed):
        if session := self.one(ClassSession, seed):
            SessionHeadcount.unscoped.bulk_create(
                [SessionHeadcount(session=session, **self.world.cell()) for _ in range(3)]
            )
        if activity := self.one(Activity, seed):
            ActivityHeadcount.unscoped.bulk_create(
                [ActivityHeadcount(activity=activity, **self.world.cell())]
            )

    @rule(days=st.integers(-20, 20))
    def back_date_with_raw_sql(self, days):
        with connection.cursor() as cursor:
            plus = (
                "held_on + %s" if connection.vendor == "postgresql"
                else "date(held_on, %s || ' days')"
            )  # fmt: skip
            cursor.execute(f"UPDATE classes_classsession SET held_on = {plus}", [days])
            cursor.execute("DELETE FROM classes_sessionheadcount WHERE people < 5")

    @rule(seed=SEEDS)
    def change_everything_and_think_again(self, seed):
        with transaction.atomic():
            self.dice(seed)
            self.world.activity()
            TrainingClass.unscoped.update(cancelled_at=timezone.now())
            Participant.unscoped.update(sex="f")
            transaction.set_rollback(True)

    # --- what the portal does ------------------------------------------------------------

    @rule(limit=st.sampled_from((1, 3, 1000)))
    def settle_some(self, limit):
        settle(limit=limit)

    @rule(seed=SEEDS)
    def compare_some(self, seed):
        self.figures_equal_the_records(seed)

    def figures_equal_the_records(self, seed=0):
        settle_all()
        assert not DirtyMark.objects.exists()
        oracle, dice = Oracle(), self.dice(seed)
        for unit in self.world.units:
            unit.path = oracle.paths[unit.pk]
        for axis in ("owner", "place"):
            for period in dice.sample(PERIODS, 4):
                asked = {"axis": axis, "period": period, "access": self.access}
                found = figures(FLOWS, units=self.world.units, **asked)
                for unit in self.world.units:
                    for code in FLOWS:
                        self.equal(oracle, code, unit, axis, period, found[unit.pk][code].value)
                self.parts_are_equal(oracle, dice, asked)
        assert compare()[1] == []

    def parts_are_equal(self, oracle, dice, asked):
        unit, code = dice.choice(self.world.units), dice.choice(FLOWS)
        where = random_conditions(self.world, dice, code)
        found = figures([code], units=[unit], where=where, **asked)[unit.pk][code]
        self.equal(oracle, code, unit, asked["axis"], asked["period"], found.value, where)
        listed = rows(code, unit=unit, where=where, **asked)
        if not code.startswith("people"):
            assert listed.amount == sum(row.amount for row in listed) == (found.value or 0)
        dim = next(iter(where))
        for part in breakdown(code, dim, unit=unit, **asked):
            self.equal(
                oracle, code, unit, asked["axis"], asked["period"], part.value, {dim: part.key}
            )

    def equal(self, oracle, code, unit, axis, period, value, where=None):
        expected = oracle.number(
            code, axis=axis, unit=unit, start=period.start, end=period.end, where=where
        )
        History.compared += 1
        assert value == expected, (code, unit.name, axis, period.code, where)


@pytest.mark.django_db
def test_figures_equal_the_records_whatever_happened(province, lan):
    History.province, History.access, History.compared = province, lan.access, 0
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=12, stateful_step_count=18, deadline=None, derandomize=False,
            suppress_health_check=list(HealthCheck), print_blob=True,
            # A history of 18 steps is read as it is; making it shorter takes minutes.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )  # fmt: skip
    assert History.compared > 10_000
