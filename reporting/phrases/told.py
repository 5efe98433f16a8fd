"""What a placeholder says, and whether it had anything to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol
from urllib.parse import urlencode

from django.urls import reverse

from campaign.periods import Period, Scheme
from reporting.indicators import BY_CODE
from reporting.phrases.asks import UNKNOWN, Answer, Ask, Frame, Of
from reporting.phrases.phrase import Segment


class Known(IntEnum):
    """How much a placeholder knows; a part stands only where everything in it is known."""

    #: words that say nothing about numbers
    WORDS = 0
    NOTHING_RECORDED = 1
    ZERO = 2
    YES = 3
    #: known, but the same number as without its filter: a part says it only when it is new
    REPEATED = 4


@dataclass(frozen=True)
class Told:
    """The pieces of one placeholder."""

    segments: tuple[Segment, ...]
    known: Known = Known.WORDS


@dataclass(frozen=True)
class Telling:
    """One rendering: about whom, in which language, out of which answers."""

    frame: Frame
    answers: Mapping[str, Answer]
    language: str
    #: in a sentence said instead: whether the numbers are a known zero
    is_zero: bool = False

    def answer(self, ask: Ask) -> Answer:
        """What a question was answered; a question nobody answered is unknown."""
        return self.answers.get(ask.key, UNKNOWN)


class Slot(Protocol):
    """A placeholder that was understood."""

    def asks(self, frame: Frame) -> Sequence[Ask]:
        """What it has to know."""
        ...

    def tell(self, telling: Telling) -> Told:
        """What it says."""
        ...


def address(period: Period) -> str:
    """A period in an address: by its days where the portal may keep another scheme."""
    if period.scheme == Scheme.ADMIN:
        return period.code
    return Period.between(period.start, period.end).code


def rows_url(ask: Ask, words: Mapping[str, str]) -> str:
    """The page with the records behind a number; '' where no page lists exactly those.

    ``words`` are the rows of the vocabulary that conditions name: {dimension: id}.
    """
    if ask.of not in (Of.FIGURE, Of.PARTS) or ask.code not in BY_CODE:
        return ""
    asked = {"unit": str(ask.unit), "period": address(ask.period), "axis": ask.axis}
    others = [(dim, word) for dim, word in ask.where if dim != "audience"]
    if len(others) > 1:
        return ""
    for dim, word in ask.where:
        if dim == "audience":
            asked["audience"] = word
    for dim, word in others:
        asked |= {"by": dim, "key": words.get(dim, word)}
    return f"{reverse('rows', args=[ask.code])}?{urlencode(asked)}"


def unit_url(unit: int, level: str, period: Period) -> str:
    """The page of a unit's figures."""
    name = "dashboard_of" if level == "province" else "unit_dashboard"
    return f"{reverse(name, args=[unit])}?{urlencode({'period': address(period)})}"
