"""Why a figure is not what it was: one contribution for each record, and nothing left over.

The facts of two contents are compared key by key. What adds up is explained by the difference of
each record's facts; distinct people by what each record, taken in a fixed order, changes in the
union; ratios by their two sums; registers by the rows that came and went. So contributions always
add up to the difference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.utils import timezone

from reporting.closing.content import REGISTERS, Gathering
from reporting.closing.recount import DONE, Content, figure_of
from reporting.closing.snapshots import content_of
from reporting.closing.tracing import Fact, Kind, Pair, Ref, Trace, Tracing
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.figures.answers import Figure
from reporting.figures.reading import PEOPLE_CODES
from reporting.indicators import BY_CODE, indicator
from reporting.models import COUNTERS, Report, Snapshot
from reporting.rollups import settle_if_due

Key = tuple[str, int, str, int, str]
VALUE, NUMERATOR, DENOMINATOR = "value", "numerator", "denominator"


@dataclass(frozen=True)
class Contribution:
    """What one record did to one figure, who did it and why."""

    ref: Ref
    kind: Kind
    amount: int
    label: str
    #: numbers of sessions, names of connected sites
    rows: tuple[str, ...] = ()
    #: the record is no longer there
    is_gone: bool = False
    trace: Trace = field(default_factory=Trace)


@dataclass(frozen=True)
class Difference:
    """One number before and after (the value of a figure, or one of the two sums of a ratio)."""

    code: str
    part: str
    before: int | None
    after: int | None
    contributions: tuple[Contribution, ...] = ()

    @property
    def amount(self) -> int:
        """After less before; nothing recorded counts as nothing."""
        return (self.after or 0) - (self.before or 0)

    @property
    def explained(self) -> int:
        """What the contributions add up to."""
        return sum(one.amount for one in self.contributions)

    @property
    def is_explained(self) -> bool:
        """Whether nothing is left over."""
        return self.explained == self.amount

    @property
    def is_change(self) -> bool:
        """Whether people read another number, "–" and 0 told apart."""
        return self.before != self.after


@dataclass(frozen=True)
class Explained:
    """Two sayings of one report, and everything that lies between them."""

    report: Report
    before: Snapshot
    #: None: as the records are now
    after: Snapshot | None
    said: tuple[Content, Content]
    differences: tuple[Difference, ...] = field(default=())

    @property
    def changed(self) -> list[Difference]:
        """The numbers that differ."""
        return [one for one in self.differences if one.is_change]

    @property
    def is_explained(self) -> bool:
        """Whether every difference is explained to the last unit."""
        return all(one.is_explained for one in self.differences)

    @cached_property
    def changed_texts(self) -> list[str]:
        """Codes of the narrative sections that read otherwise."""
        old, new = (
            {code: one["text"] for code, one in content["texts"].items()} for content in self.said
        )
        return sorted(code for code in old.keys() | new.keys() if old.get(code) != new.get(code))

    def figures(self, code: str) -> tuple[Figure, Figure]:
        """A counted figure before and after."""
        old, new = (figure_of(code, content["figures"][code]) for content in self.said)
        return old, new


def now_of(report: Report, asked: Content) -> Content:
    """What the report would say now, of the indicators that were asked for then."""
    settle_if_due()
    return Gathering(report, asked=asked).content()


def explain(before: Snapshot, after: Snapshot | None = None) -> Explained:
    """Explain what changed since a snapshot of a report, until another one or until now."""
    if before.report is None:
        raise ValueError("Only snapshots of reports are explained.")
    old = content_of(before)
    new = content_of(after) if after else now_of(before.report, old)
    until = after.at if after else timezone.now()
    found = tuple(_Explaining(before.report, old, new, (before.at, until), after is None).found())
    return Explained(before.report, before, after, (old, new), found)


class Step(NamedTuple):
    """What one record did, in one way: pairs of facts before and after."""

    ref: Ref
    kind: Kind
    pairs: list[Pair]


class _Explaining:
    """The work of comparing two contents."""

    def __init__(
        self, report: Report, old: Content, new: Content,
        window: tuple[datetime, datetime], is_now: bool,
    ) -> None:  # fmt: skip
        self.old, self.new = old, new
        self.tracing = Tracing(report, old, new, window, is_now=is_now)
        self.steps = list(self._steps())
        self.amounts = [_amounts(step) for step in self.steps]
        for code in PEOPLE_CODES:
            _add_people(code, self.steps, self.amounts, old["facts"])
        self.tracing.learn(step.ref for step in self.steps)

    # --- Steps ------------------------------------------------------------------------------

    def _steps(self) -> Iterator[Step]:
        """Persons found to be one (or two) first, then record after record."""
        now = {key_of(fact): fact for fact in self.new["facts"]}
        state: dict[Key, Fact] = {key_of(fact): fact for fact in self.old["facts"]}
        joined: set[Key] = set()
        for person, became in self.tracing.same_people():
            pairs: list[Pair] = []
            for key in sorted(
                key for key, fact in state.items() if became.touches(fact, now.get(key))
            ):
                relabelled = became.applied(state[key], now.get(key))
                pairs.append((state[key], relabelled))
                state[key] = relabelled
                joined.add(key)
            if pairs:
                yield Step(Ref("person", person), Kind.MERGED, pairs)
        changed: dict[Key, Pair] = {}
        for key in sorted(state.keys() | now.keys()):
            pair = state.get(key), now.get(key)
            if _weight(pair[0]) != _weight(pair[1]):
                changed[key] = pair
        yield from self._by_record(changed, joined)

    def _by_record(self, changed: dict[Key, Pair], joined: set[Key]) -> Iterator[Step]:
        steps: dict[tuple[Ref, str], Step] = {}
        kinds = self.tracing.kinds(changed, joined)
        for key, pair in changed.items():
            ref, kind = Ref(key[0], key[1]), kinds[key]
            step = steps.setdefault((ref, kind.value), Step(ref, kind, []))
            step.pairs.append(pair)
        yield from (steps[place] for place in sorted(steps))

    # --- Figures ----------------------------------------------------------------------------

    def found(self) -> Iterator[Difference]:
        """The difference of every number that both contents have."""
        old, new = self.old["figures"], self.new["figures"]
        for code in self.old["indicators"]:
            if code not in new or code not in BY_CODE:
                continue
            for part in (VALUE, NUMERATOR, DENOMINATOR):
                if part in old[code]:
                    values = old[code][part], new[code][part]
                    yield Difference(code, part, *values, tuple(self._of(code, part, values)))
        for code in self.old["asked_declared"]:
            if code in self.new["declared"]:
                yield from self._declared(
                    code, self.old["declared"][code], self.new["declared"][code]
                )

    def _of(
        self, code: str, part: str, values: tuple[int | None, int | None]
    ) -> Iterable[Contribution]:
        one = indicator(code)
        if part != VALUE:
            sum_code = one.numerator if part == NUMERATOR else one.denominator
            if sum_code == "population":
                return self._population((values[1] or 0) - (values[0] or 0))
            one = indicator(sum_code)
        if one.code == "solution_fields":
            return self._solution_fields()
        if one.code in REGISTERS:
            return self._register(one.code)
        parts = (one.code,) if one.code in PEOPLE_CODES else one.parts
        return self._of_facts(parts)

    def _of_facts(self, parts: Iterable[str]) -> Iterator[Contribution]:
        parts = tuple(parts)
        for step, amounts in zip(self.steps, self.amounts, strict=True):
            if amount := sum(amounts[part] for part in parts):
                yield self._contribution(step.ref, step.kind, amount, step.pairs)

    def _contribution(
        self,
        ref: Ref,
        kind: Kind,
        amount: int,
        pairs: Iterable[Pair] = (),
    ) -> Contribution:
        rows = dict.fromkeys(
            Ref(fact["grain"], fact["row_id"])
            for pair in pairs for fact in pair
            if fact is not None and fact["grain"] in ("session", "site") and ref.kind != "person"
        )  # fmt: skip
        return Contribution(
            ref, kind, amount, self.tracing.label(ref),
            rows=tuple(self.tracing.label(row) for row in rows),
            is_gone=self.tracing.is_gone(ref), trace=self.tracing.trace(ref, rows),
        )  # fmt: skip

    # --- Registers --------------------------------------------------------------------------

    def _register(self, code: str) -> Iterator[Contribution]:
        old, new = (set(map(int, one["registers"].get(code, ()))) for one in (self.old, self.new))
        yield from self._registered(code, {pk: int(pk in new) - int(pk in old) for pk in old ^ new})

    def _registered(self, code: str, amounts: Mapping[int, int]) -> Iterator[Contribution]:
        refs = {Ref(code, pk): amount for pk, amount in sorted(amounts.items()) if amount}
        self.tracing.learn(refs)
        for ref, amount in refs.items():
            yield self._contribution(ref, Kind.REGISTER, amount)

    def _solution_fields(self) -> Iterator[Contribution]:
        """Different fields, as each solution that came, went or changed its field moves them."""
        old, new = (one["registers"].get("solutions", {}) for one in (self.old, self.new))
        fields = Counter(old.values())
        amounts = {}
        for pk in sorted(old.keys() | new.keys(), key=int):
            before = len(+fields)
            fields.subtract({old[pk]: 1} if pk in old else {})
            fields.update({new[pk]: 1} if pk in new else {})
            amounts[int(pk)] = len(+fields) - before
        return self._registered("solutions", amounts)

    def _population(self, amount: int) -> Iterator[Contribution]:
        """The number of residents: another profile, or one that begins to matter."""
        profile = self.new["population"] or self.old["population"]
        if amount and profile:
            ref = Ref("population", profile["profile"])
            self.tracing.learn([ref])
            yield self._contribution(ref, Kind.REGISTER, amount)

    def _declared(self, code: str, old: Any, new: Any) -> Iterator[Difference]:
        values = [
            {one["id"]: one for one in (amount or {}).get("figures", ())} for amount in (old, new)
        ]
        parts = (VALUE, DENOMINATOR) if DECLARED_BY_CODE[code].is_rate else (VALUE,)
        ids = sorted(values[0].keys() | values[1].keys())
        self.tracing.learn(Ref("declared", pk) for pk in ids)
        for part in parts:
            before, after = ((amount or {}).get(part) for amount in (old, new))
            amounts = {
                pk: (values[1].get(pk, {}).get(part) or 0) - (values[0].get(pk, {}).get(part) or 0)
                for pk in ids
            }
            contributions = tuple(
                self._contribution(Ref("declared", pk), Kind.DECLARED, amount)
                for pk, amount in amounts.items() if amount
            )  # fmt: skip
            yield Difference(code, part, before, after, contributions)


def key_of(fact: Fact) -> Key:
    """What makes a fact the same fact later: its row; of completions also their day."""
    day = fact["day"] if fact["grain"] == DONE else ""
    return fact["source"], fact["source_id"], fact["grain"], fact["row_id"], day


def _weight(fact: Fact | None) -> Any:
    """What a fact gives to figures."""
    return ({}, []) if fact is None else (fact["counts"], fact["people"])


def _amounts(step: Step) -> Counter[str]:
    """What a step adds to every counter."""
    found: Counter[str] = Counter()
    for before, after in step.pairs:
        for name in COUNTERS:
            for fact, sign in ((before, -1), (after, 1)):
                if fact is not None and (number := fact["counts"].get(name)):
                    found[name] += sign * number
    return found


def _add_people(
    code: str, steps: list[Step], amounts: list[Counter[str]], facts: Iterable[Fact]
) -> None:
    """What each step, in its turn, changes in the number of different people."""

    def people(fact: Fact | None) -> Iterable[int]:
        if fact is None or (fact["grain"] == DONE) != (code == "people_completed"):
            return ()
        found: Iterable[int] = fact["people"]
        return found

    present: dict[int, int] = defaultdict(int)
    for fact in facts:
        for person in people(fact):
            present[person] += 1
    for step, found in zip(steps, amounts, strict=True):
        touched: Counter[int] = Counter()
        for before, after in step.pairs:
            touched.update(people(after))
            touched.subtract(people(before))
        for person, number in touched.items():
            was, present[person] = present[person] > 0, present[person] + number
            found[code] += int(present[person] > 0) - int(was)
