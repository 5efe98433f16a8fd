"""Changing a record of a closed period: for a reason, by somebody, through a door.

Triggers in the database refuse any change that touches a closed period (reporting.closing.guard);
inside ``amending`` they let it through and write the reason down. It lasts as long as the
transaction that ``amending`` opens: all of the change is kept with its reason, or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import uuid4

from django.db import IntegrityError, connection, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaign.portal.access import Access

#: how the database begins its refusal
TOKEN = "portal_period_closed"  # noqa: S105
LONGEST_REASON = 300


@dataclass(frozen=True)
class Said:
    """Why closed records are changed, by whom (the id of an account), and by what door."""

    reason: str
    by: int | None
    door: str


@dataclass(frozen=True)
class Closed:
    """A closed period as people know it."""

    unit: str
    starts_on: date
    ends_on: date
    since: datetime
    by: str


_said: ContextVar[Said | None] = ContextVar("amending", default=None)
_refused: ContextVar[int | None] = ContextVar("refused", default=None)


class ClosedPeriods(Protocol):
    """What the kit asks of those who know closed periods."""

    def find(self, lock_id: int) -> Closed | None:
        """A closed period by its id."""

    def last_day(self, access: Access) -> date | None:
        """The last day on which records that a person may change are closed, if any are."""

    def changed(self, door: str) -> int:
        """How many closed records were changed through a door in this transaction."""


#: reporting knows them
_known: list[ClosedPeriods] = []


class PeriodClosed(Exception):
    """A record of a closed period was to be changed without a reason. Nothing was saved."""

    def __init__(self, lock_id: int | None) -> None:
        self.lock_id = lock_id
        super().__init__(lock_id)

    @property
    def closed(self) -> Closed | None:
        """The closed period; ask when the refused transaction is over."""
        return _known[0].find(self.lock_id) if _known and self.lock_id else None

    def __str__(self) -> str:
        return in_words(self.closed)


def in_words(closed: Closed | None) -> str:
    """What was refused and what would let it through, in one or two sentences."""
    if closed is None:
        return _("A record of a closed period can only be changed with a reason.")
    return _(
        "%(unit)s: %(first)s to %(last)s was approved by %(who)s on %(day)s. "
        "Changing its records needs a reason, which the approver sees."
    ) % {
        "unit": closed.unit,
        "first": date_format(closed.starts_on, "SHORT_DATE_FORMAT"),
        "last": date_format(closed.ends_on, "SHORT_DATE_FORMAT"),
        "who": closed.by or "–",
        "day": date_format(closed.since, "SHORT_DATE_FORMAT"),
    }


def closed_periods_are_known_by(knower: ClosedPeriods) -> None:
    """Tell the kit who knows closed periods."""
    _known[:] = [knower]


def last_closed_day(access: Access) -> date | None:
    """The last day on which records that a person may change are closed, if any are."""
    return _known[0].last_day(access) if _known else None


def closed_records_changed_by(work: Callable[[], object]) -> int:
    """How many closed records some work would change: it is done, counted, and taken back."""
    door = f"trial {uuid4().hex[:12]}"
    with transaction.atomic():
        with amending(door, by=None, door=door):
            work()
            found = _known[0].changed(door) if _known else 0
        transaction.set_rollback(True)
    return found


def refusal_in(error: BaseException | None) -> PeriodClosed | None:
    """The refusal of a closed period behind an error of the database, if that is what it was."""
    while error is not None:
        if isinstance(error, PeriodClosed):
            return error
        if isinstance(error, IntegrityError) and TOKEN in str(error):
            number = re.search(rf"{TOKEN} (\d+)", str(error))
            return PeriodClosed(int(number[1]) if number else _refused.get())
        error = error.__cause__ or error.__context__
    return None


@contextmanager
def refusals_named() -> Iterator[None]:
    """Raise ``PeriodClosed`` where the database refused a change of a closed period."""
    try:
        yield
    except IntegrityError as error:
        if refusal := refusal_in(error):
            raise refusal from error
        raise


@contextmanager
def amending(reason: str, *, by: int | None, door: str) -> Iterator[None]:
    """Let changes of closed records through and write down why. All of it is one transaction."""
    said = Said(reason.strip()[:LONGEST_REASON], by, door[:20])
    if not said.reason:
        raise ValueError("Closed records are changed for a reason.")
    with transaction.atomic():
        before = _said.get()
        token = _said.set(said)
        try:
            _tell(said)
            yield
            if not connection.needs_rollback:
                _tell(before)
        finally:
            _said.reset(token)


def why() -> Said | None:
    """The reason that is in force here."""
    return _said.get()


def signed_by(pk: int) -> None:
    """Say whose reason it is, where that was not known when it was given."""
    said = _said.get()
    if said is not None and said.by is None:
        _said.set(replace(said, by=pk))
        _tell(_said.get())


def again(kept: Mapping[str, Any] | None, door: str) -> AbstractContextManager[None]:
    """Change closed records for the reason that was given when a job was asked for, if one was."""
    if not kept:
        return nullcontext()
    return amending(kept["reason"], by=kept["by"], door=door)


def _tell(said: Said | None) -> None:
    """PostgreSQL keeps it with the transaction; SQLite asks when it needs it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            told = json.dumps(asdict(said)) if said else ""
            cursor.execute("SELECT set_config('portal.amending', %s, true)", [told])


def give_sqlite_its_functions(connection: Any, **kwargs: Any) -> None:
    """What the triggers call on SQLite; a connection without it cannot change guarded records."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("portal_amending", 1, _asked)
        connection.connection.create_function("portal_closed", 1, _note_refusal)


def _note_refusal(lock_id: int) -> None:
    _refused.set(lock_id)


def _asked(what: str) -> Any:
    said = _said.get()
    if said is None:
        return None if what == "by" else ""
    return getattr(said, what)
