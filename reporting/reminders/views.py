"""Reminding by hand, and the notifications of the person signed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from campaign.portal.access import PortalRequest
from campaign.portal.figures import num
from campaign.portal.pages import id_in
from campaign.portal.rules import rule
from reporting.models import Notification, Report
from reporting.reminders import asking

MOST = 500
"""Reports one may remind of together."""

ON_A_PAGE = 20


@rule("review")
@require_http_methods(["GET", "POST"])
def send(request: PortalRequest) -> HttpResponse:
    """What reminding of the chosen reports would do, and doing it.

    The board posts the ids of reports here (``report``); ``do=send`` comes from this page.
    """
    reports = _chosen(request)
    text = request.POST.get("text", "")[: asking.LONGEST]
    must_confirm = False
    if request.POST.get("do") == "send" and reports:
        try:
            sent = asking.remind(
                reports, by=request.access, text=text, confirmed=bool(request.POST.get("confirmed"))
            )
        except asking.RemindedLately:
            must_confirm = True
        else:
            messages.success(request, _told(sent))
            return redirect("reminders:log", pk=reports[0].cycle_id)
    return _preview(request, reports, text, must_confirm=must_confirm)


def _chosen(request: PortalRequest) -> list[Report]:
    """The reports named in the request: all of them to be reviewed by the person, or 404."""
    sent = request.POST if request.method == "POST" else request.GET
    ids = {id_in(text) for text in sent.getlist("report")}
    if len(ids) > MOST:
        raise Http404
    reports = Report.objects.within(request.access.review).filter(pk__in=ids)
    found = list(reports.select_related("unit", "cycle__template").order_by("unit__sort_key", "pk"))
    if len(found) != len(ids):
        raise Http404
    return found


def _preview(
    request: PortalRequest, reports: Sequence[Report], text: str, *, must_confirm: bool
) -> HttpResponse:
    choices = sorted(asking.choices(reports), key=lambda choice: not choice.people)
    reached = [choice for choice in choices if choice.people]
    people = {user.pk for choice in reached for user in choice.people}
    context = {
        "title": _("Remind units"),
        "choices": choices,
        "units": len({choice.report.unit_id for choice in reached}),
        "people": len(people),
        "lately": [choice for choice in reached if choice.is_lately],
        "text": text,
        "longest": asking.LONGEST,
        "must_confirm": must_confirm,
        "cycle": reports[0].cycle if reports else None,
    }
    return render(request, "reminders/send.html", context, status=409 if must_confirm else 200)


def _told(sent: asking.Sent) -> str:
    words = ngettext(
        "Reminded: %(units)s unit, %(people)s people.",
        "Reminded: %(units)s units, %(people)s people.",
        sent.units,
    ) % {"units": num(sent.units), "people": num(sent.people)}
    if not sent.left_out:
        return words
    more = ngettext("%(count)s report was left out.", "%(count)s reports were left out.",
                    sent.left_out)  # fmt: skip
    return f"{words} {more % {'count': num(sent.left_out)}}"


@rule("signed_in")
@require_http_methods(["GET", "POST"])
def notifications(request: PortalRequest) -> HttpResponse:
    """What the person was told, the latest first; marking it read."""
    mine = Notification.objects.filter(to=request.access.user)
    unread = mine.filter(read_at__isnull=True)
    if request.method == "POST":
        wanted = request.POST.get("read", "")
        these = unread if wanted == "all" else unread.filter(pk=id_in(wanted))
        these.update(read_at=timezone.now())
        return redirect(f"{reverse('notifications')}?page={id_in(request.POST.get('page')) or 1}")
    page: Any = Paginator(mine.select_related("by"), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"title": _("Notifications"), "page": page, "unread": unread.count()}
    return render(request, "reminders/notifications.html", context)
