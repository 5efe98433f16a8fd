"""The way of a report: the only code that moves ``Report.state``.

    open → draft → proposed → submitted → approved → locked
                 ↖ returned ↙     (and back: taken back, returned, approval taken back)

Every step is one transaction. It reads the report again under a lock, in the scope of the role it
belongs to, refuses a wrong step in plain words, and leaves an event and an entry in the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.access import SIGNS_REPORTS, WRITES_REPORTS
from accounts.models import Posting, User
from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from reporting.models import Report, ReportEvent
from reporting.reports import freezing
from reporting.reports.checks import check, soft
from reporting.reports.drafting import keep_drafts

State, Action = Report.State, ReportEvent.Action

#: what a step changes of a report; copied to the report it was asked for
MOVED = (
    "state", "since", "version", "due_at", "is_zero", "first_submitted_at", "submitted_at",
    "submitted_by", "on_behalf_of", "approved_at", "approved_by", "reason", "explanations",
    "warnings",
)  # fmt: skip


@dataclass
class Outcome:
    """What became of several reports: those that were moved, and the others with their reason."""

    done: list[Report] = field(default_factory=list)
    left: list[tuple[Report, str]] = field(default_factory=list)


# --- The unit's steps -------------------------------------------------------------------------


def start(report: Report, access: Access, *, now: datetime | None = None) -> None:
    """Somebody of the unit begins to write."""
    with transaction.atomic():
        row = _taken(report, access, "report", {State.OPEN})
        _move(row, State.DRAFT, Action.STARTED, access, now)
    _tell(report, row)


def started(report: Report, access: Access) -> None:
    """Begin the report unless it is begun; a first word in it begins it."""
    if report.state == State.OPEN:
        start(report, access)


def propose(
    report: Report,
    access: Access,
    *,
    explanations: dict[str, str] | None = None,
    is_zero: bool | None = None,
    now: datetime | None = None,
    door: str = "form",
) -> None:
    """The officer hands the report to the unit's leader."""
    with transaction.atomic():
        row = _taken(report, access, "report", Report.WRITABLE)
        if not needs_leader(row):
            raise ValidationError(_("This report is submitted without the leader's signature."))
        _ready(row, access, explanations, is_zero, now)
        _move(row, State.PROPOSED, Action.PROPOSED, access, now, door=door)
    _tell(report, row)


def submit(
    report: Report,
    access: Access,
    *,
    on_behalf_of: User | None = None,
    explanations: dict[str, str] | None = None,
    is_zero: bool | None = None,
    now: datetime | None = None,
    door: str = "form",
) -> None:
    """The unit hands its report in: its leader, the officer where no signature is needed.

    ``on_behalf_of`` names the authorised person in whose name somebody else submits: the officer
    for the absent leader, the focal officer for a unit.
    """
    with transaction.atomic():
        row = _taken_by_any(report, access, Report.WRITABLE | {State.PROPOSED})
        _refuse_wrong_name(row, access, on_behalf_of)
        _ready(row, access, explanations, is_zero, now)
        row.submitted_at = now or timezone.now()
        row.first_submitted_at = row.first_submitted_at or row.submitted_at
        row.submitted_by, row.on_behalf_of = access.user, on_behalf_of
        snapshot = freezing.as_submitted(row, access)
        _move(
            row, State.SUBMITTED, Action.SUBMITTED, access, now, snapshot=snapshot,
            on_behalf_of=on_behalf_of, door=door,
        )  # fmt: skip
    _tell(report, row)


def hand_in(report: Report, access: Access, **more: Any) -> None:
    """The one step that comes next for this person: to the leader, or to the focal agency."""
    signs = access.sign.covers(report.unit.path)
    if needs_leader(report) and not signs and not more.get("on_behalf_of"):
        more.pop("on_behalf_of", None)
        propose(report, access, **more)
    else:
        submit(report, access, **more)


def withdraw(
    report: Report, access: Access, reason: str = "", *, now: datetime | None = None
) -> None:
    """Take back what was handed to the leader or submitted, as long as nobody approved it.

    The leader gives a report back to the officer by the same step.
    """
    with transaction.atomic():
        row = _taken(report, access, "report", {State.PROPOSED, State.SUBMITTED})
        after = State.RETURNED if row.reason else State.DRAFT
        _move(row, after, Action.WITHDRAWN, access, now, reason=reason.strip())
    _tell(report, row)


# --- The focal officer's steps ----------------------------------------------------------------


def send_back(report: Report, reason: str, access: Access, *, now: datetime | None = None) -> None:
    """Return a report with the question it raises."""
    with transaction.atomic():
        row = _taken(report, access, "review", {State.SUBMITTED})
        row.reason = _said(reason, _("Say why the report is returned."))
        _move(row, State.RETURNED, Action.RETURNED, access, now, reason=row.reason)
    _tell(report, row)


def approve(
    report: Report, access: Access, *, seen: int | None = None, as_submitted: bool = False,
    now: datetime | None = None,
) -> None:  # fmt: skip
    """Approve a report: what it says is frozen, and the records of its days are closed.

    ``seen`` is the version the approver looked at: another one is not approved unseen. With
    ``as_submitted`` its figures must be those the unit submitted, whose warnings were counted.
    """
    with freezing.closing(report):
        row = _taken(report, access, "review", {State.SUBMITTED})
        if seen is not None and seen != row.version:
            raise ValidationError(
                _("The report was submitted again meanwhile. Look at it once more."), code="state"
            )
        row.approved_at, row.approved_by = now or timezone.now(), access.user
        row.reason = ""
        snapshot = freezing.as_approved(row, access)
        if as_submitted and not freezing.is_as_submitted(snapshot):
            raise ValidationError(
                _("Its figures have changed since it was submitted: look at it by itself.")
            )
        _move(row, State.APPROVED, Action.APPROVED, access, now, snapshot=snapshot)
    _tell(report, row)


def approve_many(
    reports: Iterable[Report], access: Access, *, now: datetime | None = None
) -> Outcome:
    """Approve the reports nothing was noticed about, each by itself; name the others."""
    outcome = Outcome()
    for report in reports:
        if reason := exception(report):
            outcome.left.append((report, reason))
            continue
        try:
            approve(report, access, seen=report.version, as_submitted=True, now=now)
        except ValidationError as refused:
            outcome.left.append((report, " ".join(refused.messages)))
        else:
            outcome.done.append(report)
    return outcome


def exception(report: Report) -> str:
    """Why a report is not approved together with others; '' where nothing was noticed."""
    if report.state != State.SUBMITTED:
        return _("It is not waiting for approval.")
    if report.warnings:
        return _("It has warnings: look at it by itself.")
    if getattr(report, "has_open_questions", False):
        return _("A comment on it is to be followed up.")
    return ""


def take_back_approval(
    report: Report, reason: str, access: Access, *, now: datetime | None = None
) -> None:
    """Open an approved report again, and the records of its days with it."""
    with freezing.closing(report):
        row = _taken(report, access, "review", {State.APPROVED})
        reason = _said(reason, _("Say why the approval is taken back."))
        freezing.release(row)
        row.approved_at = row.approved_by = None
        _move(row, State.SUBMITTED, Action.REOPENED, access, now, reason=reason)
    _tell(report, row)


def lock(report: Report, access: Access, *, now: datetime | None = None) -> None:
    """The provincial report that was compiled from this one is locked."""
    with transaction.atomic():
        row = _taken(report, access, "review", {State.APPROVED})
        _move(row, State.LOCKED, Action.LOCKED, access, now)
    _tell(report, row)


def extend(
    report: Report, due_at: datetime, reason: str, access: Access, *, now: datetime | None = None
) -> None:
    """Give a unit more time."""
    with transaction.atomic():
        row = _taken(report, access, "review", Report.WRITABLE | {State.PROPOSED})
        if due_at <= row.due_at:
            raise ValidationError(_("The new deadline must be later than the present one."))
        reason = _said(reason, _("Say why the unit gets more time."))
        row.due_at = due_at
        _move(row, State(row.state), Action.EXTENDED, access, now, reason=reason)
    _tell(report, row)


# --- Who may --------------------------------------------------------------------------------


def signers(report: Report) -> list[User]:
    """The people who sign for the unit today."""
    return _posted(report, SIGNS_REPORTS)


def _posted(report: Report, roles: Iterable[str]) -> list[User]:
    rows = Posting.unscoped.in_force().filter(unit=report.unit_id, role__in=list(roles))
    rows = rows.filter(user__is_active=True).select_related("user").order_by("pk")
    return list({row.user_id: row.user for row in rows}.values())


def needs_leader(report: Report) -> bool:
    """Whether the unit's leader submits; a unit without one submits through its officer."""
    return bool(report.cycle.template.needs_leader and signers(report))


def authorised(report: Report) -> list[User]:
    """In whose name somebody else may submit: those who sign, else those who write the report."""
    if report.cycle.template.needs_leader and (found := signers(report)):
        return found
    return _posted(report, WRITES_REPORTS)


def _refuse_wrong_name(row: Report, access: Access, on_behalf_of: User | None) -> None:
    """Who submits is authorised, or names somebody who is."""
    if on_behalf_of is not None:
        if on_behalf_of == access.user:
            raise ValidationError(_("Nobody submits on their own behalf."))
        if on_behalf_of not in authorised(row):
            raise ValidationError(_("Choose somebody who may submit for this unit."))
        return
    path = row.unit.path
    if access.sign.covers(path):
        return
    if not access.report.covers(path):
        raise ValidationError(_("Say on whose behalf the report is submitted."))
    if needs_leader(row):
        raise ValidationError(
            _("The leader of the unit submits this report; hand it to the leader first.")
        )


# --- One step ---------------------------------------------------------------------------------

WHO = {
    "report": lambda: _("Only people of the unit may do this."),
    "review": lambda: _("Only the focal officer may do this."),
}


def _taken(report: Report, access: Access, scope: str, states: Iterable[str]) -> Report:
    """The report as it is now, locked for this step, by somebody whose step it is."""
    rows = Report.objects.within(getattr(access, scope)).select_for_update(of=("self",))
    row = rows.select_related("cycle__template", "unit").filter(pk=report.pk).first()
    if row is None:
        raise ValidationError(WHO[scope](), code="role")
    if row.state not in set(states):
        raise ValidationError(_wrong_state(row), code="state")
    return row


def _taken_by_any(report: Report, access: Access, states: Iterable[str]) -> Report:
    """For submitting: by the unit, or by the focal officer on its behalf."""
    path = report.unit.path
    scope = "report" if access.report.covers(path) else "review"
    try:
        return _taken(report, access, scope, states)
    except ValidationError as refused:
        if refused.code != "role":
            raise
        raise ValidationError(
            _("Only people of the unit, or the focal officer on their behalf, may submit."),
            code="role",
        ) from refused


def _wrong_state(row: Report) -> str:
    """Where the report stands, who brought it there, and when."""
    last = row.events.select_related("by").last()
    words = {"state": row.get_state_display()}
    if last is None or last.by is None:
        return _("This cannot be done now: the report is “%(state)s”.") % words
    words |= {
        "who": last.by.full_name,
        "at": date_format(timezone.localtime(last.at), "SHORT_DATETIME_FORMAT"),
    }
    return _("This cannot be done now: the report is “%(state)s” (%(who)s, %(at)s).") % words


def _said(text: str, otherwise: str) -> str:
    if not text.strip():
        raise ValidationError(otherwise, code="required")
    return text.strip()


def _ready(
    row: Report,
    access: Access,
    explanations: dict[str, str] | None,
    is_zero: bool | None,
    now: datetime | None,
) -> None:
    """Keep drafted sections and sentences; refuse what is wrong or not explained."""
    if is_zero is not None:
        row.is_zero = is_zero
    if not row.is_zero:
        keep_drafts(row, access)
    given = {key: text.strip() for key, text in (explanations or {}).items() if text.strip()}
    row.explanations = row.explanations | given
    found = check(row, access, now=now)
    missing = [one for one in found if one.is_open]
    if missing:
        raise ValidationError([one.text for one in missing], code="checks")
    kept = {one.key for one in soft(found)}
    row.explanations = {key: text for key, text in row.explanations.items() if key in kept}
    row.warnings = len(kept)


def _move(
    row: Report,
    after: Any,
    action: Any,
    access: Access,
    now: datetime | None,
    *,
    reason: str = "",
    snapshot: Any = None,
    on_behalf_of: User | None = None,
    door: str = "form",
) -> None:
    """Store the step: the state, its event, its line in the log."""
    at, before = now or timezone.now(), row.state
    if after != before:
        row.state, row.since = after, at
    row.version += 1
    row.save()
    ReportEvent.objects.create(
        report=row, at=at, by=access.user, on_behalf_of=on_behalf_of, action=action,
        before=before, after=after, reason=reason, snapshot=snapshot,
    )  # fmt: skip
    changes: dict[str, list[Any]] = {"state": [before, str(after)]}
    if action == Action.EXTENDED:
        changes = {"due_at": [None, row.due_at.isoformat()]}
    history.record_change(
        row, ChangeEntry.Action.CHANGED, access=access, changes=changes, reason=reason[:300],
        door=door,
    )  # fmt: skip


def _tell(report: Report, row: Report) -> None:
    """Let the report that was asked for say what became of it."""
    for name in MOVED:
        setattr(report, name, getattr(row, name))
