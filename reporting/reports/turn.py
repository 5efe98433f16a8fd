"""Whose turn a report is, what the reader may do with it, and the one next step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.portal.access import Access
from reporting.models import Report
from reporting.reports import flow

State = Report.State

#: the way of a report, as the page draws it: label, and the states in which that part is now
WAY = (
    (gettext_lazy("Unit enters"), (State.OPEN, State.DRAFT, State.RETURNED)),
    (gettext_lazy("Leader submits"), (State.PROPOSED,)),
    (gettext_lazy("Focal agency checks"), (State.SUBMITTED,)),
    (gettext_lazy("Approved"), (State.APPROVED, State.LOCKED)),
)


@dataclass(frozen=True)
class Button:
    """One step somebody may take from here."""

    step: str
    label: Any
    icon: str


@dataclass
class Turn:
    """One report, and what one person has to do with it now."""

    report: Report
    access: Access
    now: datetime = field(default_factory=timezone.now, kw_only=True)

    # --- who and when -------------------------------------------------------------------------

    @cached_property
    def is_of_unit(self) -> bool:
        """Whether the reader fills this report."""
        return self.access.report.covers(self.report.unit.path)

    @cached_property
    def signs(self) -> bool:
        """Whether the reader submits in the name of the unit."""
        return self.access.sign.covers(self.report.unit.path)

    @cached_property
    def reviews(self) -> bool:
        """Whether the reader checks and approves."""
        return self.access.review.covers(self.report.unit.path)

    @cached_property
    def may_write(self) -> bool:
        """Whether the boxes are boxes."""
        return self.is_of_unit and self.report.state in Report.WRITABLE

    @cached_property
    def needs_leader(self) -> bool:
        """Whether the unit's leader submits."""
        return flow.needs_leader(self.report)

    @property
    def is_overdue(self) -> bool:
        """Whether the deadline has passed and the unit has not handed in."""
        return self.report.due_at < self.now and self.report.state not in Report.HANDED_IN

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The way of the report and where it is on it."""
        way = [part for part in WAY if self.needs_leader or part[1] != (State.PROPOSED,)]
        here = next(n for n, part in enumerate(way) if self.report.state in part[1])
        is_done = self.report.state in Report.FROZEN
        return [
            {"label": label, "done": n < here or is_done, "current": n == here and not is_done}
            for n, (label, _states) in enumerate(way)
        ]

    @property
    def sentence(self) -> str:
        """Who must do what by when."""
        report = self.report
        words = {
            "unit": report.unit.name,
            "due": moment(report.due_at),
            "since": moment(report.since),
            "who": ", ".join(one.full_name for one in flow.signers(report)[:2])
            if report.state == State.PROPOSED
            else "",
        }
        if report.state in (State.OPEN, State.DRAFT):
            if self.is_overdue:
                return _("It was due at %(due)s. %(unit)s still has to hand it in.") % words
            if self.needs_leader:
                return _("The officer of %(unit)s hands it to the leader; due at %(due)s.") % words
            return _("The officer of %(unit)s submits it; due at %(due)s.") % words
        return {
            State.PROPOSED: _("%(who)s submits it; due at %(due)s. It waits since %(since)s."),
            State.SUBMITTED: _("The focal agency checks it. It waits since %(since)s."),
            State.RETURNED: _("%(unit)s answers the question and submits it again."),
            State.APPROVED: _("Nothing is left to do. What it says was frozen at %(since)s."),
            State.LOCKED: _(
                "Nothing is left to do. The provincial report was locked at %(since)s."
            ),
        }[State(report.state)] % words

    @property
    def names(self) -> str:
        """Who submitted, and in whose name."""
        report = self.report
        if report.submitted_by is None or report.submitted_at is None:
            return ""
        words = {"who": report.submitted_by.full_name, "at": moment(report.submitted_at)}
        if report.on_behalf_of is None:
            return _("Submitted by %(who)s, %(at)s") % words
        words["whom"] = report.on_behalf_of.full_name
        return _("Submitted by %(who)s on behalf of %(whom)s, %(at)s") % words

    @property
    def may_comment(self) -> bool:
        """Whether the reader may write a remark."""
        return self.is_of_unit or self.signs or self.reviews

    # --- steps --------------------------------------------------------------------------------

    @cached_property
    def primary(self) -> Button | None:
        """The one next step of the reader."""
        state = self.report.state
        if self.may_write:
            if state == State.RETURNED:
                return Button("hand_in", _("Correct and submit again"), "send")
            if self.needs_leader and not self.signs:
                return Button("hand_in", _("Hand to the leader"), "send")
            return Button("hand_in", _("Submit the report"), "send")
        if state == State.PROPOSED and self.signs:
            return Button("hand_in", _("Submit the report"), "send")
        if state == State.SUBMITTED and self.reviews:
            return Button("approve", _("Approve"), "check")
        return None

    @property
    def may_withdraw(self) -> bool:
        """Whether the unit may take it back."""
        return self.is_of_unit and self.report.state in (State.PROPOSED, State.SUBMITTED)

    @property
    def may_submit_for(self) -> bool:
        """Whether the reader may submit in somebody else's name."""
        writable = self.report.state in Report.WRITABLE | {State.PROPOSED}
        if not writable or self.signs:
            return False
        return (self.is_of_unit and self.needs_leader) or (self.reviews and not self.is_of_unit)

    @cached_property
    def authorised(self) -> list[Any]:
        """In whose name somebody else may submit."""
        return flow.authorised(self.report) if self.may_submit_for else []

    @property
    def may_extend(self) -> bool:
        """Whether the reader may give the unit more time."""
        return self.reviews and self.report.state in Report.WRITABLE | {State.PROPOSED}

    @property
    def is_handed_in(self) -> bool:
        """Whether the unit has done its part."""
        return self.report.state in Report.HANDED_IN

    @property
    def is_frozen(self) -> bool:
        """Whether it is approved, and the page shows what was approved."""
        return self.report.state in Report.FROZEN


def moment(at: datetime) -> str:
    """A moment as people write it: 17:00 14/06/2026."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
