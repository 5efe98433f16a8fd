"""What a target can be set for: counted and declared indicators, told of in one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.functional import lazystr
from django.utils.translation import gettext as _

from reporting.declared.indicators import DECLARED, DECLARED_BY_CODE, DeclaredIndicator
from reporting.indicators import ALL, BY_CODE, Dim, Group, Indicator, Kind


@dataclass(frozen=True)
class Measure:
    """One indicator of either register, with what targets need to know of it."""

    code: str
    kind: Kind
    counted: Indicator | None = None
    declared: DeclaredIndicator | None = None

    @property
    def name(self) -> str:
        """What it is called, in the reader's language."""
        return str(self.counted.label if self.counted else self.declared)

    @property
    def noun(self) -> str:
        """What is counted: attendances, accounts."""
        if self.counted:
            return str(self.counted.noun)
        return self.declared.measure if self.declared else ""

    @property
    def is_ratio(self) -> bool:
        """Whether it is one sum divided by another."""
        return self.kind is Kind.RATIO

    @property
    def per(self) -> int:
        """What a ratio is told by: 100 for percent, 1,000 for per mille."""
        return (self.counted.per if self.counted else 100) if self.is_ratio else 1

    @property
    def sign(self) -> str:
        """The sign behind a ratio."""
        return {100: "%", 1000: "‰"}.get(self.per, "")

    @property
    def has_audience(self) -> bool:
        """Whether it is kept by audience."""
        return self.counted is not None and Dim.AUDIENCE in self.counted.dims

    @property
    def names(self) -> Sequence[str]:
        """Every way to write it, for files."""
        if self.declared:
            return (*self.declared.names.values(), *self.declared.words)
        return tuple(_in_both_languages(self.code))

    def __str__(self) -> str:
        return self.name


@cache
def _in_both_languages(code: str) -> list[str]:
    found = []
    for language in ("vi", "en"):
        with translation.override(language):
            found.append(str(BY_CODE[code].label))
    return found


def _kind_of(indicator: DeclaredIndicator) -> Kind:
    if indicator.is_rate:
        return Kind.RATIO
    return Kind.FLOW if indicator.adds_up else Kind.STOCK


MEASURES: dict[str, Measure] = {
    **{one.code: Measure(one.code, one.kind, counted=one) for one in ALL},
    **{one.code: Measure(one.code, _kind_of(one), declared=one) for one in DECLARED},
}


def measure(code: str) -> Measure:
    """The measure with this code; KeyError on a code that never existed."""
    return MEASURES[code]


def is_declared(code: str) -> bool:
    """Whether units declare it, instead of the portal counting it."""
    return code in DECLARED_BY_CODE


def choices() -> list[tuple[str, Any]]:
    """(code, name) of everything a target can be set for, counted first."""
    return [(code, lazystr(one)) for code, one in MEASURES.items()]


def grouped_choices() -> list[tuple[Any, Any]]:
    """The same in the groups of the campaign, declared ones last."""
    found: list[tuple[Any, Any]] = [
        (group.label, [(one.code, one.label) for one in ALL if one.group == group])
        for group in Group
    ]
    return [*found, (_("Declared by units"), [(one.code, one.name) for one in DECLARED])]


assert not BY_CODE.keys() & DECLARED_BY_CODE.keys(), "one code, one meaning"  # noqa: S101
