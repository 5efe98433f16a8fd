"""A frozen report as people read it, years later too: every name comes from the frozen text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaign.periods import Period
from campaign.portal.figures import NOTHING, num
from reporting.closing.recount import Content, figure_of
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.figures.answers import Figure
from reporting.figures.breakdowns import CHOICES
from reporting.indicators import BY_CODE, Dim, Group, Indicator
from reporting.targets.measures import measure


@dataclass(frozen=True)
class Line:
    """One counted figure, and by what it is broken down: (dimension, [(value, number)])."""

    indicator: Indicator
    figure: Figure
    parts: list[tuple[str, list[tuple[str, int]]]]

    @property
    def shown(self) -> str:
        """The number people read."""
        return shown(self.figure)

    @property
    def sums(self) -> str:
        """The two sums of a ratio."""
        if not self.indicator.is_ratio or self.figure.numerator is None:
            return ""
        return f"{num(self.figure.numerator)} / {num(self.figure.denominator)}"


@dataclass(frozen=True)
class DeclaredLine:
    """One declared figure, with where it is from."""

    name: str
    shown: str
    sources: list[str]


def shown(figure: Figure) -> str:
    """A figure as people read it: a count, or a ratio with its sign; a dash for nothing."""
    if figure.shown is None:
        return NOTHING
    if figure.indicator.is_ratio:
        return f"{num(figure.shown, 1)}{figure.indicator.unit_sign}"
    return num(figure.shown)


class Frozen:
    """What one snapshot of a report says."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.names: Mapping[str, Any] = content["names"]
        self.asked: Mapping[str, Any] = self.names["asked"]

    @property
    def unit_name(self) -> str:
        """The unit's name at the time."""
        return str(self.names["units"][str(self.content["unit"]["id"])][1])

    @property
    def template_name(self) -> str:
        """The name of the report at the time."""
        return str(self._in_language(self.asked["name_vi"], self.asked["name_en"]))

    @cached_property
    def period(self) -> Period:
        """The period it is about."""
        return Period.parse(self.asked["period"], self.asked["scheme"])

    @property
    def cut_off(self) -> date:
        """The last day that counts."""
        return date.fromisoformat(self.content["days"][1])

    @property
    def due_at(self) -> datetime:
        """When it had to be in."""
        return datetime.fromisoformat(self.asked["due_at"])

    @property
    def is_zero(self) -> bool:
        """Whether the unit said that nothing happened."""
        return bool(self.content["is_zero"])

    @property
    def title(self) -> str:
        """Report, unit and period in one line."""
        return f"{self.template_name} · {self.unit_name}"

    def _in_language(self, vietnamese: str, english: str) -> str:
        return english if get_language() == "en" and english else vietnamese

    # --- Figures ----------------------------------------------------------------------------

    @cached_property
    def groups(self) -> list[tuple[str, list[Line]]]:
        """The counted figures by part of the campaign."""
        found = (
            (group, [one for one in self.lines if one.indicator.group == group]) for group in Group
        )
        return [(str(group.label), lines) for group, lines in found if lines]

    @cached_property
    def lines(self) -> list[Line]:
        """The counted figures, in the order of the report."""
        return [
            Line(BY_CODE[code], figure_of(code, self.content["figures"][code]), self._parts(code))
            for code in self.content["indicators"] if code in BY_CODE
        ]  # fmt: skip

    def _parts(self, code: str) -> list[tuple[str, list[tuple[str, int]]]]:
        kept = self.content["breakdowns"].get(code, {})
        return [
            (str(dim.label), [(self.word(dim, key), n) for key, n in _ordered(dim, kept[dim.value])])
            for dim in BY_CODE[code].dims if kept.get(dim.value)
        ]  # fmt: skip

    def word(self, dim: Dim, key: str) -> str:
        """What a value of a dimension was called."""
        if not key:
            return _("Unknown")
        if choices := CHOICES.get(dim):
            return str(dict(choices.choices).get(key, key))
        known = self.names["words"].get(dim.value, {}).get(key)
        return self._in_language(known[1], known[2]) if known else f"#{key}"

    @property
    def declared(self) -> list[DeclaredLine]:
        """The declared figures, in the order of the report."""
        found = []
        for code in self.content["asked_declared"]:
            about, kept = DECLARED_BY_CODE[code], self.content["declared"].get(code)
            sources = [
                " · ".join(filter(None, (one["source"], one["note"])))
                for one in (kept or {}).get("figures", ())
            ]
            words = about.in_words(kept["value"], kept["denominator"]) if kept else NOTHING
            found.append(DeclaredLine(about.name, words, sources))
        return found

    @property
    def targets(self) -> list[tuple[str, str, str]]:
        """What was to be reached at the time: (indicator, period, target)."""
        found = []
        for one in self.content["targets"]:
            value = num(one["value"], 0 if one["value"].endswith(".00") else 1)
            sign = "" if one["basis"] == "number" else "%"
            label = Period.parse(one["period"], one["scheme"]).label
            found.append((str(measure(one["indicator"]).name), str(label), value + sign))
        return found

    # --- Words ------------------------------------------------------------------------------

    @property
    def texts(self) -> Iterator[tuple[str, str, str]]:
        """The narrative: (code, heading, text) of every section, in order."""
        for code, (_position, vietnamese, english) in sorted(
            self.names["sections"].items(), key=lambda item: item[1][0]
        ):
            text = self.content["texts"].get(code, {}).get("text", "")
            yield code, self._in_language(vietnamese, english), text

    @property
    def answers(self) -> Iterator[tuple[str, str]]:
        """The answers to the questions of a request."""
        for pk, (_position, kind, label) in sorted(
            self.names["questions"].items(), key=lambda item: (item[1][0], int(item[0]))
        ):
            kept = self.content["answers"].get(pk, {})
            yield label, _answer(kind, kept.get("number"), kept.get("text", ""))

    @property
    def explanations(self) -> list[tuple[str, str]]:
        """The unit's sentences on warnings: (what about, sentence)."""
        found = []
        for key, sentence in sorted(self.content["explanations"].items()):
            code = key.partition(":")[2]
            about = BY_CODE[code].label if code in BY_CODE else DECLARED_BY_CODE.get(code, "")
            found.append((str(about), sentence))
        return found


def _answer(kind: str, number: int | None, text: str) -> str:
    if kind == "number":
        return num(number)
    if kind == "yes_no" and text:
        return _("Yes") if text == "yes" else _("No")
    if kind == "date" and text:
        return date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT")
    return text or NOTHING


def _ordered(dim: Dim, numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    """The values of a dimension as people list them; unknown comes last."""
    choices = CHOICES.get(dim)
    places = {str(value): place for place, value in enumerate(choices.values)} if choices else {}
    return sorted(numbers.items(), key=lambda item: (not item[0], places.get(item[0], -item[1])))
