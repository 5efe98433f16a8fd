"""Placeholders that are several numbers: units in order, changes, shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from reporting.indicators import indicator
from reporting.phrases import wording
from reporting.phrases.asks import Ask, Frame, Item, Of
from reporting.phrases.counts import figure
from reporting.phrases.phrase import Number, Segment, Text
from reporting.phrases.told import Known, Telling, Told, rows_url

NOTHING = Told((), Known.NOTHING_RECORDED)
WATCHED = ("attendances", "classes_and_support", "communications", "communication_reach",
           "team_members", "models")  # fmt: skip
"""The figures of which the one that changed most is told."""


@dataclass(frozen=True)
class Ranked:
    """The units beneath with the largest (or smallest) figure: "xã An Hoà (1.234), ..."."""

    code: str
    most: int = 3
    by: str = ""
    is_least: bool = False

    def ask(self, frame: Frame) -> Ask:
        """The figure of each unit beneath."""
        by = self.by or frame.below
        return Ask(Of.BENEATH, self.code, frame.unit, frame.period, frame.axis_of(by), (), by)

    def asks(self, frame: Frame) -> Sequence[Ask]:
        """One question."""
        return [self.ask(frame)]

    def tell(self, telling: Telling) -> Told:
        """Units and their numbers; units without a figure are not in it."""
        ask = self.ask(telling.frame)
        items = [item for item in telling.answer(ask).items if item.value]
        items.sort(key=lambda item: item.value or 0, reverse=not self.is_least)
        if not items:
            return NOTHING
        pieces = [
            [*named(telling, ask, item), of_item(ask, item, wording.plain(item.value or 0)), CLOSE]
            for item in items[: self.most]
        ]
        return Told(tuple(wording.listed(pieces)), Known.YES)


@dataclass(frozen=True)
class Risen:
    """The unit beneath whose figure rose (or fell) most against the period before."""

    code: str
    by: str = ""
    is_fall: bool = False

    def asks(self, frame: Frame) -> Sequence[Ask]:
        """The figures of both periods."""
        now = Ranked(self.code, by=self.by).ask(frame)
        return [now, replace(now, period=frame.before)]

    def tell(self, telling: Telling) -> Told:
        """The unit, and from what to what."""
        now, before = self.asks(telling.frame)
        were = {item.key: item for item in telling.answer(before).items}
        changes = [
            ((item.value - old.value) * (-1 if self.is_fall else 1), item, old)
            for item in telling.answer(now).items
            if item.value is not None and (old := were.get(item.key)) and old.value is not None
        ]
        best = max(changes, key=lambda change: change[0], default=None)
        if best is None or best[0] <= 0:
            return NOTHING
        _by, item, old = best
        return Told(
            (*named(telling, now, item), *_change(now, before, item, old), CLOSE), Known.YES
        )


@dataclass(frozen=True)
class Largest:
    """Of the unit's own figures the one that changed most against the period before."""

    def asks(self, frame: Frame) -> Sequence[Ask]:
        """The figures of both periods."""
        now = [figure(code).ask(frame) for code in WATCHED]
        return [*now, *(replace(ask, period=frame.before) for ask in now)]

    def tell(self, telling: Telling) -> Told:
        """The name of the figure, by how much, from what to what."""
        asks = self.asks(telling.frame)
        changes = []
        for now, before in zip(asks[: len(WATCHED)], asks[len(WATCHED) :], strict=True):
            value, old = telling.answer(now).value, telling.answer(before).value
            if value is not None and old:
                changes.append((abs(Decimal(value - old) / old), now, before, value, old))
        best = max(changes, key=lambda change: change[0], default=None)
        if best is None or not best[0]:
            return NOTHING
        _by, now, before, value, old = best
        words, change = wording.moved(value, old)
        label = wording.lowered(str(indicator(now.code).label))
        return Told(
            (
                Text(f"{label} "), counted(now, words, change), Text(" ("),
                *_change(now, before, Item("", {}, value), Item("", {}, old)), CLOSE,
            ),
            Known.YES,
        )  # fmt: skip


@dataclass(frozen=True)
class Shares:
    """The largest parts of a figure by a dimension: "học sinh 45,2%, người dân 30%"."""

    code: str
    dim: str
    most: int = 3

    def asks(self, frame: Frame) -> Sequence[Ask]:
        """One question."""
        return [Ask(Of.PARTS, self.code, frame.unit, frame.period, frame.axis, (), self.dim)]

    def tell(self, telling: Telling) -> Told:
        """Names and percentages of the whole; what is unknown counts in the whole only."""
        (ask,) = self.asks(telling.frame)
        items = telling.answer(ask).items
        total = sum(item.value or 0 for item in items)
        known = sorted(
            (item for item in items if item.key and item.value),
            key=lambda item: item.value or 0, reverse=True,
        )  # fmt: skip
        if not total or not known:
            return NOTHING
        pieces: list[list[Segment]] = []
        for item in known[: self.most]:
            share = Decimal(100) * (item.value or 0) / total
            name = Text(wording.lowered(item.name(telling.language)) + " ")
            pieces.append([name, of_item(ask, item, wording.plain(round(share, 1), "%"), share)])
        return Told(tuple(wording.listed(pieces)), Known.YES)


CLOSE = Text(")")


def named(telling: Telling, ask: Ask, item: Item) -> list[Segment]:
    """A unit's name and the bracket its number stands in."""
    name = wording.unit_name(item.name(telling.language), ask.by, telling.language)
    return [Text(name, item.url), Text(" (")]


def of_item(ask: Ask, item: Item, shown: str, value: Decimal | None = None) -> Number:
    """The number of one line of an answer: of the unit it names, or of the part."""
    if ask.of is Of.PARTS:
        asked = replace(ask, where=((ask.by, item.names.get("code", item.key)),))
        url = rows_url(asked, {ask.by: item.key})
    else:
        asked = replace(ask, of=Of.FIGURE, unit=int(item.key), by="")
        url = rows_url(asked, {})
    exact = Decimal(item.value or 0) if value is None else value
    return Number(
        shown, ask.code, asked.unit, ask.period.code, dict(asked.where), exact, ask.key, url
    )


def counted(ask: Ask, shown: str, value: Decimal) -> Number:
    """A number of the unit itself."""
    return Number(shown, ask.code, ask.unit, ask.period.code, {}, value, ask.key, rows_url(ask, {}))


def _change(now: Ask, before: Ask, item: Item, old: Item) -> list[Segment]:
    """ "from 30 up to 150", both numbers leading to their rows."""
    value, was = item.value or 0, old.value or 0
    start, middle = wording.from_to(value, was)
    first, second = wording.plain(was), wording.plain(value)
    if not item.key:
        numbers = counted(before, first, Decimal(was)), counted(now, second, Decimal(value))
    else:
        numbers = of_item(before, old, first), of_item(now, item, second)
    return [Text(start), numbers[0], Text(middle), numbers[1]]
