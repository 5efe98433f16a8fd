"""Reading tallies: from cells where they are kept, from facts everywhere else, equal either way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Substr
from pyroaring import BitMap

from campaign.periods import Period
from campaign.portal.scope import PATH_STEP
from reporting.facts import unpack
from reporting.figures.questions import Question, by_length, people_in
from reporting.indicators import PERSON_DIMS, counters_of
from reporting.models import RollupCell, RollupFact
from reporting.rollups import STANDARD_KINDS, period_code, slice_code
from reporting.tallies import CROSSTAB_COUNTERS, DIMS_OF, Tally, Traits
from units.models import Unit

PEOPLE_CODES = ("people", "people_completed")
#: depth of the units that have cells: the province, and communes and departments
CELL_DEPTH = 2 * PATH_STEP


def has_cells(unit: Unit) -> bool:
    """Whether the unit stands high enough to have cells."""
    return len(unit.path) <= CELL_DEPTH


def read(codes: Sequence[str], units: Sequence[Unit], question: Question) -> dict[int, Tally]:
    """What the facts of some units add up to; as little is read as the codes need."""
    if question.owners is not None or (question.where and not _is_in_cells(codes, question)):
        return from_facts(codes, units, question)
    high = [unit for unit in units if has_cells(unit)]
    found = from_facts(codes, [unit for unit in units if not has_cells(unit)], question)
    if high and question.period.kind in STANDARD_KINDS:
        name = period_code(question.period)
        stored = (
            _parts(question, high, name, codes) if question.where
            else cells(question.axis, high, [name], codes)
        )  # fmt: skip
        return found | {unit.pk: stored.get((unit.pk, name), Tally()) for unit in high}
    return found | _from_slices(codes, high, question)


def _is_in_cells(codes: Sequence[str], question: Question) -> bool:
    """Whether one condition is asked about, by which cells keep all that the codes need."""
    if len(question.where) != 1 or question.period.kind not in STANDARD_KINDS:
        return False
    (dim,) = question.where
    asks_people = any(code in PEOPLE_CODES for code in codes)
    return all(dim.value in DIMS_OF[counter] for counter in counters_of(codes)) and (
        dim in PERSON_DIMS or not asks_people
    )


def _parts(
    question: Question, units: Sequence[Unit], name: str, codes: Sequence[str]
) -> dict[tuple[int, str], Tally]:
    """The part of stored cells that meets one condition: one row each."""
    ((dim, key),) = question.where.items()
    counters = sorted(counters_of(codes))
    rows = RollupCell.objects.filter(
        axis=question.axis, period=name, unit_id__in=[unit.pk for unit in units]
    ).values_list("unit_id", "facts", "detail")
    found = {}
    for unit_id, facts, detail in rows:
        tally = found[unit_id, name] = Tally()
        tally.facts = facts
        parts = {
            code: detail.get(code, {}).get(dim.value, {}).get(key, 0)
            for code in (*counters, *PEOPLE_CODES)
        }
        tally.distinct = {code: parts.pop(code) for code in PEOPLE_CODES}
        tally.counts.update(parts)
    return found


def cells(
    axis: str, units: Sequence[Unit], names: Sequence[str], codes: Sequence[str]
) -> dict[tuple[int, str], Tally]:
    """The stored cells of some units in standard periods: one row each."""
    counters = sorted(counters_of(codes))
    rows = RollupCell.objects.filter(
        axis=axis, period__in=names, unit_id__in=[unit.pk for unit in units]
    ).values_list("unit_id", "period", "facts", "distinct_people", "distinct_completed", *counters)
    found = {}
    for unit_id, name, facts, people, completed, *counts in rows:
        tally = found[unit_id, name] = Tally()
        tally.facts = facts
        tally.distinct = {"people": people, "people_completed": completed}
        tally.counts.update(zip(counters, counts, strict=True))
    return found


def _from_slices(
    codes: Sequence[str], units: Sequence[Unit], question: Question
) -> dict[int, Tally]:
    """A range of days: whole half-months, and facts for the ragged edges."""
    if not units:
        return {}
    whole, *edges = question.period.slices()
    found = {unit.pk: Tally() for unit in units}
    if whole:
        _add_slices(found, codes, question.axis, [slice_code(number) for number in whole])
    for edge in filter(None, edges):
        days = Period.between(*edge, question.period.scheme)
        for unit_id, tally in from_facts(codes, units, Question(question.axis, days)).items():
            found[unit_id].add(tally)
    return found


def _add_slices(
    found: dict[int, Tally], codes: Sequence[str], axis: str, names: Sequence[str]
) -> None:
    """Add stored half-months: counters summed by the database, people united here."""
    kept = RollupCell.objects.filter(axis=axis, unit_id__in=list(found), period__in=names)
    counters = sorted(counters_of(codes))
    sums = {f"sum_{counter}": Sum(counter) for counter in counters}
    rows = kept.values_list("unit_id").annotate(number=Sum("facts"), **sums).order_by()
    for unit_id, facts, *counts in rows:
        found[unit_id].facts += facts
        found[unit_id].counts.update(zip(counters, counts, strict=True))
    wanted = [column for code, column in _BITMAPS.items() if code in codes]
    if not wanted:
        return
    united: dict[tuple[int, str], list[BitMap]] = defaultdict(list)
    for unit_id, *blobs in kept.values_list("unit_id", *wanted).iterator():
        for column, blob in zip(wanted, blobs, strict=True):
            if blob:
                united[unit_id, column].append(unpack(blob))
    for (unit_id, column), people in united.items():
        setattr(found[unit_id], column, BitMap.union(*people))


#: where a half-month's cell keeps who is counted
_BITMAPS = {"people": "people", "people_completed": "done"}


# --- From facts ---------------------------------------------------------------------------


def from_facts(codes: Sequence[str], units: Sequence[Unit], question: Question) -> dict[int, Tally]:
    """Add up facts: counters in the database, people and crosstabs here."""
    found = {unit.pk: Tally() for unit in units}
    counters = sorted(counters_of(codes))
    crosstabbed = CROSSTAB_COUNTERS.intersection(counters) if question.traits else frozenset()
    for length, ids in by_length(units):
        these = [unit for unit in units if len(unit.path) == length]
        facts = question.of(these).annotate(head=Substr(question.path, 1, length))
        sums = {
            f"sum_{counter}": Sum(counter, filter=question.counter_condition(counter))
            for counter in counters
            if counter not in crosstabbed
        }
        rows = facts.values("head").annotate(number=Count("pk"), **sums).order_by()
        for row in rows:
            if row["head"] in ids:
                tally = found[ids[row["head"]]]
                tally.facts += row["number"]
                for name in sums:
                    tally.counts[name.removeprefix("sum_")] = row[name] or 0  # type: ignore[literal-required]
        if crosstabbed:
            _add_crosstabs(found, ids, facts, crosstabbed, question)
        if any(code in PEOPLE_CODES for code in codes):
            _add_people(found, ids, facts, question)
    if question.traits and any(code in PEOPLE_CODES for code in codes):
        _keep_traits(found.values(), question)
    return found


def _add_crosstabs(
    found: dict[int, Tally], ids: dict[str, int], facts: QuerySet[RollupFact],
    counters: Collection[str], question: Question,
) -> None:  # fmt: skip
    rows = facts.filter(question.column_condition()).exclude(crosstab=[])
    for head, crosstab, *values in rows.values_list("head", "crosstab", *counters).iterator():
        if head not in ids:
            continue
        tally = found[ids[head]]
        for counter, value in zip(counters, values, strict=True):
            if value:
                tally.counts[counter] += people_in(crosstab, counter, question)


def _add_people(
    found: dict[int, Tally], ids: dict[str, int], facts: QuerySet[RollupFact], question: Question
) -> None:
    rows = facts.filter(question.column_condition(), people__isnull=False)
    for head, grain, blob in rows.values_list("head", "grain", "people").iterator():  # type: ignore[misc]
        if head in ids:
            tally = found[ids[head]]
            if grain == RollupFact.Grain.DONE:
                tally.done |= unpack(blob)
            else:
                tally.people |= unpack(blob)


def _keep_traits(tallies: Iterable[Tally], question: Question) -> None:
    traits, year = Traits(), question.period.end.year
    for tally in tallies:
        for dim, key in question.traits.items():
            tally.people = traits.select(tally.people, dim, key, year)
            tally.done = traits.select(tally.done, dim, key, year)
