"""Stuck reports: not handed in after the cut-off, waiting at an approver, returned and left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.working_days import working_days_between
from reporting.models import Reminder, Report

State = Report.State
Why = Reminder.Why
STOPS_AFTER = timedelta(days=60)
"""For so long after its deadline a missing report is told daily; then it stands on the board only."""

NOT_HANDED_IN = (State.OPEN, State.DRAFT)


class Whose(StrEnum):
    """Who has to do the next step."""

    OFFICER = "officer"
    LEADER = "leader"
    FOCAL = "focal"
    #: officers did not, so their leader hears of it too
    UNIT = "unit"


#: whose turn a report is in a state
TURNS: dict[str, Whose] = {
    State.OPEN: Whose.OFFICER,
    State.DRAFT: Whose.OFFICER,
    State.RETURNED: Whose.OFFICER,
    State.PROPOSED: Whose.LEADER,
    State.SUBMITTED: Whose.FOCAL,
}


@dataclass(frozen=True)
class Stuck:
    """One report that does not move: why, at whom, for how many days."""

    report: Report
    why: str
    whose: Whose
    days: int = 0

    @property
    def url(self) -> str:
        """Where the next step is done."""
        return self.report.get_absolute_url()

    @property
    def sentence(self) -> str:
        """What is the matter, in the language in use."""
        words = {
            "report": self.report.cycle, "unit": self.report.unit.name, "days": self.days,
            "day": f"{_day(self.report.due_at):%d/%m/%Y}",
        }  # fmt: skip
        return _words(self) % words


def _words(stuck: Stuck) -> str:
    if stuck.why == Why.OVERDUE:
        return ngettext(
            "%(unit)s: %(report)s is %(days)s day overdue (deadline %(day)s).",
            "%(unit)s: %(report)s is %(days)s days overdue (deadline %(day)s).",
            stuck.days,
        )
    if stuck.why == Why.WAITING:
        return ngettext(
            "%(unit)s: %(report)s has waited for you for %(days)s day.",
            "%(unit)s: %(report)s has waited for you for %(days)s days.",
            stuck.days,
        )
    if stuck.why == Why.RETURNED:
        return ngettext(
            "%(unit)s: %(report)s was returned %(days)s day ago and is still to be put right.",
            "%(unit)s: %(report)s was returned %(days)s days ago and is still to be put right.",
            stuck.days,
        )
    return _("%(unit)s: %(report)s is to be handed in by %(day)s.")


def why_stuck(report: Report, now: datetime, touched: datetime | None = None) -> Stuck | None:
    """Why a report is stuck, and at whom; None while it moves.

    ``touched`` is when somebody last wrote in it.
    """
    today = _day(now)
    if report.state == State.SUBMITTED:
        return _waiting(report, today, Whose.FOCAL)
    if report.state == State.RETURNED:
        last = max(report.since, touched or report.since)
        is_idle = working_days_between(_day(last), today) > 0
        days = (today - _day(report.since)).days
        return Stuck(report, Why.RETURNED, Whose.OFFICER, days) if is_idle else None
    if report.state not in (*NOT_HANDED_IN, State.PROPOSED) or report.cycle.ends_on >= today:
        return None
    if report.due_at < now:
        if now - report.due_at > STOPS_AFTER:
            return None
        whose = Whose.LEADER if report.state == State.PROPOSED else Whose.UNIT
        return Stuck(report, Why.OVERDUE, whose, max((today - _day(report.due_at)).days, 1))
    if report.state == State.PROPOSED:
        return _waiting(report, today, Whose.LEADER)
    return Stuck(report, Why.DRAFT, Whose.OFFICER)


def _waiting(report: Report, today: date, whose: Whose) -> Stuck | None:
    days = (today - _day(report.since)).days
    return Stuck(report, Why.WAITING, whose, days) if days > 0 else None


def by_hand(report: Report, now: datetime) -> Stuck | None:
    """What a person who reminds by hand would say of a report; None for what is handed in."""
    if report.state not in (*NOT_HANDED_IN, State.PROPOSED, State.RETURNED):
        return None
    days = (_day(now) - _day(report.since)).days
    whose = TURNS[report.state]
    if report.state == State.RETURNED:
        return Stuck(report, Why.RETURNED, whose, days)
    if report.due_at < now:
        whose = Whose.UNIT if whose is Whose.OFFICER else whose
        return Stuck(report, Why.OVERDUE, whose, max((_day(now) - _day(report.due_at)).days, 1))
    return Stuck(report, Why.WAITING if whose is Whose.LEADER else Why.DRAFT, whose, days)


def is_closed(report: Report, day: date) -> bool:
    """Whether the unit does not exist on a day: nobody is left to answer."""
    unit = report.unit
    return bool(
        (unit.valid_to and unit.valid_to < day) or (unit.valid_from and unit.valid_from > day)
    )


def open_reports() -> QuerySet[Report]:
    """Reports that somebody still has to do something about, of the whole system."""
    return (
        Report.unscoped.filter(
            state__in=TURNS, cycle__closed_at__isnull=True, cycle__template__is_active=True
        )
        .select_related("unit", "cycle__template")
        .annotate(text_at=Max("texts__updated_at"), answer_at=Max("answers__updated_at"))
        .order_by("due_at", "cycle_id", "unit__sort_key", "pk")
    )


def stuck_on(now: datetime) -> list[Stuck]:
    """Every stuck report of units that exist, the earliest deadline first."""
    today = _day(now)
    after_cut_off = Q(cycle__ends_on__lt=today) | Q(state__in=[State.SUBMITTED, State.RETURNED])
    reports: Iterable[Report] = open_reports().filter(after_cut_off)
    found = []
    for report in reports:
        if is_closed(report, today):
            continue
        written = [at for at in (report.text_at, report.answer_at) if at]  # type: ignore[attr-defined]
        stuck = why_stuck(report, now, max(written, default=None))
        if stuck is not None:
            found.append(stuck)
    return found


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
