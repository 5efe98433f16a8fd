"""Pages of quality: a province at a glance, one unit, and the rows behind one line."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from campaign.portal.access import Access, PortalRequest
from campaign.portal.exports import attachment
from campaign.portal.figures import num
from campaign.portal.pages import get_scoped
from campaign.portal.rules import rule
from campaign.portal.scope import Scope
from campaign.portal.workbooks import safe_filename
from classes.duplicates import Pairs
from reporting.cycles.views import LEVEL_NAMES
from reporting.quality import owed
from reporting.quality.issues import BY_KEY, ISSUES, Fix, unknown_share
from reporting.quality.overview import Overview, workbook
from reporting.quality.rates import Rate, rates_by, reports_of
from units.models import Unit

LEVELS = (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
ON_A_PAGE = 50
SPECIAL = ("declared", "overdue")


@dataclass(frozen=True)
class Line:
    """One line of a unit's page: a sentence with its number, and the way to its rows."""

    icon: str
    tone: str
    title: str
    sentence: str
    count: int
    url: str = ""
    button: str = ""


def unit_of(access: Access, pk: int) -> Unit:
    """A commune or department in view."""
    units = Unit.objects.within(access.view).filter(level__in=LEVELS)
    unit: Unit = get_scoped(units.select_related("parent"), pk=pk)
    return unit


@rule("signed_in")
@require_safe
def overview(request: PortalRequest) -> HttpResponse:
    """All communes or departments of a province: rates, and how many gaps of each kind."""
    if not request.access.may("province"):
        own = Unit.objects.within(request.access.view).filter(level__in=LEVELS)
        first = own.order_by("path").first()
        if first is None:
            raise Http404
        return redirect("quality:unit", pk=first.pk)
    wanted = request.GET.get("level", "")
    level = wanted if wanted in LEVELS else Unit.Level.COMMUNE
    found = Overview.of(request.access, level, request.GET.get("sort", ""))
    if request.GET.get("format") == "xlsx":
        target = io.BytesIO()
        workbook(found, target)
        return attachment(target.getvalue(), safe_filename("chat-luong"))
    context = {
        "title": _("Data quality"),
        "found": found,
        "levels": [
            {"label": LEVEL_NAMES[key], "url": f"?level={key}", "current": key == level}
            for key in LEVELS
        ],
    }
    return render(request, "quality/overview.html", context)


@rule("signed_in")
@require_safe
def unit(request: PortalRequest, pk: int) -> HttpResponse:
    """One unit: its reports over a year, and a line for each kind of gap."""
    found = unit_of(request.access, pk)
    lines = list(lines_of(request.access, found))
    reports = reports_of(request.access, found)
    by_template = rates_by(reports, "cycle__template__name_vi", "cycle__template__name_en")
    context = {
        "title": _("Data quality: %(unit)s") % {"unit": found.name},
        "unit": found,
        "lines": [line for line in lines if line.count],
        "clean": [line for line in lines if not line.count],
        "rate": sum(by_template.values(), Rate()),
        "templates": [(vi, rate) for (vi, _en), rate in sorted(by_template.items()) if rate.due],
        "cycles": reports.select_related("cycle__template").order_by("-cycle__ends_on", "-pk")[:24],
        "unknown": unknown_share(found),
        "now": timezone.now(),
        "crumbs": crumbs(request.access, (found.name, "")),
    }
    return render(request, "quality/unit.html", context)


def crumbs(access: Access, *steps: tuple[str, str]) -> list[tuple[Any, str]]:
    """The way down to a page."""
    return [(_("Data quality"), reverse("quality:list")), *steps]


def lines_of(access: Access, unit: Unit) -> Iterable[Line]:
    """A line for each kind of gap, the reports first."""
    overdue = owed.overdue_reports(access, unit).count()
    yield Line(
        "calendar-clock", "e", _("Reports overdue"),
        ngettext("%(count)s report is overdue.", "%(count)s reports are overdue.", overdue)
        % {"count": num(overdue)},
        overdue, reverse("quality:rows", args=[unit.pk, "overdue"]), _("Open"),
    )  # fmt: skip
    cycle, missing = owed.missing_declarations(access, unit)
    if cycle is not None:
        words = ngettext(
            "%(count)s declared figure of %(period)s is missing.",
            "%(count)s declared figures of %(period)s are missing.",
            len(missing),
        )
        yield Line(
            "clipboard-list", "w", _("Declared figures missing"),
            words % {"count": num(len(missing)), "period": cycle.days_meant.label},
            len(missing), reverse("quality:rows", args=[unit.pk, "declared"]), _("Declare"),
        )  # fmt: skip
    for issue in ISSUES:
        count = issue.of(unit).count()
        may_open = getattr(access, issue.scope).covers(unit.path)
        url = reverse("quality:rows", args=[unit.pk, issue.key]) if may_open else ""
        yield Line(
            issue.icon, issue.tone, str(issue.title), issue.told(count), count, url,
            str(issue.button),
        )  # fmt: skip
    yield duplicates(access, unit)


def duplicates(access: Access, unit: Unit) -> Line:
    """Rows of the unit's register that may be one person: a number for everybody."""
    total = Pairs(_Register(Scope("people", (unit.path,)))).count()  # type: ignore[arg-type]
    may_open = access.may("people") and access.people.covers(unit.path)
    words = ngettext(
        "%(count)s pair in the register may be one person.",
        "%(count)s pairs in the register may be one person.",
        total,
    )
    return Line(
        "merge", "w", _("Possible duplicates"), words % {"count": num(total)}, total,
        reverse("participants:duplicates") if may_open else "", _("Compare"),
    )  # fmt: skip


@dataclass(frozen=True)
class _Register:
    """The register of one unit, to count its pairs; who they are is asked with one's own access."""

    people: Scope


@rule("signed_in")
@require_safe
def rows(request: PortalRequest, pk: int, key: str) -> HttpResponse:
    """Exactly the rows a line of the unit's page counts, each with the way to its fix."""
    found = unit_of(request.access, pk)
    title, button, fixes = rows_of(request.access, found, key)
    page = Paginator(fixes, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": f"{title}: {found.name}",
        "page": page,
        "rows": [row if isinstance(row, Fix) else _fix_of(key, row) for row in page],
        "button": button,
        "may_fix": key == "overdue" or request.access.edit.covers(found.path),
        "crumbs": crumbs(
            request.access,
            (found.name, reverse("quality:unit", args=[found.pk])),
            (str(title), ""),
        ),
    }
    return render(request, "quality/rows.html", context)


def rows_of(access: Access, unit: Unit, key: str) -> tuple[Any, Any, Any]:
    """Title, button and rows of one kind of gap."""
    if key == "overdue":
        return _("Reports overdue"), _("Open"), owed.overdue_reports(access, unit)
    if key == "declared":
        return (
            _("Declared figures missing"),
            _("Declare"),
            owed.missing_declarations(access, unit)[1],
        )
    issue = BY_KEY.get(key)
    if issue is None or not getattr(access, issue.scope).covers(unit.path):
        raise Http404
    return issue.title, issue.button, issue.of(unit)


def _fix_of(key: str, row: Any) -> Fix:
    return owed.report_fix(row) if key == "overdue" else BY_KEY[key].fix(row)
