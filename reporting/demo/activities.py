"""Two years of everything else worth reporting: communication, home visits, events, trainings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from accounts.models import User
from activities.models import Activity, ActivityHeadcount, ActivitySite, ActivityType
from campaign.models import Audience, Mode, Topic
from campaign.text import fold
from reporting.demo.book import Book
from reporting.demo.calendar import Calendar
from reporting.demo.crowds import Crowd
from reporting.demo.land import Area, Land, said
from reporting.demo.sums import scaled
from reporting.demo.wording import wording
from units.models import CommunityTeam, Unit

ACTIVITIES = 2800
REACHED = 0.5
#: how long before today the events of the whole province were held
CONNECTED_AGO = (470, 330, 190, 41)
TOPICS = (
    "digital_transformation_awareness", "online_public_services", "vneid", "online_safety",
    "cashless_payment",
)  # fmt: skip
#: what may happen in a hamlet as well as at the commune's seat
IN_HAMLETS = frozenset(
    {
        "communication",
        "thematic_party_cell_conference",
        "ecommerce_support",
        "mooc_introduction",
        "other",
    }
)
BODIES_OF = {
    "youth_campaign": "TD",
    "seminar": "HLHPN",
    "contest": "TD",
    "inspection": "SKHCN",
    "ecommerce_support": "HND",
    "handbook_distribution": "SKHCN",
    "broadcast": "SVHTTDL",
}


def add_activity(book: Book, *, audiences: list[Audience] | None = None, **fields: Any) -> Activity:
    """Put down an activity with its search key and audiences."""
    activity = Activity(is_demo=True, **fields)
    words = f"{activity.title} {activity.venue} {activity.chaired_by}"
    activity.search_key = fold(words)[:500]
    if audiences:
        book.link(Activity.audiences, activity, audiences)
    return book.add(activity)


@dataclass
class Activities:
    """Makes activities up, of every type, in the order of their days."""

    land: Land
    book: Book
    random: Random
    calendar: Calendar
    #: which commune something happens in on a day
    area_on: Callable[[date], Area]
    users: dict[str, User] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.types = {kind.code: kind for kind in ActivityType.objects.all()}
        self.topics = {topic.code: topic for topic in Topic.objects.all()}
        self.audiences = {audience.code: audience for audience in Audience.objects.all()}
        self._kinds = wording("activities")["type"]
        self._keepers = {
            self.land.area("Định Hòa").commune.pk: self.users.get("hoa"),
            self.land.area("Gò Quao").commune.pk: self.users.get("bao"),
        }

    def happen(self, *, size: float) -> None:
        """All activities of two years, the province's own events among them."""
        self._connected()
        weights = [kind["weight"] for kind in self._kinds]
        days = self.calendar.days(self.random, scaled(ACTIVITIES, size))
        kinds = self.random.choices(self._kinds, weights, k=len(days))
        kinds[: len(self._kinds)] = self._kinds  # each type at least once, however small
        for day, kind in zip(days, kinds, strict=True):
            self._one(day, kind)

    def _one(self, day: date, kind: dict[str, Any]) -> None:
        random, area = self.random, self.area_on(day)
        type_ = self.types[kind["code"]]
        counts_as = ActivityType.CountsAs(type_.counts_as)
        owner, place = self._whose(kind["code"], area, day)
        people = random.randint(*kind["people"])
        activity = add_activity(
            self.book,
            audiences=self._audiences(counts_as),
            unit=owner,
            place=place,
            type=type_,
            title=random.choice(kind["names"]).format(place=said(place))[:200],
            topic=self.topics[random.choice(TOPICS)],
            starts_on=day,
            team=self._team(area, place, day),
            mode=Mode.HOME_VISIT if counts_as == counts_as.HOME_VISIT else Mode.IN_PERSON,
            venue="" if counts_as == counts_as.HOME_VISIT else place.name,
            created_by=self._keepers.get(owner.pk),
            **self._columns(kind["code"], place),
        )
        activity.extra = self._extra(kind["code"], people)
        if day < self.calendar.today and random.random() < 0.01:
            at = datetime.combine(day - timedelta(days=1), time(16, 0))
            activity.cancelled_at = timezone.make_aware(at)
            activity.cancelled_reason = wording("activities")["cancelled"]
        self._count(activity, people, area)
        if kind["code"] == "team_training":
            trained = [t for t in area.teams.values() if t.founded_on <= day]
            self.book.link(Activity.teams_trained, activity, trained)

    def _whose(self, code: str, area: Area, day: date) -> tuple[Unit, Unit]:
        random = self.random
        hamlet, seat = random.choice(area.hamlets), area.seat_on(day, random)
        if code == "door_to_door":
            return (hamlet if random.random() < 0.35 else seat), hamlet
        if code == "support_session_public":
            return seat, hamlet
        if code in BODIES_OF and random.random() < 0.6:
            return self.land.bodies[BODIES_OF[code]], seat
        if code == "communication":
            dice = random.random()
            if dice < 0.12:
                return random.choice(self.land.schools)[0], seat
            if dice < 0.3:
                return random.choice(list(self.land.bodies.values())), seat
        return seat, random.choice((hamlet, seat)) if code in IN_HAMLETS else seat

    def _team(self, area: Area, place: Unit, day: date) -> CommunityTeam | None:
        """The hamlet's team, which goes from door to door wherever it exists already."""
        team = area.teams.get(place.pk)
        return team if team is not None and team.founded_on <= day else None

    def _audiences(self, counts_as: ActivityType.CountsAs) -> list[Audience]:
        pool = [
            "residents",
            "elderly",
            "farmers",
            "women",
            "youth_union",
            "traders",
            "union_members",
        ]
        if counts_as == counts_as.CONFERENCE:
            pool = ["officials", "civil_servants", "party_members", "team_members"]
        codes = self.random.sample(pool, self.random.choice((1, 1, 2)))
        return [self.audiences[code] for code in codes]

    def _columns(self, code: str, place: Unit) -> dict[str, Any]:
        random = self.random
        if code == "door_to_door":
            visited = random.randint(18, 140)
            return {
                "households_visited": visited,
                "households_reached": round(visited * random.uniform(0.55, 0.95)),
            }
        if code in ("broadcast", "communication"):
            return {"items": random.randint(1, 14)}
        if code in ("conference", "thematic_party_cell_conference", "review", "launch"):
            chair = random.choice(wording("activities")["chairs"])
            return {"chaired_by": chair.format(place=said(place))}
        return {}

    def _extra(self, code: str, people: int) -> dict[str, Any]:
        random, words = self.random, wording("activities")
        of_type: dict[str, dict[str, Any]] = {
            "communication": {"channel": random.choice(("meeting", "mobile", "visual", "online"))},
            "door_to_door": {"guides": random.randint(2, 9)},
            "broadcast": {"medium": random.choice(("loudspeaker", "radio", "social", "website"))},
            "one_stop_guidance": {"dossiers": people + random.randint(0, 40)},
            "ecommerce_support": {
                "households": people,
                "shops": max(1, people // 3),
                "products": people + 4,
                "platform": random.choice(words["platforms"]),
            },
            "contest": {"format": "online_quiz", "entries": people, "prizes": 9},
            "review": {"review_kind": "interim"},
            "handbook_distribution": {
                "copies": random.randint(100, 900),
                "document": words["document"],
                "form": "printed",
            },
            "youth_campaign": {"squads": random.randint(1, 6), "volunteers": people},
            "mooc_introduction": {"registered": people * 2 // 3, "completed": people // 4},
            "inspection": {"units_inspected": random.randint(2, 9)},
            "thematic_party_cell_conference": {"resolution_number": words["dialogue"]},
        }
        return of_type.get(code, {})

    def _count(self, activity: Activity, people: int, area: Area | None) -> None:
        if not people:
            return
        if self.random.random() < 0.2:  # only the total was noted down
            self.book.add(ActivityHeadcount(activity=activity, people=people))
            return
        crowd = Crowd(minority=(area.minority if area else 0.08) * REACHED, elderly=0.06)
        for cell in crowd.cells(self.random, people):
            self.book.add(ActivityHeadcount(activity=activity, **cell))

    def _connected(self) -> None:
        """Events of the province: one hall, and every commune connected to it."""
        for event, ago in zip(wording("activities")["connected"], CONNECTED_AGO, strict=True):
            day = self.calendar.today - timedelta(days=ago)
            activity = add_activity(
                self.book,
                audiences=self._audiences(ActivityType.CountsAs.CONFERENCE),
                unit=self.land.bodies["SKHCN"],
                type=self.types[event["type"]],
                starts_on=day,
                title=event["name"],
                mode=Mode.BLENDED,
                created_by=self.users.get("hanh"),
                topic=self.topics["digital_transformation_awareness"],
                extra=self._extra(event["type"], 0),
                place=self.land.area("Rạch Giá").commune,
            )
            helpers = [self.land.bodies[code] for code in ("VNPT", "VIETTEL", "TD")]
            self.book.link(Activity.co_organisers, activity, helpers)
            self._count(activity, self.random.randint(220, 320), None)
            for area in self.land.areas:
                if not (area.is_quiet and day >= self.calendar.quiet_from):
                    self._site(activity, area)

    def _site(self, activity: Activity, area: Area) -> None:
        is_connected = self.random.random() < 0.98
        people = self.random.randint(18, 95) if is_connected else None
        self.book.add(
            ActivitySite(
                activity=activity, unit=area.commune, is_connected=is_connected, people=people
            )
        )
