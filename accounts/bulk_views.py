"""Making many accounts: paste or upload, put right, make, take the sheet once."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import bulk
from campaign.portal.access import PortalRequest
from campaign.portal.exports import attachment
from campaign.portal.pages import AlreadySent, claim_submission
from campaign.portal.rules import rule
from campaign.portal.workbooks.write import safe_filename

TICKETS = "password_sheets"


class SourceForm(forms.Form):
    """Where the rows come from: pasted from a spreadsheet, or a file."""

    text = forms.CharField(
        label=gettext_lazy("Rows copied from Excel"),
        required=False,
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "With or without the heading row. Without it: full name, user name, phone, e-mail, "
            "unit, role, position."
        ),
    )
    file = forms.FileField(label=gettext_lazy("Or a file (.xlsx, .csv)"), required=False)

    def clean(self) -> dict[str, Any]:
        """The rows, read."""
        cleaned = super().clean() or self.cleaned_data
        if upload := cleaned.get("file"):
            cleaned["rows"] = bulk.read_rows(upload.file, upload.name)
        elif text := (cleaned.get("text") or "").strip("\n\r"):
            cleaned["rows"] = bulk.read_rows(io.BytesIO(text.encode()), "rows.tsv")
        else:
            raise ValidationError(_("Paste rows or choose a file."))
        return cleaned


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Accounts"), reverse("users:list")), (_("Add many accounts"), "")]


def _source(request: PortalRequest, form: SourceForm, status: int = 200) -> HttpResponse:
    return render(
        request,
        "users/bulk.html",
        {"form": form, "headings": bulk.LABELS.values(), "crumbs": _crumbs()},
        status=status,
    )


def _preview(request: PortalRequest, rows: Any, submission: str, status: int = 200) -> HttpResponse:
    context = {
        "rows": rows,
        "wrong": rows.wrong,
        "right": len(rows.forms) - rows.wrong,
        "submission": submission,
        "labels": bulk.LABELS.values(),
        "crumbs": _crumbs(),
    }
    return render(request, "users/bulk_rows.html", context, status=status)


@rule("users")
@sensitive_post_parameters()
def start(request: PortalRequest) -> HttpResponse:
    """First step: give the rows; second: put them right; third: make the accounts."""
    if request.method != "POST":
        return _source(request, SourceForm())
    if request.POST.get("step") in ("check", "create"):
        return _make(request)
    form = SourceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _source(request, form, 422)
    rows = bulk.row_set(request.access, rows=form.cleaned_data["rows"])
    rows.is_valid()
    return _preview(request, rows, str(uuid4()))


def _make(request: PortalRequest) -> HttpResponse:
    rows = bulk.row_set(request.access, data=request.POST)
    submission = request.POST.get("submission", "")
    if not rows.is_valid():
        return _preview(request, rows, submission, 422)
    if request.POST["step"] == "check":
        return _preview(request, rows, submission)
    try:
        with transaction.atomic():
            claim_submission(submission or None, request.access)
            lines = bulk.create_all(rows, access=request.access)
    except (AlreadySent, ValidationError):
        messages.info(request, _("These accounts were made before."))
        return redirect("users:list")
    text, ticket = bulk.sealed(lines)
    request.session[TICKETS] = [*request.session.get(TICKETS, [])[-9:], ticket]
    response = render(
        request, "users/bulk_done.html", {"lines": lines, "sheet": text, "crumbs": _crumbs()}
    )
    response["Cache-Control"] = "private, no-store"
    return response


@rule("users")
@require_POST
@sensitive_post_parameters("sheet")
def sheet(request: PortalRequest) -> HttpResponse:
    """Hand out the sheet of one-time passwords, once."""
    text = request.POST.get("sheet", "")
    try:
        lines = bulk.unsealed(text)
    except BadSignature as error:
        raise Http404 from error
    ticket = bulk.ticket_of(text)
    tickets = request.session.get(TICKETS, [])
    if ticket not in tickets:
        messages.error(request, _("This sheet was taken before. Give new one-time passwords."))
        return redirect("users:list")
    request.session[TICKETS] = [other for other in tickets if other != ticket]
    content = bulk.password_sheet(lines, address=request.build_absolute_uri(reverse("login")))
    return attachment(content, safe_filename(_("One-time passwords")))


@rule("users")
def template(request: PortalRequest) -> HttpResponse:
    """The empty sheet to fill in."""
    return attachment(bulk.empty_sheet(), safe_filename(_("Accounts to make")))
