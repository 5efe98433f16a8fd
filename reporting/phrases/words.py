"""Placeholders that are words: the period, the unit, the cut-off; and where people must write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaign.periods import Kind, Period
from reporting.phrases import wording
from reporting.phrases.asks import Ask, Frame, Of
from reporting.phrases.phrase import Prompt, Text
from reporting.phrases.told import Known, Telling, Told, unit_url


def _label(period: Period) -> str:
    """A period inside a sentence: quý III/2025; English says a year by its number."""
    if period.kind is Kind.YEAR and get_language() == "en":
        return str(period.year)
    return wording.lowered(str(period.label))


def _previous(telling: Telling) -> str:
    frame = telling.frame
    label = _label(frame.period.previous())
    return _("the same days of %(period)s") % {"period": label} if frame.is_running else label


def _unit(telling: Telling) -> str:
    return wording.unit_name(telling.frame.name, telling.frame.level, telling.language)


WORDS: Mapping[str, Callable[[Telling], str]] = {
    "period": lambda telling: _label(telling.frame.period),
    "previous_period": _previous,
    "next_period": lambda telling: _label(telling.frame.period.next()),
    "same_period_last_year": lambda telling: _label(telling.frame.period.same_last_year()),
    "year": lambda telling: str(telling.frame.cumulative.end.year),
    "dates": lambda telling: telling.frame.period.dates_label,
    "cutoff": lambda telling: f"{telling.frame.cutoff:%d/%m/%Y}",
    "year_start": lambda telling: f"{telling.frame.cumulative.start:%d/%m/%Y}",
    "unit": _unit,
    "whole": lambda telling: wording.whole(telling.frame.kind, telling.frame.level),
    "none": lambda telling: wording.none(telling.is_zero),
}
"""What can be said of a frame, by the name of the placeholder."""


@dataclass(frozen=True)
class Word:
    """Words about the frame."""

    name: str

    def asks(self, frame: Frame) -> Sequence[Ask]:
        """Nothing has to be read."""
        return ()

    def tell(self, telling: Telling) -> Told:
        """The words; a unit's name leads to its figures."""
        text = WORDS[self.name](telling)
        frame = telling.frame
        url = unit_url(frame.unit, frame.level, frame.period) if self.name == "unit" else ""
        return Told((Text(text, url),))


@dataclass(frozen=True)
class Write:
    """A place people fill themselves; the portal only says what belongs there."""

    hint: str

    def asks(self, frame: Frame) -> Sequence[Ask]:
        """Nothing has to be read."""
        return ()

    def tell(self, telling: Telling) -> Told:
        """The hint, marked as one."""
        return Told((Prompt(self.hint),))


@dataclass(frozen=True)
class RankWord:
    """By what, or as of which day, others ranked the unit."""

    name: str

    def asks(self, frame: Frame) -> Sequence[Ask]:
        """The ranking."""
        return [Ask(Of.RANK, "rank", frame.unit, frame.period, frame.axis)]

    def tell(self, telling: Telling) -> Told:
        """The words of the ranking; unknown where nobody ranked the unit."""
        words = telling.answer(self.asks(telling.frame)[0]).words
        text = words.get(self.name) or words.get(f"{self.name}_{telling.language}", "")
        return Told((Text(text),), Known.WORDS if text else Known.NOTHING_RECORDED)
