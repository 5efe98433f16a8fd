"""The board of one cycle: counters, columns, and who waits for whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from campaign.periods import ONE_DAY
from reporting.cycles.curve import Curve
from reporting.cycles.standing import APPROVED, RETURNED, WAITING, Round, Standing
from reporting.cycles.turns import Turn
from reporting.quality.rates import Rate, rates_by, reports_of

SHOWN = 8
"""Cards of a column that are seen at once."""

CHIPS = 44
"""Approved units that are seen at once."""


@dataclass
class Column:
    """Reports in one state of affairs."""

    key: str
    title: str
    css: str
    rows: list[Standing]
    shown: int = SHOWN
    is_hot: bool = False

    @property
    def first(self) -> list[Standing]:
        """What is seen at once."""
        return self.rows[: self.shown] if len(self.rows) > self.shown + 1 else self.rows

    @property
    def rest(self) -> list[Standing]:
        """What one click shows."""
        return self.rows[len(self.first) :]


@dataclass(frozen=True)
class Blocked:
    """Reports that wait for the same kind of person."""

    turn: Turn
    count: int
    longest: int
    units: list[Standing] = field(default_factory=list)


class Board:
    """What the board of one cycle says."""

    def __init__(self, cycle_round: Round) -> None:
        self.round = cycle_round
        self.cycle = cycle_round.cycle
        self.now = cycle_round.now
        self.rows = cycle_round.standings

    # --- counters -------------------------------------------------------------------------

    @cached_property
    def whole(self) -> int:
        """How many reports are owed."""
        return len(self.rows)

    @cached_property
    def submitted(self) -> int:
        """How many units have submitted."""
        return sum(row.is_submitted for row in self.rows)

    @cached_property
    def on_time(self) -> int:
        """How many did so by their deadline."""
        return sum(row.is_on_time for row in self.rows)

    @cached_property
    def approved(self) -> int:
        """How many reports are approved."""
        return sum(row.report.state in APPROVED for row in self.rows)

    @cached_property
    def overdue(self) -> int:
        """How many should be in and are not."""
        return sum(row.is_overdue for row in self.rows)

    @property
    def is_past_due(self) -> bool:
        """Whether the deadline has passed."""
        return self.cycle.due_at < self.now

    @property
    def is_running(self) -> bool:
        """Whether the period itself still runs."""
        return self.today <= self.cycle.ends_on

    @property
    def today(self) -> date:
        """The day in Vietnam."""
        return timezone.localtime(self.now).date()

    @property
    def due_on(self) -> date:
        """The day of the deadline."""
        return timezone.localtime(self.cycle.due_at).date()

    @property
    def days_to_due(self) -> int:
        """Days until the deadline, or since it, as a negative number."""
        return (self.due_on - self.today).days

    @property
    def days_past_due(self) -> int:
        """Days since the deadline."""
        return -self.days_to_due

    # --- the curve ------------------------------------------------------------------------

    @cached_property
    def curve(self) -> Curve | None:
        """How reports came in; nothing before the first day on which they could."""
        days = sorted(
            timezone.localtime(row.report.first_submitted_at).date()
            for row in self.rows
            if row.is_submitted and row.report.first_submitted_at
        )
        first = self.cycle.ends_on + ONE_DAY
        if self.today < first and not days:
            return None
        return Curve.of(
            days, whole=self.whole, first=first, due=self.due_on, today=max(self.today, first)
        )

    # --- columns --------------------------------------------------------------------------

    @cached_property
    def columns(self) -> list[Column]:
        """Not submitted, waiting, returned, approved."""
        missing = sorted((row for row in self.rows if not row.is_submitted), key=_most_behind_first)
        waiting = sorted(
            (row for row in self.rows if row.report.state in WAITING),
            key=lambda row: (-row.report.warnings, row.report.submitted_at or self.now),
        )
        returned = sorted(
            (row for row in self.rows if row.report.state in RETURNED),
            key=lambda row: (row.report.since, row.unit.sort_key),
        )
        approved = [row for row in self.rows if row.report.state in APPROVED]
        is_hot = self.is_past_due and all(row.is_overdue for row in missing)
        title = _("Overdue, not submitted") if is_hot else _("Not submitted yet")
        return [
            Column("missing", title, "k-err", missing, is_hot=is_hot),
            Column("waiting", _("Waiting for approval"), "k-act", waiting),
            Column("returned", _("Returned for correction"), "k-gold", returned),
            Column("approved", _("Approved"), "k-ok", approved, shown=CHIPS),
        ]

    @cached_property
    def without_warnings(self) -> list[Standing]:
        """Reports that may be approved together."""
        return [row for row in self.rows if row.report.state in WAITING and not row.report.warnings]

    @cached_property
    def chronic(self) -> set[int]:
        """Overdue reports of units that were late before as well: chosen when the board opens."""
        return {row.report.pk for row in self.rows if row.is_overdue and row.late_in_a_row > 1}

    @cached_property
    def reminded_at(self) -> datetime | None:
        """When anybody was reminded last."""
        return max((row.reminded_at for row in self.rows if row.reminded_at), default=None)

    @cached_property
    def rate(self) -> Rate:
        """Completeness and timeliness of this report over a year, of the units shown."""
        rows = reports_of(self.round.access, now=self.now).filter(
            cycle__template=self.cycle.template_id
        )
        if self.round.level:
            rows = rows.filter(unit__level=self.round.level)
        return sum(rates_by(rows, "cycle__template", now=self.now).values(), Rate())

    # --- who blocks whom ------------------------------------------------------------------

    @cached_property
    def blocked(self) -> list[Blocked]:
        """For whom reports wait, how many, and the longest wait in days."""
        counts = Counter(row.turn for row in self.rows)
        found = []
        for turn in (Turn.OFFICER, Turn.LEADER, Turn.FOCAL):
            if not counts[turn]:
                continue
            waits = [row.waiting or 0 for row in self.rows if row.turn == turn]
            found.append(Blocked(turn, counts[turn], max(waits)))
        return found


def _most_behind_first(row: Standing) -> tuple[Any, ...]:
    share = row.done / row.parts if row.parts else 0
    return (not row.is_overdue, -row.late_in_a_row, share, row.unit.sort_key)
