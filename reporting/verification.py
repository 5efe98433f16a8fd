"""Every cell worked out a second way, straight from the records, and compared with what is kept.

This module shares no counting code with ``reporting.facts`` and ``reporting.tallies``: it walks the
records once and adds up days, not facts. A difference is repaired and reported, never hidden.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction
from pyroaring import BitMap

from activities.models import Activity, ActivityHeadcount, ActivitySite, ActivityType
from campaign.periods import Period, Scheme, slice_bounds, slice_key
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting.models import (
    COUNTERS,
    Axis,
    DirtyMark,
    RollupCell,
    RollupFact,
    VerificationRun,
)
from reporting.rollups import (
    Key,
    keys_of,
    period_code,
    periods_of_slice,
    renew_cells,
    settle_all,
    slice_code,
    take_settler_lock,
)
from reporting.tallies import Traits
from units.models import Unit

CellKey = tuple[str, int, str]
COMPARED = ("facts", "distinct_people", "distinct_completed", *COUNTERS)


class Difference(NamedTuple):
    """A cell that is not what the records say; None where there is none, or should be none."""

    axis: str
    unit_id: int
    period: str
    kept: dict[str, int] | None
    expected: dict[str, int] | None


def verify(*, repair: bool = True) -> VerificationRun:
    """Compare all cells with the records, repair what differs, and keep what was found."""
    started = time.monotonic()
    cells, differences = _compare_when_settled()
    left = differences
    if differences and repair:
        _repair(differences)
        _cells, left = _compare_when_settled()
    return VerificationRun.objects.create(
        cells=cells, differing=len(differences), repaired=len(differences) - len(left),
        seconds=round(time.monotonic() - started, 3),
    )  # fmt: skip


def _compare_when_settled(tries: int = 10) -> tuple[int, list[Difference]]:
    """Compare in one snapshot of the database in which no change is waiting."""
    for _try in range(tries):
        settle_all()
        with snapshot():
            if not DirtyMark.objects.exists():
                return compare()
    with transaction.atomic():  # never quiet: keep settlers out and compare what stands
        take_settler_lock()
        return compare()


@contextmanager
def snapshot() -> Iterator[None]:
    """One unchanging view of the whole database."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def compare() -> tuple[int, list[Difference]]:
    """The number of cells looked at, and those that differ."""
    expected = _Recount().cells()
    differences = []
    looked_at = 0
    rows = RollupCell.objects.values_list("axis", "unit_id", "period", "detail", *COMPARED)
    for axis, unit_id, period, detail, *values in rows.iterator():
        looked_at += 1
        kept = dict(zip(COMPARED, values, strict=True))
        wanted = expected.pop((axis, unit_id, period), None)
        if kept != wanted or not _adds_up(detail, kept):
            differences.append(Difference(axis, unit_id, period, kept, wanted))
    differences += [Difference(*key, None, wanted) for key, wanted in expected.items()]
    return looked_at + len(expected), differences


def _adds_up(detail: dict[str, dict[str, dict[str, int]]], kept: dict[str, int]) -> bool:
    """Whether the parts of every number add up to it."""
    totals = kept | {
        "people": kept["distinct_people"], "people_completed": kept["distinct_completed"],
    }  # fmt: skip
    return all(
        sum(keys.values()) == totals[code]
        for code, dims in detail.items()
        for keys in dims.values()
    )


def _repair(differences: Collection[Difference]) -> None:
    """Mark everything behind the differing cells as changed, and settle."""
    keys = {
        Key(found.axis, found.unit_id, number)
        for found in differences
        for number in _slices_named(found.period)
    }
    marks = {mark for number in {key.slice for key in keys} for mark in _records_of_slice(number)}
    with transaction.atomic():
        take_settler_lock()
        Traits.patch(Participant.unscoped.values_list("pk", flat=True).iterator())
        DirtyMark.objects.bulk_create(
            [DirtyMark(kind=kind, ref=ref) for kind, ref in sorted(marks)], batch_size=500
        )
    settle_all()
    with transaction.atomic():
        take_settler_lock()
        # Facts that were right all along left their cells alone: work those out anew as well.
        facts = RollupFact.objects.filter(slice__in={key.slice for key in keys})
        renew_cells(keys | keys_of(facts.values_list("owner_path", "place_path", "slice")))


def _slices_named(name: str) -> range:
    scheme, _colon, code = name.partition(":")
    if not code:
        return range(int(name[1:]), int(name[1:]) + 1)
    period = Period.parse(code, Scheme(scheme))
    return range(slice_key(period.start), slice_key(period.end) + 1)


def _records_of_slice(number: int) -> Iterator[tuple[str, int]]:
    days = slice_bounds(number)
    for source, pk in RollupFact.objects.filter(slice=number).values_list("source", "source_id"):
        yield source, pk
    held = ClassSession.unscoped.filter(held_on__range=days)
    done = Enrolment.unscoped.filter(completed_on__range=days)
    for rows in (held, done):
        for pk in rows.order_by().values_list("training_class_id", flat=True).distinct():
            yield DirtyMark.Kind.CLASS.value, pk
    for pk in Activity.unscoped.filter(starts_on__range=days).values_list("pk", flat=True):
        yield DirtyMark.Kind.ACTIVITY.value, pk


# --- The second count ---------------------------------------------------------------------


class _Recount:
    """Walk every record once, adding to the half-month of its day for each unit concerned."""

    def __init__(self) -> None:
        self.paths = dict(Unit.unscoped.values_list("pk", "path"))
        self.sums: dict[Key, Counter[str]] = defaultdict(Counter)
        self.people: dict[Key, BitMap] = defaultdict(BitMap)
        self.done: dict[Key, BitMap] = defaultdict(BitMap)
        self.merged = dict(
            Participant.unscoped.filter(merged_into__isnull=False).values_list(
                "pk", "merged_into_id"
            )
        )
        self._classes()
        self._activities()

    def keys(self, owner: str, place: str, day: date) -> list[Key]:
        """Everything a record of that day counts for: province and top unit, on both axes."""
        number = slice_key(day)
        return [
            Key(axis, int(path[start : start + 7]), number)
            for axis, path in ((Axis.OWNER.value, owner), (Axis.PLACE.value, place))
            for start in (0, 7)
            if path[start : start + 7]
        ]

    def add(self, keys: list[Key], **numbers: int) -> None:
        for key in keys:
            self.sums[key].update(numbers)

    def where(self, unit_id: int, place_id: int | None) -> tuple[str, str]:
        owner = self.paths[unit_id]
        return owner, self.paths[place_id] if place_id else owner[:7]

    def person(self, pk: int) -> int:
        seen = [pk]
        while pk in self.merged:
            pk = self.merged[pk]
            if pk in seen:
                return min(seen[seen.index(pk) :])
            seen.append(pk)
        return pk

    def _classes(self) -> None:
        counted: Counter[int] = Counter()
        headcounts = SessionHeadcount.unscoped.order_by().values_list("session_id", "people")
        for session, people in headcounts.iterator():
            counted[session] += people
        classes = {
            row[0]: row[1:]
            for row in TrainingClass.unscoped.filter(cancelled_at=None)
            .order_by().values_list("pk", "unit_id", "place_id", "form", "mode", "counting")
        }  # fmt: skip
        held: dict[int, tuple[list[Key], int]] = {}
        first: dict[int, date] = {}
        for pk, class_id, day in (
            ClassSession.unscoped.filter(status="held")
            .order_by()
            .values_list("pk", "training_class_id", "held_on")
        ):
            if class_id not in classes:
                continue
            unit_id, place_id, _form, mode, counting = classes[class_id]
            keys = self.keys(*self.where(unit_id, place_id), day)
            held[pk] = keys, class_id
            first[class_id] = min(day, first.get(class_id, day))
            self.add(
                keys,
                facts=1,
                sessions=1,
                online_sessions=int(mode in ("online", "blended")),
                attendances_counted=counted[pk] if counting != "roster" else 0,
            )
        for class_id, day in first.items():
            unit_id, place_id, form, *_more = classes[class_id]
            name = "classes" if form == "class" else "support_sessions"
            self.add(self.keys(*self.where(unit_id, place_id), day), facts=1, **{name: 1})
        self._rosters(held, classes)
        self._completions(classes)

    def _rosters(self, held: dict[int, tuple[list[Key], int]], classes: dict[int, Any]) -> None:
        present: dict[int, list[int]] = defaultdict(list)
        rows = Attendance.unscoped.order_by().values_list("session_id", "enrolment__participant_id")
        for session, participant in rows.iterator(chunk_size=20_000):
            if session in held and classes[held[session][1]][4] != "headcount":
                present[session].append(participant)
        for session, participants in present.items():
            keys = held[session][0]
            self.add(keys, sessions_with_roster=1, attendances_on_roster=len(participants))
            found = BitMap([self.person(participant) for participant in participants])
            for key in keys:
                self.people[key] |= found

    def _completions(self, classes: dict[int, Any]) -> None:
        days: dict[tuple[int, date], list[int]] = defaultdict(list)
        rows = Enrolment.unscoped.filter(completed_on__isnull=False).order_by()
        for class_id, day, participant in rows.values_list(
            "training_class_id", "completed_on", "participant_id"
        ).iterator(chunk_size=20_000):
            if class_id in classes:
                days[class_id, day].append(self.person(participant))
        for (class_id, day), people in days.items():
            keys = self.keys(*self.where(*classes[class_id][:2]), day)
            self.add(keys, facts=1)
            for key in keys:
                self.done[key] |= BitMap(people)

    def _activities(self) -> None:
        counts_as = dict(ActivityType.objects.values_list("pk", "counts_as"))
        names = {
            "communication": "communications", "conference": "conferences",
            "contest": "contests", "broadcast": "broadcasts", "home_visit": "home_visit_rounds",
        }  # fmt: skip
        people: Counter[int] = Counter()
        headcounts = ActivityHeadcount.unscoped.order_by()
        for pk, number in headcounts.values_list("activity_id", "people"):
            people[pk] += number
        trained = Counter(
            Activity.teams_trained.through.objects.values_list("activity_id", flat=True)
        )
        counted: dict[int, tuple[str, date, str]] = {}
        for pk, unit_id, place_id, type_id, day, visited, reached in (
            Activity.unscoped.filter(cancelled_at=None).order_by().values_list(
                "pk", "unit_id", "place_id", "type_id", "starts_on", "households_visited",
                "households_reached",
            )
        ):  # fmt: skip
            owner, place = self.where(unit_id, place_id)
            counted[pk] = owner, day, counts_as[type_id]
            keys = self.keys(owner, place, day)
            self.add(
                keys,
                facts=1,
                activities=1,
                households_visited=visited or 0,
                households_reached=reached or 0,
                teams_trained=trained[pk],
            )
            if counts_as[type_id] in names:
                self.add(keys, **{names[counts_as[type_id]]: 1})
            self._reach(keys, people[pk], counts_as[type_id])
        sites = ActivitySite.unscoped.filter(is_connected=True).order_by()
        for pk, unit_id, number in sites.values_list("activity_id", "unit_id", "people"):
            if pk in counted:
                owner, day, sort = counted[pk]
                keys = self.keys(owner, self.paths[unit_id], day)
                self.add(keys, facts=1, sites=1)
                self._reach(keys, number or 0, sort)

    def _reach(self, keys: list[Key], people: int, sort: str) -> None:
        self.add(keys, reach=people, communication_reach=people if sort == "communication" else 0)

    def cells(self) -> dict[CellKey, dict[str, int]]:
        """What every cell should hold: half-months, and each period as the union of its own."""
        sums: dict[CellKey, Counter[str]] = defaultdict(Counter)
        people: dict[CellKey, BitMap] = defaultdict(BitMap)
        done: dict[CellKey, BitMap] = defaultdict(BitMap)
        for key, numbers in self.sums.items():
            names = [slice_code(key.slice), *map(period_code, periods_of_slice(key.slice))]
            for name in names:
                place = (key.axis, key.unit_id, name)
                sums[place].update(numbers)
                people[place] |= self.people[key]
                done[place] |= self.done[key]
        return {
            place: {
                **{name: numbers[name] for name in COMPARED},
                "distinct_people": len(people[place]),
                "distinct_completed": len(done[place]),
            }
            for place, numbers in sums.items()
        }
