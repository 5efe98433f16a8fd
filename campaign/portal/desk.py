"""A person's own desk: drafts, files made for them; and the log of changes for auditors."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from campaign.models import ChangeEntry, Draft, Job
from campaign.portal import jobs
from campaign.portal.access import PortalRequest
from campaign.portal.exports import XLSX
from campaign.portal.rules import rule

NOT_KEPT = {"csrfmiddlewaretoken", "_draft_form", "_draft_label", "_draft_url", "submission"}


@rule("enter")
@require_POST
def save_draft(request: PortalRequest) -> JsonResponse:
    """Keep what is typed so far. A draft belongs to one person and counts nowhere."""
    form = request.POST.get("_draft_form", "")[:80]
    url = request.POST.get("_draft_url", "")[:300]
    if not form or not url_has_allowed_host_and_scheme(url, None) or not url.startswith("/"):
        raise Http404
    fields = {k: v for k, v in request.POST.lists() if k not in NOT_KEPT}
    draft, _created = Draft.objects.update_or_create(
        by=request.access.user, form=form,
        defaults={"fields": fields, "url": url, "label": request.POST.get("_draft_label", "")[:150]},
    )
    return JsonResponse({"at": date_format(timezone.localtime(draft.saved_at), "TIME_FORMAT")})


def _own(request: PortalRequest, key: str) -> Job:
    found = Job.objects.filter(by=request.access.user, key=key).first()
    if found is None:
        raise Http404
    return found


@rule("signed_in")
def exports(request: PortalRequest) -> HttpResponse:
    """Files made for the person, kept for seven days."""
    own = Job.objects.filter(by=request.access.user)[:100]
    return render(request, "portal/exports.html", {"jobs": own})


@rule("signed_in")
def export_status(request: PortalRequest, key: str) -> HttpResponse:
    """How far a job is; the page may be left and opened again."""
    return render(request, "portal/export.html", {"job": _own(request, key)})


@rule("signed_in")
def export_file(request: PortalRequest, key: str) -> FileResponse:
    """Hand out a finished file, after asking again whether the person may still have it."""
    done = _own(request, key)
    path = jobs.path_of_file(done)
    if done.status != Job.Status.DONE or not done.stored_as or not path.exists():
        raise Http404
    if not jobs.may_still_have(done, request.access):
        raise Http404
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=done.file_name, content_type=XLSX
    )
    response["Cache-Control"] = "private, no-store"
    return response


@rule("audit")
def changes(request: PortalRequest) -> HttpResponse:
    """The log of changes, newest first."""
    rows = ChangeEntry.objects.select_related("by")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "portal/changes.html", {"page": page})
