"""From records to facts: what each class and each activity counts, and on which day.

The whole meaning of "counted" is in this module. ``tests/reporting/oracle.py`` says it a second
time in plain Python, ``reporting/verification.py`` a third time for the running system.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

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
from reporting.models import DirtyMark, RollupFact

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

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._known = {row[0]: Person(*row) for row in rows}
        while (
            missing := {
                person.merged_into_id for person in self._known.values() if person.merged_into_id
            }
            - self._known.keys()
        ):
            found = Participant.unscoped.filter(pk__in=missing).values_list(*PERSON_FIELDS)
            self._known.update((row[0], Person(*row)) for row in found)
        self._canonical: dict[int, Person] = {}

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


def facts_of_classes(pks: Collection[int]) -> list[RollupFact]:
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
    rosters, completions, people = _rosters(counted)
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

    def _fact(self, grain: str, row_id: int, day: date, **counts: Any) -> RollupFact:
        of = self.training_class
        return _fact(
            DirtyMark.Kind.CLASS, of.pk, grain, row_id, day, of.unit.path,
            of.place.path if of.place else None,
            topic_id=of.topic_id, audience_id=of.audience_id, mode=of.mode, **counts,
        )  # fmt: skip

    def start(self, day: date) -> RollupFact:
        """The class itself, once, on the day of its first held session."""
        is_class = self.training_class.form == TrainingClass.Form.CLASS
        return self._fact(
            Grain.START, self.training_class.pk, day,
            classes=int(is_class), support_sessions=int(not is_class),
        )  # fmt: skip

    def session(
        self, pk: int, day: date, headcounts: Iterable[Sequence[Any]], roster: Iterable[int]
    ) -> RollupFact:
        """One held session: who was ticked on the roster, and who was counted besides."""
        of = self.training_class
        on_roster: Counter[Traits] = Counter()
        counted: Counter[Traits] = Counter()
        present: set[int] = set()
        if of.takes_roster:
            for participant in roster:
                person = self.people.canonical(participant)
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

    def done(self, day: date, participants: Iterable[int]) -> RollupFact:
        """People who completed the class on one day."""
        persons = {self.people.canonical(participant).pk for participant in participants}
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
    classes: Collection[int],
) -> tuple[dict[int, list[int]], dict[int, dict[date, list[int]]], People]:
    """Who was present at each session, who completed each class on each day, and who they are."""
    persons: dict[int, Sequence[Any]] = {}
    rosters: dict[int, list[int]] = defaultdict(list)
    rows = Attendance.unscoped.filter(session__training_class__in=classes).values_list(
        "session_id", *(f"enrolment__participant__{name}" for name in PERSON_FIELDS)
    )
    for session, *person in rows.order_by():
        rosters[session].append(person[0])
        persons[person[0]] = person
    completions: dict[int, dict[date, list[int]]] = defaultdict(lambda: defaultdict(list))
    rows = Enrolment.unscoped.filter(
        training_class__in=classes, completed_on__isnull=False
    ).values_list(
        "training_class_id", "completed_on", *(f"participant__{name}" for name in PERSON_FIELDS)
    )
    for class_id, day, *person in rows.order_by():
        completions[class_id][day].append(person[0])
        persons[person[0]] = person
    return rosters, completions, People(persons.values())


# --- Activities ---------------------------------------------------------------------------


def facts_of_activities(pks: Collection[int]) -> list[RollupFact]:
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


def _of_activity(activity: Activity, people: Counter[Traits], teams_trained: int) -> RollupFact:
    counts = {
        "activities": 1,
        "households_visited": activity.households_visited or 0,
        "households_reached": activity.households_reached or 0,
        "teams_trained": teams_trained,
        **_reach(activity, people),
    }
    if counter := COUNTER_OF.get(activity.type.counts_as):
        counts[counter] = 1
    return _activity_fact(activity, Grain.ACTIVITY, activity.pk, activity.place, counts)


def _of_site(activity: Activity, site: ActivitySite) -> RollupFact:
    people = Counter({(None, "", "", "", ""): site.people or 0})
    counts = {"sites": 1, **_reach(activity, people)}
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
) -> RollupFact:
    return _fact(
        DirtyMark.Kind.ACTIVITY, activity.pk, grain, row_id, activity.starts_on,
        activity.unit.path, place.path if place else None,
        topic_id=activity.topic_id, mode=activity.mode, type_id=activity.type_id, **counts,
    )  # fmt: skip


# --- Both ---------------------------------------------------------------------------------


def _fact(
    source: str, source_id: int, grain: str, row_id: int, day: date,
    owner_path: str, place_path: str | None, **counts: Any,
) -> RollupFact:  # fmt: skip
    return RollupFact(
        source=source, source_id=source_id, grain=grain, row_id=row_id,
        owner_path=owner_path, place_path=place_path or owner_path[:PATH_STEP],
        day=day, slice=slice_key(day), **counts,
    )  # fmt: skip


def _crosstab(on_roster: Counter[Traits], counted: Counter[Traits]) -> list[list[Any]]:
    """One row for each combination of traits somebody had."""
    combinations = sorted(
        on_roster.keys() | counted.keys(), key=lambda traits: tuple(map(str, traits))
    )
    rows = ([*traits, on_roster[traits], counted[traits]] for traits in combinations)
    return [row for row in rows if row[-1] or row[-2]]
