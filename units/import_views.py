"""Hamlets from a file: upload, look at what would happen, confirm."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.portal import uploads
from campaign.portal.access import PortalRequest
from campaign.portal.exports import attachment
from campaign.portal.forms import ScopedForm
from campaign.portal.rules import rule
from campaign.portal.workbooks import (
    Column,
    NotesSpec,
    SheetSpec,
    WorkbookRefused,
    safe_filename,
    write_workbook,
)
from units import kinds
from units.models import Unit
from units.resources import LABELS, HamletResource, read_hamlets

SHOWN = 200
"""Rows of one outcome the check shows; the counts are of all."""

OUTCOMES = {
    "error": gettext_lazy("To put right"),
    "new": gettext_lazy("New"),
    "changed": gettext_lazy("To change"),
    "unchanged": gettext_lazy("Unchanged"),
}


class UploadForm(ScopedForm):
    """The file to import."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("Excel (.xlsx, .xls) or CSV, at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )


def _steps(current: int) -> list[dict[str, Any]]:
    labels = [_("Choose the file"), _("Check"), _("Import")]
    return [
        {"label": label, "done": number < current, "current": number == current}
        for number, label in enumerate(labels)
    ]


def _crumbs(last: str = "") -> list[tuple[str, str]]:
    crumbs = [(_("Units"), reverse("units:list"))]
    here = reverse("units:import") if last else ""
    return [*crumbs, (_("Import hamlets"), here), *([(last, "")] if last else [])]


@rule("units")
def upload(request: PortalRequest) -> HttpResponse:
    """Take a file in; it is read at once, and nothing is saved."""
    form = UploadForm(request.POST or None, request.FILES or None, access=request.access)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if not len(read_hamlets(file, filename=file.name)):
                raise WorkbookRefused("empty", _("There is no row below the headings."))
        except WorkbookRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            file.seek(0)
            return redirect("units:import_check", uploads.keep(file, user=request.access.user).key)
    context = {"form": form, "labels": LABELS.values(), "steps": _steps(0), "crumbs": _crumbs()}
    return render(request, "units/import.html", context, status=422 if form.errors else 200)


@rule("units")
def check(request: PortalRequest, key: str) -> HttpResponse:
    """Show what would become of every row; on confirmation save all of them, or none."""
    kept = uploads.kept(key, user=request.access.user)
    with kept.open() as file:
        dataset = read_hamlets(file, filename=kept.name)
    resource = HamletResource(access=request.access)
    if request.method == "POST":
        if "drop" in request.POST:
            kept.drop()
            return redirect("units:import")
        outcome = resource.save_all(dataset)
        if outcome.is_clean:
            kept.drop()
            words = _("Imported: %(new)s new, %(changed)s changed, %(unchanged)s unchanged.")
            messages.success(request, words % outcome.counts)
            return redirect(f"{reverse('units:list')}?level={Unit.Level.HAMLET.value}")
    else:
        outcome = resource.check(dataset)
    counts = outcome.counts
    shown = request.GET.get("show", "") or next((o for o in OUTCOMES if counts[o]), "new")
    lines = outcome.of(shown)
    context = {
        "name": kept.name, "counts": counts,
        "total": len(outcome.lines), "is_clean": outcome.is_clean,
        "lines": [_cells(line) for line in lines[:SHOWN]], "hidden": max(0, len(lines) - SHOWN),
        "labels": LABELS.values(),
        "tabs": [
            {
                "label": label, "count": counts[outcome_name], "url": f"?show={outcome_name}",
                "current": outcome_name == shown, "hot": outcome_name == "error",
            }
            for outcome_name, label in OUTCOMES.items()
        ],
        "steps": _steps(1), "crumbs": _crumbs(kept.name),
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "units/import_check.html", context, status=status)


def _cells(line: Any) -> dict[str, Any]:
    """A row for the screen: its values by column, the wrong ones marked."""
    cells = [
        {
            "value": "" if line.values.get(key) is None else str(line.values[key]),
            "bad": key in line.bad,
        }
        for key in LABELS
    ]
    errors = [
        (str(LABELS.get(name, "")), message)
        for name, found in line.errors.items()
        for message in found
    ]
    return {"number": line.number, "cells": cells, "errors": errors, "changes": line.changes,
            "outcome": line.outcome}  # fmt: skip


@rule("units")
def template(request: PortalRequest) -> HttpResponse:
    """An empty table with the headings, and the communes and kinds one may write."""
    kind_of = {"population": "int", "households": "int", "name": "text", "contact_name": "text"}
    communes = Unit.objects.within(request.access.manage).communes().in_force()
    sheets = [
        SheetSpec(
            name=_("Hamlets"), title=_("Hamlets to import"),
            scope=_("One row for each hamlet. Commune: its code or its name is enough."),
            as_of=_("The code of a hamlet stays empty for a new one."),
            columns=[Column(str(label), kind_of.get(key, "code")) for key, label in LABELS.items()],  # type: ignore[arg-type]
            rows=[],
        ),
        SheetSpec(
            name=_("Communes"), title=_("Communes you may write"), scope="", as_of="",
            columns=[Column(_("Commune code"), "code"), Column(_("Commune"))],
            rows=[(unit.code, unit.name) for unit in communes],
        ),
    ]  # fmt: skip
    words = ", ".join(word for level, word in kinds.words().values() if level == Unit.Level.HAMLET)
    notes = NotesSpec(definitions=[(str(LABELS["kind"]), words)])
    buffer = io.BytesIO()
    write_workbook(buffer, sheets=sheets, notes=notes)
    return attachment(buffer.getvalue(), safe_filename(_("Hamlets to import")))
