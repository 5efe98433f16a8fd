"""Lists of people written at once, and taken back: register, lists, attendance, history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.bulk import insert_many, update_many
from campaign.portal.imports.rows import Line
from campaign.text import fold, person_sort_key
from classes.imports.rosters import PERSON, TRAITS, Home, Listed, in_parts
from classes.merging import tell_apart
from classes.models import Attendance, ClassSession, Enrolment, Participant, TrainingClass

Action = ChangeEntry.Action
_COLUMNS = ("unit", *TRAITS, "search_key", "sort_key")


class Entries:
    """Entries of the history, written together."""

    def __init__(self, access: Access, door: str) -> None:
        self._by, self._door = access.user.pk, door
        self._rows: list[tuple[Any, ...]] = []

    def add(
        self,
        model: type[models.Model],
        pk: int,
        label: str,
        path: str,
        action: str,
        changes: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
        reason: str = "",
    ) -> None:
        """One change of one record, as ``history.record_change`` writes it."""
        self._rows.append(
            (self._by, action, model._meta.label_lower, pk, label[:200], path, version,
             changes or {}, reason, self._door)
        )  # fmt: skip

    def write(self) -> None:
        """Store them."""
        columns = ("by", "action", "model", "record_id", "record_label", "unit_path", "version",
                   "changes", "reason", "door")  # fmt: skip
        insert_many(ChangeEntry, columns, self._rows)


class Writing:
    """What rows of a file put on lists, collected row by row and written after the last one."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._rows: list[tuple[Line, Listed]] = []

    def add(self, line: Line, record: Listed) -> None:
        """One row that is to be saved."""
        self._rows.append((line, record))

    def write(self) -> None:
        """Store everything, in the caller's transaction."""
        entries = Entries(self._access, "import")
        for line, record in self._rows:
            line.before, line.is_saved = to_take_back(record), True
        self._add_people(entries)
        self._change_people(entries)
        self._enrol(entries)
        self._complete(entries)
        self._tick(entries)
        entries.write()
        for line, record in self._rows:
            line.record_id, line.version = record.pk, record.version

    def _add_people(self, entries: Entries) -> None:
        new = [(line.row.number, r) for line, r in self._rows if r.person is None and not r.twin]
        ids = insert_many(Participant, _COLUMNS, (person_row(record) for _row, record in new))
        by_row = {}
        for (number, record), pk in zip(new, ids, strict=True):
            by_row[number] = record.person = pk
            record.version = 1
            entries.add(
                Participant, pk, str(record), record.home.unit_path, Action.CREATED,
                version=1, reason=record.home.code,
            )  # fmt: skip
        for _line, record in self._rows:
            if record.twin:
                record.person, record.version = by_row[record.twin], 1
            for other in record.apart:
                known = other if other > 0 else by_row.get(-other)
                if known is not None:
                    tell_apart(record.person or 0, known, access=self._access)

    def _change_people(self, entries: Entries) -> None:
        """Bring people up to date; somebody in several rows changes once."""
        changes: dict[int, dict[str, list[Any]]] = defaultdict(dict)
        for _line, record in self._rows:
            for name, (then, now) in changed_traits(record).items():
                changes[record.person or 0].setdefault(name, [then, now])[1] = now
        versions = change_people(changes, entries, self._access)
        for _line, record in self._rows:
            record.version = versions.get(record.person or 0, record.version)

    def _enrol(self, entries: Entries) -> None:
        new = [record for _line, record in self._rows if record.pk is None]
        rows = ((r.home.pk, r.person, r.completed_on) for r in new)
        ids = insert_many(Enrolment, ("training_class", "participant", "completed_on"), rows)
        lists: dict[int, list[int]] = defaultdict(list)
        homes = {}
        for record, pk in zip(new, ids, strict=True):
            record.pk = pk
            homes[record.home.pk] = record.home
            lists[record.home.pk].append(record.person or 0)
        for pk, people in lists.items():
            note_list(entries, homes[pk], "enrolled", [], people)

    def _complete(self, entries: Entries) -> None:
        days: dict[date | None, list[int]] = defaultdict(list)
        said: dict[int, tuple[Home, dict[str, Any], dict[str, Any]]] = {}
        for _line, record in self._rows:
            then = record.was and record.was.completed_on
            if then == record.completed_on:
                continue
            if record.was is not None and record.was.pk:
                days[record.completed_on].append(record.pk or 0)
            _home, before, after = said.setdefault(record.home.pk, (record.home, {}, {}))
            before[str(record.person)] = history.plain(then)
            after[str(record.person)] = history.plain(record.completed_on)
        set_completion(days, self._access)
        for home, before, after in said.values():
            note_list(entries, home, "completed", before, after)

    def _tick(self, entries: Entries) -> None:
        ticks = [
            (session, record.pk or 0)
            for _line, record in self._rows
            for session in sorted(record.present - (record.was.present if record.was else set()))
        ]
        homes = {record.home.pk: record.home for _line, record in self._rows}
        with noted_sessions({session for session, _pk in ticks}, homes, entries, self._access):
            insert_many(Attendance, ("session", "enrolment"), ticks)


def person_row(record: Listed) -> tuple[Any, ...]:
    """A new person of the register, in the order of the columns."""
    traits, home = record.traits, record.home
    born = traits["birth_date"]
    name, phone = traits["full_name"], traits["phone"]
    return (
        home.unit_id, name, traits["sex"], traits["birth_year"], born and date.fromisoformat(born),
        traits["hamlet"], traits["audience"], phone, traits["minority"], traits["disability"],
        traits["guardian"], fold(f"{name} {phone}")[:200], person_sort_key(name)[:400],
    )  # fmt: skip


def changed_traits(record: Listed) -> dict[str, list[Any]]:
    """{trait: [then, now]} of somebody who was known before."""
    return history.differences(record.was.traits, record.traits) if record.was else {}


def to_take_back(record: Listed) -> dict[str, Any] | None:
    """What undoing a row needs to know; None for somebody who was added and nothing else."""
    was = record.was
    ticked = sorted(record.present - (was.present if was else frozenset()))
    then = was.completed_on if was else None
    if was is None and not record.twin and not ticked and record.completed_on is None:
        return None
    added = "" if was and was.pk else ("list" if was or record.twin else "person")
    traits = {name: pair[0] for name, pair in changed_traits(record).items()}
    days = [history.plain(then), history.plain(record.completed_on)]
    return {"added": added, "traits": traits, "completed_on": days, "ticked": ticked}


def change_people(
    changes: Mapping[int, dict[str, list[Any]]], entries: Entries, access: Access
) -> dict[int, int]:
    """Change traits of people: {person: {trait: [then, now]}}; returns their new versions."""
    versions = {}
    now = timezone.now()
    columns = [*PERSON, "search_key", "sort_key", "version", "updated_at"]
    for some in in_parts(pk for pk, differing in changes.items() if differing):
        rows = Participant.objects.within(access.people)
        people = list(rows.select_related("unit").filter(pk__in=some))
        for person in people:
            put_traits(person, {name: pair[1] for name, pair in changes[person.pk].items()})
            person.version, person.updated_at = person.version + 1, now
            versions[person.pk] = person.version
            entries.add(
                Participant, person.pk, person.full_name, person.unit.path, Action.CHANGED,
                changes[person.pk], version=person.version,
            )  # fmt: skip
        update_many(
            Participant, columns, ((p.pk, *(getattr(p, name) for name in columns)) for p in people)
        )
    return versions


def put_traits(person: Participant, traits: Mapping[str, Any]) -> None:
    """Put kept values into a person, with what follows from them."""
    for name, value in traits.items():
        field = Participant._meta.get_field(name)
        setattr(person, field.attname, field.to_python(value))  # type: ignore[union-attr]
    person.clean()


def set_completion(days: Mapping[date | None, list[int]], access: Access) -> None:
    """Say of enrolments on which day they were completed."""
    rows = Enrolment.objects.within(access.people)
    for day, pks in days.items():
        for some in in_parts(pks):
            rows.filter(pk__in=some).update(completed_on=day)


def note_list(entries: Entries, home: Home, name: str, before: Any, after: Any) -> None:
    """One entry for the list of a class, as the pages write it: without a version."""
    entries.add(
        TrainingClass, home.pk, home.title, home.unit_path, Action.CHANGED, {name: [before, after]}
    )


@contextmanager
def noted_sessions(
    pks: Iterable[int], homes: Mapping[int, Home], entries: Entries, access: Access
) -> Iterator[None]:
    """Note in the history of sessions who was ticked before and after a block."""
    chosen = set(pks)
    before = present_at(chosen, access)
    yield
    after = present_at(chosen, access)
    rows = ClassSession.objects.within(access.edit)
    for some in in_parts(chosen):
        part = rows.filter(pk__in=some)
        part.update(version=models.F("version") + 1, updated_at=timezone.now())
        for pk, home, number, version in part.values_list(
            "pk", "training_class_id", "number", "version"
        ):
            entries.add(
                ClassSession, pk, f"{homes[home].title} · {number}", homes[home].unit_path,
                Action.CHANGED, {"present": [before[pk], after[pk]]}, version=version,
            )  # fmt: skip


def present_at(sessions: set[int], access: Access) -> dict[int, list[int]]:
    """{session: enrolments ticked there, in order}."""
    found: dict[int, list[int]] = {pk: [] for pk in sessions}
    for some in in_parts(sessions):
        ticks = Attendance.objects.within(access.edit).filter(session__in=some)
        for session, enrolment in ticks.order_by("enrolment_id").values_list(
            "session_id", "enrolment_id"
        ):
            found[session].append(enrolment)
    return found
