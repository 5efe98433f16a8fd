"""What a sentence asks of the figures, and what it is answered: plain values that can be frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from campaign.periods import Kind as PeriodKind
from campaign.periods import Period, today
from reporting.lens import OWNER, PLACE
from units.models import Unit

Where = tuple[tuple[str, str], ...]


class Of(StrEnum):
    """What kind of answer is asked for."""

    #: a figure of the unit
    FIGURE = "figure"
    #: whether a record behind the figure says "at least"
    BOUND = "bound"
    #: the figure of each unit beneath
    BENEATH = "beneath"
    #: the figure by the values of a dimension
    PARTS = "parts"
    #: what the unit declared
    DECLARED = "declared"
    #: the target of the year the period ends in, and what was reached of it
    TARGET = "target"
    #: units beneath with an active team, out of all of them
    COVERED = "covered"
    #: active teams no class and no activity of the period was held by
    QUIET = "quiet"
    #: the place others gave the unit
    RANK = "rank"
    #: the population of the unit by its latest profile
    POPULATION = "population"
    #: the former units it was formed of
    FORMER = "former"


@dataclass(frozen=True)
class Ask:
    """One question: of which unit, in which period, under which conditions (words by code)."""

    of: Of
    code: str
    unit: int
    period: Period
    axis: str
    where: Where = ()
    #: the level of the units beneath, or the dimension of the parts
    by: str = ""

    @property
    def key(self) -> str:
        """The question as text: the same in a report, in its snapshot and in a stored sentence."""
        days = f"{self.period.scheme}:{self.period.code}"
        parts = [self.of.value, self.code, str(self.unit), days, self.axis, self.by]
        conditions = ",".join(f"{dim}={word}" for dim, word in self.where)
        return "/".join([*parts, conditions]).rstrip("/")


@dataclass(frozen=True)
class Item:
    """One line of an answer: a unit, a team, an audience; its names by language."""

    key: str
    names: Mapping[str, str]
    value: int | None = None
    url: str = ""

    def name(self, language: str) -> str:
        """The name in a language; what has one name only has it in every language."""
        return self.names.get(language) or self.names["vi"]


@dataclass(frozen=True)
class Answer:
    """What is known: None is "nothing recorded", never zero."""

    value: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    items: tuple[Item, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def ratio(self) -> Decimal | None:
        """Numerator by denominator; None where there is nothing to divide by."""
        if self.numerator is None or not self.denominator:
            return None
        return Decimal(self.numerator) / Decimal(self.denominator)

    def frozen(self) -> dict[str, Any]:
        """The answer as JSON; what is not there is left out."""
        kept: dict[str, Any] = {
            name: number
            for name in ("value", "numerator", "denominator")
            if (number := getattr(self, name)) is not None
        }
        if self.items:
            kept["items"] = [
                [item.key, dict(item.names), item.value, item.url] for item in self.items
            ]
        if self.words:
            kept["words"] = dict(self.words)
        return kept

    @classmethod
    def thawed(cls, kept: Mapping[str, Any]) -> Answer:
        """The answer again."""
        return cls(
            kept.get("value"), kept.get("numerator"), kept.get("denominator"),
            tuple(Item(*item) for item in kept.get("items", ())), dict(kept.get("words", {})),
        )  # fmt: skip


UNKNOWN = Answer()


@dataclass(frozen=True)
class Frame:
    """About whom and when sentences speak: one unit, one period, one axis."""

    unit: int
    name: str
    level: str
    kind: str
    period: Period
    axis: str
    #: the day the sentences are written: while the period runs, figures are up to it
    on: date

    @classmethod
    def of(
        cls, unit: Unit, period: Period, axis: str = OWNER, on: date | None = None
    ) -> Frame:  # fmt: skip
        """The frame of a unit's report: by default what the unit and all beneath it organised."""
        names = unit.pk, unit.name, str(unit.level), str(unit.kind)
        return cls(*names, period, axis, on or today())

    def frozen(self) -> dict[str, str]:
        """The frame as JSON, for a snapshot."""
        days = {"scheme": str(self.period.scheme), "period": self.period.code}
        names = {"unit": str(self.unit), "name": self.name, "level": self.level, "kind": self.kind}
        return names | days | {"axis": self.axis, "on": self.on.isoformat()}

    @classmethod
    def thawed(cls, kept: Mapping[str, str]) -> Frame:
        """The frame again."""
        period = Period.parse(kept["period"], kept["scheme"])
        names = int(kept["unit"]), kept["name"], kept["level"], kept["kind"]
        return cls(*names, period, kept["axis"], date.fromisoformat(kept["on"]))

    @property
    def cutoff(self) -> date:
        """The last day whose records count."""
        return min(self.period.end, self.on)

    @property
    def is_running(self) -> bool:
        """Whether the period was not over on the day of writing."""
        return self.period.start <= self.on < self.period.end

    @property
    def before(self) -> Period:
        """What the period is compared with: the one before; while it runs, as many days of it."""
        return self._as_far(self.period.previous())

    @property
    def year_before(self) -> Period:
        """The same period of last year; while it runs, as many days of it."""
        return self._as_far(self.period.same_last_year())

    def _as_far(self, other: Period) -> Period:
        if not self.is_running:
            return other
        end = min(other.start + (self.on - self.period.start), other.end)
        return Period.between(other.start, end, other.scheme)

    @property
    def cumulative(self) -> Period:
        """From the first day of the period's year to its last: a whole period where there is one."""
        year = Period.containing(self.period.end, PeriodKind.YEAR, self.period.scheme)
        for kind in (PeriodKind.YEAR, PeriodKind.NINE, PeriodKind.HALF, PeriodKind.QUARTER,
                     PeriodKind.MONTH):  # fmt: skip
            whole = Period.of(kind, year.year, scheme=year.scheme)
            if whole.end == self.period.end:
                return whole
        return Period.between(year.start, self.period.end, year.scheme)

    @property
    def below(self) -> str:
        """The level of the units one compares: communes of a province, hamlets, schools."""
        return {
            Unit.Level.PROVINCE: Unit.Level.COMMUNE, Unit.Level.COMMUNE: Unit.Level.HAMLET,
        }.get(Unit.Level(self.level), Unit.Level.ORGANISATION).value  # fmt: skip

    def axis_of(self, level: str) -> str:
        """Communes and hamlets are compared by what happens in them, whoever organises it."""
        return PLACE if level in (Unit.Level.COMMUNE, Unit.Level.HAMLET) else self.axis
