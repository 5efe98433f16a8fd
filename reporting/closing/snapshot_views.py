"""Pages of frozen reports: one snapshot, all of a report, and what changed between two."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaign.models import ChangeEntry
from campaign.portal.access import PortalRequest
from campaign.portal.exports import attachment
from campaign.portal.pages import get_scoped, id_in
from campaign.portal.rules import rule
from campaign.portal.workbooks import safe_filename
from reporting.closing.difference import explain
from reporting.closing.frozen import Frozen
from reporting.closing.snapshot_sheets import changes_book, snapshot_book
from reporting.closing.snapshots import content_of, verify
from reporting.closing.telling import Telling
from reporting.models import CompiledReport, Report, Snapshot

NOW = "now"


def _report(request: PortalRequest, pk: int) -> Report:
    reports = Report.objects.within(request.access.view)
    found: Report = get_scoped(reports.select_related("unit", "cycle__template"), pk=pk)
    return found


def _snapshots(request: PortalRequest, report: Report) -> list[Snapshot]:
    """The snapshots of a report, the oldest first, without their texts."""
    rows = Snapshot.objects.within(request.access.view).filter(report=report)
    return list(rows.defer("content").select_related("by", "unit").order_by("at", "pk"))


def _crumbs(report: Report, *steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    return [(str(report), report.get_absolute_url()), *steps]


@rule("signed_in")
@require_safe
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """What a report said at one moment; with ``verify`` it is checked on the spot."""
    snapshots = Snapshot.objects.within(request.access.view)
    snapshot = get_scoped(
        snapshots.select_related("by", "report__unit", "report__cycle__template"), pk=pk
    )
    if snapshot.report is None:
        compiled = CompiledReport.objects.within(request.access.view)
        return redirect(get_scoped(compiled, snapshot=snapshot))
    frozen = Frozen(content_of(snapshot))
    if request.GET.get("format") == "xlsx":
        return _handed_out(request, snapshot.report, snapshot_book(snapshot, frozen), snapshot.at)
    context = {
        "snapshot": snapshot,
        "frozen": frozen,
        "title": frozen.title,
        "verdict": verify(snapshot) if "verify" in request.GET else None,
        "verified_at": timezone.now(),
        "others": _snapshots(request, snapshot.report),
        "crumbs": _crumbs(
            snapshot.report,
            (_("Frozen versions"), reverse("snapshots:of", args=[snapshot.report_id])),
            (snapshot.get_occasion_display(), ""),
        ),
    }
    return render(request, "closing/snapshot.html", context)


@rule("signed_in")
@require_safe
def of_report(request: PortalRequest, pk: int) -> HttpResponse:
    """Every frozen version of a report, the latest first."""
    report = _report(request, pk)
    found = _snapshots(request, report)
    earlier = [None, *found[:-1]]
    context = {
        "report": report,
        "title": _("Frozen versions"),
        "rows": list(reversed(list(zip(found, earlier, strict=True)))) if found else [],
        "crumbs": _crumbs(report, (_("Frozen versions"), "")),
    }
    return render(request, "closing/snapshots.html", context)


@rule("signed_in")
@require_safe
def changes(request: PortalRequest, pk: int) -> HttpResponse:
    """What changed between two frozen versions of a report, or between one and now."""
    report = _report(request, pk)
    found = _snapshots(request, report)
    context: dict[str, Any] = {
        "report": report,
        "title": _("What changed"),
        "snapshots": found,
        "crumbs": _crumbs(report, (_("What changed"), "")),
    }
    if found:
        before, after = _chosen(request, found)
        telling = Telling(explain(before, after), request.access)
        if request.GET.get("format") == "xlsx":
            book = changes_book(telling, scope=str(report), as_of=_between(before, after))
            return _handed_out(request, report, book, timezone.now())
        context |= {"before": before, "after": after, "telling": telling}
    return render(request, "closing/changes.html", context)


def _chosen(request: PortalRequest, found: list[Snapshot]) -> tuple[Snapshot, Snapshot | None]:
    """The two versions of an address; by itself the approved one, or the latest, and now."""
    by_id = {snapshot.pk: snapshot for snapshot in found}
    approved = [one for one in found if one.occasion == Snapshot.Occasion.APPROVED]
    before: Snapshot | None = (approved or found)[-1]
    after: Snapshot | None = None
    if asked := request.GET.get("from"):
        before = by_id.get(id_in(asked))
    if (asked := request.GET.get("to", NOW)) != NOW:
        after = by_id.get(id_in(asked))
        if after is None:
            raise Http404
    if before is None:
        raise Http404
    if after is not None and (after.at, after.pk) < (before.at, before.pk):
        before, after = after, before
    return before, after


def _between(before: Snapshot, after: Snapshot | None) -> str:
    words = [
        date_format(timezone.localtime(one.at if one else timezone.now()), "DATETIME_FORMAT")
        for one in (before, after)
    ]
    return " – ".join(words)


def _handed_out(request: PortalRequest, report: Report, book: bytes, at: Any) -> HttpResponse:
    """A workbook of a report; the history keeps that it was handed out."""
    ChangeEntry.objects.create(
        by=request.access.user, action=ChangeEntry.Action.EXPORTED,
        model=Report._meta.label_lower, record_id=report.pk, record_label=str(report)[:200],
        unit_path=report.unit.path, door="export",
    )  # fmt: skip
    name = safe_filename(report.unit.short_name, period=report.cycle.period, at=at)
    return attachment(book, name)
