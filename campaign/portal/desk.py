"""A person's own desk: drafts, files made for them; and the log of changes for auditors."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from campaign.models import ChangeEntry, Draft, ImportBatch, Job
from campaign.portal import history, jobs, pulse
from campaign.portal.access import Access, PortalRequest
from campaign.portal.exports import type_of
from campaign.portal.rules import rule

NOT_KEPT = {
    "csrfmiddlewaretoken", "_draft_form", "_draft_label", "_draft_url", "_draft_by", "submission",
}  # fmt: skip


def sent_draft(data: Any) -> dict[str, Any] | None:
    """The draft inside a form that was sent, or None where the form keeps none."""
    form = data.get("_draft_form", "")[:80]
    url = data.get("_draft_url", "")[:300]
    if not form or not url_has_allowed_host_and_scheme(url, None) or not url.startswith("/"):
        return None
    return {
        "form": form,
        "url": url,
        "label": data.get("_draft_label", "")[:150],
        "fields": {k: v for k, v in data.lists() if k not in NOT_KEPT},
    }


def keep_draft(user: Any, draft: dict[str, Any]) -> Draft:
    """Store a draft; a person has one for each form."""
    kept = {name: draft[name] for name in ("url", "label", "fields")}
    return Draft.objects.update_or_create(by=user, form=draft["form"], defaults=kept)[0]


@rule("enter")
@require_POST
def save_draft(request: PortalRequest) -> JsonResponse:
    """Keep what is typed so far. A draft belongs to one person and counts nowhere."""
    sent = sent_draft(request.POST)
    if sent is None:
        raise Http404
    if sent["fields"].get("rows") == ["[]"]:  # a table in which nothing is unsaved any more
        Draft.objects.filter(by=request.access.user, form=sent["form"]).delete()
        return JsonResponse({"at": date_format(timezone.localtime(), "TIME_FORMAT")})
    draft = keep_draft(request.access.user, sent)
    return JsonResponse({"at": date_format(timezone.localtime(draft.saved_at), "TIME_FORMAT")})


def _own(request: PortalRequest, key: str) -> Job:
    found = Job.objects.filter(by=request.access.user, key=key).first()
    if found is None:
        raise Http404
    return found


@rule("signed_in")
def exports(request: PortalRequest) -> HttpResponse:
    """Files made for the person, kept for seven days."""
    own = Job.objects.filter(by=request.access.user).exclude(kind__startswith="import_")[:100]
    return render(request, "portal/exports.html", {"jobs": own})


@rule("signed_in")
def export_status(request: PortalRequest, key: str) -> HttpResponse:
    """How far a job is; the page may be left and opened again."""
    job = pulse.as_seen_now(_own(request, key))
    return render(request, "portal/export.html", {"job": job, "is_active": is_active(job)})


def is_active(job: Job) -> bool:
    """Whether the job still waits or runs."""
    return job.status in (Job.Status.QUEUED, Job.Status.RUNNING)


@rule("signed_in")
@require_POST
def export_cancel(request: PortalRequest, key: str) -> HttpResponse:
    """Take a job back that is not done yet; what it did so far is rolled back."""
    job = _own(request, key)
    if is_active(job):
        jobs.cancel(job)
    batch = ImportBatch.objects.filter(job=job).first()
    return redirect("imports:detail", batch.key) if batch else redirect("export", key=job.key)


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
        path.open("rb"),
        as_attachment=True,
        filename=done.file_name,
        content_type=type_of(done.file_name),
    )
    response["Cache-Control"] = "private, no-store"
    return response


class ChangeFilter(forms.Form):
    """What to look for in the log of changes."""

    q = forms.CharField(label=_("Name of the record"), required=False, max_length=100)
    action = forms.ChoiceField(label=_("Action"), required=False)
    on = forms.DateField(label=_("Day"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("All")), *ChangeEntry.Action.choices]  # type: ignore[attr-defined]

    def rows(self, access: Access) -> QuerySet[ChangeEntry]:
        """The entries that match; a wrong filter shows everything beside its error."""
        if not self.is_valid():
            return history.log_for(access)
        wanted = self.cleaned_data
        rows = history.log_for(access, wanted["q"])
        if wanted["action"]:
            rows = rows.filter(action=wanted["action"])
        if wanted["on"]:
            start = timezone.make_aware(datetime.combine(wanted["on"], time.min))
            rows = rows.filter(at__gte=start, at__lt=start + timedelta(days=1))
        return rows


@rule("audit")
def changes(request: PortalRequest) -> HttpResponse:
    """The log of changes, newest first: who, when, by what door, each field before and after."""
    form = ChangeFilter(request.GET)
    page = Paginator(form.rows(request.access), 50).get_page(request.GET.get("page"))
    lines = [
        {"entry": entry, "changes": history.in_words(entry), "kind": kind_of(entry)}
        for entry in (history.veiled(row, request.access) for row in page)
    ]
    context = {"page": page, "lines": lines, "form": form, "is_filtered": any(form.data.values())}
    return render(request, "portal/changes.html", context)


def kind_of(entry: ChangeEntry) -> str:
    """What sort of record was changed, in the reader's language."""
    try:
        return str(apps.get_model(entry.model)._meta.verbose_name)
    except (LookupError, ValueError):
        return entry.model
