"""Pages of the unit register."""

from __future__ import annotations

from django.http import Http404, JsonResponse

from campaign.portal.access import PortalRequest
from campaign.portal.rules import rule
from units.fields import SCOPES, unit_label, units_to_choose
from units.models import Unit

SUGGESTED = 20


@rule("signed_in")
def suggest(request: PortalRequest) -> JsonResponse:
    """Units a person may choose, found by what was typed so far; at most twenty."""
    scope = request.GET.get("scope", "listed")
    levels = tuple(filter(None, request.GET.get("level", "").split(",")))
    if scope not in (*SCOPES, "listed") or set(levels) - set(Unit.Level.values):
        raise Http404
    words = request.GET.get("q", "")[:100]
    units = units_to_choose(
        request.access, scope, levels, former=request.GET.get("former") == "1"
    ).matching(words)[:SUGGESTED]
    results = [
        {
            "id": unit.pk,
            "label": unit_label(unit),
            "name": unit.name,
            "code": unit.code,
            "kind": str(unit.get_kind_display()),
            "parent": unit.parent.name if unit.parent else "",
            "former": unit.is_former,
        }
        for unit in units
    ]
    response = JsonResponse({"results": results})
    response["Cache-Control"] = "private, no-store"
    return response
