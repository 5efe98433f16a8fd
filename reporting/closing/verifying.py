"""Checking all snapshots, as every night does."""

from __future__ import annotations

from dataclasses import dataclass, field

from reporting.closing.snapshots import verify
from reporting.models import Amendment, AmendmentMark, PeriodLock, Report, Snapshot


@dataclass
class Checked:
    """What checking all snapshots found."""

    snapshots: int = 0
    #: their own text, hash or sums are wrong
    broken: list[Snapshot] = field(default_factory=list)
    #: built again from the records of today
    built_again: int = 0
    #: the records of a closed period read otherwise, and nothing says why
    unexplained: list[Snapshot] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether every snapshot can be relied on."""
        return not (self.broken or self.unexplained)


def verify_all(*, against_records: bool = True) -> Checked:
    """Check every snapshot; those of closed periods that nobody amended are built again, too."""
    closed = _closed_and_untouched() if against_records else frozenset()
    checked = Checked()
    rows = Snapshot.unscoped.select_related("report__unit", "report__cycle__template")
    for snapshot in rows.order_by("pk").iterator(chunk_size=100):
        verdict = verify(snapshot, against_records=snapshot.pk in closed)
        checked.snapshots += 1
        if not verdict.is_sound:
            checked.broken.append(snapshot)
        if verdict.is_same_now is not None:
            checked.built_again += 1
            if not verdict.is_same_now:
                checked.unexplained.append(snapshot)
    return checked


def _closed_and_untouched() -> frozenset[int]:
    """Snapshots whose records are closed, and of which no record was amended."""
    locks = dict(
        PeriodLock.unscoped.filter(
            released_at__isnull=True, report__state__in=Report.FROZEN
        ).values_list("pk", "snapshot_id")
    )
    touched = {
        *Amendment.unscoped.filter(lock__in=locks).values_list("lock_id", flat=True),
        *AmendmentMark.objects.values_list("lock_id", flat=True),
    }
    return frozenset(snapshot for lock, snapshot in locks.items() if lock not in touched)
