"""Two rows of the register are one person, or two people: said by somebody, taken back by anybody."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from classes.models import Attendance, Enrolment, Participant, ToldApart

Action = ChangeEntry.Action


def _locked_pair(one: int, two: int, access: Access) -> tuple[Participant, Participant]:
    """Two different people of the own register, locked in the order of their ids."""
    if one == two:
        raise ValidationError(_("Choose two different people."), code="same")
    rows = {
        person.pk: person
        for person in Participant.objects.within(access.people)
        .select_related("unit")
        .select_for_update(of=("self",))
        .filter(pk__in=[one, two])
        .order_by("pk")
    }
    if len(rows) != 2:
        raise Participant.DoesNotExist
    if any(person.merged_into_id for person in rows.values()):
        raise ValidationError(_("One of the two was merged before."), code="merged")
    return rows[one], rows[two]


@transaction.atomic
def merge_people(keep: int, drop: int, *, access: Access) -> ChangeEntry:
    """Two rows are one person: attendances stay, classes are counted once, the second row points
    to the first. Returns the entry of the history by which ``unmerge_people`` takes it back.
    """
    kept, dropped = _locked_pair(keep, drop, access)
    record = _join_classes(kept, dropped)
    earlier = list(Participant.unscoped.filter(merged_into=dropped).values_list("pk", flat=True))
    Participant.unscoped.filter(pk__in=earlier).update(merged_into=kept)
    dropped.merged_into = kept
    dropped.version += 1
    dropped.save(update_fields=["merged_into", "version", "updated_at"])
    return history.record_change(
        dropped,
        Action.CHANGED,
        access=access,
        changes={
            "merged_into": [None, kept.pk],
            "moved": [None, record["moved"]],
            "joined": [None, record["joined"]],
            "earlier": [None, earlier],
        },
    )


def _join_classes(kept: Participant, dropped: Participant) -> dict[str, Any]:
    """Re-point enrolments to ``kept``; where both were in one class, join the two enrolments."""
    own = {e.training_class_id: e for e in Enrolment.unscoped.filter(participant=kept)}
    record: dict[str, Any] = {"moved": [], "joined": []}
    for second in Enrolment.unscoped.filter(participant=dropped):
        first = own.get(second.training_class_id)
        if first is None:
            Enrolment.unscoped.filter(pk=second.pk).update(participant=kept)
            record["moved"].append(second.pk)
            continue
        taken = set(first.attendances.values_list("session_id", flat=True))
        ticks = list(Attendance.unscoped.filter(enrolment=second).values_list("pk", "session_id"))
        moved = [pk for pk, session in ticks if session not in taken]
        Attendance.unscoped.filter(pk__in=moved).update(enrolment=first)
        completed = history.plain(first.completed_on)
        days = [day for day in (first.completed_on, second.completed_on) if day]
        Enrolment.unscoped.filter(pk=first.pk).update(completed_on=min(days, default=None))
        record["joined"].append(
            {
                "class": second.training_class_id,
                "kept": first.pk,
                "kept_completed": completed,
                "dropped": second.pk,
                "completed_on": history.plain(second.completed_on),
                "sessions": [session for _pk, session in ticks],
                "moved": [session for pk, session in ticks if pk in moved],
            }
        )
        second.delete()
    return record


def _refuse_out_of_turn(person: Participant, entry: ChangeEntry) -> None:
    """Merges of one person build on each other, so the last one is taken back first."""
    if not person.merged_into_id:
        raise ValidationError(_("This merge was taken back already."), code="not_merged")
    siblings = Participant.unscoped.filter(merged_into=person.merged_into_id).values("pk")
    later = (
        ChangeEntry.objects.filter(
            model=entry.model, record_id__in=siblings, changes__has_key="joined", pk__gt=entry.pk
        )
        .order_by("-pk")
        .first()
    )
    if later is not None and later.record_id == person.pk:
        raise ValidationError(_("This merge was taken back already."), code="not_merged")
    if later is not None or person.merged_into_id != entry.changes["merged_into"][1]:
        raise ValidationError(
            _("%(name)s was merged again later. Take the latest merge back first.")
            % {"name": person.merged_into},
            code="out_of_turn",
        )


@transaction.atomic
def unmerge_people(entry_pk: int, *, access: Access) -> Participant:
    """Take a merge back: both rows stand as they stood before it, with what was entered since."""
    entry = ChangeEntry.objects.get(pk=entry_pk, model=Participant._meta.label_lower)
    kept_pk = entry.changes["merged_into"][1]
    both = Participant.unscoped.select_for_update().filter(pk__in=[entry.record_id, kept_pk])
    list(both.order_by("pk"))  # in the order in which merging locks them
    person = (
        Participant.objects.within(access.people)
        .select_related("unit", "merged_into")
        .get(pk=entry.record_id)
    )
    _refuse_out_of_turn(person, entry)
    Enrolment.unscoped.filter(pk__in=entry.changes["moved"][1], participant_id=kept_pk).update(
        participant=person
    )
    for joined in entry.changes["joined"][1]:
        _part_classes(person, joined)
    Participant.unscoped.filter(pk__in=entry.changes["earlier"][1]).update(merged_into=person)
    person.merged_into = None
    person.version += 1
    person.save(update_fields=["merged_into", "version", "updated_at"])
    history.record_change(
        person, Action.RESTORED, access=access, changes={"merged_into": [kept_pk, None]}
    )
    return person


def _part_classes(person: Participant, joined: dict[str, Any]) -> None:
    """Give the second person their enrolment back, and of the ticks those that still stand."""
    again = Enrolment.unscoped.create(
        pk=joined.get("dropped"),
        training_class_id=joined["class"],
        participant=person,
        completed_on=joined["completed_on"],
    )
    days = [day for day in (joined["kept_completed"], joined["completed_on"]) if day]
    Enrolment.unscoped.filter(pk=joined["kept"], completed_on=min(days, default=None)).update(
        completed_on=joined["kept_completed"]
    )
    ticks = Attendance.unscoped.filter(enrolment=joined["kept"], session__in=joined["sessions"])
    both = set(joined["sessions"]) - set(joined["moved"])
    shared = ticks.filter(session__in=both).values_list("session_id", flat=True)
    Attendance.unscoped.bulk_create(
        [Attendance(session_id=session, enrolment=again) for session in shared]
    )
    ticks.filter(session__in=joined["moved"]).update(enrolment=again)


@transaction.atomic
def tell_apart(one: int, two: int, *, access: Access) -> ToldApart:
    """Two rows are two people: nobody is asked again until one of them changes."""
    pair = _locked_pair(min(one, two), max(one, two), access)
    apart, _is_new = ToldApart.unscoped.update_or_create(
        first=pair[0], second=pair[1], defaults={"by": access.user}
    )
    apart.remember()
    for person, other in (pair, pair[::-1]):
        history.record_change(
            person,
            Action.CHANGED,
            access=access,
            reason=_("Not the same person as %(name)s") % {"name": other},
        )
    return apart


@transaction.atomic
def ask_again(pk: int, *, access: Access) -> ToldApart:
    """Take "not the same" back: the pair is asked about again."""
    apart = (
        ToldApart.objects.within(access.people)
        .select_related("first__unit", "second__unit")
        .select_for_update(of=("self",))
        .get(pk=pk)
    )
    for person in (apart.first, apart.second):
        history.record_change(
            person,
            Action.RESTORED,
            access=access,
            reason=_("Perhaps the same person: %(name)s")
            % {"name": apart.second if person is apart.first else apart.first},
        )
    apart.delete()
    return apart
