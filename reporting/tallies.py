"""Adding up: a tally of facts, and the split of a set of people by their traits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyroaring import BitMap

from campaign.models import AgeBand, age_band_of
from classes.models import Participant
from reporting.facts import pack, unpack
from reporting.indicators import PERSON_DIMS, Dim
from reporting.models import COUNTERS, RollupFact, RollupTrait

#: {code: {dimension: {key: count}}}
Detail = dict[str, dict[str, dict[str, int]]]

CLASS_COUNTERS = frozenset(COUNTERS[:5])
#: counters of people: they have the traits of the crosstab
CROSSTAB_COUNTERS = frozenset(
    {"attendances_on_roster", "attendances_counted", "reach", "communication_reach"}
)
ACTIVITY_COUNTERS = frozenset(COUNTERS[7:])
ROSTER, COUNTED = 5, 6
"""Where a crosstab row keeps how many were on the roster and how many were counted."""

FACT_VALUES = (
    "grain", "topic_id", "audience_id", "mode", "type_id", "crosstab", "people", *COUNTERS,
)  # fmt: skip
_FIRST_COUNTER = FACT_VALUES.index(COUNTERS[0])


Dims = dict[str, dict[str, int]]
_PERSON_DIMS = tuple(dim.value for dim in PERSON_DIMS)
_TOPIC, _MODE, _TYPE, _AUDIENCE = (
    dim.value for dim in (Dim.TOPIC, Dim.MODE, Dim.TYPE, Dim.AUDIENCE)
)
_DONE = RollupFact.Grain.DONE.value


def key_of(value: Any) -> str:
    """A dimension's value as a key; nothing known is the empty key."""
    return "" if value is None else str(value)


def merge_detail(into: Detail, other: Mapping[str, Any]) -> None:
    """Add one detail to another. The most frequent work of settling: written for speed."""
    for code, dims in other.items():
        mine = into.get(code)
        if mine is None:
            into[code] = {dim: dict(keys) for dim, keys in dims.items()}
            continue
        for dim, keys in dims.items():
            here = mine.get(dim)
            if here is None:
                mine[dim] = dict(keys)
                continue
            for key, number in keys.items():
                here[key] = here.get(key, 0) + number


def by_dimension(crosstab: Iterable[Sequence[Any]]) -> tuple[Dims, Dims]:
    """A crosstab by each dimension of people: those on the roster, and those counted."""
    on_roster: Dims = {dim: {} for dim in _PERSON_DIMS}
    counted: Dims = {dim: {} for dim in _PERSON_DIMS}
    for audience, *traits, roster, others in crosstab:
        values = (key_of(audience), *traits)
        for into, number in ((on_roster, roster), (counted, others)):
            if number:
                for dim, key in zip(_PERSON_DIMS, values, strict=True):
                    here = into[dim]
                    here[key] = here.get(key, 0) + number
    return on_roster, counted


def tally_of(row: Sequence[Any]) -> Tally:
    """What one fact adds, given as the values of ``FACT_VALUES``."""
    grain, topic, audience, mode, activity_type, crosstab, people = row[:_FIRST_COUNTER]
    found = Tally()
    found.facts = 1
    if people and grain == _DONE:
        found.done = unpack(people)
    elif people:
        found.people = unpack(people)
    on_roster, counted = by_dimension(crosstab) if crosstab else ({}, {})
    for code, number in zip(COUNTERS, row[_FIRST_COUNTER:], strict=True):
        if not number:
            continue
        found.counts[code] = number
        dims: Dims = {_TOPIC: {key_of(topic): number}, _MODE: {mode: number}}
        if code in ACTIVITY_COUNTERS:
            dims[_TYPE] = {key_of(activity_type): number}
        if code in CLASS_COUNTERS:
            dims[_AUDIENCE] = {key_of(audience): number}
        elif code in CROSSTAB_COUNTERS:
            dims |= on_roster if code == "attendances_on_roster" else counted
        found.detail[code] = {dim: keys for dim, keys in dims.items() if keys}
    return found


def _dims_of(code: str) -> frozenset[str]:
    dims = {_TOPIC, _MODE}
    if code in ACTIVITY_COUNTERS:
        dims.add(_TYPE)
    if code in CLASS_COUNTERS:
        dims.add(_AUDIENCE)
    elif code in CROSSTAB_COUNTERS:
        dims.update(_PERSON_DIMS)
    return frozenset(dims)


#: the dimensions that each counter is kept by
DIMS_OF: dict[str, frozenset[str]] = {code: _dims_of(code) for code in COUNTERS}


class Tally:
    """What some facts add up to."""

    __slots__ = ("counts", "detail", "distinct", "done", "facts", "people", "written")

    def __init__(self) -> None:
        self.facts = 0
        self.counts: dict[str, int] = dict.fromkeys(COUNTERS, 0)
        self.detail: Detail = {}
        self.people = BitMap()
        self.done = BitMap()
        #: set where only the number of people is known, not who they are
        self.distinct: dict[str, int] | None = None
        #: how the tally is written down, by the year whose ages count: reporting.rollups
        self.written: dict[int | None, tuple[Any, ...]] = {}

    @classmethod
    def of(cls, parts: Iterable[Tally]) -> Tally:
        """The sum of some tallies."""
        total = cls()
        for part in parts:
            total.add(part)
        return total

    def add(self, other: Tally) -> None:
        """Add another tally: people who are in both still count once."""
        self.add_counts(other)
        if other.people:
            self.people |= other.people
        if other.done:
            self.done |= other.done

    def add_counts(self, other: Tally) -> None:
        """Add what simply adds up, and leave the people alone."""
        self.facts += other.facts
        for code, number in other.counts.items():
            if number:
                self.counts[code] += number
        merge_detail(self.detail, other.detail)

    def number_of(self, code: str) -> int:
        """How many people took part (``people``) or completed (``people_completed``)."""
        if self.distinct is not None:
            return self.distinct[code]
        return len(self.who(code))

    def who(self, code: str) -> BitMap:
        """The participants behind a number of people."""
        return self.done if code == "people_completed" else self.people


class Traits:
    """Who has which trait now; unknown is whoever has none of the known values."""

    COLUMNS = {
        Dim.SEX: "sex", Dim.MINORITY: "minority", Dim.DISABILITY: "disability",
        Dim.AUDIENCE: "audience_id", Dim.AGE_BAND: "birth_year",
    }  # fmt: skip

    def __init__(self) -> None:
        self.stored: dict[Dim, dict[str, BitMap]] = {dim: {} for dim in self.COLUMNS}
        for dim, key, blob in RollupTrait.objects.values_list("dim", "key", "people"):
            self.stored[Dim(dim)][key] = unpack(blob)
        self._bands: dict[int, dict[str, BitMap]] = {}

    def groups(self, dim: Dim, year: int) -> dict[str, BitMap]:
        """The people of each known value; ages as they are in a year."""
        if dim is not Dim.AGE_BAND:
            return self.stored[dim]
        if year not in self._bands:
            bands: dict[str, BitMap] = {band.value: BitMap() for band in AgeBand}
            for birth_year, people in self.stored[dim].items():
                bands[age_band_of(int(birth_year), year)] |= people
            self._bands[year] = bands
        return self._bands[year]

    def split(self, people: BitMap, dim: Dim, year: int) -> dict[str, int]:
        """How many of some people have each value; the values add up to the people."""
        found = {
            key: number
            for key, group in self.groups(dim, year).items()
            if (number := people.intersection_cardinality(group))
        }
        if unknown := len(people) - sum(found.values()):
            found[""] = unknown
        return found

    def select(self, people: BitMap, dim: Dim, key: str, year: int) -> BitMap:
        """Those of some people who have one value."""
        groups = self.groups(dim, year)
        if key:
            return people & groups.get(key, BitMap())
        return people - BitMap.union(*groups.values()) if groups else people

    def detail(self, people: BitMap, year: int) -> dict[str, dict[str, int]]:
        """Some people by every trait."""
        return {dim.value: self.split(people, dim, year) for dim in PERSON_DIMS} if people else {}

    @classmethod
    def patch(cls, pks: Iterable[int]) -> None:
        """Write down what these participants are now; those who are gone have no trait."""
        pks = BitMap(sorted(pks))
        now: dict[tuple[str, str], BitMap] = {}
        rows = Participant.unscoped.filter(pk__in=list(pks)) if len(pks) < 5000 else (
            Participant.unscoped.filter(pk__range=(pks.min(), pks.max()))
        )  # fmt: skip
        for pk, *values in rows.values_list("pk", *cls.COLUMNS.values()).iterator():
            for dim, value in zip(cls.COLUMNS, values, strict=True):
                if pk in pks and value not in (None, ""):
                    now.setdefault((dim.value, str(value)), BitMap()).add(pk)
        stored = {(trait.dim, trait.key): trait for trait in RollupTrait.objects.all()}
        for place in stored.keys() | now.keys():
            trait = stored.get(place) or RollupTrait(dim=place[0], key=place[1])
            before = unpack(trait.people)
            after = (before - pks) | now.get(place, BitMap())
            if not after and trait.pk:
                trait.delete()
            elif after != before:
                trait.people = pack(after)
                trait.save()
