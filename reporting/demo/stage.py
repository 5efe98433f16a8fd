"""What a scenario is set up with: a real province, bodies, hamlets, teams, and exact counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any

from accounts.models import Posting
from activities.models import (
    Activity,
    ActivityHeadcount,
    ActivityType,
    ModelKind,
    SolutionField,
)
from campaign.models import Audience, Topic
from campaign.text import fold
from classes.models import ClassSession, SessionHeadcount, TrainingClass
from reporting.demo.activities import add_activity
from reporting.demo.book import Book
from reporting.demo.cast import Player, engage
from reporting.demo.codes import Codes
from reporting.demo.crowds import Crowd
from reporting.demo.land import REARRANGED_ON, former_communes, said
from reporting.demo.names import Names, keys_of
from reporting.demo.wording import wording
from units.loading import load_province
from units.models import CommunityTeam, TeamMember, Unit, UnitProfile


class Stage:
    """One province on which a scenario plays. Everything goes into ``book`` until ``finish``."""

    def __init__(self, name: str, province: str) -> None:
        load_province(province)
        self.name = name
        self.root = Unit.unscoped.get(
            level=Unit.Level.PROVINCE, code=province, code_system=Unit.CodeSystem.QD19_2025
        )
        self.book, self.names, self.random = Book(), Names(name), Random(name)  # noqa: S311
        self._codes = Codes()

    # --- Words --------------------------------------------------------------------------

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """Topics by code."""
        return {topic.code: topic for topic in Topic.objects.all()}

    @cached_property
    def audiences(self) -> dict[str, Audience]:
        """Audiences by code."""
        return {audience.code: audience for audience in Audience.objects.all()}

    @cached_property
    def types(self) -> dict[str, ActivityType]:
        """Types of activities by code."""
        return {kind.code: kind for kind in ActivityType.objects.all()}

    @cached_property
    def kinds(self) -> dict[str, ModelKind]:
        """Kinds of models by code."""
        return {kind.code: kind for kind in ModelKind.objects.all()}

    @cached_property
    def fields(self) -> list[SolutionField]:
        """Fields of solutions in their order."""
        return list(SolutionField.objects.order_by("position"))

    # --- Units --------------------------------------------------------------------------

    @cached_property
    def communes(self) -> list[Unit]:
        """Communes, wards and special zones of the province, by code."""
        return list(
            Unit.unscoped.communes()
            .below(self.root)
            .in_force()
            .select_related("parent")
            .order_by("code")
        )

    def commune(self, code: str) -> Unit:
        """The commune with that code since 1 July 2025."""
        return next(unit for unit in self.communes if unit.code == code)

    @cached_property
    def _former(self) -> dict[int, list[Unit]]:
        return former_communes(self.root)

    def seat_on(self, commune: Unit, day: date) -> Unit:
        """The commune that existed there on a day: a former one before the merger."""
        former = self._former[commune.pk]
        return self.random.choice(former) if day < REARRANGED_ON and former else commune

    def body(
        self, code: str, kind: str, name: str, short_name: str, parent: Unit | None = None
    ) -> Unit:
        """A department of the province, or an organisation under another unit."""
        level = Unit.Level.ORGANISATION if parent else Unit.Level.DEPARTMENT
        return Unit.plant(
            parent=parent or self.root,
            level=level,
            kind=kind,
            code=f"{self.root.code}-{code}",
            name=name,
            short_name=short_name,
            code_system=Unit.CodeSystem.PORTAL,
            is_demo=True,
        )

    def hamlets(self, commune: Unit, kind: str, word: str, names: Sequence[str]) -> list[Unit]:
        """Hamlets of a commune, in the order of their names."""
        return Unit.plant_many(
            Unit(
                parent=commune,
                level=Unit.Level.HAMLET,
                kind=kind,
                name=f"{word} {name}",
                short_name=name,
                code=f"{commune.code}-{n:02}",
                is_demo=True,
                code_system=Unit.CodeSystem.PORTAL,
            )
            for n, name in enumerate(names, start=1)
        )

    def profile(self, unit: Unit, population: int, **more: Any) -> UnitProfile:
        """How many people live in a unit."""
        source = wording("census")["source"]
        more.setdefault("year", 2025)
        return self.book.add(UnitProfile(unit=unit, population=population, source=source, **more))

    def teams(
        self, hamlets: Iterable[Unit], *, members: int, founded: date, people: str = "kinh"
    ) -> list[CommunityTeam]:
        """A team in every hamlet."""
        words, role = wording("hamlets")["team"], TeamMember.Role
        teams = []
        for hamlet in hamlets:
            team = CommunityTeam(
                unit=hamlet,
                name=words["name"].format(hamlet=said(hamlet)),
                founded_on=founded,
                is_demo=True,
            )
            team.clean()
            teams.append(self.book.add(team))
            for n in range(members):
                sex = self.random.choice("fm")
                full_name = self.names.person(sex, people)
                search_key, sort_key = keys_of(full_name)
                self.book.add(
                    TeamMember(
                        team=team,
                        full_name=full_name,
                        sex=sex,
                        joined_on=founded,
                        role=role.LEADER if n == 0 else role.MEMBER,
                        background="hamlet_head" if n == 0 else "youth_union",
                        search_key=search_key,
                        sort_key=sort_key,
                    )
                )
        return teams

    # --- What happened ------------------------------------------------------------------

    def activity(
        self, type_: str, unit: Unit, title: str, day: date, *, people: int = 0,
        crowd: Crowd | None = None, audiences: Sequence[str] = (), topic: str | None = None,
        **more: Any,
    ) -> Activity:  # fmt: skip
        """An activity with a cross-tab whose cells add up to ``people``."""
        words = [self.audiences[code] for code in audiences]
        activity = add_activity(
            self.book,
            audiences=words,
            unit=unit,
            title=title,
            starts_on=day,
            type=self.types[type_],
            topic=self.topics[topic] if topic else None,
            **more,
        )
        main = words[0] if words else None
        for cell in (crowd or Crowd()).cells(self.random, people, main):
            self.book.add(ActivityHeadcount(activity=activity, **cell))
        return activity

    def training(
        self, unit: Unit, title: str, days: Sequence[date], *, topic: str, audience: str,
        place: Unit | None = None, counts: Sequence[int] = (), crowd: Crowd | None = None,
        form: str = "class", other_topics: Sequence[str] = (), **more: Any,
    ) -> TrainingClass:  # fmt: skip
        """A class held on some days, ``counts`` people each day, counted and not listed."""
        more.setdefault("counting", TrainingClass.Counting.HEADCOUNT)
        training_class = TrainingClass(
            unit=unit,
            place=place,
            form=form,
            title=title,
            starts_on=days[0],
            is_demo=True,
            code=self._codes.next(unit, days[0]),
            topic=self.topics[topic],
            audience=self.audiences[audience],
            **more,
        )
        training_class.search_key = fold(f"{training_class.code} {title}")[:500]
        self.book.add(training_class)
        if other_topics:
            others = [self.topics[code] for code in other_topics]
            self.book.link(TrainingClass.other_topics, training_class, others)
        for n, day in enumerate(days):
            session = ClassSession(
                training_class=training_class,
                number=n + 1,
                held_on=day,
                status=ClassSession.Status.HELD,
            )
            self.book.add(session)
            for cell in (crowd or Crowd()).cells(self.random, counts[n] if counts else 0):
                self.book.add(SessionHeadcount(session=session, **cell))
        return training_class

    def finish(self, password: str) -> dict[str, int]:
        """Write everything down and let a leader of the province in, who sees it all."""
        written = self.book.write()
        leader = Player(
            self.name, self.names.person("f"), Posting.Role.PROVINCIAL_LEADER, self.root, ""
        )
        engage([leader], password)
        return written


def school_days(start: date, end: date, *, without: Iterable[int] = (6, 7, 8)) -> list[date]:
    """Monday to Saturday between two days, outside the months of the summer holiday."""
    pause = set(without)
    span = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [day for day in span if day.weekday() < 6 and day.month not in pause]
