"""The page of a report: what is written in it is saved as it is typed, and one step moves it on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from campaign.models import Draft
from campaign.portal.access import Access, PortalRequest
from campaign.portal.answers import read_plainly
from campaign.portal.pages import get_scoped, id_in
from campaign.portal.rules import rule
from reporting.models import Report
from reporting.reports import flow, saving, writing
from reporting.reports.page import Page, next_to_review
from reporting.reports.saving import Saved

LATEST = time(23, 59)


def report_of(request: PortalRequest, pk: int) -> Report:
    """The report, in the reader's view."""
    rows = Report.objects.within(request.access.view).select_related(
        "cycle__template", "cycle__unit", "unit", "submitted_by", "on_behalf_of", "approved_by"
    )
    found: Report = get_scoped(rows, pk=pk)
    return found


def draft_key(report: Report) -> str:
    """What is kept under, that was typed when the session had ended."""
    return f"report:{report.pk}"


def draft_of(report: Report, access: Access) -> Draft | None:
    """What the person typed when the session had ended."""
    return Draft.objects.filter(by=access.user, form=draft_key(report)).first()


@rule("signed_in")
@require_safe
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One unit's report; the checks alone for the script that has just saved something."""
    report = report_of(request, pk)
    if request.GET.get("part") == "checks":
        page = Page(report, request.access)
        return render(request, "reports/_checks.html", {"page": page, "report": report})
    draft = draft_of(report, request.access)
    if draft and ("discard" in request.GET or not Page(report, request.access).may_write):
        draft.delete()
        return redirect(report)
    typed = {name: values[-1] for name, values in draft.fields.items()} if draft else {}
    return show(request, Page(report, request.access, typed=typed, draft=draft))


def show(request: PortalRequest, page: Page, *, status: int = 200) -> HttpResponse:
    """Render the page."""
    context = {
        "page": page,
        "report": page.report,
        "title": page.report.unit.name,
        "draft_key": draft_key(page.report),
        "crumbs": page.crumbs,
        "extension": ExtensionForm(),
    }
    return render(request, "reports/detail.html", context, status=status)


def wants_json(request: PortalRequest) -> bool:
    """Whether the script asks."""
    return request.headers.get("Accept", "").startswith("application/json")


@rule("report")
@require_POST
def save(request: PortalRequest, pk: int) -> HttpResponse:
    """Keep what was typed: for the script in JSON, without it as a form."""
    report = report_of(request, pk)
    data = {name: str(value) for name, value in request.POST.items()}
    try:
        if text := data.get("paste", ""):
            saved = saving.paste(report, text, request.access)
        else:
            saved = saving.save(report, data, request.access)
    except ValidationError as refused:
        return refuse(request, report, refused)
    if saved.is_fine:
        Draft.objects.filter(by=request.access.user, form=draft_key(report)).delete()
    if wants_json(request):
        return JsonResponse(answer(saved, report))
    if saved.is_fine:
        messages.success(request, _("Saved."))
        return redirect(report)
    return show_again(request, report, data, saved)


def answer(saved: Saved, report: Report) -> dict[str, Any]:
    """What the script is told."""
    return {
        "at": f"{timezone.localtime():%H:%M}",
        "state": report.state,
        "versions": saved.versions,
        "shown": saved.shown,
        "problems": saved.problems,
        "conflicts": saved.conflicts,
    }


def refuse(request: PortalRequest, report: Report, refused: ValidationError) -> HttpResponse:
    """Somebody else moved the report meanwhile, or it is not the person's to write."""
    if wants_json(request):
        return JsonResponse({"error": " ".join(refused.messages)}, status=409)
    messages.error(request, " ".join(refused.messages))
    return redirect(report)


def show_again(
    request: PortalRequest,
    report: Report,
    data: Mapping[str, str],
    saved: Saved | None = None,
    refused: ValidationError | None = None,
) -> HttpResponse:
    """The page as it was sent, with what is wrong beside it."""
    saved = saved or Saved()
    kept = {name for name in data if name in saved.versions}
    typed = {name: value for name, value in data.items() if name not in kept}
    told = refused.messages if refused else []
    page = Page(report, request.access, saved=saved, typed=typed, refused=told)
    return show(request, page, status=409 if saved.conflicts else 422)


# --- Steps ------------------------------------------------------------------------------------


class ExtensionForm(forms.Form):
    """More time for one unit."""

    day = forms.DateField()
    reason = forms.CharField(max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in self.fields.values():
            read_plainly(one)

    def due_at(self) -> datetime:
        """The end of the day that was chosen; refuses what is no day."""
        if not self.is_valid():
            told = [text for errors in self.errors.values() for text in errors]
            raise ValidationError(told, code="required")
        return timezone.make_aware(datetime.combine(self.cleaned_data["day"], LATEST))


def hand_in(report: Report, data: Mapping[str, str], access: Access) -> str:
    """The unit's next step, with the sentences beside the warnings."""
    said = {key.removeprefix("why-"): data[key] for key in data if key.startswith("why-")}
    is_zero = True if data.get("step") == "zero" else False if report.is_zero else None
    flow.hand_in(report, access, explanations=said, is_zero=is_zero)
    if report.state == Report.State.PROPOSED:
        return _("Handed to the leader of the unit.")
    return _("Submitted. The focal agency has it now.")


def for_somebody(report: Report, data: Mapping[str, str], access: Access) -> str:
    """Submitting in somebody else's name."""
    whom = User.objects.filter(pk=id_in(data.get("on_behalf_of"))).first()
    if whom is None:
        raise ValidationError(_("Say on whose behalf the report is submitted."))
    said = {key.removeprefix("why-"): data[key] for key in data if key.startswith("why-")}
    flow.submit(report, access, on_behalf_of=whom, explanations=said)
    return _("Submitted on behalf of %(whom)s.") % {"whom": whom.full_name}


def withdraw(report: Report, data: Mapping[str, str], access: Access) -> str:
    """The unit takes it back, or the leader gives it back to the officer."""
    flow.withdraw(report, access, data.get("reason", ""))
    return _("Taken back. It can be written again.")


def send_back(report: Report, data: Mapping[str, str], access: Access) -> str:
    """Returned with the question."""
    flow.send_back(report, data.get("reason", ""), access)
    return _("Returned: %(report)s.") % {"report": report.unit.name}


def approve(report: Report, data: Mapping[str, str], access: Access) -> str:
    """Approved and frozen."""
    flow.approve(report, access, seen=id_in(data.get("version")) or None)
    return _("Approved: %(report)s.") % {"report": report.unit.name}


def take_back(report: Report, data: Mapping[str, str], access: Access) -> str:
    """The approval is taken back."""
    flow.take_back_approval(report, data.get("reason", ""), access)
    return _("The approval is taken back.")


def extend(report: Report, data: Mapping[str, str], access: Access) -> str:
    """More time."""
    flow.extend(report, ExtensionForm(data).due_at(), data.get("reason", ""), access)
    return _("The new deadline is kept.")


STEPS = {
    "hand_in": hand_in, "zero": hand_in, "behalf": for_somebody, "withdraw": withdraw,
    "send_back": send_back, "approve": approve, "take_back": take_back, "extend": extend,
}  # fmt: skip
#: steps before which what stands in the boxes is saved
WRITING = ("hand_in", "zero", "behalf")
#: steps after which the focal officer goes on to the next report
ON = ("approve", "send_back")


@rule("enter")
@require_POST
def move(request: PortalRequest, pk: int) -> HttpResponse:
    """One step on the report's way."""
    report = report_of(request, pk)
    data = {name: str(value) for name, value in request.POST.items()}
    step = data.get("step", "")
    if step not in STEPS:
        raise Http404
    page = Page(report, request.access)
    try:
        if step in WRITING and page.may_write:
            saved = saving.save(report, data, request.access)
            if not saved.is_fine:
                return show_again(request, report, data, saved)
        told = STEPS[step](report, data, request.access)
    except ValidationError as refused:
        if getattr(refused, "code", "") in ("role", "state"):
            return refuse(request, report, refused)
        return show_again(request, report_of(request, pk), data, refused=refused)
    Draft.objects.filter(by=request.access.user, form=draft_key(report)).delete()
    messages.success(request, told)
    following = next_to_review(report, request.access) if step in ON else None
    return redirect(following or report)


@rule("enter")
@require_POST
def comment(request: PortalRequest, pk: int) -> HttpResponse:
    """A remark on the report."""
    report = report_of(request, pk)
    try:
        writing.comment(
            report, request.POST.get("text", ""), request.access,
            about=request.POST.get("about", ""), needs_answer="needs_answer" in request.POST,
        )  # fmt: skip
    except ValidationError as refused:
        return refuse(request, report, refused)
    messages.success(request, _("The comment is kept."))
    return redirect(f"{report.get_absolute_url()}#remarks")
