"""What can happen to a class, its sessions and the people in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaign.models import ChangeEntry
from campaign.periods import today
from campaign.portal import history
from campaign.portal.access import Access
from campaign.text import fold
from classes.models import Attendance, ClassSession, Enrolment, Participant, TrainingClass
from units.models import Unit, UnitSuccession

Action = ChangeEntry.Action
#: units whose initials stand in class codes; smaller ones borrow those of the unit above
NAMED_IN_CODES = (Unit.Level.PROVINCE, Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)


def initials_of(unit: Unit) -> str:
    """Three letters of the commune or department: "Định Hoà" is DHO, "Vĩnh Hoà Hưng" is VHH."""
    while unit.level not in NAMED_IN_CODES and unit.parent is not None:
        unit = unit.parent
    words = "".join(c if c.isascii() else " " for c in fold(unit.short_name or unit.name)).split()
    if not words:
        return "LOP"
    heads = [word[0] for word in words[:-1]][:2]
    return ("".join(heads) + words[-1])[:3].upper()


def new_code(unit: Unit, starts_on: date) -> str:
    """The next free code of a class, e.g. DHO-26-0117; call it inside the saving transaction."""
    prefix = f"{initials_of(unit)}-{starts_on:%y}-"
    if connection.vendor == "postgresql":  # two people saving at once wait for one another here
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [prefix])
    last = (
        TrainingClass.unscoped.filter(code__startswith=prefix)
        .order_by(Length("code").desc(), "-code")
        .values_list("code", flat=True)
        .first()
    )
    number = int(last.removeprefix(prefix)) if last and last.removeprefix(prefix).isdecimal() else 0
    return f"{prefix}{number + 1:04d}"


def check_unit_on(unit: Unit, day: date) -> None:
    """Refuse a unit that did not exist on a day, naming who came after it."""
    if unit.valid_to is not None and unit.valid_to < day:
        after = (
            UnitSuccession.unscoped.filter(predecessor=unit, is_default=True)
            .select_related("successor")
            .order_by("-effective_on")
            .first()
        )
        words = {"unit": unit.name, "day": date_format(unit.valid_to, "DATE_FORMAT")}
        if after is None:
            raise ValidationError(_("%(unit)s ended on %(day)s.") % words, code="former")
        raise ValidationError(
            _("%(unit)s ended on %(day)s. Choose its successor, %(successor)s.")
            % {**words, "successor": after.successor.name},
            code="former",
        )
    if unit.valid_from is not None and unit.valid_from > day:
        raise ValidationError(
            _("%(unit)s exists only from %(day)s.")
            % {"unit": unit.name, "day": date_format(unit.valid_from, "DATE_FORMAT")},
            code="not_yet",
        )


def _locked_class(pk: int, access: Access) -> TrainingClass:
    return TrainingClass.objects.within(access.edit).select_for_update(of=("self",)).get(pk=pk)


@transaction.atomic
def cancel_class(pk: int, *, reason: str, access: Access, door: str = "form") -> TrainingClass:
    """Call a class off: it stays on record, with the reason, and leaves every figure."""
    found = _locked_class(pk, access)
    if found.is_cancelled:
        raise ValidationError(_("This class is cancelled already."), code="cancelled")
    if not reason.strip():
        raise ValidationError(_("Say why the class is cancelled."), code="reason")
    found.cancelled_at, found.cancelled_reason = timezone.now(), reason.strip()[:300]
    found.version += 1
    found.save(update_fields=["cancelled_at", "cancelled_reason", "version", "updated_at"])
    history.record_change(
        found, Action.CANCELLED, access=access, reason=found.cancelled_reason, door=door
    )
    return found


@transaction.atomic
def restore_class(pk: int, *, access: Access, door: str = "form") -> TrainingClass:
    """Take a cancellation back."""
    found = _locked_class(pk, access)
    if not found.is_cancelled:
        return found
    found.cancelled_at, found.cancelled_reason = None, ""
    found.version += 1
    found.save(update_fields=["cancelled_at", "cancelled_reason", "version", "updated_at"])
    history.record_change(found, Action.RESTORED, access=access, door=door)
    return found


def _locked_session(class_pk: int, number: int, access: Access) -> ClassSession:
    return (
        ClassSession.objects.within(access.edit)
        .select_related("training_class__unit")
        .select_for_update(of=("self",))
        .get(training_class_id=class_pk, number=number)
    )


@transaction.atomic
def cancel_session(class_pk: int, number: int, *, access: Access) -> ClassSession:
    """Call one session off; whoever was ticked stays on record and leaves the figures."""
    session = _locked_session(class_pk, number, access)
    if session.status != ClassSession.Status.CANCELLED:
        _set_status(session, ClassSession.Status.CANCELLED, access)
    return session


@transaction.atomic
def restore_session(class_pk: int, number: int, *, access: Access) -> ClassSession:
    """Take the cancelling of a session back: it counts as held if somebody was there."""
    session = _locked_session(class_pk, number, access)
    if session.status == ClassSession.Status.CANCELLED:
        was_held = session.attendances.exists() or session.headcounts.exists()
        status = ClassSession.Status
        _set_status(session, status.HELD if was_held else status.PLANNED, access)
    return session


def _set_status(session: ClassSession, status: str, access: Access) -> None:
    before, session.status = session.status, status
    session.version += 1
    session.save(update_fields=["status", "version", "updated_at"])
    action = Action.CANCELLED if status == ClassSession.Status.CANCELLED else Action.RESTORED
    history.record_change(session, action, access=access, changes={"status": [before, status]})


def mark(session: ClassSession, *, added: Iterable[int], removed: Iterable[int]) -> None:
    """Tick people present, or take the tick away; only what differs is written.

    Both name enrolments. Two people who mark different learners at once do not undo each other.
    """
    enrolled = set(
        Enrolment.unscoped.filter(
            training_class_id=session.training_class_id, pk__in=added
        ).values_list("pk", flat=True)
    )
    Attendance.unscoped.filter(session=session, enrolment__in=removed).delete()
    Attendance.unscoped.bulk_create(
        [Attendance(session=session, enrolment_id=pk) for pk in sorted(enrolled)],
        ignore_conflicts=True,
    )


def present_at(session: ClassSession) -> list[int]:
    """The enrolments ticked at a session, in order."""
    return sorted(
        Attendance.unscoped.filter(session=session).values_list("enrolment_id", flat=True)
    )


def note_moved_session(session: ClassSession, *, access: Access) -> None:
    """Another day changes the schedule: whoever edits the class meanwhile is told."""
    home = _locked_class(session.training_class_id, access)
    home.version += 1
    home.save(update_fields=["version", "updated_at"])
    day = history.plain(session.held_on)
    history.record_change(
        home, Action.CHANGED, access=access, changes={"sessions": [[session.number], [day]]}
    )


@transaction.atomic
def record_grid(
    class_pk: int,
    *,
    was: dict[int, set[int]],
    now: dict[int, set[int]],
    access: Access,
    door: str = "form",
) -> int:
    """Take over a grid of people and sessions; returns how many ticks were changed.

    ``was`` and ``now`` hold the ticked enrolments of each session when the grid was opened and
    when it was sent. A planned session in which somebody is ticked becomes held.
    """
    changed = 0
    sessions = (
        ClassSession.objects.within(access.edit)
        .filter(training_class_id=class_pk, pk__in=now)
        .exclude(status=ClassSession.Status.CANCELLED)
        .select_related("training_class__unit")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    for session in sessions:
        added = now[session.pk] - was.get(session.pk, set())
        removed = was.get(session.pk, set()) - now[session.pk]
        if not added and not removed:
            continue
        if session.held_on > today():
            raise ValidationError(
                _("Session %(number)s is on %(day)s: nobody can be present yet.")
                % {"number": session.number, "day": date_format(session.held_on, "DATE_FORMAT")},
                code="future",
            )
        before: dict[str, Any] = {"status": session.status, "present": present_at(session)}
        mark(session, added=added, removed=removed)
        session.status = ClassSession.Status.HELD
        session.version += 1
        session.save(update_fields=["status", "version", "updated_at"])
        after = {"status": session.status, "present": present_at(session)}
        history.record_change(
            session,
            Action.CHANGED,
            access=access,
            changes=history.differences(before, after),
            door=door,
        )
        changed += len(added) + len(removed)
    return changed


@transaction.atomic
def plan_again(sessions: Iterable[int], *, access: Access, door: str = "form") -> None:
    """Say of held sessions at which nobody is left that they are still to be held."""
    status = ClassSession.Status
    rows = (
        ClassSession.objects.within(access.edit)
        .filter(pk__in=set(sessions), status=status.HELD)
        .filter(attendances__isnull=True, headcounts__isnull=True)
        .select_related("training_class__unit")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    for session in rows:
        session.status, session.version = status.PLANNED, session.version + 1
        session.save(update_fields=["status", "version", "updated_at"])
        changes = {"status": [status.HELD.value, status.PLANNED.value]}
        history.record_change(session, Action.CHANGED, access=access, changes=changes, door=door)


@transaction.atomic
def enrol(class_pk: int, people: Iterable[int], *, access: Access) -> list[Enrolment]:
    """Put people of the own register on the list of a class; who is on it already stays."""
    training_class = _locked_class(class_pk, access)
    if not training_class.takes_roster:
        raise ValidationError(_("This class counts people without names."), code="headcount")
    known = set(
        Enrolment.unscoped.filter(training_class=training_class).values_list(
            "participant_id", flat=True
        )
    )
    chosen = Participant.objects.within(access.people).distinct_people().filter(pk__in=set(people))
    added = [
        Enrolment.unscoped.create(training_class=training_class, participant=person)
        for person in chosen
        if person.pk not in known
    ]
    if added:
        _note_roster(training_class, "enrolled", [], [e.participant_id for e in added], access)
    return added


@transaction.atomic
def remove_enrolment(pk: int, *, access: Access) -> Enrolment:
    """Take somebody off the list of a class who never came; attendances are never thrown away."""
    found = (
        Enrolment.objects.within(access.edit)
        .select_related("training_class__unit", "participant")
        .select_for_update(of=("self",))
        .get(pk=pk)
    )
    if found.attendances.exists():
        raise ValidationError(
            _("%(person)s was present at a session and stays on the list.")
            % {"person": found.participant},
            code="attended",
        )
    training_class, person = found.training_class, found.participant_id
    found.delete()
    _note_roster(training_class, "enrolled", [person], [], access)
    return found


def check_completed_on(day: date, starts_on: date) -> None:
    """Refuse a day on which nobody can have completed a class that starts on another."""
    if day > today():
        raise ValidationError(_("Nobody can complete a class in the future."), code="future")
    if day < starts_on:
        raise ValidationError(_("That is before the class starts."), code="too_early")


@transaction.atomic
def complete(
    class_pk: int, enrolments: Iterable[int], *, completed_on: date | None, access: Access
) -> int:
    """Say on which day people completed a class (None takes it back)."""
    training_class = _locked_class(class_pk, access)
    if completed_on is not None:
        check_completed_on(completed_on, training_class.starts_on)
    rows = Enrolment.objects.within(access.edit).filter(
        training_class=training_class, pk__in=set(enrolments)
    )
    before = {str(e.participant_id): history.plain(e.completed_on) for e in rows}
    count = rows.update(completed_on=completed_on)
    if count:
        after = dict.fromkeys(before, history.plain(completed_on))
        _note_roster(training_class, "completed", before, after, access)
    return count


def _note_roster(
    training_class: TrainingClass, name: str, before: Any, after: Any, access: Access
) -> None:
    """The list is not part of the class form: the history keeps it without a new version."""
    entry = history.record_change(
        training_class, Action.CHANGED, access=access, changes={name: [before, after]}
    )
    ChangeEntry.objects.filter(pk=entry.pk).update(version=None)
