"""Two years of classes and support sessions, with rosters, headcounts and what went wrong."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any

from django.utils import timezone

from accounts.models import Posting, User
from campaign.models import Audience, Mode, Presence, Topic
from campaign.text import fold
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting.demo.book import Book
from reporting.demo.calendar import Calendar
from reporting.demo.codes import Codes
from reporting.demo.crowds import ELDERS, PUPILS, Crowd
from reporting.demo.land import Area, Land, said
from reporting.demo.names import Names, keys_of
from reporting.demo.sums import scaled
from reporting.demo.wording import wording
from units.models import Unit

CLASSES = 2600
PLANNED = 42
DUPLICATES = 25
SUSPECTED = 3  # in each commune whose officer takes part
CANCELLED_EACH = 67
#: days before today; below zero: days ahead
WEEK_OF_HOA = (9, 4, 2, 0, -1, -3, -6)
HALF_DAYS = (time(8), time(14), time(18, 30))
SESSIONS, SESSION_WEIGHTS = (1, 2, 3, 4, 5, 6), (6, 16, 25, 24, 17, 12)
FLOOR = 0.22
COMES_AGAIN = 0.39
IS_PRESENT = 0.83
#: people of minorities come to classes less often than they live here
REACHED = 0.55
#: Thursday evenings nobody writes up: planned sessions of the last days without attendance
FORGOTTEN_WITHIN, FORGOTTEN = 21, 0.14

VENUES = {
    "hamlet": ("culture_house", "culture_house", "culture_house", "pagoda", "market", "home"),
    "commune": ("commune_hall", "learning_centre", "service_centre", "school"),
    "school": ("school",),
    "body": ("commune_hall", "learning_centre"),
    "office": ("office", "office", "online"),
}


@dataclass
class Spot:
    """Who answers for a class, and where it is held."""

    owner: Unit
    place: Unit | None
    area: Area
    kind: str
    team: Any = None


@dataclass
class Classes:
    """Makes classes up, one after another, in the order of their days."""

    land: Land
    book: Book
    names: Names
    random: Random
    calendar: Calendar
    users: dict[str, User] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.topics = {topic.code: topic for topic in Topic.objects.all()}
        self.audiences = {audience.code: audience for audience in Audience.objects.all()}
        self._kinds = wording("classes")["topic"]
        self._codes = Codes()
        self._pools: dict[int, list[Participant]] = defaultdict(list)
        weights = [area.population**0.75 * area.zeal for area in self.land.areas]
        floor = FLOOR * sum(weights) / len(weights)  # even the smallest island does something
        self._weights = list(accumulate(max(weight, floor) for weight in weights))
        self._keepers = {
            self.land.area("Định Hòa").commune.pk: self.users.get("hoa"),
            self.land.area("Gò Quao").commune.pk: self.users.get("bao"),
            self.land.bodies["SGDDT"].pk: self.users.get("minh"),
        }

    def teach(self, *, size: float) -> None:
        """All classes of two years, and those planned for the coming weeks."""
        today = self.calendar.today
        for n, day in enumerate(self.calendar.days(self.random, scaled(CLASSES, size))):
            spot = self._spot(day)
            self._one(day, spot, is_cancelled=n % CANCELLED_EACH == 7 and day < today)
        for _n in range(scaled(PLANNED, size, least=4)):
            day = today + timedelta(days=self.random.randint(1, 24))
            self._one(day, self._spot(day))
        self._fill_week_of_hoa()

    def _fill_week_of_hoa(self) -> None:
        """What waits on the desk of Hoa and Tú: evenings not written up, and evenings to come."""
        area = self.land.area("Định Hòa")
        for ago in WEEK_OF_HOA:
            day = self.calendar.today - timedelta(days=ago)
            self._one(day, self._in_hamlet(day, area, area.commune), is_forgotten=ago > 0)

    def area_on(self, day: date) -> Area:
        """A commune where something happens that day; a few have been quiet this quarter."""
        while True:
            area = self.random.choices(self.land.areas, cum_weights=self._weights)[0]
            if not (area.is_quiet and day >= self.calendar.quiet_from):
                return area

    # --- One class ----------------------------------------------------------------------

    def _one(
        self, day: date, spot: Spot, *, is_cancelled: bool = False, is_forgotten: bool = False
    ) -> None:
        training_class = self._class(day, spot, self._kind(spot))
        sessions = self._sessions(training_class, day, spot.area)
        status = ClassSession.Status
        if is_cancelled:
            self._cancel(training_class)
        for session in sessions:
            if is_cancelled or is_forgotten:
                session.status = status.CANCELLED if is_cancelled else status.PLANNED
        held = [session for session in sessions if session.status == status.HELD]
        is_over = bool(held) and all(session.status != status.PLANNED for session in sessions)
        if training_class.takes_roster:
            self._roster(training_class, spot, held, is_over=is_over)
        if training_class.takes_headcount:
            self._count(training_class, spot, held)

    def _spot(self, day: date) -> Spot:
        random, area, dice = self.random, self.area_on(day), self.random.random()
        seat = area.seat_on(day, random)
        if dice < 0.09:
            school, stands_in = random.choice(self.land.schools)
            return Spot(school, stands_in.seat_on(day, random), stands_in, "school")
        if dice < 0.15:
            body = random.choice(list(self.land.bodies.values()))
            if random.random() < 0.3:
                return Spot(body, None, area, "office")
            return Spot(body, seat, area, "body")
        if dice < 0.36:
            return Spot(seat, seat, area, "commune")
        return self._in_hamlet(day, area, seat)

    def _in_hamlet(self, day: date, area: Area, seat: Unit) -> Spot:
        random = self.random
        hamlet = random.choice(area.hamlets)
        if area.name == "Định Hòa" and random.random() < 0.2:
            hamlet = next(h for h in area.hamlets if h.short_name == "Hòa Út")
        team = area.teams.get(hamlet.pk)
        if team is not None and (team.founded_on > day or random.random() < 0.2):
            team = None
        owner = hamlet if team is not None and random.random() < 0.3 else seat
        return Spot(owner, hamlet, area, "hamlet", team)

    def _kind(self, spot: Spot) -> dict[str, Any]:
        if spot.kind == "school" and self.random.random() < 0.75:
            return next(kind for kind in self._kinds if kind["code"] == "digital_learning")
        weights = [kind["weight"] for kind in self._kinds]
        return self.random.choices(self._kinds, weights)[0]

    def _class(self, day: date, spot: Spot, kind: dict[str, Any]) -> TrainingClass:
        random = self.random
        form = random.choices(("class", "support"), (74, 26))[0]
        codes = kind["audience"]
        audience = self.audiences[random.choices(list(codes), list(codes.values()))[0]]
        if spot.kind == "school":
            audience = self.audiences["pupils"]
        venue_kind = random.choice(VENUES[spot.kind])
        place = spot.place or spot.owner
        mode = Mode.ONLINE if venue_kind == "online" else Mode.IN_PERSON
        if mode == Mode.IN_PERSON and random.random() < 0.06:
            mode = Mode.BLENDED
        if venue_kind == "home":
            mode = Mode.HOME_VISIT
        training_class = TrainingClass(
            unit=spot.owner,
            place=spot.place,
            team=spot.team,
            form=form,
            mode=mode,
            code=self._codes.next(spot.owner, day),
            topic=self.topics[kind["code"]],
            audience=audience,
            title=f"{random.choice(kind[form])} – {place.name}"[:200],
            counting=random.choices(("headcount", "roster", "both"), (39, 34, 27))[0],
            venue_kind=venue_kind,
            starts_on=day,
            is_demo=True,
            venue=wording("classes")[venue_kind].format(place=said(place)),
            trainers=self.names.person(random.choice("fm")),
            capacity=random.choice((None, 25, 30, 40, 60)),
            created_by=self._keepers.get(spot.owner.pk),
        )
        training_class.search_key = fold(
            f"{training_class.code} {training_class.title} {training_class.venue} "
            f"{training_class.trainers}"
        )[:500]
        self._tie(training_class, spot, kind)
        return self.book.add(training_class)

    def _tie(self, training_class: TrainingClass, spot: Spot, kind: dict[str, Any]) -> None:
        random = self.random
        if random.random() < 0.25:
            other = random.choice([k for k in self._kinds if k is not kind])
            self.book.link(TrainingClass.other_topics, training_class, [self.topics[other["code"]]])
        if spot.kind in ("hamlet", "commune") and random.random() < 0.12:
            helpers = [self.land.bodies[code] for code in ("TD", "HLHPN", "CAT", "VNPT", "VIETTEL")]
            self.book.link(TrainingClass.co_organisers, training_class, [random.choice(helpers)])

    def _sessions(self, training_class: TrainingClass, day: date, area: Area) -> list[ClassSession]:
        random, status = self.random, ClassSession.Status
        number = 1
        if training_class.form == TrainingClass.Form.CLASS:
            number = random.choices(SESSIONS, SESSION_WEIGHTS)[0]
        pace, starts_at = random.choice((2, 3, 7, 7)), random.choice(HALF_DAYS)
        sessions = []
        for n in range(number):
            held_on = day + timedelta(days=n * pace)
            if area.is_quiet and held_on >= self.calendar.quiet_from:
                break
            age = (self.calendar.today - held_on).days
            forgotten = 0 < age <= FORGOTTEN_WITHIN and random.random() < FORGOTTEN
            session = ClassSession(
                training_class=training_class,
                number=n + 1,
                held_on=held_on,
                starts_at=starts_at,
                hours=Decimal("2.0"),
                status=status.PLANNED if age <= 0 or forgotten else status.HELD,
            )
            if session.status == status.HELD and number > 1 and random.random() < 0.02:
                session.status = status.CANCELLED
                session.note = wording("classes")["session_cancelled"]
            sessions.append(self.book.add(session))
        return sessions

    def _cancel(self, training_class: TrainingClass) -> None:
        day = training_class.starts_on - timedelta(days=1)
        training_class.cancelled_at = timezone.make_aware(datetime.combine(day, time(9, 30)))
        training_class.cancelled_reason = self.random.choice(wording("classes")["cancelled"])

    # --- Who came -----------------------------------------------------------------------

    def _roster(
        self,
        training_class: TrainingClass,
        spot: Spot,
        held: list[ClassSession],
        *,
        is_over: bool,
    ) -> None:
        random = self.random
        number = random.randint(6, 21)
        enrolments = [
            self.book.add(Enrolment(training_class=training_class, participant=person))
            for person in self._learners(number, spot, training_class)
        ]
        if not held:
            return
        for enrolment in enrolments:
            present = [s for s in held if random.random() < IS_PRESENT] or [random.choice(held)]
            for session in present:
                self.book.add(Attendance(session=session, enrolment=enrolment))
            if is_over and len(present) * 3 >= len(held) * 2 and random.random() < 0.9:
                enrolment.completed_on = held[-1].held_on

    def _learners(
        self, number: int, spot: Spot, training_class: TrainingClass
    ) -> list[Participant]:
        register = spot.area.commune if spot.kind in ("hamlet", "commune") else spot.owner
        pool = self._pools[register.pk]
        back = min(len(pool), sum(self.random.random() < COMES_AGAIN for _n in range(number)))
        known = self.random.sample(pool, back)
        new = [self._person(register, spot, training_class) for _n in range(number - back)]
        pool.extend(new)
        return known + new

    def _person(self, register: Unit, spot: Spot, training_class: TrainingClass) -> Participant:
        random, area, year = self.random, spot.area, training_class.starts_on.year
        sex = "f" if random.random() < 0.55 else "m"
        is_minority = random.random() < area.minority * REACHED
        name = self.names.person(sex, area.people if is_minority else "kinh")
        phone = self.names.phone() if random.random() < 0.08 else ""
        search_key, sort_key = keys_of(name, phone)
        age = self._age(training_class.audience.code)
        is_known = random.random() < 0.9
        person = Participant(
            unit=register,
            full_name=name,
            sex=sex if random.random() < 0.97 else "",
            phone=phone,
            birth_year=year - age if random.random() < 0.95 else None,
            audience=training_class.audience if random.random() < 0.85 else None,
            hamlet=spot.place if spot.kind == "hamlet" else random.choice(area.hamlets),
            minority=(Presence.YES if is_minority else Presence.NO) if is_known else "",
            disability=(Presence.YES if random.random() < 0.015 else Presence.NO)
            if is_known
            else "",
            guardian=self.names.person("f") if age < 16 else "",
            is_demo=True,
            search_key=search_key,
            sort_key=sort_key,
        )
        return self.book.add(person)

    def _age(self, audience: str) -> int:
        if audience == "pupils":
            return self.random.randint(12, 18)
        if audience == "elderly":
            return self.random.randint(60, 84)
        return int(self.random.triangular(17, 74, 36))

    def _count(self, training_class: TrainingClass, spot: Spot, held: list[ClassSession]) -> None:
        code = training_class.audience.code
        ages = {"pupils": PUPILS, "elderly": ELDERS}.get(code)
        crowd = Crowd(minority=spot.area.minority * REACHED, elderly=0.055)
        if ages:
            crowd = Crowd(minority=spot.area.minority * REACHED, ages=ages)
        is_beside_roster = training_class.takes_roster
        for session in held:
            total = self.random.randint(2, 12) if is_beside_roster else self.random.randint(14, 58)
            if self.random.random() < 0.12:  # only the total was noted down
                self.book.add(SessionHeadcount(session=session, people=total))
                continue
            for cell in crowd.cells(self.random, total):
                self.book.add(SessionHeadcount(session=session, **cell))


def double_people(random: Random, *, size: float) -> None:
    """Some people were entered twice, the second row with a class of its own: most of them were
    found to be one person; those of the communes whose officers play along are still to be asked.
    """
    people = Enrolment.unscoped.filter(participant__is_demo=True, participant__merged_into=None)
    ids = list(people.order_by("pk").values_list("pk", flat=True))
    chosen = random.sample(ids, min(len(ids), scaled(DUPLICATES, size)))
    for enrolment in Enrolment.unscoped.filter(pk__in=chosen).select_related("participant"):
        _double(enrolment, merged_into=enrolment.participant)
    officers = Posting.unscoped.filter(role=Posting.Role.COMMUNE_OFFICER)
    for unit in officers.order_by("unit_id").values_list("unit_id", flat=True).distinct():
        own = people.filter(participant__unit=unit, participant__birth_year__isnull=False)
        own = own.exclude(pk__in=chosen).order_by("pk").select_related("participant")
        for enrolment in own[:SUSPECTED]:
            _double(enrolment, merged_into=None)


def _double(enrolment: Enrolment, *, merged_into: Participant | None) -> None:
    first = enrolment.participant
    enrolment.participant = Participant.unscoped.create(
        unit_id=first.unit_id,
        full_name=first.full_name,
        birth_year=first.birth_year,
        hamlet_id=first.hamlet_id,
        is_demo=True,
        search_key=fold(first.full_name)[:200],
        sort_key=first.sort_key,
        merged_into=merged_into,
    )
    enrolment.save(update_fields=["participant"])
