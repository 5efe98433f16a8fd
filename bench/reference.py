"""The pages the dashboard is measured against: the least Django does, and the usual way."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from campaign.periods import Kind, Period, Scheme
from campaign.portal.access import PortalRequest
from campaign.portal.rules import rule
from reporting.models import RollupCell
from reporting.rollups import period_code
from units.models import Unit

TILES = (
    "classes", "support_sessions", "sessions", "online_sessions", "sessions_with_roster",
    "attendances_on_roster", "attendances_counted", "distinct_people", "distinct_completed",
    "activities", "communications", "conferences", "contests", "broadcasts",
    "home_visit_rounds", "reach", "communication_reach", "households_visited",
    "teams_trained", "sites",
)  # fmt: skip
COLUMNS = TILES[:10]


@rule("public")
def hello(request: PortalRequest) -> HttpResponse:
    """The least a page can be: every middleware, and two words."""
    if "who" in request.GET:
        return HttpResponse(f"hello {request.user}")
    return HttpResponse("hello")


@rule("signed_in")
def plain_page(request: PortalRequest, pk: int) -> HttpResponse:
    """20 tiles, 12 months and a table of every commune, from model objects and localised numbers.

    It reads the same cells; only the building of the page is what is usually done.
    """
    period = Period.parse(request.GET["period"], Scheme.ADMIN)
    province = Unit.objects.within(request.access.view).get(pk=pk)
    cells = {
        cell.unit_id: cell
        for cell in RollupCell.objects.filter(axis="place", period=period_code(period)).defer(
            "people", "done"
        )
    }
    communes = Unit.objects.within(request.access.view).communes().order_by("sort_key")
    month, months = Period.containing(period.end, Kind.MONTH, Scheme.ADMIN), []
    for _step in range(12):
        months.append(
            (
                month,
                RollupCell.objects.filter(axis="place", unit_id=pk, period=period_code(month))
                .defer("people", "done")
                .first(),
            )
        )
        month = month.previous()
    context = {
        "title": province.name, "province": province, "columns": COLUMNS,
        "tiles": [(name, getattr(cells[pk], name)) for name in TILES] if pk in cells else [],
        "months": list(reversed(months)),
        "rows": [(unit, cells.get(unit.pk)) for unit in communes],
    }  # fmt: skip
    return render(request, "bench/plain_page.html", context)


@rule("signed_in")
def uncached(request: PortalRequest, pk: int) -> HttpResponse:
    """The provincial dashboard as the first reader after a change gets it: nothing kept."""
    from reporting import views
    from reporting.lens import Lens

    unit: Any = Unit.objects.within(request.access.view).get(pk=pk)
    lens = Lens.of(unit, request.GET, request.access)
    body = render_to_string("reporting/_province.html", views.province_body(lens, "all"))
    return render(
        request,
        "reporting/province.html",
        {
            "title": _("Dashboard of %(unit)s") % {"unit": unit.name},
            "body": body,
            **views.frame(lens),
        },
    )
