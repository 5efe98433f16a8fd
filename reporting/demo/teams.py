"""Community digital technology teams: one for each hamlet, 7,991 members at full size."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from reporting.demo.book import Book
from reporting.demo.land import HAMLETS, Area, Land, said
from reporting.demo.names import Names, keys_of
from reporting.demo.sums import shares
from reporting.demo.wording import wording
from units.models import CommunityTeam, TeamMember, Unit

MEMBERS = 7991
FEWEST = 5
FORMER_TEAMS = 24
FIRST_FOUNDED = date(2022, 8, 1)
REFOUNDED = date(2025, 8, 15)
#: who sits in a team after its leader and deputy, the likeliest first
SEATS = (
    "youth_union", "women_union", "police", "farmer", "fatherland_front", "teacher", "telecom",
    "official", "elder", "party_cell", "other",
)  # fmt: skip
SEAT_WEIGHTS = (18, 14, 9, 12, 9, 9, 6, 6, 5, 7, 5)


class Teams:
    """Founds teams and fills them."""

    def __init__(self, book: Book, names: Names, random: Random, today: date) -> None:
        self._book, self._names, self._random, self._today = book, names, random, today
        self._words = wording("hamlets")["team"]

    def found(self, land: Land) -> None:
        """An active team in every hamlet, and what came before some of them."""
        homes = [(hamlet, area) for area in land.areas for hamlet in area.hamlets]
        weights = [self._random.uniform(0.5, 1.5) for _home in homes]
        number = MEMBERS if len(homes) == HAMLETS else round(MEMBERS * len(homes) / HAMLETS)
        sizes = shares(number, weights, least=FEWEST)
        former = set(self._random.sample(range(len(homes)), min(FORMER_TEAMS, len(homes) // 8)))
        for n, ((hamlet, area), size) in enumerate(zip(homes, sizes, strict=True)):
            founded = self._founding_day()
            if n in former:
                founded = REFOUNDED + timedelta(days=self._random.randint(0, 60))
                self._former_team(hamlet, area, founded)
            team = self._team(hamlet, founded, self._words["name"])
            area.teams[hamlet.pk] = team
            self._fill(team, area, size)

    def _founding_day(self) -> date:
        return FIRST_FOUNDED + timedelta(days=int(self._random.triangular(0, 1150, 250)))

    def _team(self, hamlet: Unit, founded: date, name: str) -> CommunityTeam:
        team = CommunityTeam(
            unit=hamlet,
            name=name.format(hamlet=said(hamlet)),
            founded_on=founded,
            decided_on=founded - timedelta(days=3),
            is_demo=True,
            decision_number=self._words["decision"].format(number=self._random.randint(20, 480)),
        )
        team.clean()
        return self._book.add(team)

    def _former_team(self, hamlet: Unit, area: Area, ended: date) -> None:
        team = self._team(hamlet, self._founding_day(), self._words["former"])
        team.founded_on = min(team.founded_on, ended - timedelta(days=200))
        team.decided_on = team.founded_on - timedelta(days=3)
        team.ended_on, team.ended_reason = ended, self._words["ended"]
        for n in range(FEWEST):
            self._member(team, area, n)

    def _fill(self, team: CommunityTeam, area: Area, size: int) -> None:
        for n in range(size):
            self._member(team, area, n)
        if self._random.random() < 0.3:  # somebody moved away, and no longer counts
            gone = self._member(team, area, FEWEST)
            stayed = (self._today - gone.joined_on).days
            gone.left_on = gone.joined_on + timedelta(days=self._random.randint(0, max(0, stayed)))

    def _member(self, team: CommunityTeam, area: Area, n: int) -> TeamMember:
        random = self._random
        sex = random.choice("ffmmm" if n == 0 else "ffmm")
        people = area.people if random.random() < area.minority else "kinh"
        name = self._names.person(sex, people)
        if n == 0 and team.unit.short_name == "Hòa Út" and team.ended_on is None:
            name, sex = "Danh Tú", "m"
        phone = self._names.phone() if n < 2 else ""
        joined = team.founded_on
        if n > 1 and random.random() < 0.4 and (days := (self._today - joined).days - 1) > 0:
            joined += timedelta(days=random.randint(0, days))
        search_key, sort_key = keys_of(name)
        role = TeamMember.Role
        return self._book.add(
            TeamMember(
                team=team,
                full_name=name,
                sex=sex,
                phone=phone,
                joined_on=joined,
                birth_year=self._today.year - random.randint(19, 66),
                role=(role.LEADER, role.DEPUTY)[n] if n < 2 else role.MEMBER,
                background="hamlet_head" if n == 0 else random.choices(SEATS, SEAT_WEIGHTS)[0],
                search_key=search_key,
                sort_key=sort_key,
            )
        )
