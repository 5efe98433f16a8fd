"""From records to facts: what each class and each activity counts, and on which day.

The whole meaning of "counted" is in this module. ``tests/reporting/oracle.py`` says it a second
time in plain Python, ``reporting/verification.py`` a third time for the running system.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet
from pyroaring import BitMap

from activities.models import Activity, ActivityHeadcount, ActivitySite, ActivityType
from campaign.models import Mode, age_band_of
from campaign.periods import slice_key
from campaign.portal.scope import PATH_STEP
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting.models import COUNTERS, DirtyMark, RollupFact

Grain = RollupFact.Grain
CountsAs = ActivityType.CountsAs

ONLINE_MODES = frozenset({Mode.ONLINE, Mode.BLENDED})

#: the counter of activities of each sort, beside ``activities``
COUNTER_OF = {
    CountsAs.COMMUNICATION: "communications",
    CountsAs.CONFERENCE: "conferences",
    CountsAs.CONTEST: "contests",
    CountsAs.BROADCAST: "broadcasts",
    CountsAs.HOME_VISIT: "home_visit_rounds",
}

#: (audience id, sex, age band, minority, disability)
Traits = tuple[int | None, str, str, str, str]


class Fact(NamedTuple):
    """The values of one ``RollupFact``; its counters in the order of ``COUNTERS``."""

    source: str
    source_id: int
    grain: str
    row_id: int
    owner_path: str
    place_path: str
    day: date
    slice: int
    topic_id: int | None
    audience_id: int | None
    mode: str
    type_id: int | None
    crosstab: list[list[Any]]
    people: bytes | None
    counts: tuple[int, ...]

    @property
    def place(self) -> tuple[str, str, int]:
        """What decides which cells the fact belongs to."""
        return self.owner_path, self.place_path, self.slice

    @classmethod
    def stored(cls, values: Sequence[Any]) -> Fact:
        """A fact as the database gives it: the values of ``FACT_COLUMNS``."""
        *start, people = values[: len(cls._fields) - 1]
        return cls(*start, bytes(people) if people else None, tuple(values[len(start) + 1 :]))  # type: ignore[call-arg]

    @property
    def columns(self) -> tuple[Any, ...]:
        """The fact as the database takes it: the values of ``FACT_COLUMNS``."""
        written = {"day": self.day.isoformat(), "crosstab": json.dumps(self.crosstab)}
        return (*self._replace(**written)[:-1], *self.counts)  # type: ignore[arg-type]


FACT_COLUMNS = (*Fact._fields[:-1], *COUNTERS)


@dataclass(frozen=True, slots=True)
class Person:
    """A participant as known now: merged rows are followed to the row that stayed."""

    pk: int
    audience_id: int | None
    sex: str
    birth_year: int | None
    minority: str
    disability: str
    merged_into_id: int | None

    def traits(self, year: int, class_audience: int) -> Traits:
        """The traits an attendance in ``year`` counts under."""
        return (
            self.audience_id or class_audience,
            self.sex,
            age_band_of(self.birth_year, year),
            self.minority,
            self.disability,
        )


PERSON_FIELDS = (
    "pk", "audience_id", "sex", "birth_year", "minority", "disability", "merged_into_id",
)  # fmt: skip


class People:
    """Participants by id, each standing for the row it was merged into."""

    def __init__(self) -> None:
        self._known: dict[int, Person] = {}
        self._canonical: dict[int, Person] = {}

    def learn(self, pks: Collection[int]) -> None:
        """Read some participants, and those they were merged into."""
        missing = set(pks) - self._known.keys()
        while missing:
            asked = sorted(missing)
            for start in range(0, len(asked), 5000):
                some = asked[start : start + 5000]
                self._remember(Participant.unscoped.filter(pk__in=some))
            found = (self._known[pk] for pk in asked if pk in self._known)
            merged_into = {person.merged_into_id for person in found if person.merged_into_id}
            missing = merged_into - self._known.keys()

    def learn_all(self) -> None:
        """Read every participant, to spare many small readings."""
        self._remember(Participant.unscoped.all())

    def _remember(self, rows: QuerySet[Participant]) -> None:
        for row in rows.order_by().values_list(*PERSON_FIELDS).iterator(chunk_size=10_000):
            self._known[row[0]] = Person(*row)

    def present(self, pks: Iterable[int]) -> Iterator[Person]:
        """Those whom some rows stand for; a row deleted this moment has left its own mark."""
        return (self.canonical(pk) for pk in pks if pk in self._known)

    def canonical(self, pk: int) -> Person:
        """The person a row stands for. Rows merged in a circle stand for the lowest id."""
        if pk not in self._canonical:
            person, seen = self._known[pk], {pk}
            while person.merged_into_id:
                person = self._known[person.merged_into_id]
                if person.pk in seen:
                    person = self._known[self._lowest_in_circle(person)]
                    break
                seen.add(person.pk)
            self._canonical[pk] = person
        return self._canonical[pk]

    def _lowest_in_circle(self, start: Person) -> int:
        circle, person = [start.pk], self._known[start.merged_into_id or 0]
        while person.pk != start.pk:
            circle.append(person.pk)
            person = self._known[person.merged_into_id or 0]
        return min(circle)


def people_and_merged(pks: Collection[int]) -> set[int]:
    """The participants and all rows merged into them, directly or not."""
    found, frontier = set(pks), set(pks)
    while frontier:
        frontier = (
            set(Participant.unscoped.filter(merged_into__in=frontier).values_list("pk", flat=True))
            - found
        )
        found |= frontier
    return found


def classes_of_people(pks: Collection[int]) -> set[int]:
    """Classes whose facts depend on these participants, however they came into them."""
    rows = people_and_merged(pks)
    enrolled = Enrolment.unscoped.filter(participant__in=rows)
    present = Attendance.unscoped.filter(enrolment__participant__in=rows)
    return set(enrolled.values_list("training_class_id", flat=True)) | set(
        present.values_list("session__training_class_id", flat=True)
    )


def pack(people: Iterable[int]) -> bytes | None:
    """A set of participants as the database keeps it."""
    found = people if isinstance(people, BitMap) else BitMap(sorted(people))
    return found.serialize() if found else None


def unpack(blob: Any) -> BitMap:
    """The set of participants a blob holds."""
    return BitMap.deserialize(bytes(blob)) if blob else BitMap()


# --- Classes ------------------------------------------------------------------------------


def facts_of_classes(pks: Collection[int], known: People | None = None) -> list[Fact]:
    """Every fact these classes give; a cancelled class gives none."""
    classes = list(
        TrainingClass.unscoped.counted()
        .filter(pk__in=pks)
        .select_related("unit", "place")
        .only("form", "topic_id", "audience_id", "mode", "counting", "unit__path", "place__path")
    )
    if not classes:
        return []
    counted = [training_class.pk for training_class in classes]
    sessions = defaultdict(list)
    held = ClassSession.unscoped.filter(
        training_class__in=counted, status=ClassSession.Status.HELD
    ).values_list("training_class_id", "held_on", "pk")
    for class_id, day, pk in held.order_by("held_on", "pk"):
        sessions[class_id].append((day, pk))
    headcounts = _session_headcounts(counted)
    rosters, completions, people = _rosters(counted, known)
    facts = []
    for training_class in classes:
        counting = _ClassFacts(training_class, people)
        if sessions[training_class.pk]:
            facts.append(counting.start(sessions[training_class.pk][0][0]))
        for day, pk in sessions[training_class.pk]:
            facts.append(counting.session(pk, day, headcounts.get(pk, ()), rosters.get(pk, ())))
        for day, persons in completions[training_class.pk].items():
            facts.append(counting.done(day, persons))
    return facts


class _ClassFacts:
    """Makes the facts of one class."""

    def __init__(self, training_class: TrainingClass, people: People) -> None:
        self.training_class = training_class
        self.people = people

    def _fact(self, grain: str, row_id: int, day: date, **counts: Any) -> Fact:
        of = self.training_class
        return _fact(
            DirtyMark.Kind.CLASS, of.pk, grain, row_id, day, of.unit.path,
            of.place.path if of.place else None,
            topic_id=of.topic_id, audience_id=of.audience_id, mode=of.mode, **counts,
        )  # fmt: skip

    def start(self, day: date) -> Fact:
        """The class itself, once, on the day of its first held session."""
        is_class = self.training_class.form == TrainingClass.Form.CLASS
        return self._fact(
            Grain.START, self.training_class.pk, day,
            classes=int(is_class), support_sessions=int(not is_class),
        )  # fmt: skip

    def session(
        self, pk: int, day: date, headcounts: Iterable[Sequence[Any]], roster: Iterable[int]
    ) -> Fact:
        """One held session: who was ticked on the roster, and who was counted besides."""
        of = self.training_class
        on_roster: Counter[Traits] = Counter()
        counted: Counter[Traits] = Counter()
        present: set[int] = set()
        if of.takes_roster:
            for person in self.people.present(roster):
                present.add(person.pk)
                on_roster[person.traits(day.year, of.audience_id)] += 1
        if of.takes_headcount:
            for audience, sex, age_band, minority, disability, number in headcounts:
                counted[audience or of.audience_id, sex, age_band, minority, disability] += number
        return self._fact(
            Grain.SESSION, pk, day,
            sessions=1,
            online_sessions=int(of.mode in ONLINE_MODES),
            sessions_with_roster=int(bool(on_roster)),
            attendances_on_roster=on_roster.total(),
            attendances_counted=counted.total(),
            crosstab=_crosstab(on_roster, counted),
            people=pack(present),
        )  # fmt: skip

    def done(self, day: date, participants: Iterable[int]) -> Fact:
        """People who completed the class on one day."""
        persons = {person.pk for person in self.people.present(participants)}
        return self._fact(Grain.DONE, self.training_class.pk, day, people=pack(persons))


def _session_headcounts(classes: Collection[int]) -> dict[int, list[tuple[Any, ...]]]:
    found = defaultdict(list)
    rows = SessionHeadcount.unscoped.filter(session__training_class__in=classes).values_list(
        "session_id", "audience_id", "sex", "age_band", "minority", "disability", "people"
    )
    for session, *cell in rows.order_by():
        found[session].append(tuple(cell))
    return found


def _rosters(
    classes: Collection[int], known: People | None
) -> tuple[dict[int, list[int]], dict[int, dict[date, list[int]]], People]:
    """Who was present at each session, who completed each class on each day, and who they are."""
    wanted: set[int] = set()
    rosters: dict[int, list[int]] = defaultdict(list)
    rows = Attendance.unscoped.filter(session__training_class__in=classes).values_list(
        "session_id", "enrolment__participant_id"
    )
    for session, participant in rows.order_by().iterator(chunk_size=10_000):
        rosters[session].append(participant)
        wanted.add(participant)
    completions: dict[int, dict[date, list[int]]] = defaultdict(lambda: defaultdict(list))
    rows = Enrolment.unscoped.filter(
        training_class__in=classes, completed_on__isnull=False
    ).values_list("training_class_id", "completed_on", "participant_id")
    for class_id, day, participant in rows.order_by():
        completions[class_id][day].append(participant)
        wanted.add(participant)
    people = known or People()
    people.learn(wanted)
    return rosters, completions, people


# --- Activities ---------------------------------------------------------------------------


def facts_of_activities(pks: Collection[int], _known: People | None = None) -> list[Fact]:
    """Every fact these activities give; a cancelled activity gives none."""
    activities = list(
        Activity.unscoped.counted().filter(pk__in=pks).select_related("unit", "place", "type")
    )
    counted = [activity.pk for activity in activities]
    headcounts: dict[int, Counter[Traits]] = defaultdict(Counter)
    rows = ActivityHeadcount.unscoped.filter(activity__in=counted).values_list(
        "activity_id", "audience_id", "sex", "age_band", "minority", "disability", "people"
    )
    for activity_id, audience, sex, age_band, minority, disability, number in rows.order_by():
        headcounts[activity_id][audience, sex, age_band, minority, disability] += number
    sites = defaultdict(list)
    connected = ActivitySite.unscoped.filter(activity__in=counted, is_connected=True)
    for site in connected.select_related("unit").order_by("pk"):
        sites[site.activity_id].append(site)
    trained = Counter(
        Activity.teams_trained.through.objects.filter(activity__in=counted).values_list(
            "activity_id", flat=True
        )
    )
    facts = []
    for activity in activities:
        facts.append(_of_activity(activity, headcounts[activity.pk], trained[activity.pk]))
        facts += [_of_site(activity, site) for site in sites[activity.pk]]
    return facts


def _of_activity(activity: Activity, people: Counter[Traits], teams_trained: int) -> Fact:
    counts = {
        "activities": 1,
        "households_visited": activity.households_visited or 0,
        "households_reached": activity.households_reached or 0,
        "teams_trained": teams_trained,
        **_reach(activity, people),
    }
    if counter := COUNTER_OF.get(activity.type.counts_as):  # type: ignore[call-overload]
        counts[counter] = 1
    return _activity_fact(activity, Grain.ACTIVITY, activity.pk, activity.place, counts)


def _of_site(activity: Activity, site: ActivitySite) -> Fact:
    people = Counter({(None, "", "", "", ""): site.people or 0})
    counts = {"sites": 1, **_reach(activity, people)}  # type: ignore[arg-type]
    return _activity_fact(activity, Grain.SITE, site.pk, site.unit, counts)


def _reach(activity: Activity, people: Counter[Traits]) -> dict[str, Any]:
    reach = people.total()
    is_communication = activity.type.counts_as == CountsAs.COMMUNICATION
    return {
        "reach": reach,
        "communication_reach": reach if is_communication else 0,
        "crosstab": _crosstab(Counter(), people),
    }


def _activity_fact(
    activity: Activity, grain: str, row_id: int, place: Any, counts: dict[str, Any]
) -> Fact:
    return _fact(
        DirtyMark.Kind.ACTIVITY, activity.pk, grain, row_id, activity.starts_on,
        activity.unit.path, place.path if place else None,
        topic_id=activity.topic_id, mode=activity.mode, type_id=activity.type_id, **counts,
    )  # fmt: skip


# --- Both ---------------------------------------------------------------------------------


def _fact(
    source: str, source_id: int, grain: str, row_id: int, day: date,
    owner_path: str, place_path: str | None, *, topic_id: int | None = None,
    audience_id: int | None = None, mode: str, type_id: int | None = None,
    crosstab: list[list[Any]] | None = None, people: bytes | None = None, **counts: int,
) -> Fact:  # fmt: skip
    return Fact(
        str(source), source_id, str(grain), row_id,
        owner_path, place_path or owner_path[:PATH_STEP], day, slice_key(day),
        topic_id, audience_id, mode, type_id, crosstab or [], people,
        tuple(counts.get(name, 0) for name in COUNTERS),
    )  # fmt: skip


def _crosstab(on_roster: Counter[Traits], counted: Counter[Traits]) -> list[list[Any]]:
    """One row for each combination of traits somebody had."""
    combinations = sorted(
        on_roster.keys() | counted.keys(), key=lambda traits: tuple(map(str, traits))
    )
    rows = ([*traits, on_roster[traits], counted[traits]] for traits in combinations)
    return [row for row in rows if row[-1] or row[-2]]
