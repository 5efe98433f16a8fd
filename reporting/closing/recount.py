"""Figures worked out from the frozen facts of a report, without looking at any record.

The tally code is the one live figures go through, so that a frozen report can be checked years
later against nothing but itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from pyroaring import BitMap

from reporting.facts import pack
from reporting.figures.answers import Figure, answered
from reporting.figures.reading import PEOPLE_CODES
from reporting.figures.registers import CODES as REGISTER_CODES
from reporting.indicators import BY_CODE, PERSON_DIMS, Dim, Indicator, indicator
from reporting.models import COUNTERS, RollupFact
from reporting.tallies import Tally, Traits, key_of, tally_of

#: what a frozen report is: the JSON object of its canonical text
Content = dict[str, Any]
DONE = RollupFact.Grain.DONE.value
COLUMN_OF = {Dim.TOPIC: "topic", Dim.MODE: "mode", Dim.REMOTE: "remote"}


class FrozenTraits(Traits):
    """The traits of a report's people as they were known when it was frozen."""

    def __init__(self, kept: Mapping[str, Mapping[str, list[int]]]) -> None:
        self.stored = {
            dim: {key: BitMap(people) for key, people in kept.get(dim.value, {}).items()}
            for dim in self.COLUMNS
        }
        self._bands = {}


def tally_of_fact(fact: Mapping[str, Any]) -> Tally:
    """What one frozen fact adds."""
    counts = fact["counts"]
    return tally_of(
        (
            fact["grain"], fact["topic"], fact["audience"], fact["mode"], fact["type"],
            fact["crosstab"], pack(fact["people"]), *(counts.get(name, 0) for name in COUNTERS),
        )
    )  # fmt: skip


def registered(content: Content) -> dict[str, int | None]:
    """How many rows of each register the report counts; None before the period begins."""
    kept = content["registers"]
    found: dict[str, int | None] = {}
    for code in content["indicators"]:
        if code == "solution_fields":
            found[code] = len(set(kept["solutions"].values())) or None
        elif code == "solutions":
            found[code] = len(kept["solutions"]) or None
        elif code in REGISTER_CODES:
            found[code] = None if content["as_of"] is None else len(kept[code])
    return found


class Recount:
    """The figures of one frozen report."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.year = int(content["days"][1][:4])
        self.facts = [(fact, tally_of_fact(fact)) for fact in content["facts"]]

    @cached_property
    def tally(self) -> Tally:
        """Everything the facts add up to."""
        return Tally.of(tally for _fact, tally in self.facts)

    def figures(self) -> dict[str, dict[str, int | None]]:
        """Every figure of the report."""
        population = (self.content["population"] or {}).get("value")
        codes = [code for code in self.content["indicators"] if code in BY_CODE]
        found = answered(codes, self.tally, registered(self.content), population)
        return {code: plain(figure) for code, figure in found.items()}

    def breakdowns(self) -> dict[str, dict[str, dict[str, int]]]:
        """{code: {dimension: {key: number}}} of everything that is broken down."""
        if not self.tally.facts:
            return {}
        found = {}
        for code in self.content["indicators"]:
            one = indicator(code)
            if one.dims and not one.is_ratio:
                dims = {dim.value: self._parts(one, dim) for dim in one.dims}
                if kept := {dim: keys for dim, keys in dims.items() if keys}:
                    found[code] = kept
        return found

    def _parts(self, one: Indicator, dim: Dim) -> dict[str, int]:
        if one.code in PEOPLE_CODES:
            return self._people(one.code, dim)
        found: dict[str, int] = defaultdict(int)
        for part in one.parts:
            for key, number in self._counted(part, dim):
                found[key] += number
        return {key: number for key, number in found.items() if number}

    def _counted(self, counter: str, dim: Dim) -> Iterable[tuple[str, int]]:
        if dim is Dim.REMOTE:
            return ((fact["remote"], tally.counts[counter]) for fact, tally in self.facts)
        return self.tally.detail.get(counter, {}).get(dim.value, {}).items()

    @cached_property
    def traits(self) -> FrozenTraits:
        """What was known of the people."""
        return FrozenTraits(self.content["traits"])

    def _people(self, code: str, dim: Dim) -> dict[str, int]:
        if dim in PERSON_DIMS:
            return self.traits.split(self.tally.who(code), dim, self.year)
        groups: dict[str, BitMap] = defaultdict(BitMap)
        for fact, tally in self.facts:
            groups[key_of(fact[COLUMN_OF[dim]])] |= tally.who(code)
        return {key: len(people) for key, people in groups.items() if people}


def plain(figure: Figure) -> dict[str, int | None]:
    """A figure as the canonical text keeps it: whole numbers only, nothing recorded as null."""
    if figure.indicator.is_ratio:
        return {"numerator": figure.numerator, "denominator": figure.denominator}
    return {"value": figure.value}


def figure_of(code: str, kept: Mapping[str, int | None]) -> Figure:
    """A frozen figure as pages read figures."""
    return Figure(code, kept.get("value"), kept.get("numerator"), kept.get("denominator"))
