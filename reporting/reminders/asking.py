"""Reminding by hand: whom it reaches, when they were reminded last, and never twice by mistake."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy, ngettext

from campaign.portal.access import Access
from reporting.models import Reminder, Report
from reporting.reminders.people import Responsible
from reporting.reminders.sending import Message, deliver
from reporting.reminders.stuck import Stuck, by_hand, is_closed

AGAIN_AFTER = timedelta(hours=24)
"""Within this time the same unit is reminded again only when that is confirmed."""

LONGEST = 500
"""Characters of the words of one's own."""


class RemindedLately(Exception):
    """Units that were reminded within a day; whoever reminds has to confirm."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__(", ".join(choice.report.unit.name for choice in choices))
        self.choices = choices


@dataclass(frozen=True)
class Choice:
    """One chosen report: what would be said, to whom, and when its unit was reminded last."""

    report: Report
    stuck: Stuck | None
    people: Sequence[Any]
    reminded_at: datetime | None
    is_lately: bool
    #: why nobody is reminded of it; '' when somebody is
    left_out: Any = ""


@dataclass(frozen=True)
class Sent:
    """What one reminding came to."""

    units: int
    people: int
    left_out: int


def choices(reports: Iterable[Report], now: datetime | None = None) -> list[Choice]:
    """What reminding of some reports would do."""
    now = now or timezone.now()
    day = timezone.localtime(now).date()
    reports = list(reports)
    stuck = {report.pk: by_hand(report, now) for report in reports}
    responsible = Responsible([one for one in stuck.values() if one], day)
    last = _reminded({report.unit_id for report in reports})
    found = []
    for report in reports:
        one = stuck[report.pk]
        people = responsible.of(one) if one else ()
        at = last.get(report.unit_id)
        is_lately = at is not None and now - at < AGAIN_AFTER
        why_not = _why_not(one, people, is_closed(report, day))
        found.append(Choice(report, one, () if why_not else people, at, is_lately, why_not))
    return found


def _why_not(stuck: Stuck | None, people: Sequence[Any], is_over: bool) -> Any:
    if is_over:
        return gettext_lazy("The unit has been closed.")
    if stuck is None:
        return gettext_lazy("The unit has handed in its report.")
    return "" if people else gettext_lazy("Nobody has an account for this unit.")


def _reminded(units: Iterable[int]) -> dict[int, datetime]:
    rows = Reminder.unscoped.filter(unit__in=units, why=Reminder.Why.ASKED).order_by()
    return dict(rows.values_list("unit").annotate(last=Max("at")))


def remind(
    reports: Iterable[Report], *, by: Access, text: str = "", confirmed: bool = False,
    now: datetime | None = None,
) -> Sent:  # fmt: skip
    """Remind the people responsible for some reports; each gets one message.

    Only who reviews a report may remind of it (PermissionDenied). RemindedLately when a unit was
    reminded within 24 hours and that is not ``confirmed``; then nobody is.
    """
    wanted = {report.pk for report in reports}
    with transaction.atomic():
        rows = Report.objects.within(by.review).filter(pk__in=wanted)
        # two who remind of the same report wait for one another
        taken = list(rows.select_for_update(of=("self",)).select_related("unit", "cycle__template"))
        if len(taken) != len(wanted):
            raise PermissionDenied
        found = choices(taken, now)
        reached = [choice for choice in found if choice.people]
        lately = [choice for choice in reached if choice.is_lately]
        if lately and not confirmed:
            raise RemindedLately(lately)
        people = _told(reached, text, by.user)
        deliver(people, by=by.user)
    units = {choice.report.unit_id for choice in reached}
    return Sent(len(units), len(people), len(found) - len(reached))


def _told(reached: Sequence[Choice], text: str, sender: Any) -> list[Message]:
    """One message a person, in their language."""
    waits: dict[Any, list[Stuck]] = defaultdict(list)
    for choice in reached:
        for user in choice.people:
            if choice.stuck:
                waits[user].append(choice.stuck)
    messages = []
    for user, found in waits.items():
        with translation.override(user.language):
            title = ngettext(
                "%(name)s reminds you of %(count)s report",
                "%(name)s reminds you of %(count)s reports",
                len(found),
            ) % {"name": sender, "count": len(found)}
            own = [{"text": " ".join(text.split())[:LONGEST], "url": ""}] if text.strip() else []
            lines = own + [{"text": one.sentence, "url": one.url} for one in found]
        about = [(one.report, str(Reminder.Why.ASKED)) for one in found]
        messages.append(Message(user, title, lines, about))
    return messages
