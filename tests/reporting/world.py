"""A small province in which things happen, quickly made for tests of figures."""

from __future__ import annotations

import random
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from activities.models import Activity, ActivityHeadcount, ActivitySite, ActivityType
from campaign.models import Audience, Topic
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from units.models import CommunityTeam, Unit

FIRST_DAY = date(2025, 11, 20)
DAYS = 75
SEXES, BANDS, YES_NO = ("", "f", "m"), ("", "u16", "25-44", "60+"), ("", "y", "n")
MODES = ("in_person", "online", "blended", "home_visit")
SORTS = ("communication", "conference", "contest", "broadcast", "home_visit", "other")


class World:
    """Makes and changes records at random, through ordinary saves; ``seed`` decides everything."""

    def __init__(self, province: SimpleNamespace, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.units = [u for u in vars(province).values() if isinstance(u, Unit)]
        self.places = [u for u in self.units if u.level in (Unit.Level.COMMUNE, Unit.Level.HAMLET)]
        self.audiences = [
            Audience.objects.get_or_create(
                code=f"a{n}", defaults={"name_vi": f"A{n}", "name_en": f"A{n}", "group": "adults"}
            )[0]
            for n in range(2)
        ]
        self.topics = [
            Topic.objects.get_or_create(
                code=f"t{n}", defaults={"name_vi": f"T{n}", "name_en": f"T{n}"}
            )[0]
            for n in range(2)
        ]
        self.types = [
            ActivityType.objects.get_or_create(
                code=f"sort-{sort}",
                defaults={"name_vi": sort, "name_en": sort, "counts_as": sort},
            )[0]
            for sort in SORTS
        ]
        self.teams = [
            CommunityTeam.unscoped.create(
                unit=self.places[n], name=f"Team {n}", founded_on=date(2025, 7, 1)
            )
            for n in range(2)
        ]
        self.number = 0

    # --- making --------------------------------------------------------------------------

    def day(self) -> date:
        return FIRST_DAY + timedelta(days=self.random.randrange(DAYS))

    def place(self) -> Unit | None:
        return self.random.choice([None, *self.places])

    def person(self, **more: Any) -> Participant:
        pick = self.random.choice
        values = {
            "unit": pick(self.units), "full_name": "Lê Thị Mai", "sex": pick(SEXES),
            "birth_year": pick((None, 1950, 1965, 1966, 1980, 2000, 2001, 2010)),
            "audience": pick([None, *self.audiences]), "minority": pick(YES_NO),
            "disability": pick(YES_NO),
        }  # fmt: skip
        return Participant.unscoped.create(**(values | more))

    def training_class(self, **more: Any) -> TrainingClass:
        pick = self.random.choice
        self.number += 1
        values = {
            "unit": pick(self.units), "place": self.place(), "code": f"L{self.number:05}",
            "title": f"Class {self.number}", "topic": pick(self.topics),
            "audience": pick(self.audiences), "mode": pick(MODES),
            "form": pick(("class", "class", "support")),
            "counting": pick(("both", "roster", "headcount")), "starts_on": FIRST_DAY,
        }  # fmt: skip
        made = TrainingClass.unscoped.create(**(values | more))
        for _ in range(self.random.randrange(4)):
            self.session(made)
        return made

    def session(self, of: TrainingClass, **more: Any) -> ClassSession:
        number = 1 + max(
            ClassSession.unscoped.filter(training_class=of).values_list("number", flat=True),
            default=0,
        )
        values = {
            "number": number, "held_on": self.day(),
            "status": self.random.choice(("held", "held", "planned", "cancelled")),
        }  # fmt: skip
        made = ClassSession.unscoped.create(training_class=of, **(values | more))
        for _ in range(self.random.randrange(3)):
            self.headcount(made)
        return made

    def cell(self) -> dict[str, Any]:
        pick = self.random.choice
        return {
            "audience": pick([None, *self.audiences]), "sex": pick(SEXES),
            "age_band": pick(BANDS), "minority": pick(YES_NO), "disability": pick(YES_NO),
            "people": self.random.randrange(30),
        }  # fmt: skip

    def headcount(self, session: ClassSession) -> SessionHeadcount:
        return SessionHeadcount.unscoped.create(session=session, **self.cell())

    def enrol(self, of: TrainingClass, person: Participant) -> Enrolment:
        return Enrolment.unscoped.get_or_create(training_class=of, participant=person)[0]

    def roster(self, session: ClassSession, persons: list[Participant]) -> None:
        for person in persons:
            enrolment = self.enrol(session.training_class, person)
            Attendance.unscoped.get_or_create(session=session, enrolment=enrolment)

    def activity(self, **more: Any) -> Activity:
        pick = self.random.choice
        values = {
            "unit": pick(self.units), "place": self.place(), "type": pick(self.types),
            "title": "Activity", "topic": pick([None, *self.topics]), "mode": pick(MODES),
            "starts_on": self.day(), "households_visited": pick((None, 0, 12)),
        }  # fmt: skip
        if values["households_visited"]:
            values["households_reached"] = self.random.randrange(12)
        made = Activity.unscoped.create(**(values | more))
        for _ in range(self.random.randrange(3)):
            ActivityHeadcount.unscoped.create(activity=made, **self.cell())
        for unit in self.random.sample(self.places, self.random.randrange(3)):
            ActivitySite.unscoped.create(
                activity=made,
                unit=unit,
                people=pick((None, 5, 40)),
                is_connected=pick((True, True, False)),
            )
        made.teams_trained.set(self.random.sample(self.teams, self.random.randrange(3)))
        return made

    def fill(self, classes: int = 15, activities: int = 12, people: int = 25) -> World:
        """A busy winter: classes with rosters and headcounts, activities with sites."""
        persons = [self.person() for _ in range(people)]
        for _ in range(classes):
            made = self.training_class()
            for session in ClassSession.unscoped.filter(training_class=made):
                self.roster(session, self.random.sample(persons, self.random.randrange(6)))
            for enrolment in Enrolment.unscoped.filter(training_class=made):
                if self.random.random() < 0.4:
                    enrolment.completed_on = self.day()
                    enrolment.save()
            if self.random.random() < 0.1:
                made.cancelled_at = timezone.now()
                made.save()
        for _ in range(activities):
            self.activity()
        if people > 3:
            persons[0].merged_into = persons[1]
            persons[0].save()
        return self
