"""What units may declare: official names, units of measure, and how the figures add up."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import lazystr
from django.utils.translation import get_language

from campaign.portal.figures import num, pct

_FILE = Path(__file__).parents[1] / "data" / "declared_indicators.csv"


@dataclass(frozen=True)
class DeclaredIndicator:
    """One indicator that is declared.

    A rate is declared as numerator and denominator, so that it can be worked out for many units
    together. What ``adds_up`` over time (a flow) is the sum of its months; the rest (a stock) is
    what was declared last. ``levels`` are the levels of the units that are expected to declare.
    ``group`` is the field of a unit's profile that says how many there can be at most.
    """

    code: str
    names: dict[str, str]
    measures: dict[str, str]
    is_rate: bool
    adds_up: bool
    levels: tuple[str, ...]
    group: str
    values: dict[str, str]
    bases: dict[str, str]
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The official name, in the reader's language."""
        return _in_language(self.names)

    @property
    def measure(self) -> str:
        """The unit of measure."""
        return _in_language(self.measures)

    @property
    def value_name(self) -> str:
        """What the numerator of a rate counts."""
        return _in_language(self.values)

    @property
    def base_name(self) -> str:
        """What the denominator of a rate counts."""
        return _in_language(self.bases)

    def in_words(self, value: int, denominator: int | None) -> str:
        """An amount as people read it: "1.234 accounts", "98,5% (1.970/2.000)"."""
        if not self.is_rate or not denominator:
            return f"{num(value)} {self.measure}"
        return f"{pct(100 * value / denominator)} ({num(value)}/{num(denominator)})"

    def __str__(self) -> str:
        return self.name


def _in_language(names: dict[str, str]) -> str:
    return names["en" if get_language() == "en" else "vi"]


def _read() -> tuple[DeclaredIndicator, ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            DeclaredIndicator(
                code=row["code"],
                names={"vi": row["name_vi"], "en": row["name_en"]},
                measures={"vi": row["measure_vi"], "en": row["measure_en"]},
                is_rate=bool(row["is_rate"]),
                adds_up=bool(row["adds_up"]),
                levels=tuple(row["levels"].split("|")),
                group=row["group"],
                values={"vi": row["value_vi"], "en": row["value_en"]},
                bases={"vi": row["base_vi"], "en": row["base_en"]},
                words=tuple(filter(None, row["words"].split("|"))),
            )
            for row in csv.DictReader(file)
        )


DECLARED = _read()
DECLARED_BY_CODE = {indicator.code: indicator for indicator in DECLARED}


def choices() -> list[tuple[str, Any]]:
    """(code, name) of what can be declared, in the order of the official list."""
    return [(indicator.code, lazystr(indicator)) for indicator in DECLARED]
