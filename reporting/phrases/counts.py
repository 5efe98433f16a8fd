"""Placeholders that are one number: what is counted, of whom, when, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from campaign.periods import Period
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.indicators import BY_CODE, Indicator
from reporting.phrases import wording
from reporting.phrases.asks import Answer, Ask, Frame, Of, Where
from reporting.phrases.phrase import Number, Segment, Text
from reporting.phrases.told import Known, Telling, Told, rows_url


class Days(StrEnum):
    """Which days a number is about."""

    PERIOD = "period"
    CUMULATIVE = "cumulative"
    BEFORE = "previous"
    YEAR_BEFORE = "last_year"
    AS_OF = "as_of"


class Round(StrEnum):
    """How exactly a count is written."""

    EXACT = "exact"
    OVER = "over"
    ABOUT = "about"


class Reads(StrEnum):
    """Which part of an answer is the number."""

    VALUE = "value"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    PERCENT = "percent"
    #: how many of the units beneath have nothing, or something
    WITHOUT = "without"
    WITH = "with"
    #: how many items there are
    ITEMS = "items"


@dataclass(frozen=True)
class Count:
    """One number of a sentence."""

    of: Of
    code: str
    reads: Reads = Reads.VALUE
    by: str = ""
    where: Where = ()
    days: Days = Days.PERIOD
    day: date | None = None
    round: Round = Round.EXACT
    step: int = 0
    #: compared with the days before: "up 12.5%"
    against: Days | None = None
    #: as a share of another number of the same question
    share_of: str = ""
    #: singular and plural of what is counted
    words: tuple[str, str] | None = None
    #: the names behind the number instead, at most so many
    names: int = 0
    shows_day: bool = False

    # --- What it asks -------------------------------------------------------------------

    def ask(self, frame: Frame, days: Days | None = None) -> Ask:
        """The question of this number in some days."""
        period = _days(frame, days or self.days, self.day)
        is_below = self.of is Of.BENEATH
        by = self.by or (frame.below if self.of in (Of.BENEATH, Of.COVERED) else "")
        axis = frame.axis_of(by) if is_below else frame.axis
        return Ask(self.of, self.code, frame.unit, period, axis, self.where, by)

    def asks(self, frame: Frame) -> Sequence[Ask]:
        """Everything this number has to know."""
        found = [self.ask(frame)]
        if self.against:
            found.append(self.ask(frame, self.against))
        if self.share_of:
            found.append(self.whole.ask(frame))
        if self.round is not Round.EXACT and self.of is Of.FIGURE:
            found.append(replace(found[0], of=Of.BOUND))
        return found

    @property
    def whole(self) -> Count:
        """What it is a share of."""
        return Count(self.of, self.share_of, days=self.days, day=self.day)

    # --- What it says -------------------------------------------------------------------

    def tell(self, telling: Telling) -> Told:
        """The number as a piece of text that knows where it is from."""
        ask = self.ask(telling.frame)
        answer = telling.answer(ask)
        value = self.value_of(answer)
        if self.names:
            return self._names(telling, ask, answer)
        if self.against:
            return self._moved(telling, ask, value)
        if self.share_of:
            value = self._share(telling, value)
        if value is None:
            return Told((Text(wording.no_figure()),), Known.NOTHING_RECORDED)
        shown = self._number(telling, ask, answer, value, self._written(telling, ask, value))
        return Told((shown, *self._after(telling, value)), self._known(telling.frame, value))

    def _known(self, frame: Frame, value: Decimal) -> Known:
        is_same = self.days is Days.CUMULATIVE and frame.cumulative == frame.period
        return Known.ZERO if not value else Known.REPEATED if is_same else Known.YES

    def value_of(self, answer: Answer) -> Decimal | None:
        """The number in an answer; None where nothing is known."""
        number: int | Decimal | None
        if self.reads in (Reads.WITH, Reads.WITHOUT):
            number = len(_reported(answer, self.reads is Reads.WITH)) if answer.items else None
        elif self.reads is Reads.ITEMS:
            number = answer.value
        elif self.reads is Reads.PERCENT:
            number = None if answer.ratio is None else answer.ratio * self.per
        else:
            number = getattr(answer, self.reads.value)
        return None if number is None else Decimal(number)

    @property
    def rate(self) -> Indicator | None:
        """The counted rate this number is, if it is one: it has its own base and sign."""
        return BY_CODE[self.code] if self.of is Of.FIGURE else None

    @property
    def per(self) -> int:
        """What a ratio is shown per."""
        return self.rate.per if self.rate else 100

    @property
    def sign(self) -> str:
        """The sign behind the number."""
        if self.share_of:
            return "%"
        if self.reads is not Reads.PERCENT:
            return ""
        return self.rate.unit_sign if self.rate else "%"

    def _share(self, telling: Telling, value: Decimal | None) -> Decimal | None:
        whole = self.whole.value_of(telling.answer(self.whole.ask(telling.frame)))
        return None if value is None or not whole else 100 * value / whole

    def _written(self, telling: Telling, ask: Ask, value: Decimal) -> str:
        if self.round is Round.EXACT or self.sign:
            return wording.plain(value, self.sign)
        is_bound = bool(telling.answer(replace(ask, of=Of.BOUND)).value)
        say = wording.over if self.round is Round.OVER else wording.about
        return say(int(value), is_bound=is_bound, step=self.step)

    def _after(self, telling: Telling, value: Decimal) -> list[Segment]:
        found: list[Segment] = []
        if self.words:
            found.append(Text(" " + self.words[0 if value == 1 else 1]))
        if self.shows_day:
            day = min(self.day or telling.frame.cutoff, telling.frame.on)
            found.append(Text(" " + wording.as_of(day)))
        return found

    def _moved(self, telling: Telling, ask: Ask, value: Decimal | None) -> Told:
        before = self.value_of(telling.answer(self.ask(telling.frame, self.against)))
        if value is None or not before:
            return Told((Text(wording.no_figure()),), Known.NOTHING_RECORDED)
        words, change = wording.moved(value, before)
        answer = telling.answer(ask)
        return Told((self._number(telling, ask, answer, change, words),), Known.YES)

    def _names(self, telling: Telling, ask: Ask, answer: Answer) -> Told:
        items = answer.items
        if self.reads in (Reads.WITH, Reads.WITHOUT):
            items = _reported(answer, self.reads is Reads.WITH)
        if not items:
            return Told((), Known.ZERO if answer.items else Known.NOTHING_RECORDED)
        total = int(self.value_of(answer) or len(items))
        shown: list[Segment] = [
            Text(wording.unit_name(item.name(telling.language), ask.by, telling.language), item.url)
            for item in items[: self.names]
        ]
        if total > len(shown):
            shown.append(Text(wording.others(total - len(shown))))
        return Told(tuple(wording.listed([[one] for one in shown])), Known.YES)

    def _number(
        self, telling: Telling, ask: Ask, answer: Answer, value: Decimal, shown: str
    ) -> Number:  # fmt: skip
        return Number(
            shown, self.code, ask.unit, ask.period.code, dict(ask.where), value, ask.key,
            rows_url(ask, answer.words) or answer.words.get("url", ""),
        )  # fmt: skip


def _reported(answer: Answer, has: bool) -> tuple:  # type: ignore[type-arg]
    return tuple(item for item in answer.items if bool(item.value) == has)


def _days(frame: Frame, days: Days, day: date | None) -> Period:
    if days is Days.AS_OF and day:
        return Period.between(day, day, frame.period.scheme)
    return {
        Days.CUMULATIVE: frame.cumulative, Days.BEFORE: frame.before,
        Days.YEAR_BEFORE: frame.year_before,
    }.get(days, frame.period)  # fmt: skip


def figure(code: str) -> Count:
    """A counted or declared indicator by its code."""
    if code in BY_CODE:
        reads = Reads.PERCENT if BY_CODE[code].is_ratio else Reads.VALUE
        return Count(Of.FIGURE, code, reads)
    is_rate = DECLARED_BY_CODE[code].is_rate
    return Count(Of.DECLARED, code, Reads.PERCENT if is_rate else Reads.VALUE)
