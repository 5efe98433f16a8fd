"""What the cells of a class say: now, and at the version a file was made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.imports.headcounts import people_of
from campaign.portal.imports.resource import ImportResource
from classes.imports.session_cells import alike_text, days_text, each_text, in_order
from classes.models import WHOLE, ClassSession, SessionHeadcount, TrainingClass
from units.models import Unit

PART_COLUMNS = ("sessions", "session_count", "hours", "people", "women")


class ClassTexts(ImportResource):
    """What the cells of a class say, as its export writes them."""

    class Meta:
        abstract = True

    def version_of(self, record: TrainingClass) -> int:
        return record.version * WHOLE + sum(s.version for s in record.sessions.all())

    def text_of(self, record: TrainingClass, column: str) -> str:
        if column in PART_COLUMNS:
            return part_texts(record, record.sessions.all())[column]
        match column:
            case "class_code":
                return record.code
            case "commune" | "hamlet":
                return place_texts(record)[column]
            case "every":
                return ""
            case "other_topics" | "co_organisers":
                reader = self.columns()[column].widget
                return reader.render(getattr(record, column).all())
        return super().text_of(record, column)


def place_texts(record: TrainingClass) -> dict[str, str]:
    """The commune and the hamlet of a class by their official names."""
    place, hamlet = record.place, None
    if place is not None and place.level == Unit.Level.HAMLET and place.parent is not None:
        place, hamlet = place.parent, place
    return {"commune": place.name if place else "", "hamlet": hamlet.name if hamlet else ""}


def part_texts(record: TrainingClass, sessions: Iterable[Any]) -> dict[str, str]:
    """What the cells about the sessions of a class say."""
    order = in_order(sessions)
    counts = [list(s.headcounts.all()) for s in order] if record.takes_headcount else []
    return schedule_texts(order) | {
        "people": each_text([people_of(cells) for cells in counts]),
        "women": each_text([people_of(cells, "f") for cells in counts]),
    }


def schedule_texts(order: Sequence[ClassSession]) -> dict[str, str]:
    """What the cells about the days of a class say."""
    return {
        "sessions": days_text([(s.held_on, s.starts_at) for s in order]),
        "session_count": str(len(order)) if order else "0",
        "hours": alike_text([s.hours for s in order]) if order else "",
    }


def _sessions_in_words(rows: Any) -> str:
    texts = schedule_texts(in_order([_session(row) for row in rows or ()]))
    return " · ".join(text for text in (texts["sessions"], texts["hours"]) if text)


def _headcounts_in_words(rows: Any) -> str:
    by_session: dict[int, list[int]] = {}
    for row in rows or ():
        by_session.setdefault(row["session"], []).append(row["people"])
    return each_text([sum(by_session[number]) for number in sorted(by_session)])


#: how the parts of a class are told: {name in the history: words}
PARTS_IN_WORDS = {"sessions": _sessions_in_words, "headcounts": _headcounts_in_words}


def texts_then(record: TrainingClass, version: int) -> dict[str, str]:
    """What the cells about the sessions said at a version, as far as the history tells."""
    own, parts = divmod(version, WHOLE)
    changed = history.changed_since(record, own).get("sessions")
    if changed and all(isinstance(row, dict) for row in changed[0] or ()):
        return schedule_texts(in_order([_session(row) for row in changed[0]]))
    sessions = list(record.sessions.all())
    steps = sum(s.version for s in sessions) - parts
    return part_texts(record, [_Then(s) for s in _undone(sessions, steps)]) if steps > 0 else {}


def _session(row: dict[str, Any]) -> ClassSession:
    fields = ("number", "held_on", "starts_at", "hours", "status")
    session = ClassSession()
    for name in fields:
        setattr(session, name, session._meta.get_field(name).to_python(row[name]))  # type: ignore[union-attr]
    return session


def _undone(sessions: Sequence[ClassSession], steps: int) -> list[dict[str, Any]]:
    """The sessions before their last changes, newest first taken back."""
    then = {
        session.pk: {
            "number": session.number, "held_on": session.held_on, "hours": session.hours,
            "starts_at": session.starts_at, "status": session.status,
            "headcounts": [{"sex": c.sex, "people": c.people} for c in session.headcounts.all()],
        }
        for session in sessions
    }  # fmt: skip
    entries = ChangeEntry.objects.filter(
        model=ClassSession._meta.label_lower, record_id__in=then, version__isnull=False
    ).order_by("-pk")[:steps]
    for entry in entries:
        state = then[entry.record_id]
        state |= {name: was for name, (was, _now) in entry.changes.items() if name in state}
    return list(then.values())


class _Then:
    """A session as it was, with its headcounts, in the eyes of ``part_texts``."""

    def __init__(self, state: dict[str, Any]) -> None:
        kept = _session(state)
        self.number, self.status = kept.number, kept.status
        self.held_on: date = kept.held_on
        self.starts_at: time | None = kept.starts_at
        self.hours = kept.hours
        self._cells = [
            SessionHeadcount(sex=cell["sex"], people=cell["people"])
            for cell in state["headcounts"] or ()
        ]

    @property
    def headcounts(self) -> Any:
        """Where the headcounts are asked for."""
        return self

    def all(self) -> list[SessionHeadcount]:
        """Those it had."""
        return self._cells
