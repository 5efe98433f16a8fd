"""Reports in "my work": what is due, overdue or returned, and what waits for one's decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.portal.access import Access
from campaign.portal.figures import num
from campaign.portal.scope import Scope
from reporting.closing import amendments
from reporting.models import Amendment, Report, ReportingCycle
from reporting.piles import SHOWN, Act, Pile, Task
from reporting.reports.piles import in_pile


def _pile(
    name: str,
    scope: Scope,
    look: tuple[Any, str, str],
    sentence: Callable[[Report, datetime], str],
    button: Any,
    order: str = "due_at",
) -> Pile:
    """The reports of one pile, those that wait longest first."""
    now = timezone.now()
    rows = Report.objects.within(scope).filter(in_pile(name, now))
    shown = rows.select_related("cycle__template", "unit").order_by(order, "pk")[:SHOWN]
    tasks = [
        Task(sentence(one, now), about(one), one.get_absolute_url(), str(button)) for one in shown
    ]
    title, icon, tone = look
    url = f"{reverse('reports:list')}?status={name}"
    return Pile(str(title), icon, tone, rows.count(), tasks, url)


def words(report: Report) -> dict[str, str]:
    """What sentences about a report are made of."""
    return {
        "report": str(report.cycle),
        "unit": report.unit.name,
        "due": moment(report.due_at),
        "since": moment(report.since),
    }


def about(report: Report) -> str:
    """Whose report it is, and of which days."""
    return f"{report.unit.name} · {report.cycle.days_meant.dates_label}"


def moment(at: datetime) -> str:
    """A moment as people write it."""
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def overdue(access: Access, today: date) -> Pile:
    """Reports of the own unit that should have been handed in."""

    def sentence(report: Report, now: datetime) -> str:
        days = (timezone.localtime(now).date() - timezone.localtime(report.due_at).date()).days
        text = ngettext(
            "%(report)s is overdue by %(days)s day.",
            "%(report)s is overdue by %(days)s days.",
            max(days, 1),
        )
        return text % {"report": report.cycle, "days": num(max(days, 1))}

    look = (_("Reports overdue"), "calendar-x", "e")
    return _pile("overdue", access.report, look, sentence, _("Open the report"))


def due_soon(access: Access, today: date) -> Pile:
    """Reports of the own unit that are due within a week, or begun; one-off requests at once."""
    look = (_("Reports due"), "calendar-clock", "w")
    return _pile(
        "due", access.report, look,
        lambda report, now: _("%(report)s is due at %(due)s.") % words(report),
        _("Open the report"),
    )  # fmt: skip


def returned(access: Access, today: date) -> Pile:
    """Reports of the own unit that came back with a question."""

    def sentence(report: Report, now: datetime) -> str:
        told = {"report": report.cycle, "reason": report.reason}
        return _("%(report)s was returned: %(reason)s") % told

    look = (_("Reports returned"), "undo", "e")
    button = _("Correct and submit again")
    return _pile("returned", access.report, look, sentence, button, order="since")


def to_sign(access: Access, today: date) -> Pile:
    """Reports the officer has handed to the leader."""
    look = (_("Waiting for your signature"), "edit", "w")
    return _pile(
        "to_sign", access.sign, look,
        lambda report, now: _("%(report)s waits for you to submit it; due at %(due)s.")
        % words(report),
        _("Look and submit"),
    )  # fmt: skip


def to_review(access: Access, today: date) -> Pile:
    """Reports of units that wait for the focal officer."""
    look = (_("Waiting for your approval"), "clipboard-check", "w")
    pile = _pile(
        "to_review", access.review, look,
        lambda report, now: _("%(unit)s submitted %(report)s; it waits since %(since)s.")
        % words(report),
        _("Check"), order="since",
    )  # fmt: skip
    return replace(pile, acts=together(access)) if pile.total > 1 else pile


def together(access: Access) -> list[Act]:
    """For each cycle of which several reports wait: approve them in one act."""
    rows = Report.objects.within(access.review).filter(in_pile("to_review", timezone.now()))
    counted = rows.order_by().values_list("cycle").annotate(number=Count("pk"))
    several = {cycle: number for cycle, number in counted if number > 1}
    cycles = ReportingCycle.objects.within(access.register).filter(pk__in=several)
    return [
        Act(
            _("Approve together: %(report)s (%(count)s)")
            % {"report": cycle, "count": num(several[cycle.pk])},
            reverse("reports:approve_many", args=[cycle.pk]),
        )
        for cycle in cycles.select_related("template").order_by("ends_on", "pk")
    ]


def amended(access: Access, today: date) -> Pile:
    """Records of closed periods that were changed and that nobody has looked at."""
    amendments.gather()
    rows = Amendment.objects.within(access.review).filter(seen_at__isnull=True)
    shown = rows.select_related("unit").order_by("at", "pk")[:SHOWN]
    everything = f"{reverse('amendments:list')}?seen=no"
    tasks = [
        Task(
            _("“%(record)s” was changed in a closed period.") % {"record": one.record_label},
            f"{one.unit.name} · {one.reason or moment(one.at)}",
            reverse("amendments:detail", args=[one.pk]),
            _("Look at it"),
        )
        for one in shown
    ]
    return Pile(_("Amendments"), "history", "w", rows.count(), tasks, everything)
