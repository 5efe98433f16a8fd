"""What a provincial report is compiled from, as plain values that are kept with the version.

A value is a count, a pair of numerator and denominator, or None where nothing was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone

from campaign.periods import Period
from reporting.indicators import BY_CODE, Kind
from reporting.models import CompiledReport, Report
from reporting.phrases import Phrase
from units.models import Unit

Missing = CompiledReport.Missing
Value = int | tuple[int, int | None] | None
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Part:
    """One unit: where its report stands, what was approved, what its records say now.

    ``state`` is '' for a unit of which no report is asked. ``approved`` comes from the frozen
    report, ``before`` from the period before, both None where there is none.
    """

    unit: int
    name: str
    level: str
    code: str = ""
    report: int | None = None
    state: str = ""
    is_zero: bool = False
    is_former: bool = False
    due_at: str = ""
    handed_in_at: str = ""
    approved_at: str = ""
    snapshot: str = ""
    approved: Values | None = None
    now: Values = field(default_factory=dict)
    cumulative: Values = field(default_factory=dict)
    year_before: Values = field(default_factory=dict)
    before: Values | None = None
    plan: Mapping[str, str] = field(default_factory=dict)
    #: of a commune: its hamlets, and those with an active team
    hamlets: int | None = None
    covered: int | None = None
    #: reports of this template since the year began: asked, handed_in, on_time, approved
    year: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_asked(self) -> bool:
        """Whether the unit owes a report in this cycle."""
        return bool(self.state)

    @property
    def is_approved(self) -> bool:
        """Whether its report is approved, and so frozen."""
        return self.state in Report.FROZEN

    @property
    def is_waiting(self) -> bool:
        """Whether the unit has handed it in and nobody has approved it yet."""
        return self.state == Report.State.SUBMITTED

    @property
    def is_handed_in(self) -> bool:
        """Whether the unit has handed it in; one that was returned since is not missing."""
        return self.state in Report.GIVEN

    @property
    def is_returned(self) -> bool:
        """Whether it was sent back with a question."""
        return self.state == Report.State.RETURNED

    @property
    def is_missing(self) -> bool:
        """Whether a report is asked and not approved."""
        return self.is_asked and not self.is_approved

    @property
    def is_on_time(self) -> bool:
        """Whether it was handed in by its deadline."""
        return bool(self.handed_in_at) and self.handed_in_at <= self.due_at

    @property
    def is_commune(self) -> bool:
        """Whether it is a commune, a ward or a special zone."""
        return self.level == Unit.Level.COMMUNE

    @property
    def changed(self) -> dict[str, tuple[Value, Value]]:
        """{code: (approved, now)} of what records say otherwise since the approval."""
        if not self.is_approved or self.approved is None:
            return {}
        return {
            code: (value, self.now.get(code))
            for code, value in self.approved.items()
            if code in self.now and value != self.now.get(code)
        }


@dataclass(frozen=True)
class Said:
    """What the report says of one unit: its values, and how sure they are."""

    part: Part
    values: Values | None
    #: approved, counted (no report is asked), not_reported, provisional or previous
    how: str


@dataclass(frozen=True)
class Declared:
    """One indicator units declare: in the period, since the year began, a year before."""

    code: str
    value: Value = None
    cumulative: Value = None
    year_before: Value = None
    declared: int = 0
    expected: int = 0


@dataclass(frozen=True)
class Gathered:
    """Everything a version is written from. ``at`` is when the figures were read.

    ``whole`` is the province in the period, ``cumulative`` since the year began, ``year_before``
    the same days of last year; ``own`` the part of each that no unit beneath it recorded.
    """

    at: str
    unit: int
    name: str
    scheme: str
    period: str
    codes: tuple[str, ...]
    whole: Values = field(default_factory=dict)
    cumulative: Values = field(default_factory=dict)
    year_before: Values = field(default_factory=dict)
    plan: Mapping[str, str] = field(default_factory=dict)
    own: Values = field(default_factory=dict)
    own_cumulative: Values = field(default_factory=dict)
    own_year_before: Values = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    declared: tuple[Declared, ...] = ()
    #: the cycle before: its name, and the day it was closed ('' while it is open)
    previous: Mapping[str, str] = field(default_factory=dict)
    #: who writes: superior and issuing body, symbol, place (reporting.documents.official)
    head: Mapping[str, str] = field(default_factory=dict)
    #: {section: [[code of the phrase, its pieces]]}, as reporting.phrases keeps them
    drafts: Mapping[str, list[Any]] = field(default_factory=dict)

    # --- kept as JSON ----------------------------------------------------------------------

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Gathered:
        """The values again."""
        known = {one.name for one in fields(cls)}
        found = {name: value for name, value in kept.items() if name in known}
        found["codes"] = tuple(found["codes"])
        for name in (
            "whole", "cumulative", "year_before", "own", "own_cumulative", "own_year_before",
        ):  # fmt: skip
            found[name] = _values(found[name])
        found["parts"] = tuple(_part(one) for one in found["parts"])
        found["declared"] = tuple(_declared(one) for one in found["declared"])
        return cls(**found)

    @cached_property
    def phrases(self) -> dict[str, list[Phrase]]:
        """The drafted paragraphs of each section."""
        return {
            section: [Phrase.read(pieces, code) for code, pieces in drafted]
            for section, drafted in self.drafts.items()
        }

    # --- asked of it -----------------------------------------------------------------------

    @property
    def days_meant(self) -> Period:
        """The period reported on."""
        return Period.parse(self.period, self.scheme)

    @property
    def additive(self) -> list[str]:
        """The codes that add up over units."""
        return [code for code in self.codes if BY_CODE[code].is_additive]

    @property
    def asked(self) -> list[Part]:
        """The units of which a report is asked."""
        return [part for part in self.parts if part.is_asked]

    @property
    def approved(self) -> list[Part]:
        """The units whose report is approved."""
        return [part for part in self.parts if part.is_approved]

    @property
    def missing(self) -> list[Part]:
        """The units whose report is not approved, in the order of the register."""
        return [part for part in self.parts if part.is_missing]

    @property
    def waiting(self) -> list[Part]:
        """Reports that wait for approval."""
        return [part for part in self.parts if part.is_waiting]

    @property
    def returned(self) -> list[Part]:
        """Reports that were sent back and have not come again."""
        return [part for part in self.parts if part.is_returned]

    @property
    def not_handed_in(self) -> list[Part]:
        """Units that have not handed in."""
        return [part for part in self.asked if not part.is_handed_in]

    @property
    def changed(self) -> list[Part]:
        """Units whose records say something else than their approved report."""
        return [part for part in self.parts if part.changed]

    def said(self, rule: str) -> list[Said]:
        """What is said of each unit under a rule for those that are missing."""
        return [one for part in self.parts if (one := said_of(part, rule)) is not None]

    def adds_up(self) -> dict[str, tuple[int, int]]:
        """{code: (province, units and own together)} of what does not agree; empty is good."""
        wrong = {}
        for code in self.additive:
            whole = count_of(self.whole.get(code))
            parts = self.sum_of_units(code) + count_of(self.own.get(code))
            if whole != parts:
                wrong[code] = (whole, parts)
        return wrong

    def sum_of_units(self, code: str) -> int:
        """What the records of all units say together."""
        return sum(count_of(part.now.get(code)) for part in self.parts)

    def overlap(self, code: str = "people") -> int | None:
        """How many times people were met again in another unit: units together less the province."""
        if code not in self.whole or self.whole[code] is None:
            return None
        together = self.sum_of_units(code) + count_of(self.own.get(code))
        return together - count_of(self.whole[code])


def said_of(part: Part, rule: str) -> Said | None:
    """What the report says of one unit; None where the rule leaves it out."""
    if part.is_approved:
        return Said(part, part.now if part.approved is None else part.approved, "approved")
    if not part.is_asked:
        return Said(part, part.now, "counted")
    if rule == Missing.LEFT_OUT:
        return None
    if rule == Missing.PROVISIONAL:
        return Said(part, part.now, "provisional")
    if rule == Missing.PREVIOUS and part.before is not None:
        return Said(part, part.before, "previous")
    return Said(part, None, "not_reported")


def count_of(value: Value) -> int:
    """A count for adding up: nothing recorded adds nothing."""
    return value if isinstance(value, int) else 0


def shown(code: str, value: Value) -> Decimal | int | None:
    """The number people read: the count, or the ratio per 100 or per 1,000."""
    if not isinstance(value, tuple):
        return value
    above, below = value
    return Decimal(above) * BY_CODE[code].per / Decimal(below) if below else None


def share(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """Part of whole in percent; None where one is unknown or there is nothing to divide by."""
    if part is None or not whole:
        return None
    return Decimal(part) * 100 / Decimal(whole)


def is_distinct(code: str) -> bool:
    """Whether the number counts each person once, so that units do not add up."""
    return BY_CODE[code].kind is Kind.DISTINCT


def moment_of(kept: str) -> datetime | None:
    """A kept moment, in Vietnam's time."""
    return timezone.localtime(datetime.fromisoformat(kept)) if kept else None


def _values(kept: Mapping[str, Any] | None) -> dict[str, Value]:
    return {code: _value(value) for code, value in (kept or {}).items()}


def _value(kept: Any) -> Value:
    return tuple(kept) if isinstance(kept, list) else kept


def _part(kept: Mapping[str, Any]) -> Part:
    known = {one.name for one in fields(Part)}
    found = {name: value for name, value in kept.items() if name in known}
    for name in ("now", "cumulative", "year_before", "approved", "before"):
        if found.get(name) is not None:
            found[name] = _values(found[name])
    return Part(**found)


def _declared(kept: Mapping[str, Any]) -> Declared:
    found = dict(kept)
    for name in ("value", "cumulative", "year_before"):
        found[name] = _value(found.get(name))
    return Declared(**found)
