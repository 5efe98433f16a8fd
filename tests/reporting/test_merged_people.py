"""However people are merged and parted, also in chains, everybody counts once and nothing is lost.

The book below keeps what each row of the register had of its own, in plain Python; what a person
amounts to is the union over the rows that are this person. The tables and the dashboards' figures
must say the same, and taking every merge back must leave every row as it was.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign.periods import Kind, Period, Scheme
from classes.merging import merge_people, unmerge_people
from classes.models import Attendance, Enrolment
from reporting.figures import figures
from reporting.rollups import settle_all
from tests.reporting.oracle import Oracle
from tests.reporting.world import World

PEOPLE, CLASSES, SESSIONS = 6, 2, 3
YEAR = Period.of(Kind.YEAR, 2026, scheme=Scheme.CALENDAR)
CODES = ("people", "people_completed", "attendances", "attendances_on_roster")
NUMBERS = st.integers(0, PEOPLE - 1)
STEPS = st.one_of(
    st.tuples(st.just("tick"), NUMBERS, st.integers(0, CLASSES * SESSIONS - 1)),
    st.tuples(st.just("enrol"), NUMBERS, st.integers(0, 99)),
    st.tuples(st.just("merge"), NUMBERS, NUMBERS),
    st.tuples(st.just("part"), st.integers(0, 9), st.just(0)),
)


class Book:
    """What was done, in the database and beside it on paper."""

    def __init__(self, province: Any, access: Any) -> None:
        self.access = access
        world = World(province)
        self.persons = [world.person(unit=province.an_hoa).pk for _ in range(PEOPLE)]
        self.classes = [
            world.training_class(unit=province.an_hoa, counting="roster", starts_on=YEAR.start)
            for _ in range(CLASSES)
        ]
        self.sessions = []
        for held in self.classes:
            held.sessions.all().delete()
            for day in range(SESSIONS):
                on = date(2026, 3, 1 + day)
                self.sessions.append(world.session(held, status="held", held_on=on))
        #: (person, class) -> day of completion, sessions: what the row itself brought
        self.days: dict[tuple[int, int], date | None] = {}
        self.ticks: dict[tuple[int, int], set[int]] = defaultdict(set)
        #: (entry, kept, dropped), in the order in which they were merged
        self.merges: list[tuple[int, int, int]] = []

    # --- on paper ------------------------------------------------------------------------

    def stands_for(self, person: int) -> int:
        into = {dropped: kept for _entry, kept, dropped in self.merges}
        while person in into:
            person = into[person]
        return person

    def rows_of(self, person: int) -> list[int]:
        return [p for p in range(PEOPLE) if self.stands_for(p) == person]

    def holder(self, person: int, held: int) -> int | None:
        """Whose own enrolment stands for the person in a class: the first that came."""
        if (person, held) in self.days:
            return person
        joined = [dropped for _entry, kept, dropped in self.merges if kept == person]
        return next((h for d in joined if (h := self.holder(d, held)) is not None), None)

    def union(self, person: int, held: int) -> set[int]:
        return set().union(*(self.ticks[p, held] for p in self.rows_of(person)))

    def completed(self, person: int, held: int) -> date | None:
        days = [self.days.get((p, held)) for p in self.rows_of(person)]
        return min((day for day in days if day), default=None)

    # --- what people do ------------------------------------------------------------------

    def enrol(self, person: int, dice: int) -> None:
        person, held = self.stands_for(person), dice % CLASSES
        if self.holder(person, held) is None:
            day = date(2026, 3, 1 + dice % 7) if dice % 3 else None
            self.days[person, held] = day
            Enrolment.unscoped.create(
                training_class=self.classes[held],
                participant_id=self.persons[person],
                completed_on=day,
            )

    def tick(self, person: int, number: int) -> None:
        person, held = self.stands_for(person), number // SESSIONS
        self.enrol(person, held)
        if number not in self.union(person, held):
            self.ticks[self.holder(person, held), held].add(number)
        enrolment = Enrolment.unscoped.get(
            participant=self.persons[person], training_class=self.classes[held]
        )
        Attendance.unscoped.get_or_create(session=self.sessions[number], enrolment=enrolment)

    def merge(self, keep: int, drop: int) -> None:
        if keep == drop or any(self.stands_for(p) != p for p in (keep, drop)):
            with pytest.raises(ValidationError):
                merge_people(self.persons[keep], self.persons[drop], access=self.access)
            return
        entry = merge_people(self.persons[keep], self.persons[drop], access=self.access)
        self.merges.append((entry.pk, keep, drop))

    def part(self, number: int, _more: int) -> None:
        if not self.merges:
            return
        found = self.merges[number % len(self.merges)]
        whole = self.stands_for(found[1])
        if found != [m for m in self.merges if self.stands_for(m[1]) == whole][-1]:
            with pytest.raises(ValidationError):
                unmerge_people(found[0], access=self.access)
            return
        unmerge_people(found[0], access=self.access)
        self.merges.remove(found)
        with pytest.raises(ValidationError):
            unmerge_people(found[0], access=self.access)

    # --- comparing -----------------------------------------------------------------------

    def tables_agree(self) -> None:
        """Enrolments and attendances are those on paper, each held by who it stands for."""
        pairs = [(p, held) for p in range(PEOPLE) for held in range(CLASSES)]
        mine = [
            (p, h) for p, h in pairs if self.stands_for(p) == p and self.holder(p, h) is not None
        ]
        on_paper = {
            (self.persons[p], self.classes[held].pk): (
                self.completed(p, held),
                {self.sessions[number].pk for number in self.union(p, held)},
            )
            for p, held in mine
        }
        stored = {
            (e.participant_id, e.training_class_id): (
                e.completed_on,
                set(e.attendances.values_list("session_id", flat=True)),
            )
            for e in Enrolment.unscoped.all()
        }
        assert stored == on_paper

    def figures_agree(self, unit: Any) -> None:
        """Dashboards, the oracle and the paper count the same people and the same attendances."""
        settle_all()
        found = figures(list(CODES), axis="owner", units=[unit], period=YEAR, access=self.access)
        shown = {code: found[unit.pk][code].value or 0 for code in CODES}
        oracle = Oracle()
        assert shown == {
            code: oracle.number(code, axis="owner", unit=unit, start=YEAR.start, end=YEAR.end) or 0
            for code in CODES
        }
        persons = [p for p in range(PEOPLE) if self.stands_for(p) == p]
        came = {p: sum(len(self.union(p, h)) for h in range(CLASSES)) for p in persons}
        assert shown["people"] == sum(times > 0 for times in came.values())
        assert shown["attendances"] == shown["attendances_on_roster"] == sum(came.values())
        assert shown["people_completed"] == sum(
            any(self.completed(p, h) for h in range(CLASSES)) for p in persons
        )


@pytest.mark.django_db
@settings(
    max_examples=12, deadline=None, derandomize=False,
    suppress_health_check=list(HealthCheck), print_blob=True,
)  # fmt: skip
@given(steps=st.lists(STEPS, min_size=8, max_size=30))
def test_merging_and_parting_lose_nothing_and_double_nothing(province, hoa, steps):
    with transaction.atomic():
        book = Book(province, hoa.access)
        for name, *numbers in steps:
            getattr(book, name)(*numbers)
        book.tables_agree()
        book.figures_agree(province.an_hoa)
        while book.merges:
            book.part(len(book.merges) - 1, 0)
        book.tables_agree()
        book.figures_agree(province.an_hoa)
        transaction.set_rollback(True)
