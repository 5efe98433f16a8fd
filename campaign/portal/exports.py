"""Lists as files: what is on the screen, at once when it is short, as a job when it is long."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.test import RequestFactory
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext as _

from campaign.models import ChangeEntry, Job
from campaign.portal import jobs
from campaign.portal.access import Access

if TYPE_CHECKING:
    from campaign.portal.lists import ListPage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}
"""What a list may be exported as; ``format`` in its address says which."""

AT_ONCE = 5_000
TOLD_EVERY = 5_000


def type_of(file_name: str) -> str:
    """The media type of a file that was made here."""
    return KINDS[file_name.rpartition(".")[2]]


def attachment(content: bytes, file_name: str) -> HttpResponse:
    """A file to be saved, never shown inside the page."""
    response = HttpResponse(content, content_type=type_of(file_name))
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def export_list(page: ListPage, queryset: models.QuerySet[Any]) -> HttpResponse:
    """Hand out the file of a list, or queue the job that makes it."""
    total = queryset.count()
    if total > AT_ONCE:
        queued = jobs.enqueue(
            "export_list",
            access=page.access,
            label=_("%(list)s: %(count)s rows") % {"list": page.title, "count": total},
            params={"path": page.request.path, "query": page.request.GET.urlencode()},
        )
        return redirect("export", key=queued.key)
    from campaign.portal.workbooks.write import safe_filename

    buffer = io.BytesIO()
    _write(page, queryset, buffer)
    _note(page)
    return attachment(buffer.getvalue(), safe_filename(page.file_slug, suffix=kind_of(page)))


def kind_of(page: ListPage) -> str:
    """What the address of a list asks for: a workbook, or CSV for the data alone."""
    return "csv" if page.request.GET.get("format") == "csv" else "xlsx"


def _write(
    page: ListPage, queryset: models.QuerySet[Any], target: Any, progress: Any = None
) -> None:
    from campaign.portal.workbooks.plain import write_csv
    from campaign.portal.workbooks.stream import write_list
    from campaign.portal.workbooks.write import Column as SheetColumn
    from campaign.portal.workbooks.write import NotesSpec, SheetSpec

    sheet = SheetSpec(
        name=str(page.title),
        title=str(page.title),
        scope=filters_in_words(page),
        as_of=_("Provisional, as of %(at)s")
        % {"at": timezone.localtime().strftime("%H:%M %d/%m/%Y")},
        columns=[SheetColumn(str(c.label), c.kind, c.width) for c in page.file_columns],
        rows=_counted(page.cells(queryset), progress),
    )
    if kind_of(page) == "csv":
        write_csv(target, sheet=sheet)
        return
    notes = NotesSpec(
        [
            (_("List"), str(page.title)),
            (_("Filter"), filters_in_words(page)),
            (_("Made for"), str(page.access.user)),
            (_("Address"), page.request.get_full_path()),
        ]
    )
    write_list(target, sheet=sheet, notes=notes)


def _note(page: ListPage) -> None:
    """Write down that a list was exported."""
    ChangeEntry.objects.create(
        by=page.access.user,
        action=ChangeEntry.Action.EXPORTED,
        model=page.model._meta.label_lower,
        record_id=0,
        record_label=str(page.title)[:200],
        reason=filters_in_words(page)[:300],
        door="export",
        unit_path=next(iter(page.access.view.paths), ""),
    )


def _counted(rows: Any, progress: Any) -> Any:
    for number, row in enumerate(rows, start=1):
        if progress and number % TOLD_EVERY == 0:
            progress(number)
        yield row


def filters_in_words(page: ListPage) -> str:
    """The filter as a sentence for the top of the sheet."""
    form = page.filterset.form
    parts = []
    for name, value in (form.cleaned_data if form.is_valid() else {}).items():
        if value in (None, "", []):
            continue
        label = form.fields[name].label or name
        choices = (
            dict(getattr(form.fields[name], "choices", None) or {})
            if isinstance(value, str)
            else {}
        )
        parts.append(f"{label}: {choices.get(value, value)}")
    return "; ".join(parts) or _("Everything in your scope")


@jobs.job("export_list")
def make_list_file(job: Job, access: Access, progress: jobs.Progress) -> None:
    """Make the file of a list with the person's access as it is now."""
    match = resolve(job.params["path"])
    page: ListPage = match.func.view_class(**match.func.view_initkwargs)  # type: ignore[attr-defined]
    if not access.may(page.access_rule):
        raise jobs.JobRefused(_("You may no longer open this list."))
    request = RequestFactory().get(job.params["path"])
    request.GET = QueryDict(job.params["query"])
    request.access = access  # type: ignore[attr-defined]
    request.user = access.user
    page.kwargs = match.kwargs
    queryset = page.prepare(request)
    total = queryset.count()
    progress(0, total)
    store(
        job,
        page.file_slug,
        lambda target: _write(page, queryset, target, lambda n: progress(n, total)),
        suffix=kind_of(page),
    )
    with transaction.atomic():
        jobs.hold(job)
        _note(page)
    progress(total, total)


def store(job: Job, slug: str, write: Any, *, suffix: str = "xlsx") -> None:
    """Write a job's file under a name of our own, outside the web root."""
    from campaign.portal.workbooks.write import safe_filename

    Path(settings.EXPORT_ROOT).mkdir(parents=True, exist_ok=True)
    job.stored_as = f"{job.key}.{suffix}"
    job.file_name = safe_filename(slug, suffix=suffix)
    final = jobs.path_of_file(job)
    partial = final.with_suffix(f".{job.attempts}.part")
    write(str(partial))
    partial.replace(final)
