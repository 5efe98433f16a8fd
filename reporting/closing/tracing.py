"""Who changed a record, when and why, and what kind of change it was for a report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaign.models import ChangeEntry
from classes.models import ClassSession, Participant
from reporting.closing.content import MODELS, READING, in_chunks
from reporting.closing.recount import Content
from reporting.models import Amendment, Report, RollupFact

Action = ChangeEntry.Action
Fact = Mapping[str, Any]
Pair = tuple[Fact | None, Fact | None]
#: fields that say whose a record is, or on which day
MOVES = frozenset({"unit", "starts_on", "held_on", "training_class"})
ROSTER_COUNTERS = frozenset({"attendances_on_roster", "sessions_with_roster"})


class Kind(models.TextChoices):
    """What happened to a record."""

    ADDED = "added", _("Added")
    LATE = "late", _("Entered after the deadline")
    EDITED = "edited", _("Edited")
    REFILED = "refiled", _("Moved to another unit or day")
    CANCELLED = "cancelled", _("Cancelled")
    REMOVED = "removed", _("Removed")
    RESTORED = "restored", _("Restored")
    MERGED = "merged", _("Same person, or not")
    REGISTER = "register", _("Register changed")
    DECLARED = "declared", _("Declared figure changed")


class Ref(NamedTuple):
    """One record: its kind (``content.MODELS``, or a person) and its id."""

    kind: str
    pk: int

    @property
    def model(self) -> Any:
        """The model that keeps it."""
        return Participant if self.kind == "person" else MODELS[self.kind]


@dataclass(frozen=True)
class Trace:
    """The last change that explains a contribution."""

    at: datetime | None = None
    by: str = ""
    reason: str = ""
    #: how many changes there were
    changes: int = 0


@dataclass(frozen=True)
class Became:
    """A person who counts as another one: found to be the same, or found not to be."""

    old: int
    new: int
    is_parted: bool = False

    def touches(self, fact: Fact, now: Fact | None) -> bool:
        """Whether a fact's people read otherwise by it."""
        if self.old not in fact["people"]:
            return False
        return not self.is_parted or bool(now and self.new in now["people"])

    def applied(self, fact: Fact, now: Fact | None) -> Fact:
        """The fact with its people as they are known afterwards."""
        people = {*fact["people"], self.new}
        if not (self.is_parted and now and self.old in now["people"]):
            people.discard(self.old)
        return {**fact, "people": sorted(people)}


class Tracing:
    """What is known of the records that differ between two contents of one report."""

    def __init__(
        self, report: Report, old: Content, new: Content,
        window: tuple[datetime, datetime], *, is_now: bool,
    ) -> None:  # fmt: skip
        self.report, self.old, self.new = report, old, new
        self.since, self.until = window
        self.is_now = is_now
        self.due_at = datetime.fromisoformat(old["names"]["asked"]["due_at"])
        self.entries: dict[Ref, list[ChangeEntry]] = {}
        self.gone: set[Ref] = set()
        self.cancelled: set[Ref] = set()

    # --- Reading ----------------------------------------------------------------------------

    def learn(self, refs: Iterable[Ref]) -> None:
        """Read the history of some records, and whether they are still there."""
        by_kind: dict[str, set[int]] = defaultdict(set)
        for ref in refs:
            if ref not in self.entries:
                by_kind[ref.kind].add(ref.pk)
                self.entries[ref] = []
        for kind, ids in by_kind.items():
            for some in in_chunks(ids):
                self._learn(kind, some)

    def _learn(self, kind: str, ids: list[int]) -> None:
        model = Ref(kind, 0).model
        entries = ChangeEntry.objects.filter(
            model=model._meta.label_lower, record_id__in=ids
        ).exclude(action__in=READING)
        for entry in entries.select_related("by").order_by("pk"):
            ref = Ref(kind, entry.record_id)
            if self._is_meant(ref, entry):
                self.entries[ref].append(entry)
        rows = model.unscoped.filter(pk__in=ids)
        self.gone |= {
            Ref(kind, pk) for pk in set(ids).difference(rows.values_list("pk", flat=True))
        }
        if kind == "session":
            rows = rows.filter(status=ClassSession.Status.CANCELLED)
        elif kind in ("class", "activity"):
            rows = rows.filter(cancelled_at__isnull=False)
        else:
            return
        self.cancelled |= {Ref(kind, pk) for pk in rows.values_list("pk", flat=True)}

    def _is_meant(self, ref: Ref, entry: ChangeEntry) -> bool:
        """Whether a change lies between the two contents."""
        before, after = self._record(self.old, ref), self._record(self.new, ref)
        if before is None and entry.at <= self.since:
            return False
        if before is not None and entry.pk <= before["entry"]:
            return False
        if self.is_now:
            return True
        return entry.at <= self.until if after is None else entry.pk <= after["entry"]

    def _record(self, content: Content, ref: Ref) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (
            content["names"]["records"].get(ref.kind, {}).get(str(ref.pk))
        )
        return found

    # --- People -----------------------------------------------------------------------------

    def same_people(self) -> Iterator[tuple[int, Became]]:
        """People who count as somebody else in the later content, in order of their rows."""
        old, new = (
            {person for fact in content["facts"] for person in fact["people"]}
            for content in (self.old, self.new)
        )
        stays = self._followed(old - new, new)
        yield from ((pk, Became(pk, stays[pk])) for pk in sorted(stays))
        came = [Ref("person", pk) for pk in sorted(new - old)]
        self.learn([*came, *(Ref("person", pk) for pk in stays)])
        for ref in came:
            for entry in self.entries[ref]:
                kept = (entry.changes.get("merged_into") or [None])[0]
                if entry.action == Action.RESTORED and kept in old:
                    yield ref.pk, Became(kept, ref.pk, is_parted=True)
                    break

    def _followed(self, gone: Iterable[int], new: set[int]) -> dict[int, int]:
        """{person: the one it was merged into, who is counted now}."""
        at = {pk: pk for pk in gone}
        found: dict[int, int] = {}
        seen: set[int] = set()
        while at:
            into: dict[int, int] = {}
            for some in in_chunks(set(at.values()) - seen):
                rows = Participant.unscoped.filter(pk__in=some, merged_into__isnull=False)
                into |= dict(rows.values_list("pk", "merged_into_id"))
            seen |= set(at.values())
            at = {pk: into[where] for pk, where in at.items() if where in into}
            found |= {pk: where for pk, where in at.items() if where in new}
            at = {pk: where for pk, where in at.items() if where not in new and where not in seen}
        return found

    # --- Kinds ------------------------------------------------------------------------------

    def kinds(self, changed: Mapping[Any, Pair], joined: set[Any]) -> dict[Any, Kind]:
        """What happened to each fact that changed."""
        self.learn(ref for key in changed for ref in _refs(key))
        found = {}
        for key, (before, after) in changed.items():
            if before is None:
                found[key] = self._came(key)
            elif after is None:
                found[key] = self._went(key, self._elsewhere(changed))
            else:
                is_same_person = key in joined and _differ_by_roster(before, after)
                found[key] = Kind.MERGED if is_same_person else Kind.EDITED
        return found | self._starts(changed, found)

    def _starts(self, changed: Mapping[Any, Pair], kinds: Mapping[Any, Kind]) -> dict[Any, Kind]:
        """A class begins, or no longer begins, in these days by what happened to its session."""
        of_sessions: dict[Any, Kind] = {}
        for key, pair in changed.items():
            if key[2] == "session" and None in pair:
                of_sessions.setdefault((key[1], *_days(pair)), kinds[key])
        return {
            key: of_sessions.get((key[1], *_days(pair)), kinds[key])
            for key, pair in changed.items() if key[2] == "start" and None in pair
        }  # fmt: skip

    def _came(self, key: Any) -> Kind:
        entries = [entry for ref in _refs(key) for entry in self.entries[ref]]
        entered = [
            datetime.fromisoformat(record["entered"])
            for ref in _refs(key)
            if (record := self._record(self.new, ref)) and record["entered"]
        ]
        if entered and max(entered) > self.since:
            return self._in_time(max(entered))
        if any(entry.action == Action.RESTORED for entry in entries):
            return Kind.RESTORED
        for entry in entries:
            if MOVES & entry.changes.keys():
                return Kind.REFILED
            if (entry.changes.get("status") or [None])[-1] == ClassSession.Status.HELD:
                return self._in_time(entry.at)
        return Kind.EDITED

    def _in_time(self, at: datetime) -> Kind:
        return Kind.LATE if at > self.due_at else Kind.ADDED

    def _went(self, key: Any, elsewhere: set[Any]) -> Kind:
        refs = _refs(key)
        entries = [entry for ref in refs for entry in self.entries[ref]]
        last: dict[str, Kind] = {Action.CANCELLED: Kind.CANCELLED, Action.DELETED: Kind.REMOVED}
        for entry in reversed(entries):
            if entry.action in last:
                return last[entry.action]
        if any(MOVES & entry.changes.keys() for entry in entries):
            return Kind.REFILED
        if not self.is_now:
            return Kind.EDITED
        if key[:4] in elsewhere:
            return Kind.REFILED
        if self.gone.intersection(refs):
            return Kind.REMOVED
        return Kind.CANCELLED if self.cancelled.intersection(refs) else Kind.EDITED

    def _elsewhere(self, changed: Mapping[Any, Pair]) -> set[Any]:
        """Facts of the same records that count now, wherever."""
        if self._found_elsewhere is None:
            self._found_elsewhere = set()
            wanted: dict[str, set[int]] = defaultdict(set)
            for key, (_before, after) in changed.items():
                if after is None:
                    wanted[key[0]].add(key[1])
            for source, ids in wanted.items():
                for some in in_chunks(ids):
                    rows = RollupFact.objects.filter(source=source, source_id__in=some)
                    columns = ("source", "source_id", "grain", "row_id")
                    self._found_elsewhere |= set(rows.values_list(*columns))
        return self._found_elsewhere

    _found_elsewhere: set[Any] | None = None

    # --- Telling ----------------------------------------------------------------------------

    def label(self, ref: Ref) -> str:
        """What the record is called; people are never named."""
        found = self._record(self.new, ref) or self._record(self.old, ref)
        return str(found["label"]) if found else ""

    def is_gone(self, ref: Ref) -> bool:
        """Whether the record is no longer there at all."""
        return ref in self.gone

    @cached_property
    def _amendments(self) -> dict[tuple[str, int], list[Amendment]]:
        found: dict[tuple[str, int], list[Amendment]] = defaultdict(list)
        rows = Amendment.unscoped.filter(
            lock__report=self.report, at__gt=self.since, at__lte=self.until
        )
        for row in rows.select_related("by").order_by("at", "pk"):
            found[row.model, row.record_id].append(row)
        return found

    def trace(self, ref: Ref, rows: Iterable[Ref] = ()) -> Trace:
        """The last change of a record or of its sessions or sites."""
        refs = [ref, *rows]
        entries = sorted(
            (entry for one in refs for entry in self.entries.get(one, ())), key=lambda e: e.pk
        )
        amended = [
            row
            for one in refs
            for row in self._amendments.get((one.model._meta.label_lower, one.pk), ())
        ]
        last: Any = amended[-1] if amended else entries[-1] if entries else None
        if last is None:
            return Trace()
        who = last.by or (entries[-1].by if entries else None)
        reason = last.reason or (entries[-1].reason if entries else "")
        return Trace(last.at, who.full_name if who else "", reason, len(entries) or len(amended))


def _refs(key: Any) -> tuple[Ref, ...]:
    """The records a fact comes from: the class or activity, and its session or site."""
    source = Ref(key[0], key[1])
    return (source, Ref(key[2], key[3])) if key[2] in ("session", "site") else (source,)


def _days(pair: Pair) -> tuple[str | None, ...]:
    return tuple(fact["day"] if fact else None for fact in pair)


def _differ_by_roster(before: Fact, after: Fact) -> bool:
    """Whether two versions of a fact count the same people, ticked once or twice."""
    old, new = before["counts"], after["counts"]
    differing = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return before["people"] == after["people"] and differing <= ROSTER_COUNTERS
