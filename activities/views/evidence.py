"""Photos and documents of an activity: kept, shown to those in scope, taken away with a reason."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities import pictures, services
from activities.forms import EvidenceForm, ReasonForm
from activities.models import Activity, Evidence
from campaign.portal.access import PortalRequest
from campaign.portal.pages import get_scoped
from campaign.portal.rules import rule


@rule("enter")
@require_POST
def add(request: PortalRequest, pk: int) -> HttpResponse:
    """Keep the files that were sent; each one that is refused is named with its reason."""
    activity = get_scoped(Activity.objects.within(request.access.edit), pk=pk)
    form = EvidenceForm(request.POST, access=request.access)
    files = request.FILES.getlist("uploads")
    form.fields["uploads"].required = False
    if not files:
        messages.error(request, _("Choose a photo or a PDF file first."))
    elif not form.is_valid():
        messages.error(request, _("The caption is too long."))
    else:
        kept, refused = services.add_evidence(
            pk, files, caption=form.cleaned_data["caption"], access=request.access
        )
        for line in refused:
            messages.error(request, line)
        if kept:
            messages.success(
                request,
                ngettext("%(count)s file added.", "%(count)s files added.", len(kept))
                % {"count": len(kept)},
            )
    return redirect(f"{activity.get_absolute_url()}#evidence")


@rule("signed_in")
@require_safe
def file(request: PortalRequest, pk: int) -> FileResponse:
    """Hand out one file to people in scope: photos are shown, documents are saved."""
    evidence = get_scoped(Evidence.objects.within(request.access.view), pk=pk)
    storage, name = evidence.file.storage, evidence.file.name
    is_photo = evidence.kind == Evidence.Kind.PHOTO
    small = pictures.thumbnail_name(name)
    if is_photo and request.GET.get("size") == "s" and storage.exists(small):
        name = small
    if not storage.exists(name):
        raise Http404
    response = FileResponse(
        storage.open(name, "rb"),
        as_attachment=not is_photo,
        filename=evidence.file_name if not is_photo else "",
        content_type=pictures.content_type(name),
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    return response


@rule("enter")
@require_http_methods(["GET", "POST"])
def remove(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask why, then take one file away; the reason stays in the history."""
    evidence = get_scoped(
        Evidence.objects.within(request.access.edit).select_related("activity"), pk=pk
    )
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        activity = services.remove_evidence(
            pk, reason=form.cleaned_data["reason"], access=request.access
        )
        messages.success(request, _("Removed: %(file)s.") % {"file": evidence.file_name})
        return redirect(f"{activity.get_absolute_url()}#evidence")
    return render(
        request,
        "activities/remove_evidence.html",
        {
            "title": _("Remove a file"),
            "evidence": evidence,
            "activity": evidence.activity,
            "form": form,
        },
        status=422 if form.errors else 200,
    )
