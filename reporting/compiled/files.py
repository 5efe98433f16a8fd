"""The files of a version: the Word report and the workbook of its annexes."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.pages import get_scoped
from campaign.portal.rules import rule
from campaign.portal.workbooks import safe_filename
from reporting.compiled import own_forms
from reporting.compiled.making import word_of, workbook_of
from reporting.compiled.views import version_in
from reporting.documents import annex_book, docx
from reporting.models import CompiledReport, ProvinceForm


@rule("province")
@require_safe
def word(request: PortalRequest, pk: int) -> HttpResponse:
    """The report as a Word file, to be numbered and signed."""
    version = version_in(pk, request.access)
    return handed_out(version.row, word_of(version), "Bao cao", docx.CONTENT_TYPE, request.access)


@rule("province")
@require_safe
def annexes(request: PortalRequest, pk: int) -> HttpResponse:
    """The annexes as a workbook."""
    version = version_in(pk, request.access)
    return handed_out(
        version.row, workbook_of(version), "Phu luc", annex_book.CONTENT_TYPE, request.access
    )


@rule("province")
@require_safe
def own_form(request: PortalRequest, pk: int) -> HttpResponse:
    """The province's own form, filled with the figures of the version."""
    version = version_in(pk, request.access)
    form = own_forms.form_of(version, request.access)
    if form is None:
        raise Http404
    try:
        filled = own_forms.fill(version, form)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect(version.row)
    return handed_out(
        version.row, filled.content, "Bieu mau", annex_book.CONTENT_TYPE, request.access
    )


@rule("province")
@require_safe
def sent_form(request: PortalRequest, pk: int) -> FileResponse:
    """The form as it was sent, without figures."""
    form = get_scoped(ProvinceForm.objects.within(request.access.view), pk=pk)
    if not form.file.storage.exists(form.file.name):
        raise Http404
    response = FileResponse(
        form.file.open("rb"), as_attachment=True, filename=form.file_name,
        content_type=annex_book.CONTENT_TYPE,
    )  # fmt: skip
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def handed_out(
    row: CompiledReport, content: bytes, slug: str, kind: str, access: Access
) -> HttpResponse:
    """A file to be saved; that it was handed out is written down."""
    history.record_change(row, ChangeEntry.Action.EXPORTED, access=access, door="export")
    suffix = "docx" if kind == docx.CONTENT_TYPE else "xlsx"
    at: datetime = row.locked_at or row.at
    name = safe_filename(slug, period=row.cycle.period, at=at, suffix=suffix)
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
