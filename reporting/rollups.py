"""Keeping figures: changed records become facts again, facts become cells again.

``settle`` takes the marks that triggers left and works out anew whatever they touch. It never
increments: doing it twice changes nothing, and doing it late is only late. Why it is done this
way, and the two shortcuts that give wrong numbers: docs/decisions/0003-rollups.md.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone
from pyroaring import BitMap

from activities.models import Activity
from campaign.periods import MONTHS_IN, Kind, Period, Scheme, slice_bounds, slice_key
from campaign.portal.scope import PATH_STEP, next_path
from classes.models import Participant, TrainingClass
from reporting.facts import classes_of_people, facts_of_activities, facts_of_classes, pack, unpack
from reporting.models import (
    COUNTERS,
    Axis,
    DirtyMark,
    RollupCell,
    RollupFact,
    RollupState,
    RollupTrait,
)
from reporting.tallies import FACT_VALUES, Tally, Traits, tally_of
from units.models import Unit

#: marks settled in one transaction
BATCH = 2000
#: records worked out anew in one go
CHUNK = 500
#: the one settler at a time, in every process of every machine (PostgreSQL advisory lock)
SETTLER_LOCK = 20_254_057

STANDARD_KINDS = (Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.NINE, Kind.YEAR)
MAKERS: dict[str, Callable[[Collection[int]], list[RollupFact]]] = {
    DirtyMark.Kind.CLASS: facts_of_classes,
    DirtyMark.Kind.ACTIVITY: facts_of_activities,
}


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
    taken = sum(map(len, marks.values()))
    persons = marks.pop(DirtyMark.Kind.PERSON, set())
    touched: set[Key] = set()
    if persons:
        Traits.patch(persons)
        attended = classes_of_people(persons)
        marks[DirtyMark.Kind.CLASS] -= attended
        for chunk in _chunks(sorted(attended)):
            touched |= renew_facts(DirtyMark.Kind.CLASS, chunk, whole=True)
    for source, pks in marks.items():
        for chunk in _chunks(sorted(pks)):
            touched |= renew_facts(source, chunk)
    renew_cells(touched)
    _bump_version()
    return taken


def take_settler_lock() -> None:
    """Wait until no other settler works. SQLite's write transaction is such a lock already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SETTLER_LOCK])


def _take_marks(limit: int) -> dict[str, set[int]]:
    marks: dict[str, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM reporting_dirtymark WHERE id IN "
            "(SELECT id FROM reporting_dirtymark ORDER BY id LIMIT %s) RETURNING kind, ref",
            [limit],
        )
        for kind, ref in cursor.fetchall():
            marks[kind].add(ref)
    return marks


def _bump_version() -> None:
    now = timezone.now()
    if not RollupState.objects.filter(pk=1).update(version=F("version") + 1, settled_at=now):
        RollupState.objects.create(pk=1, version=1, settled_at=now)


def _chunks(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), CHUNK):
        yield pks[start : start + CHUNK]


# --- Facts --------------------------------------------------------------------------------


def renew_facts(source: str, pks: Collection[int], *, whole: bool = False) -> set[Key]:
    """Make the facts of some records anew; returns the cells that held or hold what changed.

    A record that was marked but gives the same facts returns all its cells: marking it again is
    how wrong cells are mended. So does ``whole``: the traits of people may have changed, which
    facts of completions do not show.
    """
    stored = RollupFact.objects.filter(source=source, source_id__in=pks)
    old = {(fact.grain, fact.row_id, fact.day, fact.source_id): fact for fact in stored.iterator()}
    gone, new, same = [], [], []
    for fact in MAKERS[source](pks):
        before = old.pop((fact.grain, fact.row_id, fact.day, fact.source_id), None)
        if before is not None and _values(before) == _values(fact):
            same.append(fact)
            continue
        new.append(fact)
        gone += [before] if before else []
    gone += old.values()
    RollupFact.objects.filter(pk__in=[fact.pk for fact in gone]).delete()
    write_rows(RollupFact, FACT_COLUMNS, [_values(fact) for fact in new])
    changed = {fact.source_id for fact in (*gone, *new)}
    again = [fact for fact in same if whole or fact.source_id not in changed]
    return keys_of((fact.owner_path, fact.place_path, fact.slice) for fact in (*gone, *new, *again))


FACT_COLUMNS = tuple(field.attname for field in RollupFact._meta.fields if not field.primary_key)


def _values(fact: RollupFact) -> list[Any]:
    """The stored values of one fact, the same before and after it was stored."""
    known = fact.__dict__ | {"crosstab": json.dumps(fact.crosstab)}
    known["people"] = bytes(fact.people) if fact.people else None
    return [known[name] for name in FACT_COLUMNS]


def keys_of(rows: Iterable[Sequence[Any]]) -> set[Key]:
    """The half-month cells that facts with these (owner path, place path, half-month) are in."""
    return {
        Key(axis, unit_id, number)
        for owner_path, place_path, number in set(rows)
        for axis, path in ((Axis.OWNER.value, owner_path), (Axis.PLACE.value, place_path))
        for unit_id in cell_units(path)
    }


# --- Cells --------------------------------------------------------------------------------


def renew_cells(touched: Collection[Key]) -> None:
    """Work out anew the half-months that were touched, then every period they lie in."""
    if not touched:
        return
    renew_slices(touched)
    renew_periods(touched, Traits())


def renew_slices(touched: Collection[Key]) -> None:
    """Add up facts to half-months; a province's are added up from the units right below it."""
    paths = dict(
        Unit.unscoped.filter(pk__in={key.unit_id for key in touched}).values_list("pk", "path")
    )
    by_slice: dict[int, set[Key]] = defaultdict(set)
    for key in touched:
        by_slice[key.slice].add(key)
    for number, keys in by_slice.items():
        tallies = _of_facts(number, keys, paths)
        for key in keys:
            if len(paths.get(key.unit_id, "")) == PATH_STEP:
                _add_children(key, tallies, paths)
        _store(
            (
                key.axis, key.unit_id, slice_code(number), tally, tally.detail,
                pack(tally.people), pack(tally.done),
            )
            for key, tally in tallies.items()
        )  # fmt: skip


#: with more cells than these in one half-month, all its facts are read
MANY_CELLS = 40


def _of_facts(number: int, keys: Collection[Key], paths: Mapping[int, str]) -> dict[Key, Tally]:
    """The facts of one half-month by the lowest units that have cells."""
    tallies = {key: Tally() for key in keys}
    facts = RollupFact.objects.filter(slice=number)
    if len(keys) <= MANY_CELLS:
        inside = Q(pk__in=[])
        for key in keys:
            column, path = f"{key.axis}_path", paths.get(key.unit_id, "")
            if len(path) == PATH_STEP:
                inside |= Q(**{column: path})
            elif path:
                inside |= Q(**{f"{column}__gte": path, f"{column}__lt": next_path(path)})
        facts = facts.filter(inside)
    rows = facts.values_list("owner_path", "place_path", *FACT_VALUES)
    for owner_path, place_path, *fact in rows.iterator():
        lowest = (
            Key(Axis.OWNER.value, cell_units(owner_path)[-1], number),
            Key(Axis.PLACE.value, cell_units(place_path)[-1], number),
        )
        holders = [tallies[key] for key in lowest if key in tallies]
        if holders:
            found = tally_of(fact)
            for tally in holders:
                tally.add(found)
    return tallies


def _add_children(key: Key, tallies: dict[Key, Tally], paths: Mapping[int, str]) -> None:
    """Add the units right below a province: those just worked out, and those that stand."""
    path = paths[key.unit_id]
    new = [
        child
        for child in tallies
        if child.axis == key.axis and child != key and paths.get(child.unit_id, "").startswith(path)
    ]
    others = Unit.unscoped.filter(parent=key.unit_id).exclude(pk__in=[c.unit_id for c in new])
    stand = read_cells(key.axis, others.values("pk"), [slice_code(key.slice)])
    for child in new:
        tallies[key].add(tallies[child])
    for cells in stand.values():
        tallies[key].add(cells[slice_code(key.slice)])


#: units whose periods are worked out together
UNITS_AT_ONCE = 24


def renew_periods(touched: Collection[Key], traits: Traits) -> None:
    """Add up half-months to the periods that pages show; people who came twice count once."""
    by_unit: dict[str, dict[int, set[Period]]] = {}
    for key in touched:
        by_unit.setdefault(key.axis, {}).setdefault(key.unit_id, set()).update(
            periods_of_slice(key.slice)
        )
    for axis, units in by_unit.items():
        pks = sorted(units)
        for start in range(0, len(pks), UNITS_AT_ONCE):
            _renew_periods(
                axis, {pk: units[pk] for pk in pks[start : start + UNITS_AT_ONCE]}, traits
            )


def _renew_periods(axis: str, units: dict[int, set[Period]], traits: Traits) -> None:
    every = set().union(*units.values())
    parts = {part_code(part) for period in every for part in parts_of(period)}
    stored = read_cells(axis, units, parts)
    slices = [slice_code(number) for number in {n for p in every for n in slices_of(p)}]
    bitmaps = read_bitmaps(axis, units, slices)
    _store(
        cell
        for pk, periods in units.items()
        for cell in _of_periods(axis, pk, periods, stored[pk], bitmaps[pk], traits)
    )


def _of_periods(
    axis: str, unit_id: int, periods: Collection[Period], stored: dict[str, Tally],
    bitmaps: dict[int, tuple[BitMap, BitMap]], traits: Traits,
) -> Iterator[_Cell]:  # fmt: skip
    """The periods of one unit, the shorter before the longer that are made of them."""
    for period in sorted(periods, key=lambda period: period.days):
        total = Tally()
        for part in map(part_code, parts_of(period)):
            if part in stored:
                total.add_counts(stored[part])
        present = [bitmaps[number] for number in slices_of(period) if number in bitmaps]
        if present:
            total.people = BitMap.union(*(people for people, _done in present))
            total.done = BitMap.union(*(done for _people, done in present))
        stored[period_code(period)] = total
        people = {
            code: by_trait
            for code in ("people", "people_completed")
            if (by_trait := traits.detail(total.who(code), period.end.year))
        }
        yield axis, unit_id, period_code(period), total, total.detail | people, None, None


@lru_cache(maxsize=4096)
def parts_of(period: Period) -> tuple[Period | int, ...]:
    """The next shorter periods that a standard period is made of; a month's are half-months."""
    if period.kind is Kind.MONTH:
        return tuple(slices_of(period))
    kind = Kind.MONTH if period.kind is Kind.QUARTER else Kind.QUARTER
    months = MONTHS_IN[period.kind]
    first = (period.number - 1) * months // MONTHS_IN[kind] + 1
    return tuple(
        Period.of(kind, period.year, number, scheme=period.scheme)
        for number in range(first, first + months // MONTHS_IN[kind])
    )


def part_code(part: Period | int) -> str:
    """The name under which a part of a period is kept."""
    return slice_code(part) if isinstance(part, int) else period_code(part)


def read_cells(axis: str, unit_ids: Any, names: Collection[str]) -> dict[int, dict[str, Tally]]:
    """Stored cells of some units: {unit: {name: tally}}; who the people are only of half-months."""
    found: dict[int, dict[str, Tally]] = defaultdict(dict)
    rows = RollupCell.objects.filter(
        axis=axis, unit_id__in=unit_ids if isinstance(unit_ids, QuerySet) else list(unit_ids),
        period__in=names,
    ).values_list("unit_id", "period", "facts", "detail", "people", "done", *COUNTERS)  # fmt: skip
    for unit_id, name, facts, detail, people, done, *counts in rows.iterator():
        tally = found[unit_id][name] = Tally()
        # Different people do not add up: they are counted anew from the half-months.
        tally.detail = {code: dims for code, dims in detail.items() if code not in _DISTINCT}
        tally.facts, tally.people, tally.done = facts, unpack(people), unpack(done)
        tally.counts = dict(zip(COUNTERS, counts, strict=True))
    return found


_DISTINCT = frozenset({"people", "people_completed"})


def read_bitmaps(
    axis: str, unit_ids: Collection[int], names: Collection[str]
) -> dict[int, dict[int, tuple[BitMap, BitMap]]]:
    """Who was present and who completed in half-months: {unit: {half-month: bitmaps}}."""
    found: dict[int, dict[int, tuple[BitMap, BitMap]]] = defaultdict(dict)
    rows = RollupCell.objects.filter(
        axis=axis, unit_id__in=list(unit_ids), period__in=names
    ).values_list("unit_id", "period", "people", "done")
    for unit_id, name, people, done in rows.iterator():
        if people or done:
            found[unit_id][int(name[1:])] = unpack(people), unpack(done)
    return found


#: axis, unit, period, tally, detail, bitmaps of the people present and of those who completed
_Cell = tuple[str, int, str, Tally, Mapping[str, Any], bytes | None, bytes | None]
CELL_KEY = ("period", "axis", "unit_id")
CELL_COLUMNS = (
    *CELL_KEY, "facts", "distinct_people", "distinct_completed", *COUNTERS, "detail", "people",
    "done",
)  # fmt: skip


def _store(cells: Iterable[_Cell]) -> None:
    """Write cells; one without facts goes."""
    kept, gone = [], defaultdict(list)
    for axis, unit_id, period, tally, detail, people, done in cells:
        if not tally.facts:
            gone[axis, period].append(unit_id)
            continue
        kept.append(
            (
                period, axis, unit_id, tally.facts, len(tally.people), len(tally.done),
                *map(tally.counts.__getitem__, COUNTERS), json.dumps(detail), people, done,
            )
        )  # fmt: skip
    write_rows(RollupCell, CELL_COLUMNS, kept, replacing=CELL_KEY)
    for (axis, period), unit_ids in gone.items():
        RollupCell.objects.filter(axis=axis, period=period, unit_id__in=unit_ids).delete()


def write_rows(
    model: type[Model],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    replacing: Sequence[str] = (),
    at_once: int = 200,
) -> None:
    """Write many rows of plain values; a row with the same key is replaced.

    Same as ``bulk_create``, without making an object of each row: settling writes little else.
    """
    kept = [column for column in columns if column not in replacing]
    ending = (
        f" ON CONFLICT ({', '.join(replacing)}) DO UPDATE SET "
        + ", ".join(f"{column} = excluded.{column}" for column in kept)
        if replacing
        else ""
    )
    # Names of our own tables and columns only; values are parameters.
    table = connection.ops.quote_name(model._meta.db_table)
    head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608
    marks = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            cursor.execute(
                head + ", ".join([marks] * len(part)) + ending, list(chain.from_iterable(part))
            )


# --- From nothing -------------------------------------------------------------------------


@transaction.atomic
def rebuild() -> int:
    """Throw every fact and cell away and work all of them out; returns the number of cells."""
    take_settler_lock()
    DirtyMark.objects.all().delete()
    for derived in (RollupFact, RollupCell, RollupTrait):
        derived.objects.all().delete()
    Traits.patch(Participant.unscoped.values_list("pk", flat=True).iterator())
    touched: set[Key] = set()
    models = {DirtyMark.Kind.CLASS: TrainingClass, DirtyMark.Kind.ACTIVITY: Activity}
    for source, model in models.items():
        pks = list(model.unscoped.order_by("pk").values_list("pk", flat=True))
        for chunk in _chunks(pks):
            touched |= renew_facts(source, chunk)
    renew_slices(touched)
    renew_periods(touched, Traits())
    _bump_version()
    return RollupCell.objects.count()
