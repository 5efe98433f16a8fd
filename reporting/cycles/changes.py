"""What a focal officer changes on the board: more time for some units."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from campaign.portal.access import PortalRequest
from campaign.portal.pages import id_in
from campaign.portal.rules import rule
from reporting.cycles.forms import ExtendForm
from reporting.cycles.standing import NOT_SUBMITTED, RETURNED
from reporting.cycles.views import cycle_of, name_of
from reporting.models import Report
from reporting.reports import flow

MOST = 500


@rule("review")
@require_POST
def extend(request: PortalRequest, pk: int) -> HttpResponse:
    """Give the chosen units more time: first the day and the reason are asked, then it is done."""
    cycle = cycle_of(request.access, pk)
    picked = [id_in(value) for value in request.POST.getlist("report")[:MOST]]
    rows = Report.objects.within(request.access.review).filter(
        cycle=cycle, pk__in=picked, state__in=(*NOT_SUBMITTED, *RETURNED)
    )
    reports = list(rows.select_related("unit").order_by("unit__sort_key", "pk"))
    if not reports:
        messages.error(request, _("Choose units that have not submitted yet."))
        return redirect(cycle)
    is_sent = request.POST.get("step") == "do"
    form = ExtendForm(request.POST if is_sent else None, access=request.access)
    if is_sent and form.is_valid():
        try:
            _give(reports, form, request)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect(cycle)
    context: dict[str, Any] = {
        "cycle": cycle,
        "form": form,
        "reports": reports,
        "title": _("Give more time"),
        "crumbs": [
            (_("Reporting cycles"), reverse("cycles:list")),
            (name_of(cycle), cycle.get_absolute_url()),
            (_("Give more time"), ""),
        ],
    }
    return render(request, "cycles/extend.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _give(reports: list[Report], form: ExtendForm, request: PortalRequest) -> None:
    for report in reports:
        flow.extend(report, form.due_at, form.cleaned_data["reason"], request.access)
    words = ngettext(
        "%(count)s unit has until %(at)s.", "%(count)s units have until %(at)s.", len(reports)
    )
    messages.success(
        request, words % {"count": len(reports), "at": f"{form.due_at:%H:%M %d/%m/%Y}"}
    )
