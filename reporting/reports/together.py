"""All reports of a cycle at once, for the focal officer: approving them, reading their narrative."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaign.portal.access import PortalRequest
from campaign.portal.pages import get_scoped, id_in
from campaign.portal.rules import rule
from campaign.text import fold
from reporting.models import Report, ReportComment, ReportingCycle, ReportText
from reporting.reports import flow

PER_PAGE = 60


def cycle_of(request: PortalRequest, pk: int, scope: str) -> ReportingCycle:
    """The cycle, in the reader's scope."""
    rows = ReportingCycle.objects.within(getattr(request.access, scope))
    found: ReportingCycle = get_scoped(rows.select_related("template", "unit"), pk=pk)
    return found


def waiting(cycle: ReportingCycle, request: PortalRequest) -> QuerySet[Any]:
    """The reports of a cycle that wait for approval, and whether a comment is to be followed up.

    What was asked before a report was handed in again counts as answered.
    """
    asked = ReportComment.objects.filter(
        report=OuterRef("pk"), needs_answer=True, at__gt=OuterRef("submitted_at")
    )
    rows = Report.objects.within(request.access.review).filter(
        cycle=cycle, state=Report.State.SUBMITTED
    )
    return rows.select_related("unit", "cycle__template", "submitted_by").annotate(
        has_open_questions=Exists(asked)
    )


@rule("review")
def approve_many(request: PortalRequest, pk: int) -> HttpResponse:
    """Approve what nothing was noticed about in one act; exceptions are listed first."""
    cycle = cycle_of(request, pk, "review")
    rows = list(waiting(cycle, request).order_by("unit__sort_key", "pk"))
    context: dict[str, Any] = {
        "cycle": cycle,
        "title": _("Approve reports together"),
        "crumbs": [(str(cycle), cycle.get_absolute_url()), (_("Approve reports together"), "")],
    }
    if request.method == "POST":
        chosen = {id_in(value) for value in request.POST.getlist("report")}
        outcome = flow.approve_many([one for one in rows if one.pk in chosen], request.access)
        return render(request, "reports/approved.html", context | {"outcome": outcome})
    reasons = [(one, flow.exception(one)) for one in rows]
    context["exceptions"] = [(one, why) for one, why in reasons if why]
    context["ready"] = [one for one, why in reasons if not why]
    return render(request, "reports/approve_many.html", context)


@rule("province")
@require_safe
def narratives(request: PortalRequest, pk: int) -> HttpResponse:
    """What all units of a cycle wrote, in one place: by section, unit and word."""
    cycle = cycle_of(request, pk, "view")
    sections = list(cycle.template.sections.all())
    codes = [one.code for one in sections]
    section = request.GET.get("section", codes[0] if codes else "")
    rows = texts_of(cycle, request).filter(section=section).exclude(text="")
    if unit := request.GET.get("unit", "").strip():
        rows = rows.filter(report__unit__search_key__contains=fold(unit))
    found = list(rows)
    if words := request.GET.get("q", "").strip():
        found = [row for row in found if fold(words) in fold(row.text)]
    context = {
        "cycle": cycle,
        "title": _("Narratives of units"),
        "sections": sections,
        "section": section,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "written": len(found),
        "all": Report.objects.within(request.access.view).filter(cycle=cycle).count(),
        "crumbs": [(str(cycle), cycle.get_absolute_url()), (_("Narratives of units"), "")],
        "part": request.GET.get("part") == "list",
    }
    name = "reports/_narratives.html" if context["part"] else "reports/narratives.html"
    return render(request, name, context)


def texts_of(cycle: ReportingCycle, request: PortalRequest) -> QuerySet[Any]:
    """The sections of the reports of a cycle that are in view, handed in or not."""
    seen = Report.objects.within(request.access.view).filter(cycle=cycle)
    rows = ReportText.objects.filter(report__in=seen)
    return rows.select_related("report__unit").order_by("report__unit__sort_key", "pk")
