"""Units by periods: who was on time, late or missing, as words in coloured cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reporting.cycles.standing import (
    APPROVED,
    PERIODS_BACK,
    RETURNED,
    Round,
    Standing,
    earlier,
    past_reports,
)
from reporting.models import Report, ReportingCycle
from units.models import Unit


@dataclass(frozen=True)
class Cell:
    """One unit in one period: a colour, a word, and a sentence."""

    css: str
    text: str
    words: str
    url: str = ""


NOTHING_OWED = Cell("m0", "", "")


@dataclass(frozen=True)
class Row:
    """One unit in all periods."""

    unit: Unit
    cells: list[Cell]
    on_time: int
    due: int


class Matrix:
    """The last periods of a template, the oldest first."""

    def __init__(self, cycle_round: Round) -> None:
        self.round, self.now = cycle_round, cycle_round.now
        before = earlier(cycle_round.cycle, cycle_round.access)[: PERIODS_BACK - 1]
        self.cycles: list[ReportingCycle] = [*reversed(before), cycle_round.cycle]
        self._past = {
            (report.unit_id, report.cycle_id): report
            for report in past_reports(before, cycle_round.access, level=cycle_round.level)
        }

    def rows(self) -> Iterator[Row]:
        """A row for each unit that owes the report of this cycle."""
        for standing in self.round.standings:
            reports = [self._past.get((standing.unit.pk, cycle.pk)) for cycle in self.cycles[:-1]]
            own = [*reports, standing.report]
            due = [report for report in own if report and is_due(report, self.now)]
            on_time = sum(late_by(report, self.now) is None for report in due)
            cells = [cell_of(report, self.now) for report in own]
            yield Row(standing.unit, cells, on_time, len(due))


def is_due(report: Report, now: datetime) -> bool:
    """Whether anything can be said of it: it came, or it should have."""
    return report.due_at < now or report.first_submitted_at is not None


def late_by(report: Report, now: datetime) -> timedelta | None:
    """By how much it was late, or is by now; nothing when it was on time."""
    standing = Standing(report, now, now)
    if not standing.is_late:
        return None
    at = report.first_submitted_at if standing.is_submitted else now
    return (at or now) - report.due_at


def cell_of(report: Report | None, now: datetime) -> Cell:
    """What one cell says."""
    if report is None:
        return NOTHING_OWED
    url = report.get_absolute_url()
    late = late_by(report, now)
    if late is None:
        return _in_time(report, now, url)
    days = _days(late)
    amount = ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    if not Standing(report, now, now).is_submitted:
        return Cell("m4", _("missing"), _("Missing for %(days)s") % {"days": amount}, url)
    return Cell(
        "m3" if days > 3 else "m2",
        _("+%(count)s d") % {"count": days},
        _("Late by %(days)s") % {"days": amount},
        url,
    )


def _in_time(report: Report, now: datetime, url: str) -> Cell:
    if report.first_submitted_at is None or report.state not in (
        *APPROVED, *RETURNED, Report.State.SUBMITTED,
    ):  # fmt: skip
        return Cell("m5", _("not due"), _("Not due yet"), url)
    day = f"{timezone.localtime(report.first_submitted_at):%d/%m}"
    words = _("On time, %(day)s") % {"day": day}
    if report.state in RETURNED:
        return Cell("m6", _("returned"), _("Returned for correction"), url)
    return Cell("m1", day, words, url)


def _days(late: timedelta) -> int:
    return max(1, -(-late // timedelta(days=1)))
