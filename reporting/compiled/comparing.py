"""Two versions side by side: which figures, which reports and which passages are not the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from campaign.portal.figures import delta, num
from reporting.compiled.content import Gathered, Value, shown
from reporting.compiled.versions import Version
from reporting.indicators import BY_CODE
from reporting.models import Report


@dataclass(frozen=True)
class FigureChange:
    """One figure of the province in two versions."""

    label: str
    before: str
    after: str
    change: str


@dataclass(frozen=True)
class UnitChange:
    """One unit whose report stands elsewhere, or says something else."""

    name: str
    before: str
    after: str
    figures: tuple[FigureChange, ...] = ()


@dataclass(frozen=True)
class Piece:
    """Some words of a passage: the same, taken out, or put in."""

    text: str
    kind: str


@dataclass(frozen=True)
class TextChange:
    """One passage in two versions, piece by piece."""

    title: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Comparison:
    """Everything that is not the same in two versions."""

    figures: tuple[FigureChange, ...]
    units: tuple[UnitChange, ...]
    texts: tuple[TextChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the versions say the same."""
        return not (self.figures or self.units or self.texts)


def compare(before: Version, after: Version) -> Comparison:
    """What changed from one version to another."""
    old, new = before.gathered, after.gathered
    return Comparison(
        tuple(_figures(old.whole, new.whole, new.codes)), tuple(_units(old, new)),
        tuple(_texts(before, after)),
    )  # fmt: skip


def _figures(before: Any, after: Any, codes: Sequence[str]) -> Iterator[FigureChange]:
    for code in codes:
        old, new = before.get(code), after.get(code)
        if old == new:
            continue
        one, other = shown(code, old), shown(code, new)
        gap = None if one is None or other is None else other - one
        digits = 1 if BY_CODE[code].is_ratio else 0
        yield FigureChange(
            str(BY_CODE[code].label), _written(code, old), _written(code, new), delta(gap, digits)
        )


def _written(code: str, value: Value) -> str:
    return num(shown(code, value), 1 if BY_CODE[code].is_ratio else 0)


def _units(before: Gathered, after: Gathered) -> Iterator[UnitChange]:
    known = {part.unit: part for part in before.parts}
    for part in after.parts:
        old = known.get(part.unit)
        was = old.state if old else ""
        figures = tuple(
            _figures(old.approved, part.approved, after.codes)
            if old and old.approved is not None and part.approved is not None
            else ()
        )
        if was != part.state or figures:
            yield UnitChange(part.name, _state(was), _state(part.state), figures)


def _state(state: str) -> str:
    return str(Report.State(state).label) if state else _("No report is asked")


def _texts(before: Version, after: Version) -> Iterator[TextChange]:
    old = {section.code: section.text for section in before.written.sections}
    for section in after.written.sections:
        text = old.get(section.code, "")
        if text != section.text:
            yield TextChange(f"{section.code}. {section.title}", tuple(pieces(text, section.text)))


def pieces(before: str, after: str) -> Iterator[Piece]:
    """Two texts as one: words that stayed, words that went, words that came."""
    old, new = _words(before), _words(after)
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece("".join(new[k:m]), "same")
            continue
        if i < j:
            yield Piece("".join(old[i:j]), "out")
        if k < m:
            yield Piece("".join(new[k:m]), "in")


def _words(text: str) -> list[str]:
    """Words with the space behind them; every line ends a word of its own."""
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        found += [f"{word} " for word in line.split()]
        found.append("\n")
    return found
