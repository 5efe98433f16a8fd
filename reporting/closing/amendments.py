"""From marks to amendments: what was changed in closed records, by whom, why, and what it moved.

The database leaves a mark for every change of a closed record it lets through. Marks of one
record by one person for one reason become one amendment, with the fields before and after from
the log of changes and the figures of the closed period before and after.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q

from activities.models import Activity
from campaign.models import ChangeEntry
from campaign.portal import history
from classes.models import ClassSession
from reporting.closing.guarded import KINDS
from reporting.closing.snapshots import content_of
from reporting.facts import unpack
from reporting.models import (
    COUNTERS,
    Amendment,
    AmendmentMark,
    PeriodLock,
    RollupFact,
    UnlockWindow,
)
from reporting.rollups import is_due, settle_if_due
from units.models import TeamMember

#: marks gathered in one transaction
BATCH = 5000
#: how far the log may lie from the mark: a form saves at once, an import takes its time
NEAR = timedelta(minutes=2)
FAR = timedelta(minutes=30)
SLOW_DOORS = ("import", "undo", "job", "command")
#: parts of a record that have a log of their own, by the kind of the record
PARTS: dict[str, tuple[type[models.Model], str]] = {
    "class": (ClassSession, "training_class"),
    "team": (TeamMember, "team"),
}
REGISTER_OF = {"team": "teams", "model": "models", "solution": "solutions"}

Pair = list[Any]
Changes = dict[str, Pair]


def gather(*, is_settled: bool = False) -> int:
    """Make amendments of the marks there are; returns how many marks were taken.

    Figures must be up to date for that: where a worker settles them, it calls this afterwards.
    """
    if not AmendmentMark.objects.exists():
        return 0
    settle_if_due()
    if is_due() and not is_settled:
        return 0
    with transaction.atomic():
        marks = list(
            AmendmentMark.objects.select_for_update(skip_locked=True).order_by("pk")[:BATCH]
        )
        _Gathering(marks).write()
        AmendmentMark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    return len(marks)


@dataclass
class Group:
    """Marks of one record in one closed period by one person, through one door, for one reason."""

    lock: PeriodLock
    window: UnlockWindow | None
    kind: str
    ref: int
    by_id: int | None
    reason: str
    door: str
    first: datetime
    last: datetime

    @property
    def label(self) -> str:
        """The kind of record, as the log of changes names it."""
        return KINDS[self.kind]

    @property
    def model(self) -> type[models.Model]:
        """What keeps the record."""
        return apps.get_model(self.label)

    @cached_property
    def record(self) -> Any:
        """The record, if it is still there."""
        rows = getattr(self.model, "unscoped", self.model._default_manager)
        return rows.filter(pk=self.ref).first()

    @cached_property
    def entries(self) -> list[ChangeEntry]:
        """What the log of changes says of the record and its parts at that time."""
        about = Q(model=self.label, record_id=self.ref)
        if self.kind in PARTS:
            part, field = PARTS[self.kind]
            rows = part.unscoped.filter(**{field: self.ref})  # type: ignore[attr-defined]
            about |= Q(model=part._meta.label_lower, record_id__in=rows.values("pk"))
        room = FAR if self.door in SLOW_DOORS else NEAR
        found = ChangeEntry.objects.filter(about, at__range=(self.first - room, self.last + room))
        found = found.exclude(action__in=(ChangeEntry.Action.VIEWED, ChangeEntry.Action.EXPORTED))
        if self.by_id:
            found = found.filter(by_id=self.by_id)
        return list(found.order_by("at", "pk"))


class _Gathering:
    """Some marks, and what is read once for all of them."""

    def __init__(self, marks: Iterable[AmendmentMark]) -> None:
        self.marks = list(marks)
        self.locks = PeriodLock.unscoped.select_related("unit", "snapshot").in_bulk(
            {mark.lock_id for mark in self.marks}
        )
        self.windows = UnlockWindow.unscoped.in_bulk(
            {mark.window_id for mark in self.marks if mark.window_id}
        )
        self.said = {lock.pk: _said(lock) for lock in self.locks.values()}

    def write(self) -> None:
        """Write an amendment for each group, or add to one that nobody has looked at."""
        for group in self.groups():
            self._write(group)

    def groups(self) -> Iterable[Group]:
        """The marks by what they are about."""
        found: dict[tuple[Any, ...], Group] = {}
        for mark in self.marks:
            lock = self.locks.get(mark.lock_id)
            if lock is None or mark.kind not in KINDS:
                continue
            window = self.windows.get(mark.window_id or 0)
            reason = mark.reason or (window.reason if window else "")
            key = (lock.pk, mark.kind, mark.ref, mark.by_id, reason, mark.door)
            group = found.setdefault(
                key,
                Group(lock, window, mark.kind, mark.ref, mark.by_id, reason, mark.door,
                      mark.at, mark.at),
            )  # fmt: skip
            group.last = max(group.last, mark.at)
        return found.values()

    def _write(self, group: Group) -> None:
        earlier = Amendment.unscoped.filter(
            lock=group.lock, model=group.label, record_id=group.ref
        ).order_by("-at", "-pk")
        last_entry = group.entries[-1] if group.entries else None
        by_id = group.by_id or (last_entry.by_id if last_entry else None)
        open_one = earlier.filter(seen_at=None, reason=group.reason, by_id=by_id).first()
        figures = self.figures(group, list(earlier))
        changes = changes_of(group)
        if open_one is not None:
            open_one.changes = merged(open_one.changes, changes)
            open_one.figures = merged(open_one.figures, figures)
            open_one.at = group.last
            open_one.save(update_fields=["changes", "figures", "at"])
            return
        Amendment.unscoped.create(
            unit=group.lock.unit, lock=group.lock, window=group.window, model=group.label,
            record_id=group.ref, record_label=_label(group), changes=changes, figures=figures,
            reason=group.reason, at=group.last, by_id=by_id,
            door=(last_entry.door if last_entry and group.door in ("", "form") else group.door),
        )  # fmt: skip

    # --- What it moved ------------------------------------------------------------------------

    def figures(self, group: Group, earlier: list[Amendment]) -> Changes:
        """The record's share in the closed period's figures: as frozen, or amended last, and now."""
        said = self.said[group.lock.pk]
        if said is None or not is_asked(group, said):
            return {}
        before, after = dict(frozen_share(group, said)), share_now(group)
        for amendment in reversed(earlier):
            before |= {code: now for code, (_was, now) in amendment.figures.items()}
        nothing = None if group.kind == "declared" else 0
        if group.kind in REGISTER_OF:
            after = {code: number for code, number in after.items() if code in said["registers"]}
        found = {
            code: [before.get(code, nothing), after.get(code, nothing)]
            for code in sorted(before.keys() | after.keys())
        }
        return {code: pair for code, pair in found.items() if pair[0] != pair[1]}


def _said(lock: PeriodLock) -> dict[str, Any] | None:
    try:
        return content_of(lock.snapshot)
    except (zlib.error, ValueError):
        return None


def _label(group: Group) -> str:
    """The record's name; people are not named to those who only look at figures."""
    if group.label in history.kinds_about_people():
        return f"#{group.ref}"
    named = group.entries[-1].record_label if group.entries else ""
    return (str(group.record) if group.record is not None else named or f"#{group.ref}")[:200]


def changes_of(group: Group) -> Changes:
    """{field, or part and field: [before, after]}; of a person only that something changed."""
    if group.label in history.kinds_about_people():
        return {}
    found: Changes = {}
    names = _names_of_parts(group)
    for entry in group.entries:
        of_part = ""
        if entry.model != group.label:
            of_part = f"{entry.model}:{names.get(entry.record_id, entry.record_id)}:"
        changes = entry.changes or {"": [None, entry.action]}
        found = merged(found, {f"{of_part}{name}": pair for name, pair in changes.items()})
    return found


def _names_of_parts(group: Group) -> dict[int, str]:
    """What people call the parts of a record: sessions by their number."""
    if group.kind not in PARTS:
        return {}
    part, field = PARTS[group.kind]
    ids = {entry.record_id for entry in group.entries if entry.model == part._meta.label_lower}
    rows = part.unscoped.filter(**{field: group.ref}, pk__in=ids)  # type: ignore[attr-defined]
    return {row.pk: str(getattr(row, "number", row)).replace(":", " ") for row in rows}


def merged(first: Changes, then: Changes) -> Changes:
    """One change after another as one: what was before the first, what is after the last."""
    found = {name: list(pair) for name, pair in first.items()}
    for name, (before, after) in then.items():
        found[name] = [found[name][0] if name in found else before, after]
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def _sources(group: Group) -> list[tuple[str, int]]:
    """The records whose facts a kind of change moves."""
    if group.kind in ("class", "activity"):
        return [(group.kind, group.ref)]
    if group.kind == "type":
        rows = Activity.unscoped.filter(type=group.ref)
        return [("activity", pk) for pk in rows.values_list("pk", flat=True)]
    return []


def is_asked(group: Group, said: dict[str, Any]) -> bool:
    """Whether the frozen report says anything that this kind of record moves."""
    if group.kind == "declared":
        code = group.record.indicator if group.record is not None else None
        return bool(said["declared"]) and (code is None or code in said["asked_declared"])
    if group.kind in REGISTER_OF:
        return REGISTER_OF[group.kind] in said["registers"]
    return bool(said["indicators"])


def frozen_share(group: Group, said: dict[str, Any]) -> dict[str, int]:
    """What the record came to in the frozen report."""
    if group.kind == "person":
        return {"people": len({pk for fact in said["facts"] for pk in fact["people"]})}
    if group.kind == "declared":
        return _declared(
            (code, one)
            for code, about in said["declared"].items()
            for one in (about or {}).get("figures", ())
            if one["id"] == group.ref
        )
    if group.kind in REGISTER_OF:
        code = REGISTER_OF[group.kind]
        found = {code: int(group.ref in {int(pk) for pk in said["registers"][code]})}
        if group.kind == "team" and "team_members" in said["registers"]:
            kept = said["registers"]["team_members"]
            own = TeamMember.unscoped.filter(team=group.ref).values_list("pk", flat=True)
            found["team_members"] = len(set(kept).intersection(own))
        return found
    sources, total = set(_sources(group)), Counter[str]()
    for fact in said["facts"]:
        if (fact["source"], fact["source_id"]) in sources:
            total.update(fact["counts"])
    return total


def share_now(group: Group) -> dict[str, int]:
    """What the record comes to in the closed period now."""
    if group.kind in REGISTER_OF:
        found = {REGISTER_OF[group.kind]: int(_is_registered(group))}
        if group.kind == "team":
            serving = TeamMember.unscoped.serving_on(group.lock.ends_on)
            found["team_members"] = serving.filter(team=group.ref).count()
        return found
    if group.kind == "declared":
        return {} if group.record is None else {group.record.indicator: group.record.value}
    lock = group.lock
    facts = RollupFact.objects.filter(
        owner_path__gte=lock.unit.path, owner_path__lt=lock.unit.path_end,
        day__range=(lock.starts_on, lock.ends_on),
    )  # fmt: skip
    if group.kind == "person":
        everybody: set[int] = set()
        for people in facts.values_list("people", flat=True):
            everybody.update(unpack(people))
        return {"people": len(everybody)}
    refs = defaultdict(list)
    for source, pk in _sources(group):
        refs[source].append(pk)
    total = Counter[str]()
    for source, pks in refs.items():
        rows = facts.filter(source=source, source_id__in=pks)
        sums = rows.aggregate(**{name: models.Sum(name, default=0) for name in COUNTERS})
        total.update({name: number for name, number in sums.items() if number})
    return total


def _declared(found: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, int]:
    return {code: one["value"] for code, one in found}


def _is_registered(group: Group) -> bool:
    """Whether a team, model or solution counts on the last day of the closed period."""
    record, day = group.record, group.lock.ends_on
    if record is None or getattr(record, "cancelled_at", None):
        return False
    if group.kind == "solution":
        return bool(group.lock.starts_on <= record.recognised_on <= day)
    since = record.founded_on if group.kind == "team" else record.started_on
    return bool(since <= day and (record.ended_on is None or record.ended_on > day))
