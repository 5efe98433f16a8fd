"""The sessions of a class as a row of a file wants them, beside those it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import ChangeEntry
from campaign.periods import today
from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.imports.headcounts import TRAITS, Cell, Uncountable, counted, says
from campaign.portal.imports.rows import Fix, Unclear
from campaign.portal.pages import describe
from classes.forms.days import check_day
from classes.imports.session_cells import Moment, in_order
from classes.models import ClassSession, SessionHeadcount, TrainingClass
from classes.rules import MOST_SESSIONS, check_hours, check_people

Status = ClassSession.Status
#: why a count is refused: the column it belongs to, and the words
UNCOUNTABLE = {
    "groups": (
        "",
        gettext_lazy(
            "On %(day)s people were counted by group. Change that on the page of the session."
        ),
    ),
    "total": ("women", gettext_lazy("On %(day)s: write how many people came in all.")),
    "more": ("women", gettext_lazy("On %(day)s: more women than people.")),
}


@dataclass
class Wanted:
    """One session as the row wants it; ``counts`` is None where the row says nothing of people."""

    session: ClassSession
    is_new: bool = False
    counts: list[Cell] | None = None


@dataclass
class Schedule:
    """All sessions of a class as they are to be, those to be removed apart."""

    wanted: list[Wanted] = field(default_factory=list)
    removed: list[ClassSession] = field(default_factory=list)


def refuse(column: str, message: str, *, code: str, fixes: Sequence[Fix] = ()) -> ValidationError:
    """A refusal that belongs to a column."""
    return ValidationError({column: Unclear(message, code=code, fixes=fixes)})


def plan(record: TrainingClass, values: Mapping[str, Any], *, is_new: bool) -> Schedule:
    """Lay the values of a row over the sessions of a class; raises ValidationError by column."""
    now = [] if is_new else [_copy(s) for s in record.sessions.all()]
    schedule = Schedule([Wanted(s) for s in now])
    order = in_order(now)
    moments = _moments(record, values, order, is_new=is_new)
    if moments is not None:
        order = _lay(schedule, record, order, moments)
    _set_hours(order, values.get("hours"))
    _count(record, schedule, order, values)
    return schedule


def _copy(session: ClassSession) -> ClassSession:
    fields = {f.attname: getattr(session, f.attname) for f in session._meta.fields}
    copy = ClassSession(**fields)
    copy._state.adding = False
    copy.counted_now = list(session.headcounts.all())  # type: ignore[attr-defined]
    return copy


# --- Days -----------------------------------------------------------------------------------


def _moments(
    record: TrainingClass, values: Mapping[str, Any], order: list[ClassSession], *, is_new: bool
) -> list[Moment] | None:
    """The days the row asks for, in its order; None when it leaves them as they are."""
    said = values.get("sessions") or values.get("session_count")
    if said is None:
        return None
    if not isinstance(said, int):
        _check_moments(said)
        return said
    if is_new:
        every = timedelta(days=values.get("every") or 1)
        return [(record.starts_on + every * n, None) for n in range(said)]
    if said == len(order):
        return None
    raise refuse(
        "sessions" if "sessions" in values else "session_count",
        _("This class has %(count)d sessions by now. Write the days of all of them.")
        % {"count": len(order)},
        code="count",
    )


def _check_moments(moments: Sequence[Moment]) -> None:
    if len(moments) > MOST_SESSIONS:
        raise refuse(
            "sessions", _("At most %(most)d sessions.") % {"most": MOST_SESSIONS}, code="many"
        )
    for day, _at in moments:
        try:
            check_day(day)
        except ValidationError as error:
            raise ValidationError({"sessions": error}) from error
    if len(set(moments)) < len(moments):
        raise refuse("sessions", _("Two sessions have the same day and time."), code="twice")


def _lay(
    schedule: Schedule,
    record: TrainingClass,
    order: list[ClassSession],
    moments: Sequence[Moment],
) -> list[ClassSession]:
    """Keep, move, add and remove sessions so that they stand on these days; in their order."""
    kept = _paired(order, moments)
    gone = [session for session in order if session not in kept.values()]
    for session in gone:
        if session.status != Status.PLANNED or session.attendances.exists():
            message = _(
                "Session %(number)s was held or called off: cancel it on the page of the class."
            )
            raise refuse("sessions", message % {"number": session.number}, code="held")
    schedule.removed = gone
    schedule.wanted = [w for w in schedule.wanted if w.session not in gone]
    last = max((w.session.number for w in schedule.wanted), default=0)
    last = max([last, *(session.number for session in gone)])
    for moment in sorted(set(moments) - set(kept), key=_by_day):
        last += 1
        session = ClassSession(number=last, held_on=moment[0], starts_at=moment[1])
        session.training_class = record
        session.counted_now = []  # type: ignore[attr-defined]
        schedule.wanted.append(Wanted(session, is_new=True))
        kept[moment] = session
    for (day, at), session in kept.items():
        if session.status == Status.HELD and day > today():
            message = _("This session was held; it cannot move to the future.")
            raise refuse("sessions", message, code="future")
        session.held_on, session.starts_at = day, at
    return [kept[moment] for moment in moments]


def _by_day(moment: Moment) -> tuple[date, str]:
    return moment[0], str(moment[1] or "")


def _paired(order: list[ClassSession], moments: Sequence[Moment]) -> dict[Moment, ClassSession]:
    """Which session stands for which of some days: the same time, else the same day, else moved."""
    pairs: dict[Moment, ClassSession] = {}
    free = list(order)

    def take(moment: Moment, fits: Any) -> None:
        found = next((session for session in free if fits(session)), None)
        if found is not None:
            pairs[moment] = found
            free.remove(found)

    for moment in moments:
        take(moment, lambda s, m=moment: (s.held_on, s.starts_at) == m)
    for moment in moments:
        if moment not in pairs:
            take(moment, lambda s, m=moment: s.held_on == m[0])
    left = sorted((m for m in moments if m not in pairs), key=_by_day)
    if len(left) == len(free):
        pairs |= dict(zip(left, list(free), strict=True))
    return pairs


# --- Hours and people -----------------------------------------------------------------------


def _each(column: str, said: list[Any], order: Sequence[ClassSession]) -> list[Any]:
    """One value for each session, or a refusal that says what to write."""
    if len(said) == len(order):
        return said
    raise refuse(
        column,
        _("There are %(sessions)d sessions and %(values)d values. Write one for each session, "
          "in their order: 30; 28; 31, with – where nothing is known.")
        % {"sessions": len(order), "values": len(said)},
        code="each",
    )  # fmt: skip


def _set_hours(order: Sequence[ClassSession], said: list[Any] | None) -> None:
    if not isinstance(said, list):
        return
    for hours in said:
        try:
            check_hours(hours)
        except ValidationError as error:
            raise ValidationError({"hours": error}) from error
    values = said * len(order) if len(said) == 1 else _each("hours", said, order)
    for session, hours in zip(order, values, strict=True):
        if hours is not None:
            session.hours = hours


def _count(
    record: TrainingClass,
    schedule: Schedule,
    order: Sequence[ClassSession],
    values: Mapping[str, Any],
) -> None:
    """Take the people counted over; a session at which somebody was counted was held."""
    people, women = values.get("people"), values.get("women")
    if people is None and women is None:
        return
    column = "people" if people is not None else "women"
    if not record.takes_headcount:
        message = _("This class counts by its roster alone. Choose another way of counting.")
        raise refuse(column, message, code="roster")
    if not order:
        one = Fix(_("one session, on the first day"), "1")
        message = _("Say on which days the class met, to know at which session they were counted.")
        raise refuse("session_count", message, code="no_session", fixes=[one])
    totals = _each("people", people, order) if people is not None else [None] * len(order)
    of_them = _each("women", women, order) if women is not None else [None] * len(order)
    by_session = {id(wanted.session): wanted for wanted in schedule.wanted}
    for session, all_, female in zip(order, totals, of_them, strict=True):
        if all_ is not None or female is not None:
            by_session[id(session)].counts = _counts_of(session, all_, female, column)


def _counts_of(
    session: ClassSession, people: int | None, women: int | None, column: str
) -> list[Cell]:
    """The cells of a count at one session: women and the others, if the women are known."""
    now: list[SessionHeadcount] = session.counted_now  # type: ignore[attr-defined]
    words = {"day": date_format(session.held_on, "DATE_FORMAT")}
    try:
        cells = counted(now, people, women)
    except Uncountable as error:
        at, words_of = UNCOUNTABLE[error.code]
        raise refuse(at or column, words_of % words, code=error.code) from error
    if says(now, cells):
        return cells
    if session.held_on > today():
        message = _("%(day)s has not come: nobody can have been counted.")
        raise refuse(column, message % words, code="future")
    for _sex, number in cells:
        try:
            check_people(number)
        except ValidationError as error:
            raise ValidationError({column: error}) from error
    session.status = Status.HELD
    return cells


# --- Kept, compared, put back ---------------------------------------------------------------


def parts_of(sessions: Iterable[ClassSession]) -> dict[str, Any]:
    """The sessions and their headcounts as the history keeps them."""
    sessions = list(sessions)
    cells = [
        {"session": session.number, **{n: getattr(cell, n) for n in (*TRAITS, "people")}}
        for session in sessions
        for cell in sorted(session.headcounts.all(), key=_sorted_cell)
    ]
    return {"sessions": described(sessions), "headcounts": cells}


def described(sessions: Iterable[ClassSession]) -> list[dict[str, Any]]:
    """The sessions of a class by number, without the class they belong to."""
    rows = describe(sorted(sessions, key=lambda session: session.number))
    return [{k: v for k, v in row.items() if k != "training_class"} for row in rows]


def _sorted_cell(cell: SessionHeadcount) -> tuple[Any, ...]:
    return tuple(str(getattr(cell, name) or "") for name in TRAITS)


def planned_parts(record: TrainingClass, schedule: Schedule) -> dict[str, Any]:
    """As ``parts_of``, as they will be."""
    sessions = sorted((w.session for w in schedule.wanted), key=lambda session: session.number)
    counts = {w.session.number: w.counts for w in schedule.wanted}
    found: list[dict[str, Any]] = []
    for session in sessions:
        cells = counts[session.number]
        now: list[SessionHeadcount] = session.counted_now  # type: ignore[attr-defined]
        if cells is None or says(now, cells):
            rows = sorted(now, key=_sorted_cell)
        else:
            rows = sorted((SessionHeadcount(sex=s, people=n) for s, n in cells), key=_sorted_cell)
        found += [
            {"session": session.number, **{n: getattr(cell, n) for n in (*TRAITS, "people")}}
            for cell in rows
        ]
    return {"sessions": described(sessions), "headcounts": found}


def store(record: TrainingClass, schedule: Schedule, *, is_new: bool, access: Access) -> None:
    """Write what differs; a session that was there keeps a history of its own."""
    for session in schedule.removed:
        record.sessions.filter(pk=session.pk).delete()
    before = {} if is_new else {s.pk: s for s in record.sessions.all()}
    for wanted in schedule.wanted:
        session = wanted.session
        if wanted.is_new:
            session.training_class = record
            session.save(force_insert=True)
            _store_counts(session, wanted.counts)
            continue
        was = _told(before[session.pk], list(before[session.pk].headcounts.all()))
        now = _told(session, session.counted_now)  # type: ignore[attr-defined]
        recounted = wanted.counts is not None and not says(session.counted_now, wanted.counts)  # type: ignore[attr-defined]
        if was == now and not recounted:
            continue
        session.version += 1
        session.save()
        if recounted:
            _store_counts(session, wanted.counts)
            now["headcounts"] = describe(session.headcounts.all())
        history.record_change(
            session, ChangeEntry.Action.CHANGED, access=access, door="import",
            changes=history.differences(was, now),
        )  # fmt: skip


def _told(session: ClassSession, cells: Sequence[SessionHeadcount]) -> dict[str, Any]:
    told = history.snapshot(session, ("held_on", "starts_at", "hours", "status"))
    return {**told, "headcounts": describe(cells)}


def _store_counts(session: ClassSession, cells: Sequence[Cell] | None) -> None:
    if cells is None:
        return
    session.headcounts.all().delete()
    SessionHeadcount.objects.bulk_create(
        [SessionHeadcount(session=session, sex=sex, people=people) for sex, people in cells]
    )


def put_back(record: TrainingClass, before: Mapping[str, Any]) -> None:
    """Give a class the sessions and headcounts it had (``parts_of``)."""
    then = {row["number"]: row for row in before["sessions"]}
    for session in record.sessions.all():
        if session.number not in then:
            session.delete()
    for number, row in then.items():
        session = record.sessions.filter(number=number).first() or ClassSession(
            training_class=record, number=number
        )
        for name in ("held_on", "starts_at", "hours", "status", "note"):
            setattr(session, name, session._meta.get_field(name).to_python(row[name]))  # type: ignore[union-attr]
        session.version += 1 if session.pk else 0
        session.save()
        session.headcounts.all().delete()
        SessionHeadcount.objects.bulk_create(
            SessionHeadcount(session=session, **{n: cell[n] for n in (*TRAITS, "people")})
            for cell in before["headcounts"]
            if cell["session"] == number
        )
