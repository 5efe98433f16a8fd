"""One digest a person and working day: what is stuck at whom, in the portal and by e-mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import ngettext

from campaign.working_days import is_working_day
from reporting.models import Notification
from reporting.reminders.people import Responsible
from reporting.reminders.sending import Message, deliver
from reporting.reminders.stuck import Stuck, Why, stuck_on

FROM = time(7, 30)
"""From this time of a working day digests go out."""

FEW = 5
"""So many reports of one cycle and kind are told one by one; more as one sentence."""

CACHE_KEY = "digests-sent"
A_DAY = 24 * 3600


def send_digests(now: datetime | None = None) -> int:
    """Tell everybody what is stuck at them; returns how many digests were sent.

    Safe to run at any time, twice and beside itself: who has had the digest of the day gets no
    other. Nothing is sent on days when offices are closed.
    """
    now = now or timezone.now()
    day = timezone.localtime(now).date()
    if not is_working_day(day):
        return 0
    waits: dict[Any, list[Stuck]] = defaultdict(list)
    stuck = stuck_on(now)
    responsible = Responsible(stuck, day)
    for one in stuck:
        for user in responsible.of(one):
            waits[user].append(one)
    told = set(Notification.objects.filter(digest_on=day).values_list("to_id", flat=True))
    return sum(_tell(user, found, day) for user, found in waits.items() if user.pk not in told)


def _tell(user: Any, found: Sequence[Stuck], day: Any) -> bool:
    try:
        with transaction.atomic():
            deliver([digest_of(user, found)], digest_on=day)
    except IntegrityError:  # somebody else was faster
        return False
    return True


def digest_of(user: Any, found: Sequence[Stuck]) -> Message:
    """The message to one person, in their language."""
    with translation.override(user.language):
        title = ngettext(
            "%(count)s report waits for you", "%(count)s reports wait for you", len(found)
        )
        return Message(
            user, title % {"count": len(found)}, lines_of(found),
            [(one.report, one.why) for one in found],
        )  # fmt: skip


def lines_of(found: Sequence[Stuck]) -> list[dict[str, str]]:
    """A sentence for each report; many of one kind in one cycle are one sentence."""
    groups: dict[Any, list[Stuck]] = defaultdict(list)
    for one in found:
        groups[one.report.cycle_id, one.why].append(one)
    lines = []
    for group in groups.values():
        if len(group) > FEW:
            lines.append(
                {"text": _together(group), "url": group[0].report.cycle.get_absolute_url()}
            )
        else:
            lines += [{"text": one.sentence, "url": one.url} for one in group]
    return lines


def _together(group: Sequence[Stuck]) -> str:
    words = {"count": len(group), "report": group[0].report.cycle}
    if group[0].why == Why.WAITING:
        return ngettext(
            "%(report)s: %(count)s report waits for you.",
            "%(report)s: %(count)s reports wait for you.",
            len(group),
        ) % words  # fmt: skip
    return ngettext(
        "%(report)s: %(count)s report is not handed in.",
        "%(report)s: %(count)s reports are not handed in.",
        len(group),
    ) % words  # fmt: skip


def ensure_sent() -> None:
    """Where no beat runs: the digests of the day, once from the morning on."""
    now = timezone.localtime()
    key = f"{CACHE_KEY}:{now.date()}"
    if now.time() < FROM or not cache.add(key, True, A_DAY):
        return
    try:
        send_digests()
    except Exception:
        cache.delete(key)
        raise
