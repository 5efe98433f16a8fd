"""The board and the matrix of one cycle."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaign.periods import Kind
from campaign.portal.access import Access, PortalRequest
from campaign.portal.pages import get_scoped
from campaign.portal.rules import rule
from reporting.cycles.board import Board
from reporting.cycles.matrix import Matrix
from reporting.cycles.obligations import ensure_open
from reporting.cycles.standing import Round
from reporting.models import Report, ReportingCycle
from units.models import Unit

VIEWS = ("board", "matrix", "list")
LEVELS = (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
LEVEL_NAMES: dict[str, Any] = {
    Unit.Level.COMMUNE: gettext_lazy("Communes, wards, special zones"),
    Unit.Level.DEPARTMENT: gettext_lazy("Departments, branches"),
}


def cycle_of(access: Access, pk: int) -> ReportingCycle:
    """A cycle of the person's province."""
    cycles = ReportingCycle.objects.within(access.register)
    return get_scoped(cycles.select_related("template", "unit"), pk=pk)


@rule("signed_in")
@require_safe
def board(request: PortalRequest, pk: int) -> HttpResponse:
    """One cycle: who has submitted, who waits for whom, and what to do about it."""
    ensure_open()
    cycle = cycle_of(request.access, pk)
    view = request.GET.get("view", "board")
    levels = levels_of(request.access, cycle)
    if view == "list" or not levels:
        return redirect("cycles:reports", pk=pk)
    own = own_report(request.access, cycle, levels)
    if own is not None:
        return redirect(own)
    level = chosen_level(request, levels)
    cycle_round = Round(cycle, request.access, level)
    context = frame(request.access, cycle, level, levels, view) | {"board": Board(cycle_round)}
    if view == "matrix" and not cycle.template.is_request:
        matrix = Matrix(cycle_round)
        return render(
            request, "cycles/matrix.html",
            context | {"matrix": matrix, "rows": list(matrix.rows())},
        )  # fmt: skip
    return render(request, "cycles/board.html", context)


def name_of(cycle: ReportingCycle) -> str:
    """A cycle as people speak of it: "Monthly report 11/2026", a request by its name."""
    period = cycle.days_meant
    if cycle.template.is_request:
        return cycle.template.name
    if period.kind in (Kind.MONTH, Kind.QUARTER, Kind.YEAR):
        return f"{cycle.template.name} {period.short_label}"
    return str(cycle)


def levels_of(access: Access, cycle: ReportingCycle) -> dict[str, int]:
    """How many reports of each level of units the reader may see."""
    rows = Report.objects.within(access.view).filter(cycle=cycle).order_by()
    found = dict(rows.values_list("unit__level").annotate(number=Count("pk")))
    return {level: found[level] for level in LEVELS if level in found}


def own_report(access: Access, cycle: ReportingCycle, levels: dict[str, int]) -> Report | None:
    """The one report of the cycle that somebody may see who sees no other."""
    if sum(levels.values()) != 1:
        return None
    return Report.objects.within(access.view).filter(cycle=cycle).first()


def chosen_level(request: PortalRequest, levels: dict[str, int]) -> str:
    """Communes or departments: what was asked for, if there is any."""
    wanted = request.GET.get("level", "")
    return wanted if wanted in levels else next(iter(levels))


def frame(
    access: Access, cycle: ReportingCycle, level: str, levels: dict[str, int], view: str
) -> dict[str, Any]:
    """What all looks at one cycle share: its name, the tabs, what may be done."""
    return {
        "cycle": cycle,
        "title": name_of(cycle),
        "crumbs": [(_("Reporting cycles"), reverse("cycles:list")), (name_of(cycle), "")],
        "level": level,
        "levels": [
            {
                "label": LEVEL_NAMES[key],
                "count": count,
                "url": f"?view={view}&level={key}",
                "current": key == level,
            }
            for key, count in levels.items()
        ],
        "view": view,
        "may_review": access.review.covers(cycle.unit.path),
        "neighbours": neighbours(access, cycle),
        "urls": {
            "remind": reverse("reminders:send"),
            "extend": reverse("cycles:extend", args=[cycle.pk]),
            "log": reverse("reminders:log", args=[cycle.pk]),
            "approve": reverse("reports:approve_many", args=[cycle.pk]),
            "compile": reverse("compiled:of", args=[cycle.pk]) if access.may("province") else "",
            "narratives": reverse("reports:narratives", args=[cycle.pk])
            if access.may("province")
            else "",
        },
    }


def neighbours(access: Access, cycle: ReportingCycle) -> dict[str, ReportingCycle | None]:
    """The periods before and after, of the same report."""
    rows = ReportingCycle.objects.within(access.register).filter(template=cycle.template_id)
    before = rows.filter(ends_on__lt=cycle.ends_on).order_by("-ends_on").first()
    after = rows.filter(ends_on__gt=cycle.ends_on).order_by("ends_on").first()
    for other in (before, after):
        if other is not None:
            other.template = cycle.template
    return {"before": before, "after": after}
