"""Keeping figures: changed records become facts again, facts become cells again.

``settle`` takes the marks that triggers left and works out anew whatever they touch. It never
increments: doing it twice changes nothing, and doing it late is only late. Why it is done this
way, and the two shortcuts that give wrong numbers: docs/decisions/0003-rollups.md.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone

from activities.models import Activity
from campaign.periods import Kind, Period, Scheme, slice_bounds, slice_key
from campaign.portal.scope import PATH_STEP
from classes.models import Participant, TrainingClass
from reporting.facts import (
    FACT_COLUMNS,
    Fact,
    People,
    classes_of_people,
    facts_of_activities,
    facts_of_classes,
    pack,
    unpack,
)
from reporting.models import (
    COUNTERS,
    Axis,
    DirtyMark,
    RollupCell,
    RollupFact,
    RollupState,
    RollupTrait,
)
from reporting.store import write_rows
from reporting.tallies import FACT_VALUES, Tally, Traits, tally_of
from units.models import Unit

#: marks looked at in one transaction
BATCH = 2000
#: records settled in one transaction, so that it takes about a second
RECORDS = 200
#: of these, how many are taken from the end of the log
NEWEST = 20
#: records worked out anew in one go
CHUNK = 500
#: the one settler at a time, in every process of every machine (PostgreSQL advisory lock)
SETTLER_LOCK = 20_254_057

STANDARD_KINDS = (Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.NINE, Kind.YEAR)
#: touched units above which reading all facts of their half-months is quicker than picking
FEW_UNITS = 60
#: cells made before they are written
MANY_ROWS = 4000
CELL_COLUMNS = (
    "axis", "unit_id", "period", "people", "done", "facts", "distinct_people",
    "distinct_completed", "detail", *COUNTERS,
)  # fmt: skip
MAKERS: dict[str, Callable[[Collection[int], People | None], list[Fact]]] = {
    DirtyMark.Kind.CLASS: facts_of_classes,
    DirtyMark.Kind.ACTIVITY: facts_of_activities,
}


#: kind and id of a class, activity or participant
Record = tuple[str, int]


class Key(NamedTuple):
    """One unit in one half-month on one axis."""

    axis: str
    unit_id: int
    slice: int


# --- Periods ------------------------------------------------------------------------------


def slice_code(number: int) -> str:
    """The name under which a half-month's cells are kept."""
    return f"s{number}"


def period_code(period: Period) -> str:
    """The name under which a standard period's cells are kept."""
    return f"{period.scheme.value}:{period.code}"


@lru_cache(maxsize=4096)
def periods_of_slice(number: int) -> tuple[Period, ...]:
    """Every month, quarter, half, nine months and year a half-month lies in, in both schemes."""
    day = slice_bounds(number)[0]
    found = (Period.containing(day, kind, scheme) for scheme in Scheme for kind in STANDARD_KINDS)
    return tuple(period for period in found if day in period)


@lru_cache(maxsize=4096)
def slices_of(period: Period) -> range:
    """The half-months a standard period is made of."""
    return range(slice_key(period.start), slice_key(period.end) + 1)


class Step(NamedTuple):
    """How a standard period is added up: from half-months, or from shorter periods."""

    name: str
    #: the year in which people have the age they count under
    year: int
    parts: tuple[Any, ...]


@lru_cache(maxsize=4096)
def step_of(period: Period) -> Step:
    """A period and what it is added up from. Nine months are a half and a quarter, a year is
    nine months and a quarter: where nothing was recorded, the longer one is the shorter one."""
    of = partial(Period.of, year=period.year, scheme=period.scheme)
    parts: tuple[Any, ...]
    if period.kind is Kind.MONTH:
        parts = tuple(slices_of(period))
    elif period.kind is Kind.QUARTER:
        last = period.number * 3
        parts = tuple(
            step_of(of(Kind.MONTH, number=number)) for number in range(last - 2, last + 1)
        )
    elif period.kind is Kind.HALF:
        last = period.number * 2
        parts = tuple(step_of(of(Kind.QUARTER, number=number)) for number in (last - 1, last))
    elif period.kind is Kind.NINE:
        parts = step_of(of(Kind.HALF, number=1)), step_of(of(Kind.QUARTER, number=3))
    else:
        parts = step_of(of(Kind.NINE)), step_of(of(Kind.QUARTER, number=4))
    return Step(period_code(period), period.end.year, parts)


@lru_cache(maxsize=4096)
def steps_of(number: int) -> tuple[Step, ...]:
    """Every standard period a half-month lies in."""
    return tuple(step_of(period) for period in periods_of_slice(number))


@lru_cache(maxsize=4096)
def cell_units(path: str) -> tuple[int, ...]:
    """The units at or above a path that have cells: province, and commune or department."""
    top = path[PATH_STEP : 2 * PATH_STEP]
    return (int(path[:PATH_STEP]), int(top)) if top else (int(path[:PATH_STEP]),)


# --- Settling -----------------------------------------------------------------------------


def is_due() -> bool:
    """Whether some change has not reached the figures yet."""
    return DirtyMark.objects.exists()


def settle_if_due() -> None:
    """Where no worker settles every few seconds, readers do it before they read."""
    if settings.SETTLE_MODE == "inline" and is_due():
        settle_all(seconds=10)


def settle_all(seconds: float | None = None) -> int:
    """Settle batch after batch until nothing is due (or the time is up); returns the marks."""
    started, total = time.monotonic(), 0
    while settled := settle():
        total += settled
        if seconds is not None and time.monotonic() - started > seconds:
            break
    return total


def settle_what_is_known() -> None:
    """Settle every change that is committed now; what others go on saving is not waited for."""
    last = DirtyMark.objects.aggregate(last=Max("pk"))["last"]
    while last and DirtyMark.objects.filter(pk__lte=last).exists():
        settle()


@transaction.atomic
def settle(limit: int = BATCH) -> int:
    """Take some marks and work out anew what they touch; returns how many marks were taken.

    The marks are deleted first and the records read by later statements, so a change that is not
    seen here still has its own mark. One settler works at a time, until its commit is visible.
    """
    if not is_due():
        return 0
    take_settler_lock()
    marks = _take_marks(limit)
    persons = marks.pop(DirtyMark.Kind.PERSON, set())
    met: set[int] = set()
    if persons:
        Traits.patch(persons)
        met = classes_of_people(persons)
        marks[DirtyMark.Kind.CLASS] |= met
    touched: set[Key] = set()
    for source, pks in marks.items():
        always = met if source == DirtyMark.Kind.CLASS else ()
        for chunk in _chunks(sorted(pks)):
            touched |= renew_facts(source, chunk, always=always)
    renew_cells(touched)
    _bump_version()
    return sum(map(len, marks.values())) + len(persons)


def take_settler_lock() -> None:
    """Wait until no other settler works. SQLite's write transaction is such a lock already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SETTLER_LOCK])


def _take_marks(limit: int) -> dict[str, set[int]]:
    """Take the oldest marks off the log, and the newest with them.

    Of very many, those of the same units together, so that each cell is worked out few times; the
    newest always, so that whoever saves during an import soon sees it.
    """
    with connection.cursor() as cursor:
        log = "SELECT id, kind, ref FROM reporting_dirtymark"
        cursor.execute(f"{log} ORDER BY id LIMIT %s", [limit])
        window = cursor.fetchall()
        if len(window) == limit > NEWEST:
            after = [window[-1][0], NEWEST]
            cursor.execute(f"{log} WHERE id > %s ORDER BY id DESC LIMIT %s", after)
            window += reversed(cursor.fetchall())
    records: dict[Record, list[int]] = defaultdict(list)
    for pk, kind, ref in window:
        records[kind, ref].append(pk)
    taken = list(records) if len(records) <= RECORDS else _neighbours(list(records))
    gone = [pk for record in taken for pk in records[record]]
    DirtyMark.objects.filter(pk__in=gone).delete()
    marks: dict[str, set[int]] = defaultdict(set)
    for kind, ref in taken:
        marks[kind].add(ref)
    return marks


def _neighbours(records: list[Record]) -> list[Record]:
    """Some of very many records: the newest, and others unit by unit, the oldest unit first."""
    heads: dict[Record, str] = {}
    for kind, model in (("class", TrainingClass), ("activity", Activity)):
        pks = [ref for found, ref in records if found == kind]
        rows = model.unscoped.filter(pk__in=pks).order_by().values_list("pk", "unit__path")
        heads.update(((kind, pk), path[: 2 * PATH_STEP]) for pk, path in rows)
    by_unit: dict[str, list[Record]] = defaultdict(list)
    for record in records[:-NEWEST]:
        by_unit[heads.get(record, "")].append(record)
    return (records[-NEWEST:] + [record for found in by_unit.values() for record in found])[
        :RECORDS
    ]


def _bump_version() -> None:
    now = timezone.now()
    if not RollupState.objects.filter(pk=1).update(version=F("version") + 1, settled_at=now):
        RollupState.objects.create(pk=1, version=1, settled_at=now)


def _chunks(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), CHUNK):
        yield pks[start : start + CHUNK]


# --- Facts --------------------------------------------------------------------------------


def renew_facts(
    source: str, pks: Collection[int], *, always: Collection[int] = (), known: People | None = None
) -> set[Key]:
    """Make the facts of some records anew; returns the cells that held or hold what changed.

    A record that was marked but gives the same facts returns all its cells: marking it again is
    how wrong cells are mended. So do those in ``always``: the traits of their people may have
    changed, which facts of completions do not show.
    """
    rows = RollupFact.objects.filter(source=source, source_id__in=pks)
    old = {pk: Fact.stored(values) for pk, *values in rows.values_list("pk", *FACT_COLUMNS)}
    made = MAKERS[source](pks, known)
    gone, added = _differing(old, made)
    if gone:
        RollupFact.objects.filter(pk__in=gone).delete()
    write_rows(RollupFact, FACT_COLUMNS, (fact.columns for fact in added))
    changed = [*(old[pk] for pk in gone), *added]
    spared = {fact.source_id for fact in changed}.difference(always)
    again = (fact for fact in (*old.values(), *made) if fact.source_id not in spared)
    return keys_of(fact.place for fact in (*changed, *again))


def _differing(old: dict[int, Fact], made: Sequence[Fact]) -> tuple[list[int], list[Fact]]:
    """The rows to delete and the facts to add so that what is stored is what was made."""
    kept: dict[tuple[Any, ...], list[tuple[int, Fact]]] = defaultdict(list)
    for pk, fact in old.items():
        kept[fact.source_id, fact.grain, fact.row_id, fact.day].append((pk, fact))
    added = []
    for fact in made:
        same = kept[fact.source_id, fact.grain, fact.row_id, fact.day]
        if same and same[-1][1] == fact:
            same.pop()
        else:
            added.append(fact)
    return [pk for rows in kept.values() for pk, _fact in rows], added


def keys_of(places: Iterable[Sequence[Any]]) -> set[Key]:
    """The half-month cells that facts with these (owner path, place path, half-month) are in."""
    return {
        Key(axis, unit_id, number)
        for owner_path, place_path, number in set(places)
        for axis, path in ((Axis.OWNER.value, owner_path), (Axis.PLACE.value, place_path))
        for unit_id in cell_units(path)
    }


# --- Cells --------------------------------------------------------------------------------


def renew_cells(touched: Collection[Key]) -> None:
    """Work out anew the half-months that were touched, then every period they lie in.

    Communes and departments are added up from facts. The province is added up from them and
    from the facts that are its own.
    """
    if not touched:
        return
    renewal = _Renewal(touched)
    for axis in Axis:
        renewal.of_axis(axis.value)


class _Renewal:
    """One recount of touched half-months: what is read once and used for all units."""

    def __init__(self, touched: Collection[Key]) -> None:
        self.touched = touched
        self.traits = Traits()
        provinces = Unit.unscoped.filter(parent=None).values_list("pk", flat=True)
        self.provinces = frozenset(provinces)
        self.fresh = self._added_up_from_facts()

    def of_axis(self, axis: str) -> None:
        """Renew the cells of all touched units on one axis."""
        tops: dict[int, set[int]] = defaultdict(set)
        provinces: dict[int, set[int]] = defaultdict(set)
        for key in self.touched:
            if key.axis == axis:
                group = provinces if key.unit_id in self.provinces else tops
                group[key.unit_id].add(key.slice)
        cells = _Cells(axis, self.traits)
        wanted = set().union(*provinces.values()) if provinces else set()
        for unit_id, slices in self._of_tops(axis, tops, wanted):
            self._add_to_province(axis, unit_id, slices, wanted)
            if unit_id in tops:
                cells.renew(unit_id, tops[unit_id], slices)
        stored = read_slices(axis, provinces, _needed(provinces))
        for unit_id, numbers in provinces.items():
            slices = self._overlaid(axis, unit_id, numbers, stored.get(unit_id, {}))
            cells.renew(unit_id, numbers, slices)
        cells.write()

    def _of_tops(
        self, axis: str, tops: dict[int, set[int]], wanted: Collection[int]
    ) -> Iterator[tuple[int, dict[int, Tally]]]:
        """Each unit below the provinces, with all half-months that are needed of it."""
        needed = Q(unit_id__in=tops.keys(), period__in=list(map(slice_code, _needed(tops))))
        if wanted:
            of_all = Q(period__in=list(map(slice_code, wanted)))
            needed |= of_all & ~Q(unit_id__in=self.provinces)
        rows = RollupCell.objects.filter(needed, axis=axis).order_by("unit_id")
        seen = set()
        for unit_id, slices in _stored_slices(rows):
            seen.add(unit_id)
            yield unit_id, self._overlaid(axis, unit_id, tops.get(unit_id, ()), slices)
        for unit_id in tops.keys() - seen:
            yield unit_id, self._overlaid(axis, unit_id, tops[unit_id], {})

    def _overlaid(
        self, axis: str, unit_id: int, numbers: Collection[int], stored: dict[int, Tally]
    ) -> dict[int, Tally]:
        """What is stored of a unit, with what was just added up in its place."""
        slices = dict(stored)
        for number in numbers:
            slices[number] = self.fresh[Key(axis, unit_id, number)]
        return {number: tally for number, tally in slices.items() if tally.facts}

    def _add_to_province(
        self, axis: str, unit_id: int, slices: dict[int, Tally], wanted: Collection[int]
    ) -> None:
        if not wanted or (province := self._province_of(unit_id)) is None:
            return
        for number, tally in slices.items():
            if number in wanted and (total := self.fresh.get(Key(axis, province, number))):
                total.add(tally)

    def _province_of(self, unit_id: int) -> int | None:
        if len(self.provinces) == 1:
            return next(iter(self.provinces))
        return self._parents.get(unit_id)

    @cached_property
    def _parents(self) -> dict[int, int]:
        rows = Unit.unscoped.filter(parent__in=self.provinces)
        return dict(rows.values_list("pk", "parent_id"))

    def _added_up_from_facts(self) -> dict[tuple[str, int, int], Tally]:
        """Touched half-months from facts; of a province only the facts that are its own."""
        fresh: dict[tuple[str, int, int], Tally] = {key: Tally() for key in self.touched}
        rows = RollupFact.objects.filter(slice__in={key.slice for key in self.touched})
        units = {key.unit_id for key in self.touched}
        if len(units) < FEW_UNITS:
            heads = ["" if pk in self.provinces else f"{pk:0{PATH_STEP}}" for pk in units]
            rows = rows.annotate(
                owner_head=Substr("owner_path", PATH_STEP + 1, PATH_STEP),
                place_head=Substr("place_path", PATH_STEP + 1, PATH_STEP),
            ).filter(Q(owner_head__in=heads) | Q(place_head__in=heads))
        rows = rows.values_list("slice", "owner_path", "place_path", *FACT_VALUES)
        for number, owner_path, place_path, *fact in rows.iterator(chunk_size=5000):  # type: ignore[misc]
            lowest = (
                (Axis.OWNER.value, cell_units(owner_path)[-1], number),  # type: ignore[has-type]
                (Axis.PLACE.value, cell_units(place_path)[-1], number),  # type: ignore[has-type]
            )
            if holders := [fresh[key] for key in lowest if key in fresh]:
                found = tally_of(fact)  # type: ignore[has-type]
                for tally in holders:
                    tally.add(found)
        return fresh


class _Cells:
    """The cells of one axis, made unit after unit and written together."""

    def __init__(self, axis: str, traits: Traits) -> None:
        self.axis = axis
        self.traits = traits
        self.rows: list[tuple[Any, ...]] = []
        self.gone: dict[int, list[str]] = {}

    def renew(self, unit_id: int, numbers: Collection[int], slices: dict[int, Tally]) -> None:
        """Make the cells of one unit for some half-months and all periods they lie in."""
        gone = []
        for number in numbers:
            if tally := slices.get(number):
                blobs = pack(tally.people), pack(tally.done)
                self._keep(unit_id, slice_code(number), self._written(tally, None), blobs)
            else:
                gone.append(slice_code(number))
        sums = _Sums(slices)
        for step in {step.name: step for number in numbers for step in steps_of(number)}.values():
            if tally := sums.of(step):
                self._keep(unit_id, step.name, self._written(tally, step.year), (None, None))
            else:
                gone.append(step.name)
        if gone:
            self.gone[unit_id] = gone
        if len(self.rows) > MANY_ROWS:
            self.write()

    def _keep(self, unit_id: int, name: str, values: tuple[Any, ...], blobs: Any) -> None:
        self.rows.append((self.axis, unit_id, name, *blobs, *values))

    def _written(self, tally: Tally, year: int | None) -> tuple[Any, ...]:
        """The values of a cell; people by trait in periods only, with ages as in their last year.

        Kept with the tally: a year with facts in one month only is that month.
        """
        if year not in tally.written:
            detail = tally.detail
            if year is not None:
                for code in ("people", "people_completed"):
                    if by_trait := self.traits.detail(tally.who(code), year):
                        detail = {**detail, code: by_trait}
            tally.written[year] = (
                tally.facts, len(tally.people), len(tally.done), json.dumps(detail),
                *tally.counts.values(),
            )  # fmt: skip
        return tally.written[year]

    def write(self) -> None:
        """Write what was made; cells without facts go."""
        unique = ("period", "axis", "unit_id")
        write_rows(RollupCell, CELL_COLUMNS, self.rows, unique=unique)
        for unit_id, names in self.gone.items():
            RollupCell.objects.filter(axis=self.axis, unit_id=unit_id, period__in=names).delete()
        self.rows, self.gone = [], {}


class _Sums:
    """The periods of one unit, each added up once from shorter ones."""

    def __init__(self, slices: dict[int, Tally]) -> None:
        self.slices = slices
        self.known: dict[str, Tally | None] = {}

    def of(self, step: Step) -> Tally | None:
        """What a period adds up to; nothing where nothing was recorded."""
        if step.name not in self.known:
            parts = [part for part in map(self._part, step.parts) if part]
            whole = parts[0] if len(parts) == 1 else None
            self.known[step.name] = whole or (Tally.of(parts) if parts else None)
        return self.known[step.name]

    def _part(self, part: Step | int) -> Tally | None:
        return self.slices.get(part) if isinstance(part, int) else self.of(part)


def _needed(touched: dict[int, set[int]]) -> set[int]:
    """Every half-month of the periods in which some units were touched."""
    numbers = set().union(*touched.values()) if touched else set()
    return {
        needed
        for number in numbers
        for period in periods_of_slice(number)
        for needed in slices_of(period)
    }


def read_slices(
    axis: str, unit_ids: Collection[int], numbers: Collection[int]
) -> dict[int, dict[int, Tally]]:
    """The stored half-months of some units: {unit: {number: tally}}."""
    names = [slice_code(number) for number in numbers]
    rows = RollupCell.objects.filter(axis=axis, unit_id__in=unit_ids, period__in=names)
    return dict(_stored_slices(rows.order_by("unit_id")))


def _stored_slices(rows: QuerySet[RollupCell]) -> Iterator[tuple[int, dict[int, Tally]]]:
    """The tallies of half-month cells, unit after unit."""
    values = rows.values_list("unit_id", "period", "facts", "people", "done", "detail", *COUNTERS)
    for unit_id, of_unit in groupby(values.iterator(chunk_size=2000), itemgetter(0)):
        slices = {}
        for _unit, period, facts, people, done, detail, *counts in of_unit:
            tally = slices[int(period[1:])] = Tally()
            tally.facts, tally.detail = facts, detail
            tally.people, tally.done = unpack(people), unpack(done)
            tally.counts = dict(zip(COUNTERS, counts, strict=True))
        yield unit_id, slices


# --- From nothing -------------------------------------------------------------------------


@transaction.atomic
def rebuild() -> int:
    """Throw every fact and cell away and work all of them out; returns the number of cells."""
    take_settler_lock()
    DirtyMark.objects.all().delete()
    for derived in (RollupFact, RollupCell, RollupTrait):
        derived.objects.all().delete()
    Traits.patch(Participant.unscoped.values_list("pk", flat=True).iterator())
    known = People()
    known.learn_all()
    touched: set[Key] = set()
    models = {DirtyMark.Kind.CLASS: TrainingClass, DirtyMark.Kind.ACTIVITY: Activity}
    for source, model in models.items():
        pks = list(model.unscoped.order_by("pk").values_list("pk", flat=True))  # type: ignore[attr-defined]
        for chunk in _chunks(pks):
            touched |= renew_facts(source, chunk, known=known)
    renew_cells(touched)
    _bump_version()
    return RollupCell.objects.count()
