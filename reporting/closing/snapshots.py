"""Snapshots: what a report said when it was handed in, approved or compiled, frozen for ever.

A snapshot is canonical text, its SHA-256 and the moment. The text is a function of the records
alone: no clock, no language, no order of rows goes into it, so that building it twice gives equal
bytes on every database. Why it is made this way: docs/decisions/0013-snapshots.md.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from reporting.closing.content import Gathering
from reporting.closing.recount import Content, Recount
from reporting.models import Report, Snapshot
from reporting.rollups import settle_what_is_known, take_settler_lock
from units.models import Unit


@dataclass(frozen=True)
class Verdict:
    """What checking a snapshot found."""

    #: the text is the text that was frozen
    is_whole: bool
    #: the frozen facts still add up to the frozen figures and breakdowns
    adds_up: bool
    #: the records say today what they said then; None where that was not asked
    is_same_now: bool | None

    @property
    def is_sound(self) -> bool:
        """Whether the snapshot itself can be relied on, whatever became of the records."""
        return self.is_whole and self.adds_up


def canonical(content: Any) -> bytes:
    """The one text of a content: sorted keys, no spaces, UTF-8."""
    text = json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def build(report: Report, *, like: Content | None = None) -> bytes:
    """The canonical text of a report as its records are now.

    ``like`` is the content of a snapshot to be built again: what merely describes (names of
    units and records, the template, how far histories went) is then taken from it.
    """
    with transaction.atomic():
        take_settler_lock()
        settle_what_is_known()
        return canonical(Gathering(report, like).content())


def freeze(report: Report, occasion: str, by: Any) -> Snapshot:
    """Freeze what a report says, within the caller's transaction."""
    return keep(build(report), unit=report.unit, report=report, occasion=occasion, by=by)


def keep(
    text: bytes,
    *,
    unit: Unit,
    report: Report | None,
    occasion: str,
    by: Any,
    at: datetime | None = None,
) -> Snapshot:
    """Keep a canonical text under its hash; of a report its figures beside it."""
    kept = kept_as(text) if report else kept_as(text) | {"figures": {}}
    return Snapshot.unscoped.create(
        unit=unit, report=report, occasion=occasion, by=by, at=at or timezone.now(), **kept
    )


def kept_as(text: bytes) -> dict[str, Any]:
    """The columns a canonical text of a report is kept in."""
    return {
        "content": zlib.compress(text),
        "sha256": sha256(text).hexdigest(),
        "figures": json.loads(text).get("figures", {}),
    }


def text_of(snapshot: Snapshot) -> bytes:
    """The canonical text as it was frozen."""
    return zlib.decompress(bytes(snapshot.content))


def content_of(snapshot: Snapshot) -> Content:
    """What a snapshot says."""
    found: Content = json.loads(text_of(snapshot))
    return found


def verify(snapshot: Snapshot, *, against_records: bool = True) -> Verdict:
    """Check a snapshot: its hash, its figures from its own facts, and the records of today."""
    try:
        text = text_of(snapshot)
    except zlib.error:
        return Verdict(is_whole=False, adds_up=False, is_same_now=None)
    is_whole = sha256(text).hexdigest() == snapshot.sha256
    if not is_whole or snapshot.report is None:
        return Verdict(is_whole, adds_up=is_whole, is_same_now=None)
    content = json.loads(text)
    recount = Recount(content)
    found = recount.figures()
    adds_up = (
        found == content["figures"] == snapshot.figures
        and recount.breakdowns() == content["breakdowns"]
    )
    is_same = build(snapshot.report, like=content) == text if against_records else None
    return Verdict(is_whole, adds_up, is_same)
