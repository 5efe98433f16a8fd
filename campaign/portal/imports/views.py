"""Pages of the importer: choose a file, match its columns, check its rows, save, take back."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from campaign.models import ImportBatch, ImportLine
from campaign.portal import pulse, uploads
from campaign.portal.access import PortalRequest
from campaign.portal.exports import attachment
from campaign.portal.figures import num
from campaign.portal.forms import ScopedForm
from campaign.portal.imports import batches, error_file, tables, template_file
from campaign.portal.imports.kinds import kinds_for, resource_for
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import KEPT_OUT, Decisions, Outcome, Problem
from campaign.portal.imports.sentences import mended_in_words
from campaign.portal.pages import id_in
from campaign.portal.rules import rule
from campaign.portal.workbooks import WorkbookRefused
from campaign.portal.workbooks.tables import column_letter
from campaign.portal.workbooks.write import safe_filename

Step = ImportBatch.Step
PAGE = 50
CAUSES = 12
PREVIEW = 12
LONGEST = 2_000
"""Characters of one answer about a cell."""

SHOWS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "look": (
        gettext_lazy("To look at"),
        (Outcome.ERROR, Outcome.DOUBTFUL, Outcome.CONFLICT, Outcome.CHANGED),
    ),
    "error": (gettext_lazy("To put right"), (Outcome.ERROR, Outcome.CONFLICT)),
    "doubtful": (gettext_lazy("Possibly the same"), (Outcome.DOUBTFUL,)),
    "changed": (gettext_lazy("Changed"), (Outcome.CHANGED,)),
    "new": (gettext_lazy("New"), (Outcome.NEW,)),
    "unchanged": (gettext_lazy("As it is"), (Outcome.UNCHANGED,)),
    "skipped": (gettext_lazy("Left out"), (Outcome.SKIPPED,)),
    "all": (gettext_lazy("All"), ()),
}


class FileForm(ScopedForm):
    """Which file to bring in."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            ".xlsx, .xls or .csv, as it is: title rows, totals and other columns do no harm."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt,.tsv"}),
    )


def _steps(now: int, batch: ImportBatch | None = None) -> list[dict[str, Any]]:
    labels = (_("Choose the file"), _("Match columns"), _("Check"), _("Save"))
    return [
        {"label": label, "done": place < now, "current": place == now}
        for place, label in enumerate(labels)
    ]


def _crumbs(*steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    home = reverse("imports:list") if steps else ""
    return [(_("Import from Excel"), home), *steps]


# --- Choosing --------------------------------------------------------------------------------


@rule("imports")
def batches_of_mine(request: PortalRequest) -> HttpResponse:
    """Files the person brought in, and what can be brought in."""
    own = ImportBatch.objects.filter(by=request.access.user).select_related("job")
    page = Paginator(own, PAGE).get_page(request.GET.get("page"))
    kinds = kinds_for(request.access)
    known = {kind.code: kind for kind in kinds}
    rows = [
        {
            "batch": batch,
            "kind": known[batch.kind].label if batch.kind in known else "",
            "saved": batch.counts.get("new", 0) + batch.counts.get("changed", 0),
            "wrong": kept_out_of(batch),
            "url": address_of(batch),
            "can_undo": batches.may_undo(batch),
        }
        for batch in page
    ]
    return render(
        request,
        "imports/list.html",
        {"page": page, "rows": rows, "kinds": kinds, "crumbs": _crumbs()},
    )


def kept_out_of(batch: ImportBatch) -> int:
    """How many rows of a file are left to put right or to decide."""
    return sum(batch.counts.get(str(outcome), 0) for outcome in KEPT_OUT)


def address_of(batch: ImportBatch) -> str:
    """Where a batch stands: the page of its step."""
    page = {Step.MAPPING: "columns", Step.CHECKED: "check"}.get(Step(batch.step), "detail")
    return reverse(f"imports:{page}", args=[batch.key])


@rule("imports")
def choose_file(request: PortalRequest) -> HttpResponse:
    """Take a file in; it is read at once, and nothing is saved."""
    sent = request.POST if request.method == "POST" else request.GET
    again = batches.own_batch(sent["again"], request.access) if sent.get("again") else None
    code = again.kind if again else sent.get("kind", "")
    if not code:
        return redirect("imports:list")
    resource = resource_for(code, request.access, again.context if again else None)
    form = FileForm(request.POST or None, request.FILES or None, access=request.access)
    if request.method == "POST" and form.is_valid():
        try:
            batch = batches.take(
                form.cleaned_data["file"], kind=code, access=request.access,
                context=again.context if again else None, again=again,
            )  # fmt: skip
        except WorkbookRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            return _after_upload(request, batch)
    context = {
        "form": form, "resource": resource, "kind": code, "again": again,
        "columns": resource.used_columns().values(),
        "steps": _steps(0), "crumbs": _crumbs((resource.label, "")),
    }  # fmt: skip
    return render(request, "imports/new.html", context, status=422 if form.errors else 200)


def _after_upload(request: PortalRequest, batch: ImportBatch) -> HttpResponse:
    """A layout that is known goes straight to the check; a new one is matched first."""
    same = (
        ImportBatch.objects.filter(by=request.access.user, digest=batch.digest, step=Step.DONE)
        .exclude(pk=batch.pk)
        .first()
    )
    if same is not None:
        messages.info(request, _("This very file was brought in before: what has not changed "
                                 "since is left alone."))  # fmt: skip
    if batch.options.get("is_remembered") and not batch.options.get("legacy"):
        batches.start_check(batch, access=request.access)
        return redirect(address_of(batch))
    return redirect("imports:columns", batch.key)


# --- Matching columns ------------------------------------------------------------------------


@rule("imports")
def columns(request: PortalRequest, key: str) -> HttpResponse:
    """Choose the sheet and the row of headings, and say which column is which."""
    batch = batches.own_batch(key, request.access)
    if batch.step not in (Step.MAPPING, Step.CHECKED):
        return redirect(address_of(batch))
    resource = batches.resource_of(batch, request.access)
    book = tables.look_into_kept(uploads.kept(batch.upload_key, user=request.access.user))
    problem = ""
    if request.method == "POST":
        if "look" in request.POST:
            _look_elsewhere(request, batch, resource, book)
            return redirect("imports:columns", batch.key)
        try:
            _take_over(request, batch)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            batches.start_check(batch, access=request.access)
            return redirect(address_of(batch))
    return render(
        request,
        "imports/columns.html",
        {
            "batch": batch,
            "resource": resource,
            "problem": problem,
            "places": _places(batch, resource, book, request.POST if problem else None),
            "choices": [(n, resource.label_of(n)) for n in resource.headings()],
            "sheets": [sheet.name for sheet in book.sheets],
            "preview": _preview(book, batch),
            "steps": _steps(1),
            "crumbs": _crumbs((batch.file_name, "")),
        },
        status=422 if problem else 200,
    )


def _look_elsewhere(
    request: PortalRequest, batch: ImportBatch, resource: ImportResource, book: tables.Book
) -> None:
    sheet = request.POST.get("sheet", batch.sheet)
    found = next((one for one in book.sheets if one.name == sheet), None)
    if found is None:
        raise Http404
    text = request.POST.get("header", "")
    header = int(text) - 1 if text.isascii() and text.isdecimal() and 0 < int(text) < 10**6 else 0
    if sheet != batch.sheet:
        header = tables.likeliest([found], resource.headings())[1]
    header = min(header, max(0, len(found.preview) - 1))
    batches.use_table(batch, resource, sheet, header, access=request.access, book=book)
    batch.step = Step.MAPPING
    batch.save()


def _take_over(request: PortalRequest, batch: ImportBatch) -> None:
    chosen = {
        int(name.removeprefix("column-")): str(value)
        for name, value in request.POST.items()
        if name.startswith("column-") and name[7:].isdecimal() and len(name) < 12 and value
    }
    known = set(batches.resource_of(batch, request.access).headings()) | {tables.SOURCE_ROW}
    chosen = {place: name for place, name in chosen.items() if name in known}
    options = dict(batch.options)
    wanted = request.POST.get("map", "")
    options["map"] = wanted if wanted in ("today", "before") else ""
    options["as_written"] = "as_written" in request.POST
    batches.match(
        batch, chosen, options,
        access=request.access, is_shared="share" in request.POST,
    )  # fmt: skip


def _places(
    batch: ImportBatch, resource: ImportResource, book: tables.Book, sent: Any
) -> list[dict[str, Any]]:
    """The columns of the file: heading, some values, and which field each is."""
    titles = tables.titles_of(book, batch.sheet, batch.header_row)
    samples = tables.samples_of(book, batch)
    return [
        {
            "place": place,
            "letter": column_letter(place),
            "title": title,
            "samples": samples.get(place, []),
            "chosen": (
                sent.get(f"column-{place}", "") if sent else batch.columns.get(str(place), "")
            ),
        }
        for place, title in titles.items()
    ]


def _preview(book: tables.Book, batch: ImportBatch) -> list[dict[str, Any]]:
    return [
        {"number": number + 1, "cells": cells, "is_header": number == batch.header_row}
        for number, cells in tables.first_rows(book, batch.sheet, PREVIEW)
    ]


# --- Checking --------------------------------------------------------------------------------


@rule("imports")
def check(request: PortalRequest, key: str) -> HttpResponse:
    """What would become of every row, what is wrong by cause, and one click to put it right."""
    batch = batches.own_batch(key, request.access)
    if batch.step != Step.CHECKED:
        return redirect(address_of(batch))
    if request.method == "POST":
        try:
            batches.decide(batch, _decision(request, batch), access=request.access)
        except batches.Refused as refused:
            messages.error(request, refused.message)
        back = request.POST.get("back", "")
        tail = f"?show={back}" if back in SHOWS else ""
        return redirect(f"{address_of(batch)}{tail}")
    resource = batches.resource_of(batch, request.access)
    counts = batch.counts
    show = request.GET.get("show", "")
    if show not in SHOWS:
        show = next((s for s in ("look", "new", "all") if _number(batch, s)), "all")
    lines = ImportLine.objects.filter(batch=batch)
    if SHOWS[show][1]:
        lines = lines.filter(outcome__in=SHOWS[show][1])
    page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
    shown_columns = [n for n in batch.columns.values() if n in resource.columns()]
    causes = batches.causes_of(batch)
    return render(
        request,
        "imports/check.html",
        {
            "batch": batch,
            "resource": resource,
            "counts": counts,
            "show": show,
            "tabs": [
                {
                    "label": label, "count": _number(batch, name), "url": f"?show={name}",
                    "current": name == show, "hot": name == "error" and counts.get("error"),
                }
                for name, (label, _outcomes) in SHOWS.items()
                if _number(batch, name) or name in (show, "all")
            ],
            "page": page,
            "labels": [(n, resource.label_of(n)) for n in shown_columns],
            "lines": [_line(line, shown_columns, resource) for line in page],
            "causes": [_cause(cause, resource) for cause in causes[:CAUSES]],
            "more_causes": max(0, len(causes) - CAUSES),
            "mended": mended_in_words(batch.notes.get("mended", {})),
            "good": counts.get("new", 0) + counts.get("changed", 0),
            "wrong": kept_out_of(batch),
            "closed": batch.notes.get("closed", 0),
            "decided": bool(any(batch.decisions.values())),
            "steps": _steps(2),
            "crumbs": _crumbs((batch.file_name, "")),
        },
    )  # fmt: skip


def _number(batch: ImportBatch, show: str) -> int:
    outcomes = SHOWS[show][1]
    if not outcomes:
        return batch.rows_read
    return sum(batch.counts.get(str(outcome), 0) for outcome in outcomes)


def _line(line: ImportLine, names: list[str], resource: ImportResource) -> dict[str, Any]:
    """A row for the screen: its cells, what is wrong in which, what would change."""
    problems = [Problem.from_plain(kept) for kept in line.problems]
    wrong = {p.column for p in problems if p.level == "error"}
    hinted = {p.column for p in problems if p.level != "error"}
    changed = {label: before for label, before, _after in line.changes}
    return {
        "line": line,
        "cells": [
            {
                "name": name,
                "value": line.values.get(name, ""),
                "bad": name in wrong,
                "hinted": name in hinted,
                "was": changed.get(resource.label_of(name)),
            }
            for name in names
        ],
        "problems": [
            {
                "label": resource.label_of(p.column), "message": p.message, "fixes": p.fixes,
                "column": p.column, "is_error": p.level == "error",
            }
            for p in problems
        ],
    }  # fmt: skip


def _cause(cause: dict[str, Any], resource: ImportResource) -> dict[str, Any]:
    problem: Problem = cause["problem"]
    return {
        "label": resource.label_of(problem.column),
        "problem": problem,
        "rows": cause["rows"],
        "some": cause["rows"][:5],
        "more": max(0, len(cause["rows"]) - 5),
        "fixes": cause["fixes"],
        "choices": resource.choices_of(problem.column)[:200] if problem.column in resource.columns() else [],
        "can_write": problem.column in resource.columns() and bool(problem.text),
    }  # fmt: skip


def _decision(request: PortalRequest, batch: ImportBatch) -> Callable[[Decisions], None]:
    """What the person decided, as a change of the decisions."""
    sent = request.POST
    column, text, to = (sent.get(name, "")[:LONGEST] for name in ("column", "text", "to"))
    if column not in batches.resource_of(batch, request.access).headings():
        column = ""
    numbers = {int(n) for n in sent.getlist("number") if n.isascii() and n.isdecimal()}
    acts: dict[str, Callable[[Decisions], None]] = {
        "text": lambda made: made.write_everywhere(column, text, to.strip()),
        "cell": lambda made: made.write(numbers, column, to.strip()),
        "skip": lambda made: made.skipped.update(numbers),
        "skip_cause": lambda made: made.skipped.update(
            batches.rows_with_cause(batch, (column, sent.get("code", ""), text))
        ),
        "take": lambda made: made.skipped.difference_update(numbers),
        "person": lambda made: made.people.update(
            dict.fromkeys(numbers, _who_in(sent.get("person", "")))
        ),
        "mine": lambda made: made.mine.update(numbers),
        "reset": lambda made: made.forget(),
    }
    return acts.get(sent.get("act", ""), lambda made: None)


def _who_in(text: str) -> int:
    """Who a row is about: a record, another row of the file (its number below 0), or 0 for neither."""
    pk = id_in(text.removeprefix("-"))
    return -pk if text.startswith("-") else pk


# --- Saving and taking back --------------------------------------------------------------------


@rule("imports")
@require_POST
def save(request: PortalRequest, key: str) -> HttpResponse:
    """Queue the saving of the rows."""
    batch = batches.own_batch(key, request.access)
    try:
        batches.start_saving(batch, _choice(request), access=request.access)
    except batches.Refused as refused:
        messages.error(request, refused.message)
        batch.refresh_from_db()
        return redirect(address_of(batch))
    return redirect("imports:detail", batch.key)


def _choice(request: PortalRequest) -> str:
    wanted = request.POST.get("choice", "")
    return wanted if wanted in ImportBatch.Choice.values else str(ImportBatch.Choice.GOOD_ROWS)


@rule("imports")
def detail(request: PortalRequest, key: str) -> HttpResponse:
    """How far an import is; when it is done, what became of the file."""
    batch = batches.own_batch(key, request.access)
    if batch.step in (Step.MAPPING, Step.CHECKED):
        return redirect(address_of(batch))
    resource = batches.resource_of(batch, request.access)
    counts = batch.counts
    return render(
        request,
        "imports/detail.html",
        {
            "batch": batch,
            "job": pulse.as_seen_now(batch.job) if batch.job else None,
            "resource": resource,
            "is_waiting": batch.step in (Step.CHECKING, Step.RUNNING, Step.UNDOING),
            "results": [
                (Outcome(name).label, counts.get(name, 0), name)
                for name in Outcome.values
                if counts.get(name)
            ],
            "wrong": kept_out_of(batch),
            "in_the_way": _in_the_way(request, batch),
            "can_undo": batches.may_undo(batch),
            "asks_reason": batches.undo_asks_reason(batch, request.access),
            "undo_until": batch.saved_at + batches.UNDO_FOR if batch.saved_at else None,
            "list_url": reverse(resource.list_url) if resource.list_url else "",
            "steps": _steps(2 if batch.step == Step.CHECKING else 3),
            "crumbs": _crumbs((batch.file_name, "")),
        },
    )


def _in_the_way(request: PortalRequest, batch: ImportBatch) -> list[dict[str, Any]]:
    """The rows that were edited since, when the person asks to take the import back."""
    if "edited" not in request.GET or not batches.may_undo(batch):
        return []
    resource = batches.resource_of(batch, request.access)
    lines = list(ImportLine.objects.filter(batch=batch, is_saved=True))
    return [
        {"number": line.number, "why": why, "values": list(line.values.values())[:4]}
        for line, why in resource.standing_in_the_way(lines)[:50]
    ]


@rule("imports")
@require_POST
def again(request: PortalRequest, key: str) -> HttpResponse:
    """Go back to the step before the one that failed or was cancelled."""
    batch = batches.own_batch(key, request.access)
    batches.step_back(batch)
    batch.refresh_from_db()
    return redirect(address_of(batch))


@rule("imports")
@require_POST
def undo(request: PortalRequest, key: str) -> HttpResponse:
    """Take a whole import back."""
    batch = batches.own_batch(key, request.access)
    try:
        rows = batches.start_undo(batch, access=request.access)
    except batches.Refused as refused:
        messages.error(request, refused.message)
        return redirect(f"{reverse('imports:detail', args=[batch.key])}?edited=1")
    if rows is None:
        return redirect("imports:detail", batch.key)
    messages.success(
        request,
        ngettext("Taken back: %(n)s row.", "Taken back: %(n)s rows.", rows) % {"n": num(rows)},
    )
    return redirect("imports:detail", batch.key)


@rule("imports")
@require_POST
def drop(request: PortalRequest, key: str) -> HttpResponse:
    """Give a file up: nothing of it was saved."""
    batch = batches.own_batch(key, request.access)
    batches.drop(batch, access=request.access)
    return redirect("imports:list")


# --- Files -------------------------------------------------------------------------------------


@rule("imports")
def error_workbook(request: PortalRequest, key: str) -> HttpResponse:
    """The person's own file, the cells to put right coloured, each with a remark."""
    batch = batches.own_batch(key, request.access)
    if batch.step not in (Step.CHECKED, Step.DONE):
        raise Http404
    content = error_file.marked_copy(batch, access=request.access)
    return attachment(content, safe_filename(_("Rows to fix")))


@rule("imports")
def template(request: PortalRequest) -> HttpResponse:
    """A workbook to fill in, with what this person may write in drop-downs."""
    resource = resource_for(request.GET.get("kind", ""), request.access)
    buffer = io.BytesIO()
    template_file.write_template(buffer, resource)
    return attachment(buffer.getvalue(), safe_filename(str(resource.label)))
