"""An import of people taken back: nothing newer may depend on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from classes.imports.rosters import Homes, in_parts
from classes.imports.writing import (
    Entries,
    change_people,
    note_list,
    noted_sessions,
    set_completion,
)
from classes.models import Attendance, Enrolment, Participant

ADDED = {"added": "person", "traits": {}, "completed_on": [None, None], "ticked": []}


def what_it_did(line: Any) -> Mapping[str, Any]:
    """What saving a row did, as ``to_take_back`` told it."""
    return line.before if line.before is not None else ADDED


def enrolments_of(lines: Sequence[Any], access: Access) -> dict[int, Enrolment]:
    """The enrolments saved rows are about, in scope, with their people."""
    rows = Enrolment.objects.within(access.people).select_related("participant")
    found: dict[int, Enrolment] = {}
    for some in in_parts({line.record_id for line in lines}):
        found |= {row.pk: row for row in rows.filter(pk__in=some)}
    return found


def why_it_stays(lines: Sequence[Any], access: Access) -> list[tuple[Any, str]]:
    """The saved rows that cannot be taken back, each with the reason."""
    enrolments = enrolments_of(lines, access)
    added = [
        e for line in lines if what_it_did(line)["added"] and (e := enrolments.get(line.record_id))
    ]
    elsewhere = _also_elsewhere({e.participant_id for e in added}, set(enrolments), access)
    ticked = _ticked_since(lines, access)
    found = []
    for line in lines:
        reason = _reason(line, enrolments.get(line.record_id), elsewhere, ticked)
        if reason:
            found.append((line, reason))
    return found


def _reason(line: Any, enrolment: Enrolment | None, elsewhere: set[int], ticked: set[int]) -> str:
    if enrolment is None:
        return _("It is no longer there, or no longer yours.")
    did, person = what_it_did(line), enrolment.participant
    if person.version != line.version or person.merged_into_id:
        return _("It was changed after the import.")
    if history.plain(enrolment.completed_on) != did["completed_on"][1]:
        return _("Completion was recorded after the import.")
    if did["added"] and enrolment.pk in ticked:
        return _("Attendance was recorded after the import.")
    if did["added"] == "person" and person.pk in elsewhere:
        return _("The person is on the list of another class by now.")
    return ""


def _also_elsewhere(people: set[int], enrolments: set[int], access: Access) -> set[int]:
    """Of these people, who is on a list by another enrolment than these."""
    rows = Enrolment.objects.within(access.people).order_by()
    return {
        person
        for some in in_parts(people)
        for pk, person in rows.filter(participant__in=some).values_list("pk", "participant_id")
        if pk not in enrolments
    }


def _ticked_since(lines: Sequence[Any], access: Access) -> set[int]:
    """The enrolments with a tick the import did not make."""
    made = {(pk, line.record_id) for line in lines for pk in what_it_did(line)["ticked"]}
    rows = Attendance.objects.within(access.people).order_by()
    return {
        enrolment
        for some in in_parts({line.record_id for line in lines})
        for session, enrolment in rows.filter(enrolment__in=some).values_list(
            "session_id", "enrolment_id"
        )
        if (session, enrolment) not in made
    }


def take_back(lines: Sequence[Any], access: Access) -> None:
    """Take saved rows back, all together (in the caller's transaction)."""
    enrolments = enrolments_of(lines, access)
    homes = Homes(access)
    homes.read(pks={enrolment.training_class_id for enrolment in enrolments.values()})
    entries = Entries(access, "undo")
    _untick(lines, homes, entries, access)
    _uncomplete(lines, enrolments, homes, entries, access)
    _unlist(lines, enrolments, homes, entries, access)
    entries.write()


def _untick(lines: Sequence[Any], homes: Homes, entries: Entries, access: Access) -> None:
    by_session: dict[int, list[int]] = defaultdict(list)
    for line in lines:
        for session in what_it_did(line)["ticked"]:
            by_session[session].append(line.record_id)
    with noted_sessions(by_session, homes.by_pk, entries, access):
        for session, pks in by_session.items():
            for some in in_parts(pks):
                Attendance.objects.within(access.people).filter(
                    session=session, enrolment__in=some
                ).delete()


def _uncomplete(
    lines: Sequence[Any],
    enrolments: Mapping[int, Enrolment],
    homes: Homes,
    entries: Entries,
    access: Access,
) -> None:
    days: dict[date | None, list[int]] = defaultdict(list)
    said: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    for line in lines:
        did = what_it_did(line)
        then, now = did["completed_on"]
        if did["added"] or then == now:
            continue
        enrolment = enrolments[line.record_id]
        days[then and date.fromisoformat(then)].append(line.record_id)
        before, after = said.setdefault(enrolment.training_class_id, ({}, {}))
        before[str(enrolment.participant_id)], after[str(enrolment.participant_id)] = now, then
    set_completion(days, access)
    for home, (before, after) in said.items():
        note_list(entries, homes.by_pk[home], "completed", before, after)


def _unlist(
    lines: Sequence[Any],
    enrolments: Mapping[int, Enrolment],
    homes: Homes,
    entries: Entries,
    access: Access,
) -> None:
    """Take people off lists, out of the register where they were added, or put them back."""
    lists: dict[int, list[int]] = defaultdict(list)
    people: dict[int, Enrolment] = {}
    changes: dict[int, dict[str, list[Any]]] = defaultdict(dict)
    for line in sorted(lines, key=lambda line: -line.number):
        did, enrolment = what_it_did(line), enrolments[line.record_id]
        if did["added"]:
            lists[enrolment.training_class_id].append(enrolment.participant_id)
        if did["added"] == "person":
            people[enrolment.participant_id] = enrolment
        for name, then in did["traits"].items():
            now = history.plain(getattr(enrolment.participant, _attname(name)))
            changes[enrolment.participant_id].setdefault(name, [now, then])[1] = then
    change_people(changes, entries, access)
    gone = [line.record_id for line in lines if what_it_did(line)["added"]]
    for some in in_parts(gone):
        Enrolment.objects.within(access.people).filter(pk__in=some).delete()
    for home_pk, listed in lists.items():
        note_list(entries, homes.by_pk[home_pk], "enrolled", sorted(listed), [])
    for pk, enrolment in people.items():
        home = homes.by_pk[enrolment.training_class_id]
        entries.add(
            Participant, pk, enrolment.participant.full_name, home.unit_path,
            ChangeEntry.Action.DELETED, version=enrolment.participant.version,
        )  # fmt: skip
    for some in in_parts(people):
        Participant.objects.within(access.people).filter(pk__in=some).delete()


def _attname(name: str) -> str:
    return str(Participant._meta.get_field(name).attname)  # type: ignore[union-attr]
