"""The way of a bulk act: choose, see what would change, do it once, take it back within a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from campaign.models import BulkChange, Submission
from campaign.portal import history
from campaign.portal.access import PortalRequest
from campaign.portal.lists import saved
from campaign.portal.lists.acts import BulkAct
from campaign.portal.pages import AlreadySent, claim_submission, id_in
from campaign.portal.rules import rule

if TYPE_CHECKING:
    from campaign.portal.lists.page import ListPage

MOST = 500  # records one act may change: they are checked one by one, in one transaction
SHOWN = 50  # records a page shows before and after


class Together:
    """One request about the chosen rows of a list."""

    def __init__(self, page: ListPage, request: Any) -> None:
        self.page, self.request, self.access = page, request, request.access
        self.back = request.get_full_path()
        self.is_all = request.POST.get("all") == "1"
        queryset = page.prepare(request)
        if self.is_all:
            self.rows = queryset
            self.asked = queryset.count()
        else:
            names = [*request.POST.getlist("pick"), *map(_first, request.POST.getlist("row"))]
            picked = {id_in(name) for name in names} - {0}
            self.rows = page.sorted(page.rows().filter(pk__in=list(picked)[: MOST + 1]))
            self.asked = len(picked)

    def answer(self) -> HttpResponse:
        """The export, the sheet to print, the questions of an act, or its deed."""
        wanted = self.request.POST.get("act", "")
        if not self.asked:
            return self.sent_back(_("Choose some rows first."))
        if wanted == "export":
            from campaign.portal.exports import export_list

            return export_list(self.page, self.rows)
        if self.asked > MOST:
            return self.sent_back(
                _("%(count)s rows are chosen; at most %(most)s go at once. Narrow the list first.")
                % {"count": self.asked, "most": MOST}
            )
        if wanted == "print":
            return self.sheet()
        act = next((act for act in self.page.acts_for_reader if act.key == wanted), None)
        if act is None:
            raise Http404
        if self.request.POST.get("step") == "do":
            return self.do(act)
        return self.preview(act)

    def sent_back(self, words: str) -> HttpResponse:
        """To the list, with a word of why."""
        messages.error(self.request, words)
        return redirect(self.back)

    def sheet(self) -> HttpResponse:
        """The chosen rows on one page, to be printed."""
        page = Paginator(self.rows, MOST).get_page(1)
        for record in page:
            record.list_url, record.edit_url = self.page.url_of(record), ""
        context = self.page.more_context(page)
        context |= {
            "title": self.page.title,
            "list": self.page,
            "page": page,
            "columns": self.page.screen_columns,
            "back_url": self.back,
        }
        return render(self.request, "lists/print.html", context)

    # --- what would change --------------------------------------------------------------------

    def preview(self, act: BulkAct, refused: Any = (), status: int = 200) -> HttpResponse:
        """The questions; once they are answered, every row before and after."""
        is_answered = self.request.POST.get("step") in ("preview", "do")
        asked = act.questions(self.access, self.request.POST if is_answered else None)
        is_ready = is_answered and asked.is_valid()
        may, others = self.sorted_out(act)
        plans: list[dict[str, Any]] = []
        refused, same = [*refused, *others], 0
        known = {line["id"] for line in refused}
        for record in may if is_ready else ():
            if record.pk in known:
                continue
            try:
                label, version = _named(record), record.version
                plan = act.plan(record, asked, in_full=len(plans) < SHOWN)
            except ValidationError as error:
                refused.append(_line(record, " ".join(error.messages)))
                continue
            if plan.changes:
                lines = plan.lines
                plans.append({"id": record.pk, "label": label, "version": version, "lines": lines})
            else:
                same += 1
        if is_answered and not asked.is_valid():
            status = 422
        context = {
            "act": act,
            "list": self.page,
            "title": act.label,
            "crumbs": [(self.page.title, self.back), (act.label, "")],
            "form": asked,
            "asked": self.asked,
            "is_all": self.is_all,
            "may": len(may),
            "missing": self.asked - len(may) - len(others),
            "is_ready": is_ready,
            "plans": plans,
            "shown": plans[:SHOWN],
            "same": same,
            "refused": refused,
            "picked": [record.pk for record in may] + [line["id"] for line in others],
            "acted_on": len(plans),
            "answers": self.answers(),
            "submission": uuid4(),
            "back_url": self.back,
        }
        return render(self.request, "lists/bulk.html", context, status=status)

    def answers(self) -> list[tuple[str, str]]:
        """What was answered, to travel along with the confirmation."""
        left_out = ("csrfmiddlewaretoken", "pick", "row", "all", "act", "step", "submission")
        return [
            (name, value)
            for name, values in self.request.POST.lists()
            for value in values
            if name not in left_out
        ]

    def sorted_out(self, act: BulkAct) -> tuple[list[Any], list[dict[str, Any]]]:
        """The chosen records the person may change; the others, each with the reason."""
        model, keys = self.page.model, list(self.rows.values_list("pk", flat=True)[:MOST])
        order = {pk: number for number, pk in enumerate(keys)}
        seen = model.objects.within(getattr(self.access, self.page.scope)).filter(pk__in=keys)
        may, others = [], []
        for record in sorted(_with_near(seen, act), key=lambda one: order[one.pk]):
            if self.access.edit.covers(history.unit_path_of(record)):
                may.append(record)
                continue
            words = _("It belongs to %(unit)s: you may read it, not change it.")
            others.append(_line(record, words % {"unit": _owner(record)}))
        return may, others

    # --- the deed -----------------------------------------------------------------------------

    def do(self, act: BulkAct) -> HttpResponse:
        """Do it to the rows that were shown and have not changed since: all in one transaction."""
        asked = act.questions(self.access, self.request.POST)
        if not asked.is_valid():
            return self.preview(act)
        try:
            done, refused = self.carry_out(act, asked)
        except AlreadySent as sent:
            return redirect(sent.url or self.back)
        if done is None:
            return self.preview(act, refused, status=409)
        address = reverse("bulk_change", args=[done.key])
        undo = f"undo:{reverse('undo_bulk', args=[done.key])}"
        messages.success(self.request, _done_words(done), extra_tags=undo)
        return redirect(address if done.refused else self.back)

    @transaction.atomic
    def carry_out(self, act: BulkAct, asked: Any) -> tuple[BulkChange | None, list[Any]]:
        """The act on every row, with its history and what takes it back."""
        key = id_of(self.request.POST.get("submission", ""))
        claim_submission(key, self.access)
        versions = dict(_pair(row) for row in self.request.POST.getlist("row"))
        model = self.page.model
        locked = model.objects.within(self.access.edit).filter(pk__in=versions).order_by("pk")
        rows, refused = [], self.sorted_out(act)[1]
        known = {line["id"] for line in refused}
        records = list(_with_near(locked.select_for_update(of=("self",)), act))
        gone = set(versions) - known - {record.pk for record in records}
        refused += [_nameless(pk, _("It is no longer there.")) for pk in sorted(gone)]
        for record in records:
            if record.version != versions[record.pk]:
                refused.append(_line(record, changed_words(record)))
                continue
            try:
                plan = act.carry_out(record, asked)
            except ValidationError as error:
                refused.append(_line(record, " ".join(error.messages)))
                continue
            if plan.changes:
                rows.append(_kept(record, plan))
        if not rows:
            transaction.set_rollback(True)
            return None, refused
        done = BulkChange.objects.create(
            by=self.access.user,
            list_key=self.page.key,
            act=act.key,
            label=str(act.label)[:100],
            rows=rows,
            refused=refused,
        )
        Submission.objects.filter(key=key).update(url=self.back[:300])
        return done, refused


def _with_near(records: Any, act: BulkAct) -> Any:
    """Records with their owner and whatever the act looks at, in a few queries."""
    single, many = act.near(records.model)
    return records.select_related(*{records.model.unit_field, *single}).prefetch_related(*many)


def _first(row: str) -> str:
    return row.partition(":")[0]


def _pair(row: str) -> tuple[int, int]:
    pk, _colon, version = row.partition(":")
    return id_in(pk), id_in(version)


def id_of(text: str) -> Any:
    """The key of a form as it was sent; none when it is no key."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _line(record: Any, why: str) -> dict[str, Any]:
    return {"id": record.pk, "label": _named(record), "why": why}


def _nameless(pk: int, why: str) -> dict[str, Any]:
    """A record the person may not know any more."""
    return {"id": pk, "label": f"#{pk}", "why": why}


def _named(record: Any) -> str:
    code = getattr(record, "code", "")
    return f"{code} {record}".strip()[:200]


def _owner(record: Any) -> str:
    holder = record
    for step in filter(None, record.unit_field.split("__")):
        holder = getattr(holder, step)
    return str(holder)


def _kept(record: Any, plan: Any) -> dict[str, Any]:
    record.refresh_from_db(fields=["version"])
    return {
        "id": record.pk,
        "label": _named(record),
        "version": record.version,
        "changes": plan.changes,
    }


def changed_words(record: Any) -> str:
    """Who changed a record last."""
    last = history.history_of(record).first()
    if last is None or last.by is None:
        return _("It was changed meanwhile.")
    at = timezone.localtime(last.at)
    return _("%(who)s changed it at %(at)s.") % {"who": last.by.full_name, "at": f"{at:%H:%M}"}


def _done_words(done: BulkChange) -> str:
    count = len(done.rows)
    words = ngettext("%(act)s: %(count)s row.", "%(act)s: %(count)s rows.", count)
    return words % {"act": done.label, "count": count}


# --- Afterwards -------------------------------------------------------------------------------


def _own(request: PortalRequest, key: str, *, lock: bool = False) -> BulkChange:
    own = BulkChange.objects.filter(by=request.access.user, key=key)
    found = (own.select_for_update() if lock else own).first()
    if found is None:
        raise Http404
    return found


def _told(request: PortalRequest, done: BulkChange, since: Any = ()) -> HttpResponse:
    page = saved.page_of(done.list_key, request.access)
    in_view = page.model.objects.within(getattr(request.access, page.scope))
    named = [row["id"] for row in (*done.rows, *done.refused)]
    there = {record.pk: record for record in in_view.filter(pk__in=named)}
    listed = page()
    listed.request = request
    context = {
        "done": done,
        "title": done.label,
        "crumbs": [(listed.title, reverse(done.list_key)), (done.label, "")],
        "rows": [there[row["id"]] for row in done.rows if row["id"] in there],
        "refused": [line for line in done.refused if line["id"] in there],
        "since": since,
        "back_url": reverse(done.list_key),
    }
    return render(request, "lists/bulk_done.html", context, status=409 if since else 200)


@rule("enter")
def bulk_changes(request: PortalRequest) -> HttpResponse:
    """One's own bulk changes, newest first; those of a day can be taken back."""
    own = BulkChange.objects.filter(by=request.access.user)
    page = Paginator(own, 50).get_page(request.GET.get("page"))
    return render(request, "lists/bulk_changes.html", {"page": page})


@rule("enter")
def bulk_change(request: PortalRequest, key: str) -> HttpResponse:
    """What one bulk act did, what it left, and the way to take it back."""
    return _told(request, _own(request, key))


@rule("enter")
@require_POST
@transaction.atomic
def undo_bulk(request: PortalRequest, key: str) -> HttpResponse:
    """Take a bulk act back: every record as it was, or none if somebody edited one since."""
    done = _own(request, key, lock=True)
    page = saved.page_of(done.list_key, request.access)
    act = next((act for act in page.acts if act.key == done.act), None)
    if act is None or not done.may_be_undone:
        messages.error(request, _("This can no longer be taken back."))
        return redirect("bulk_change", key=done.key)
    rows = {row["id"]: row for row in done.rows}
    editable = page.model.objects.within(request.access.edit).filter(pk__in=rows)
    records: list[Any] = list(editable.order_by("pk").select_for_update(of=("self",)))
    found = {record.pk for record in records}
    since = [
        _line(record, changed_words(record))
        for record in records
        if record.version != rows[record.pk]["version"]
    ]
    since += [_nameless(pk, _("You may no longer change it.")) for pk in rows if pk not in found]
    if since:
        return _told(request, done, since)
    for record in records:
        act.take_back(record, rows[record.pk]["changes"], request.access)
    done.undone_at = timezone.now()
    done.save(update_fields=["undone_at"])
    count = len(records)
    words = ngettext("Taken back: %(count)s row.", "Taken back: %(count)s rows.", count)
    messages.success(request, words % {"count": count})
    return redirect("bulk_change", key=done.key)
