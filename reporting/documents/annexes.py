"""Statistical annexes of a report: what stands in them, and what adds up.

An ``Annex`` becomes one sheet of the workbook that ``write_annexes`` makes::

    classes = Measure("classes", "Số lớp đã tổ chức", "lớp", meaning="…")
    Annex(
        form="01/BDHVS", head=letterhead, title="Kết quả tổ chức lớp học",
        period="Tháng 6/2026 (từ 15/05/2026 đến 14/06/2026)",
        measures=(classes,),
        groups=(AnnexGroup((AnnexUnit("Xã An Hòa", {"classes": Figures(120, 30, 95, 80)}), …)),),
        total={"classes": Figures(12_240, 3_011, 9_870, 8_400)},
    )

Totals and percentages are formulas whose shown values are the portal's numbers. Where a total is
not the sum of its rows (distinct people, a row that somebody left out) the number stands there as
it is, and a note says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from reporting.documents.official import Letterhead, Signature

Adding = Literal["sum", "distinct", "rate"]
Place = Literal["first", "last"]


@dataclass(frozen=True)
class Ratio:
    """A rate by its two parts, which add up over units though rates do not."""

    numerator: int | Decimal
    denominator: int | Decimal

    @property
    def value(self) -> Decimal | None:
        """The rate, 0.853 for 85,3%; nothing where there is nothing to divide by."""
        if not self.denominator:
            return None
        return Decimal(self.numerator) / Decimal(self.denominator)


Value = int | float | Decimal | Ratio | None


@dataclass(frozen=True)
class Figures:
    """The year's plan, the period, since the start of the year, the same time last year.

    None is no data, 0 a real zero; the rate of a measure in per cent is 0.853, or a Ratio.
    """

    plan: Value = None
    in_period: Value = None
    cumulative: Value = None
    last_year: Value = None
    note: str = ""

    @property
    def values(self) -> tuple[Value, Value, Value, Value]:
        """In the order of the columns."""
        return self.plan, self.in_period, self.cumulative, self.last_year


NO_FIGURES = Figures()


@dataclass(frozen=True)
class Measure:
    """One indicator of a form, and whether its figures add up over units.

    ``adds``: "sum" over units; "distinct" people never add up; a "rate" divides sums.
    """

    code: str
    label: str
    unit: str
    adds: Adding = "sum"
    decimals: int = 0
    meaning: str = ""

    @property
    def number_format(self) -> str:
        """How Excel shows it; the reader's own settings choose points and commas."""
        if self.adds == "rate":
            return "0.0%"
        return f"#,##0.{'0' * self.decimals}" if self.decimals else "#,##0"


ByMeasure = Mapping[str, Figures]


@dataclass(frozen=True)
class Part:
    """A line under "Trong đó:": the same figures for women, for one audience, for one kind."""

    name: str
    figures: ByMeasure


@dataclass(frozen=True)
class AnnexUnit:
    """The lines of one unit: one for each measure, in the order of the form."""

    name: str
    figures: ByMeasure = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    is_missing: bool = False
    code: str = ""


@dataclass(frozen=True)
class AnnexGroup:
    """Some units, in their official order; with a title, the group has lines of its own."""

    units: tuple[AnnexUnit, ...]
    title: str = ""
    total: ByMeasure = field(default_factory=dict)


@dataclass(frozen=True)
class Annex:
    """One form: who, what, when, its measures, its units, and the portal's own totals."""

    form: str
    head: Letterhead
    title: str
    period: str
    measures: tuple[Measure, ...]
    groups: tuple[AnnexGroup, ...]
    total: ByMeasure
    total_parts: tuple[Part, ...] = ()
    total_at: Place = "first"
    unit_line: str = ""
    signature: Signature | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def units(self) -> list[AnnexUnit]:
        """All units, group after group."""
        return [unit for group in self.groups for unit in group.units]

    @property
    def missing_units(self) -> list[str]:
        """Who has not reported."""
        return [unit.name for unit in self.units if unit.is_missing]


def number_of(value: Value) -> Decimal | None:
    """A figure as a number, whatever it was handed over as."""
    if value is None:
        return None
    if isinstance(value, Ratio):
        return value.value
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def share(part: Value, whole: Value) -> Decimal | None:
    """What a percentage column shows: nothing where there is no base."""
    above, below = number_of(part), number_of(whole)
    if above is None or not below:
        return None
    return above / below


def summed(values: Sequence[Value]) -> Value:
    """What the rows of a column come to: sums add, rates divide sums, nothing stays nothing."""
    given = [value for value in values if value is not None]
    if not given:
        return None
    ratios = [value for value in given if isinstance(value, Ratio)]
    if len(ratios) == len(given):
        return Ratio(sum(r.numerator for r in ratios), sum(r.denominator for r in ratios))
    return sum((number_of(value) or Decimal(0) for value in given), Decimal(0))


def adds_up(measure: Measure, values: Sequence[Value], total: Value) -> bool:
    """Whether a total may be written as the sum of its rows."""
    if measure.adds == "distinct":
        return False
    sums = summed(values)
    if measure.adds == "rate":
        only_ratios = all(value is None or isinstance(value, Ratio) for value in values)
        return only_ratios and isinstance(total, Ratio) and sums == total
    return number_of(sums) == number_of(total)
