"""Who blocks whom: whose turn a report was at every moment of its life, and for how long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reporting.models import Report, ReportEvent

State = Report.State
Action = ReportEvent.Action


class Turn(models.TextChoices):
    """Who has to do the next step."""

    PERIOD = "period", _("Nobody: the period runs")
    OFFICER = "officer", _("Unit's officer")
    LEADER = "leader", _("Unit's leader")
    FOCAL = "focal", _("Focal agency")
    DONE = "done", _("Nobody: it is approved")


TURN_OF: dict[str, Turn] = {
    State.OPEN: Turn.OFFICER,
    State.DRAFT: Turn.OFFICER,
    State.RETURNED: Turn.OFFICER,
    State.PROPOSED: Turn.LEADER,
    State.SUBMITTED: Turn.FOCAL,
    State.APPROVED: Turn.DONE,
    State.LOCKED: Turn.DONE,
}

#: states by whose turn it is
STATES_OF: dict[str, list[str]] = {
    turn: [state for state, whose in TURN_OF.items() if whose == turn] for turn in Turn
}

#: steps after which it is somebody else's turn
HANDS_OVER = (
    Action.OPENED, Action.PROPOSED, Action.SUBMITTED, Action.WITHDRAWN, Action.RETURNED,
    Action.APPROVED, Action.REOPENED,
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A stretch of time in which it was somebody's turn."""

    turn: Turn
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.end - self.start


def stages(events: Iterable[ReportEvent], cut_off: datetime, until: datetime) -> list[Stage]:
    """The life of a report in stretches without gaps, from its opening until a moment.

    Before the cut-off it is nobody's fault that a unit has not handed in: the period runs.
    """
    steps = sorted(events, key=lambda event: (event.at, event.pk or 0))
    found: list[Stage] = []
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        start, end = step.at, max(step.at, following.at if following else until)
        turn = TURN_OF[step.after]
        if turn == Turn.OFFICER and step.after != State.RETURNED and start < cut_off:
            found.append(Stage(Turn.PERIOD, start, min(end, cut_off)))
            start = min(end, cut_off)
        if end > start or turn != Turn.OFFICER:
            found.append(Stage(turn, start, end))
    return _joined(found)


def _joined(found: list[Stage]) -> list[Stage]:
    joined: list[Stage] = []
    for stage in found:
        if joined and joined[-1].turn == stage.turn:
            joined[-1] = Stage(stage.turn, joined[-1].start, stage.end)
        else:
            joined.append(stage)
    return joined


def durations(found: Iterable[Stage]) -> dict[Turn, timedelta]:
    """How long it was whose turn altogether; the parts add up to the whole exactly."""
    total: dict[Turn, timedelta] = {}
    for stage in found:
        total[stage.turn] = total.get(stage.turn, timedelta()) + stage.length
    return total


def turn_since() -> models.Subquery:
    """When a report came to whose turn it is now, for an annotation."""
    handed = ReportEvent.objects.filter(report=models.OuterRef("pk"), action__in=HANDS_OVER)
    return models.Subquery(handed.order_by("-at", "-pk").values("at")[:1])


def turn_of(report: Any, cut_off: datetime, now: datetime) -> Turn:
    """Whose turn a report is now."""
    turn = TURN_OF[report.state]
    if turn == Turn.OFFICER and report.state != State.RETURNED and now < cut_off:
        return Turn.PERIOD
    return turn


def days_waiting(
    report: Any, cut_off: datetime, now: datetime, since: datetime | None
) -> int | None:
    """For how many days it has been somebody's turn; nothing while it is nobody's."""
    turn = turn_of(report, cut_off, now)
    if turn in (Turn.PERIOD, Turn.DONE):
        return None
    start = since or report.since
    if turn == Turn.OFFICER and report.state != State.RETURNED:
        start = max(start, cut_off)
    return max(0, (_day(now) - _day(start)).days)


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
