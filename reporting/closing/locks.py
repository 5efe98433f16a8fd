"""Closing the records of one unit for the days of one period, and opening them for some hours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from time import monotonic, sleep

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from campaign.portal.access import Access
from campaign.portal.amending import Closed
from campaign.portal.scope import PATH_STEP
from reporting.closing.guard import GUARD, HUNG_ON
from reporting.models import AmendmentMark, PeriodLock, Report, ReportEvent, Snapshot, UnlockWindow
from units.models import Unit

#: the longest time a closed period may stand open
LONGEST_WINDOW = timedelta(hours=72)
#: how long closing waits for saves that are under way, in milliseconds
PATIENCE = 20_000
#: how long it lets others go first before it asks again, in seconds
AGAIN = 0.03


@contextmanager
def closing(unit: Unit | None = None) -> Iterator[None]:
    """The transaction in which records are frozen and closed: nobody saves meanwhile.

    It begins by waiting for saves that are under way, before it reads or locks anything: the
    snapshot then holds every save that was let in, and every later save meets the closed period.
    With ``unit``, only the saves of its commune or department wait.
    """
    with transaction.atomic():
        _wait_for_saves(unit)
        yield


@contextmanager
def saving(unit: Unit) -> Iterator[None]:
    """A transaction that locks a report first and writes its declared figures afterwards.

    It lines up with those who close before it holds anything they may want.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _share(unit)
        yield


def _share(unit: Unit) -> None:
    """Save beside others: nobody closes the unit's records, or moves it, until this is over."""
    _run("SELECT pg_advisory_xact_lock_shared(%s, 0)", GUARD)
    _run("SELECT pg_advisory_xact_lock_shared(%s, %s)", GUARD, _head(unit))


def _head(unit: Unit) -> int:
    """The commune or department a unit stands in now; the province of what is its own."""
    above = Unit.unscoped.only("path").get(pk=unit.pk).ancestor_ids
    return above[1] if len(above) > 1 else above[0]


def _wait_for_saves(unit: Unit | None) -> None:
    """SQLite's write transaction is such a lock already."""
    if connection.vendor != "postgresql":
        return
    begun = monotonic()
    while (left := PATIENCE - 1000 * (monotonic() - begun)) > 0:
        try:
            with transaction.atomic():
                _run("SELECT set_config('lock_timeout', %s, true)", f"{left:.0f}")
                if _take(unit):
                    _run("SELECT set_config('lock_timeout', '0', true)")
                    return
                transaction.set_rollback(True)  # lets go of what it took: nobody waits for both
        except OperationalError as error:
            raise _busy() from error
        sleep(AGAIN)
    raise _busy()


def _take(unit: Unit | None) -> bool:
    """Wait for the saves of a unit; false while something is changed that others hang rows on."""
    if unit is None or not unit.parent_id:
        _run("SELECT pg_advisory_xact_lock(%s, 0)", GUARD)
        return True
    # Subtrees move only when nobody holds this one: the unit stays where it is.
    _run("SELECT pg_advisory_xact_lock_shared(%s, 0)", GUARD)
    _run("SELECT pg_advisory_xact_lock(%s, %s)", GUARD, _head(unit))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [GUARD, HUNG_ON])
        return bool(cursor.fetchone()[0])


def _busy() -> ValidationError:
    return ValidationError(
        _("Records are being saved just now, perhaps by an import. Try again in a minute."),
        code="busy",
    )


def _run(statement: str, *values: int | str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def close(report: Report, snapshot: Snapshot, by: User | None) -> PeriodLock:
    """Close the records of the report's unit for the days of its cycle; call it in ``closing``."""
    cycle = report.cycle
    return PeriodLock.unscoped.create(
        unit_id=report.unit_id, report=report, snapshot=snapshot, by=by,
        starts_on=cycle.starts_on, ends_on=cycle.ends_on,
    )  # fmt: skip


def release(lock: PeriodLock) -> None:
    """Open the records again: the approval was taken back.

    Unlockings of them end with it: what is approved the next time is closed to all.
    """
    now = timezone.now()
    PeriodLock.unscoped.filter(pk=lock.pk, released_at=None).update(released_at=now)
    UnlockWindow.unscoped.filter(lock=lock, ended_at=None, until__gt=now).update(ended_at=now)


class Known:
    """What the portal kit asks about closed periods."""

    def find(self, lock_id: int) -> Closed | None:
        """A closed period as people know it."""
        lock = PeriodLock.unscoped.filter(pk=lock_id).select_related("unit", "by").first()
        if lock is None:
            return None
        by = lock.by.full_name if lock.by else ""
        return Closed(lock.unit.name, lock.starts_on, lock.ends_on, lock.at, by)

    def last_day(self, access: Access) -> date | None:
        """The last day on which records that a person may change are closed, if any are."""
        above = {
            int(path[at : at + PATH_STEP])
            for path in access.edit.paths
            for at in range(0, len(path), PATH_STEP)
        }
        holding = Q(unit__in=above) | access.edit.q("unit__path")
        locks = PeriodLock.unscoped.filter(holding, released_at=None)
        last: date | None = locks.aggregate(last=Max("ends_on"))["last"]
        return last

    def changed(self, door: str) -> int:
        """How many closed records were changed through a door in this transaction."""
        return AmendmentMark.objects.filter(door=door).values("kind", "ref").distinct().count()


KNOWN = Known()


@transaction.atomic
def open_window(lock: PeriodLock, until: datetime, reason: str, access: Access) -> UnlockWindow:
    """Let the unit change the records of its closed period until a moment, for a reason.

    What is changed meanwhile is recorded as amendments, with this reason.
    """
    locked = (
        PeriodLock.objects.within(access.review)
        .select_for_update(of=("self",))
        .select_related("unit", "report")
        .get(pk=lock.pk)
    )
    now = timezone.now()
    if locked.released_at is not None:
        raise ValidationError(_("These records are not closed any more."), code="released")
    if not reason.strip():
        raise ValidationError(_("Say why the records are opened."), code="reason")
    if not now < until <= now + LONGEST_WINDOW:
        raise ValidationError(_("Open them for 72 hours at most."), code="until")
    window = UnlockWindow.unscoped.create(
        unit=locked.unit, lock=locked, at=now, until=until, reason=reason.strip()[:300],
        by=access.user,
    )  # fmt: skip
    report = locked.report
    ReportEvent.objects.create(
        report=report, at=now, by=access.user, action=ReportEvent.Action.UNLOCKED,
        before=report.state, after=report.state, reason=window.reason,
    )  # fmt: skip
    return window


@transaction.atomic
def end_window(window: UnlockWindow, access: Access) -> UnlockWindow:
    """Close the records again before the time is up."""
    found = (
        UnlockWindow.objects.within(access.review).select_for_update(of=("self",)).get(pk=window.pk)
    )
    now = timezone.now()
    if found.ended_at is None and found.until > now:
        found.ended_at = now
        found.save(update_fields=["ended_at"])
    return found
