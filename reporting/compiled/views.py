"""Pages of a provincial report: compile it, write it, look where its numbers come from, lock it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaign.portal.access import Access, PortalRequest
from campaign.portal.pages import get_scoped, id_in
from campaign.portal.rules import rule
from reporting.compiled import comparing, pages, service
from reporting.compiled.forms import LockForm, NarrativeFilter
from reporting.compiled.narratives import narratives
from reporting.compiled.own_forms import form_of
from reporting.compiled.source import source_of
from reporting.compiled.versions import Version, sections_of
from reporting.documents.paper import annex_html
from reporting.models import CompiledReport, ReportingCycle


def cycle_in(pk: int, access: Access) -> ReportingCycle:
    """A cycle of which a provincial report is compiled, in view of somebody."""
    cycles = ReportingCycle.objects.within(access.view).select_related("template", "unit")
    cycle: ReportingCycle = get_scoped(cycles, pk=pk)
    if not service.is_compiled(cycle):
        raise Http404
    return cycle


def version_in(pk: int, access: Access) -> Version:
    """A version in view of somebody."""
    rows = CompiledReport.objects.within(access.view).select_related(
        "cycle__template", "cycle__unit", "unit", "snapshot", "by", "locked_by"
    )
    return Version(get_scoped(rows, pk=pk))


@rule("review")
@require_POST
def compile_version(request: PortalRequest, pk: int) -> HttpResponse:
    """Compile a new version with the figures and approvals of now."""
    cycle = cycle_in(pk, request.access)
    try:
        row = service.compile_report(cycle, request.access)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("compiled:of", pk=pk)
    messages.success(request, _("Version %(number)s is compiled.") % {"number": row.number})
    return redirect(row)


@rule("province")
@require_safe
def of_cycle(request: PortalRequest, pk: int) -> HttpResponse:
    """The newest version of a cycle, or the way to the first one."""
    cycle = cycle_in(pk, request.access)
    newest = service.versions_of(cycle, request.access).first()
    if newest is not None:
        return redirect(newest)
    context = {
        "title": _("Provincial report, %(period)s") % {"period": cycle.days_meant.label},
        "cycle": cycle,
        "may_compile": _may_compile(cycle, request.access),
        "crumbs": pages.crumbs(cycle),
    }
    return render(request, "compiled/none.html", context)


def _may_compile(cycle: ReportingCycle, access: Access) -> bool:
    return access.may("review") and access.review.covers(cycle.unit.path)


@rule("province")
@require_safe
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One version: the paper, what is left to do, where its numbers come from, other versions."""
    version = version_in(pk, request.access)
    editing = None
    if code := request.GET.get("edit", ""):
        editing = pages.editing(version.row, code)
    return _page(request, version, editing)


def _page(
    request: PortalRequest, version: Version, editing: pages.Editing | None, status: int = 200
) -> HttpResponse:
    row, access = version.row, request.access
    is_open = pages.is_open(row, access)
    tab = request.GET.get("tab", "report")
    if tab not in pages.TABS:
        raise Http404
    context = {
        "title": _("Provincial report, %(period)s") % {"period": row.cycle.days_meant.label},
        "version": version,
        "row": row,
        "tab": tab,
        "tabs": _tabs(row, tab),
        "is_wide": tab != "report" and version.papers.sheets[int(tab) - 1].is_wide,
        "is_open": is_open,
        "may_compile": _may_compile(row.cycle, access),
        "moved": service.moved_since(row, version.gathered, access) if is_open else 0,
        "editing": editing if is_open else None,
        "left_out": pages.missing_sections(version) if is_open else [],
        "lines": pages.lines(version, may_write=is_open),
        "rules": pages.rules(),
        "form": form_of(version, access),
        "versions": pages.history_of(service.versions_of(row.cycle, access), row),
        "source": _source(request, version),
        "crumbs": pages.crumbs(row.cycle),
    }
    context["paper"] = (
        pages.paper(
            version, request, editing=context["editing"], is_open=is_open,
            selected=request.GET.get("number", ""),
        )
        if tab == "report"
        else annex_html(version.papers.report, int(tab))
    )  # fmt: skip
    writes = context["editing"].section if context["editing"] else ""
    context["editing_left_out"] = writes in dict(context["left_out"])
    context["done"] = sum(line.check.is_done for line in context["lines"])
    if writes:
        context |= _beside(request, version, writes)
    return render(request, "compiled/detail.html", context, status=status)


def _tabs(row: CompiledReport, current: str) -> list[dict[str, Any]]:
    here = reverse("compiled:detail", args=[row.pk])
    names = {"report": _("Report"), "1": _("Annex 1"), "2": "2", "3": "3", "4": "4"}
    words = {
        "1": _("Annex 1: results by indicator"), "2": _("Annex 2: results by unit"),
        "3": _("Annex 3: teams and coverage"), "4": _("Annex 4: reporting discipline"),
    }  # fmt: skip
    return [
        {
            "label": names[key],
            "title": words.get(key, names[key]),
            "url": here if key == "report" else f"{here}?tab={key}",
            "current": key == current,
        }
        for key in pages.TABS
    ]


def _source(request: HttpRequest, version: Version) -> Any:
    key = request.GET.get("number", "")
    return source_of(key, version, request.access) if key else None  # type: ignore[attr-defined]


@rule("province")
@require_safe
def source(request: PortalRequest, pk: int) -> HttpResponse:
    """Where one number comes from: the part of the page that says it."""
    version = version_in(pk, request.access)
    found = _source(request, version)
    if found is None:
        raise Http404
    return render(request, "compiled/_source.html", {"source": found, "row": version.row})


# --- Writing -------------------------------------------------------------------------------------


def _beside(request: HttpRequest, version: Version, section: str) -> dict[str, Any]:
    """What the units wrote in the section that is being written, or in another one."""
    sections = [(code, f"{code}. {title}") for code, title, _r in
                sections_of(version.row.cycle.template)]  # fmt: skip
    asked = request.GET.copy()
    asked.setdefault("section", section)
    form = NarrativeFilter(asked, [("", _("All sections")), *sections])
    words = form.cleaned_data if form.is_valid() else {}
    found = narratives(version.row.cycle, request.access, **words)  # type: ignore[attr-defined]
    return {"narratives": found, "filter": form}


@rule("province")
@require_safe
def unit_narratives(request: PortalRequest, pk: int) -> HttpResponse:
    """The units' narratives: the part of the page that stands beside the editor."""
    version = version_in(pk, request.access)
    context = {"row": version.row, **_beside(request, version, request.GET.get("section", ""))}
    return render(request, "compiled/_narratives.html", context)


@rule("review")
@require_POST
def write(request: PortalRequest, pk: int, section: str) -> HttpResponse:
    """Keep a passage: by itself while somebody types, and when they save."""
    version = version_in(pk, request.access)
    is_by_itself = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    text, kept_at = request.POST.get("text", ""), id_in(request.POST.get("version"))
    try:
        kept = service.save_text(pk, section, text, kept_at, request.access)
    except service.Changed as changed:
        if is_by_itself:
            return HttpResponse(status=409)
        mine = pages.Editing(section, text, changed.row.version, is_draft=False, other=changed.row)
        return _page(request, version, mine, status=409)
    except ValidationError as refused:
        if is_by_itself:
            return HttpResponse(" ".join(refused.messages), status=422, content_type="text/plain")
        messages.error(request, " ".join(refused.messages))
        return redirect(version.row)
    if is_by_itself:
        return HttpResponse(status=204, headers={"X-Version": str(kept.version)})
    messages.success(request, _("Saved."))
    return redirect(f"{version.row.get_absolute_url()}#{section}")


@rule("review")
@require_POST
def draft_again(request: PortalRequest, pk: int, section: str) -> HttpResponse:
    """Draft a section anew from the figures."""
    version = version_in(pk, request.access)
    try:
        service.draft_again(pk, section, request.access)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect(version.row)
    return redirect(f"{version.row.get_absolute_url()}?edit={section}#{section}")


@rule("review")
@require_POST
def treat_missing(request: PortalRequest, pk: int) -> HttpResponse:
    """Choose what is said of units that have not reported."""
    version = version_in(pk, request.access)
    try:
        service.set_missing(pk, request.POST.get("missing", ""), request.access)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return redirect(version.row)


# --- Locking, comparing ----------------------------------------------------------------------------


@rule("review")
@require_http_methods(["GET", "POST"])
def lock(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask for the period and, where reports are missing, for the reason; then lock."""
    version = version_in(pk, request.access)
    row, access = version.row, request.access
    absent = version.gathered.missing
    form = LockForm(request.POST or None, has_exceptions=bool(absent))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            service.lock(pk, given["period"], given.get("reason", ""), request.access)
        except ValidationError as refused:
            form.add_error("period" if refused.code == "typed" else None, refused)
        else:
            messages.success(request, _("Locked. The files are the ones to be signed."))
            return redirect(row)
    is_open = pages.is_open(row, access)
    context = {
        "title": _("Lock the figures for the signature"),
        "to_write": pages.sections_to_write(version) if is_open else [],
        "moved": service.moved_since(row, version.gathered, access) if is_open else 0,
        "version": version,
        "row": row,
        "form": form,
        "absent": absent,
        "asked": service.confirmation(row),
        "is_open": is_open,
        "crumbs": pages.crumbs(row.cycle, (_("Lock"), "")),
    }
    return render(request, "compiled/lock.html", context, status=422 if form.errors else 200)


@rule("province")
@require_safe
def compare(request: PortalRequest, pk: int, number: int) -> HttpResponse:
    """What changed between an earlier version and this one."""
    version = version_in(pk, request.access)
    row = version.row
    others = service.versions_of(row.cycle, request.access)
    other = version_in(get_scoped(others, number=number).pk, request.access)
    before, after = sorted((other, version), key=lambda one: one.row.number)
    words = {"after": after.row.number, "before": before.row.number}
    context = {
        "title": _("Version %(after)s beside version %(before)s") % words,
        "before": before.row,
        "after": after.row,
        "found": comparing.compare(before, after),
        "crumbs": pages.crumbs(row.cycle, (_("Compare"), "")),
    }
    return render(request, "compiled/compare.html", context)
