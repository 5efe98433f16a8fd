"""A table people type or paste into: checked as they go, saved row by row, never lost.

The page knows no rule of its own: what is typed goes through the walk of an import resource,
for checking and for saving, and comes back cell by cell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from campaign.models import Draft
from campaign.portal.access import Access, PortalRequest
from campaign.portal.desk import keep_draft
from campaign.portal.figures import num
from campaign.portal.grid_sent import (
    NotATable,
    drafted,
    people_in,
    rows_of,
    sent_table,
    table_in,
    text_in,
    uuid_in,
)
from campaign.portal.grid_told import (
    column_for,
    is_mended,
    is_there,
    lines_of,
    notice_of,
    read_as,
    summary_of,
    words,
)
from campaign.portal.imports.batches import one_at_a_time
from campaign.portal.imports.kinds import resource_for
from campaign.portal.imports.pasted import (
    LONGEST,
    MOST_ROWS,
    Pasted,
    Unreadable,
    read_pasted,
)
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import (
    KEPT_OUT,
    Check,
    Decisions,
    Line,
    Outcome,
    Row,
)
from campaign.portal.pages import AlreadySent, claim_submission

Figure = tuple[Any, str, str]
"""One line of the tally: what, how many, and a remark (a share)."""


class NotAll(Exception):
    """Some rows are not right, and all were to be saved or none."""


class GridPage(View):
    """The rows of one record (the people of a class, the members of a team) as a table.

    A page says its ``kind`` of import, its ``template`` (it extends ``portal/grid.html``), and
    overrides ``get_holder``, ``context_of`` and ``records``; ``beside`` and ``tally`` if it has
    more to show.
    """

    access_rule: ClassVar[str] = "enter"
    kind: ClassVar[str]
    template: ClassVar[str] = "portal/grid.html"
    title: ClassVar[Any] = ""
    #: headings of what the page shows beside a saved row and nobody types
    beside_labels: ClassVar[Sequence[Any]] = ()
    #: columns of the kind that have another place than this table
    left_out: ClassVar[Sequence[str]] = ()
    #: the column by which rows are known, where they are all there from the beginning
    fixed: ClassVar[str] = ""

    request: Any

    @property
    def access(self) -> Access:
        """On whose behalf the table is read."""
        return self.request.access

    # --- what a page says of itself ------------------------------------------------------------

    def get_holder(self, **kwargs: Any) -> Any:
        """The record whose rows these are, in scope; None where there is none."""
        return None

    def context_of(self, holder: Any) -> dict[str, Any]:
        """What every row of the table has in common: the context of the import."""
        return {}

    def may_add(self) -> bool:
        """Whether the table takes rows now."""
        return True

    def records(self, resource: ImportResource) -> Iterable[Any]:
        """The rows that are there already, in their order."""
        return ()

    def usual(self, resource: ImportResource) -> dict[str, str]:
        """What the cells of a row say that is typed anew, until one writes something else."""
        return {}

    def beside(self, record: Any) -> dict[str, Any]:
        """What is shown of a saved row: ``url``, ``pick`` (its id in forms), ``more`` (texts)."""
        return {}

    def tally(self, found: Check) -> list[Figure]:
        """Sums over all rows of the table."""
        return []

    def places(self, resource: ImportResource, read: Pasted) -> list[int | None]:
        """Where pasted rows go, in a table whose rows are all there; None: to the end."""
        return []

    def more_context(self) -> dict[str, Any]:
        """What else the template needs."""
        return {}

    # --- the way of a table --------------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.request = request
        self.holder = self.get_holder(**kwargs)
        self.context = self.context_of(self.holder)
        return super().dispatch(request, *args, **kwargs)

    def resource(self) -> ImportResource:
        """A fresh resource on the person's behalf, within the record of the page."""
        resource = resource_for(self.kind, self.access, self.context)
        resource.leave_out(self.left_out)
        return resource

    @property
    def draft_key(self) -> str:
        """What the draft of this table is kept under."""
        within = ",".join(f"{name}={value}" for name, value in self.context.items())
        return f"grid:{self.kind}:{within}"[:80]

    def get(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        """The table: saved rows, and of the draft what was not saved."""
        draft = Draft.objects.filter(by=self.access.user, form=self.draft_key).first()
        if draft and "discard" in request.GET:
            draft.delete()
            return redirect(request.path)
        return self.show(draft=draft)

    def show(self, *, status: int = 200, draft: Draft | None = None, **more: Any) -> HttpResponse:
        """Render the page."""
        resource = self.resource()
        context = {
            "title": self.title,
            "record": self.holder,
            "may_add": self.may_add(),
            "grid": self.table(resource, draft),
            "headings": [resource.label_of(name) for name in resource.used_columns()],
            "draft": draft,
            "draft_key": self.draft_key,
            "submission": uuid4(),
            "wizard": self.wizard(),
            "kind": self.kind,
            **more,
            **self.more_context(),
        }
        return render(self.request, self.template, context, status=status)

    def table(self, resource: ImportResource, draft: Draft | None) -> dict[str, Any]:
        """Everything the script needs to begin with."""
        return {
            "columns": [column_for(resource, name) for name in resource.used_columns()],
            "beside": [str(label) for label in self.beside_labels],
            "rows": [self.saved_row(resource, record) for record in self.records(resource)],
            "usual": self.usual(resource),
            "fixed": self.fixed,
            "draft": drafted(draft),
            "most": MOST_ROWS,
            "by": self.access.user.get_username() if self.access.user else "",
            "submission": str(uuid4()),
            "wizard": self.wizard(),
            "may_add": self.may_add(),
            "words": words(),
        }

    def saved_row(self, resource: ImportResource, record: Any) -> dict[str, Any]:
        """A row that is there already, with the version it stands at."""
        return {
            "key": resource.row_key(record),
            "cells": resource.texts_of(record),
            **self.beside(record),
        }

    def wizard(self) -> str:
        """Where longer lists are brought in from a file."""
        return f"{reverse('imports:new')}?kind={self.kind}"

    # --- what the script asks ------------------------------------------------------------------

    def post(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        """Read a paste, check or save the rows: for the script in JSON, without it as a form."""
        if request.content_type != "application/json":
            return self.post_form(request)
        try:
            sent = sent_table(request)
            if sent.get("by") != self.access.user.get_username():  # type: ignore[union-attr]
                raise NotATable(_("Somebody else has signed in meanwhile."), 409)
            answer = self.answer_to(sent)
        except NotATable as wrong:
            return JsonResponse({"error": wrong.message}, status=wrong.status)
        except Unreadable as wrong:
            wizard = self.wizard() if wrong.is_too_long else ""
            return JsonResponse({"error": wrong.message, "wizard": wizard}, status=422)
        return JsonResponse(answer)

    def answer_to(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Do what the script asks."""
        resource = self.resource()
        if sent.get("do") == "paste":
            read = read_pasted(
                text_in(sent, "text", LONGEST), resource, first=str(sent.get("first"))
            )
            return {"rows": read.rows, "columns": read.columns, "told": read.told,
                    "has_header": read.has_header, "places": self.places(resource, read)}  # fmt: skip
        rows, decisions = table_in(sent, resource)
        if sent.get("do") == "check":
            found = resource.walk(rows, decisions, save=False)
            return self.told(resource, found, pasted=sent.get("pasted"))
        if sent.get("do") == "save" and self.may_add():
            return self.save(sent, rows, decisions)
        raise NotATable(_("This cannot be done here."))

    def save(self, sent: dict[str, Any], rows: list[Row], decisions: Decisions) -> dict[str, Any]:
        """Save the good rows, or all of them or none; the same table sent again is saved once."""
        resource, found, is_refused = self.stored(
            rows, decisions, uuid_in(sent.get("submission")), only_good=sent.get("only") == "good",
            texts={row["n"]: row for row in sent["rows"]},
        )  # fmt: skip
        answer = self.told(resource, found)
        answer["submission"] = str(uuid4())
        saved = sum(bool(row.get("saved")) for row in answer["rows"])
        answer["saved"] = saved
        if is_refused:
            answer["refused"] = _("Nothing was saved: some rows are not right yet.")
        elif saved:
            words = ngettext("%(count)s row was saved.", "%(count)s rows were saved.", saved)
            answer["message"] = words % {"count": num(saved)}
        return answer

    def stored(
        self,
        rows: list[Row],
        decisions: Decisions,
        key: UUID,
        *,
        only_good: bool,
        texts: Mapping[int, dict[str, Any]],
    ) -> tuple[ImportResource, Check, bool]:
        """Walk the rows and store them in one transaction; whether that was refused is third."""
        resource = self.resource()
        try:
            with transaction.atomic():
                claim_submission(key, self.access)
                one_at_a_time(resource)
                found = resource.walk(rows, decisions, save=True)
                kept_out = found.of(*KEPT_OUT)
                if kept_out and not only_good:
                    raise NotAll
                self._keep_rest([texts[line.row.number] for line in kept_out if texts])
        except (NotAll, AlreadySent) as why:
            resource = self.resource()
            found = resource.walk(rows, decisions, save=False)
            return resource, found, isinstance(why, NotAll)
        return resource, found, False

    def _keep_rest(self, rows: list[dict[str, Any]]) -> None:
        """What was not saved stays as the draft; where all was saved there is none."""
        if rows:
            fields = {"rows": [json.dumps(rows, ensure_ascii=False)]}
            url, label = self.request.path, str(self.title)[:150]
            keep_draft(
                self.access.user,
                {"form": self.draft_key, "url": url, "label": label, "fields": fields},
            )
        else:
            Draft.objects.filter(by=self.access.user, form=self.draft_key).delete()

    # --- what it is told -----------------------------------------------------------------------

    def told(self, resource: ImportResource, found: Check, *, pasted: Any = None) -> dict[str, Any]:
        """What became of the table: row by row, the summary, the tally, and a word on a paste."""
        seen = {
            line.record_id
            for line in found
            if line.record_id and (is_there(line) or line.outcome == Outcome.CONFLICT)
        }
        records = resource.records_of(seen) if seen else {}
        return {
            "rows": [self.told_line(resource, line, records) for line in found],
            "summary": summary_of(found),
            "tally": [
                {"label": str(label), "number": number, "note": note}
                for label, number, note in self.tally(found)
            ],
            "notice": notice_of(found, pasted),
        }

    def told_line(
        self, resource: ImportResource, line: Line, records: Mapping[int, Any]
    ) -> dict[str, Any]:
        """What became of one row."""
        record = records.get(line.record_id or 0)
        told: dict[str, Any] = {"n": line.row.number, "state": str(line.outcome)}
        if line.problems:
            told["problems"] = [problem.plain() for problem in line.problems]
        if line.outcome == Outcome.DOUBTFUL:
            told["candidates"] = line.candidates
        if line.outcome == Outcome.CONFLICT and record is not None:
            told["changes"] = [[c.column, c.before, c.after] for c in line.changes]
            told["theirs"] = self.saved_row(resource, record)
        elif is_there(line) and record is not None:
            told |= {"saved": True, **self.saved_row(resource, record)}
        else:
            told["cells"] = read_as(resource, line)
            told["mended"] = [
                name for name in told["cells"] if is_mended(line, told["cells"], name)
            ]
        return told

    # --- without the script --------------------------------------------------------------------

    def post_form(self, request: PortalRequest) -> HttpResponse:
        """Rows pasted into a box: checked, and saved with the next click."""
        resource = self.resource()
        text = request.POST.get("pasted", "")
        try:
            read = read_pasted(text, resource)
        except Unreadable as wrong:
            return self.show(status=422, pasted=text, error=wrong.message)
        rows = rows_of(read)
        decisions = Decisions(people=people_in(request.POST, len(rows)))
        do = request.POST.get("do", "")
        if do not in ("good", "all") or not self.may_add():
            found = resource.walk(rows, decisions, save=False)
            return self.show(status=422, pasted=text, read=read, found=lines_of(resource, found))
        resource, found, is_refused = self.stored(
            rows, decisions, uuid_in(request.POST.get("submission")), only_good=do == "good",
            texts={},
        )  # fmt: skip
        if is_refused or found.of(*KEPT_OUT):
            return self.show(status=422, pasted=text, read=read, found=lines_of(resource, found))
        return redirect(request.path)
