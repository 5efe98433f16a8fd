"""The kit's form pages, which never lose an entry; lists are in ``lists``."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, ClassVar
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.forms import (
    BaseForm,
    BaseFormSet,
    CheckboxInput,
    ChoiceField,
    DateField,
    ModelChoiceField,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from campaign.models import ChangeEntry, Draft, Submission, VersionedModel
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.forms import ScopedModelForm
from campaign.portal.scope import ScopedModel

LONGEST_ID = 18


def get_scoped(queryset: Any, **lookup: Any) -> Any:
    """The row, or the same 404 for "missing" and "not yours"."""
    try:
        return queryset.get(**lookup)
    except queryset.model.DoesNotExist as error:
        raise Http404 from error


def id_in(text: Any) -> int:
    """The id an address or a field names; 0, which no row has, where it names none."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else 0


class Conflict(Exception):
    """Somebody else changed the same fields meanwhile."""

    def __init__(self, fields: list[dict[str, Any]], current: VersionedModel) -> None:
        self.fields = fields
        self.current = current
        super().__init__("edit conflict")


class FormPage(View):
    """A page that adds or changes one record, with its parts.

    It keeps an entry safe: sent twice is saved once; a version conflict is shown with its
    differences, and changes of different fields merge by themselves; drafts survive.
    """

    access_rule: ClassVar[str] = "enter"
    model: ClassVar[type[Any]]
    scope: ClassVar[str] = "edit"
    form_class: ClassVar[type[ScopedModelForm]]
    template: ClassVar[str]
    title_new: ClassVar[Any]
    title_edit: ClassVar[Any]
    #: names of the formsets, as people call them: {"sessions": _("Sessions")}
    part_labels: ClassVar[dict[str, Any]] = {}
    #: parts that two people may change at once, because the page merges them itself
    merged_parts: ClassVar[frozenset[str]] = frozenset()

    request: Any

    @property
    def access(self) -> Access:
        """On whose behalf the record is changed."""
        return self.request.access

    # --- what a page may say of itself ---------------------------------------------------

    def initial(self) -> dict[str, Any]:
        """What a new form is filled with: the last place, the own unit, today."""
        return {}

    def formsets(self, record: Any, data: Any = None) -> dict[str, BaseFormSet]:
        """The parts of the record that are edited on the same page, by name."""
        return {}

    def before_save(self, record: Any, form: ScopedModelForm) -> None:
        """Complete a valid record before it is stored."""

    def after_save(self, record: Any, form: ScopedModelForm, *, is_new: bool) -> None:
        """Whatever belongs to the same transaction as the record."""

    def more_history(self, record: Any) -> dict[str, Any]:
        """What else of the record the history keeps; asked before and after saving."""
        return {}

    def success_url(self, record: Any) -> str:
        """Where the person lands after saving."""
        return record.get_absolute_url()

    def success_message(self, record: Any, *, is_new: bool) -> str:
        """One sentence that says what was saved."""
        return _("Saved: %(name)s.") % {"name": record}

    def more_context(self) -> dict[str, Any]:
        """What else the template needs."""
        return {}

    # --- the way of one entry ------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.request = request
        self.record = self.get_record(kwargs.get("pk"))
        return super().dispatch(request, *args, **kwargs)

    def get_record(self, pk: int | None) -> Any:
        """The record to change, in scope, or None for a new one."""
        if pk is None:
            return None
        return get_scoped(self.model.objects.within(getattr(self.access, self.scope)), pk=pk)

    @property
    def draft_key(self) -> str:
        """What the draft of this form is kept under."""
        return f"{self.model._meta.label_lower}:{self.record.pk if self.record else 'new'}"

    def get(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        """The form: a draft if there is one, the record, or a new one with good defaults."""
        draft = Draft.objects.filter(by=self.access.user, form=self.draft_key).first()
        if draft and "discard" in request.GET:
            draft.delete()
            return redirect(request.path)
        if draft and not request.GET.get("copy"):
            data = self.draft_data(draft)
            form = self.form_class(data, instance=self.record, access=self.access)
            formsets = self.formsets(self.record, data)
            forgive(form, *(row for part in formsets.values() for row in part.forms))
            return self.show(form, formsets, draft=draft)
        form = self.form_class(instance=self.record, initial=self.initial(), access=self.access)
        return self.show(form, self.formsets(self.record))

    def draft_data(self, draft: Draft) -> Any:
        """What was typed, with a new submission key: the old one was never sent."""
        return _query_dict({**draft.fields, "submission": [str(uuid4())]})

    def show(
        self,
        form: ScopedModelForm,
        formsets: dict[str, BaseFormSet],
        *,
        status: int = 200,
        draft: Draft | None = None,
    ) -> HttpResponse:
        """Render the page."""
        context = {
            "title": self.title_edit if self.record else self.title_new,
            "record": self.record,
            "form": form,
            "formsets": formsets,
            "draft": draft,
            "draft_key": self.draft_key,
            **formsets,
            **self.more_context(),
        }
        return render(self.request, self.template, context, status=status)

    def post(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        """Check everything, then save everything or nothing."""
        data, dropped = self.resolved(request.POST)
        form = self.form_class(data, request.FILES, instance=self.record, access=self.access)
        formsets = {
            name: part
            for name, part in self.formsets(self.record, data).items()
            if name not in dropped
        }
        is_valid = form.is_valid()
        is_valid = all([part.is_valid() for part in formsets.values()]) and is_valid  # noqa: C419  (every part says what is wrong)
        if not is_valid:
            return self.show(form, formsets, status=422)
        try:
            record = self.save(form, formsets)
        except Conflict as conflict:
            return self.show_conflict(form, conflict)
        except AlreadySent as sent:
            return redirect(sent.url or request.path)
        except ValidationError as error:
            form.add_error(None, error)
            return self.show(form, formsets, status=422)
        messages.success(request, self.success_message(record, is_new=self.record is None))
        return redirect(self.success_url(record))

    @transaction.atomic
    def save(self, form: ScopedModelForm, formsets: dict[str, BaseFormSet]) -> Any:
        """Store the record and its parts, write the history, drop the draft: one transaction."""
        is_new = self.record is None
        claim_submission(form.submission_key, self.access)
        before: dict[str, Any] = {}
        record = form.instance
        if not is_new:
            before = self.merge_with_current(form)
            before |= {name: describe(stored(part, record)) for name, part in formsets.items()}
            before |= self.more_history(record)
            record.version += 1
        self.before_save(record, form)
        form.save()
        for part in formsets.values():
            part.instance = record  # type: ignore[attr-defined]
            part.save()  # type: ignore[attr-defined]
        self.after_save(record, form, is_new=is_new)
        after = history.snapshot(record, form.record_fields)
        for name, part in formsets.items():
            after[name] = describe(stored(part, record))
        after |= self.more_history(record)
        history.record_change(
            record,
            ChangeEntry.Action.CREATED if is_new else ChangeEntry.Action.CHANGED,
            access=self.access,
            changes=history.differences(before, after),
        )
        Draft.objects.filter(by=self.access.user, form=self.draft_key).delete()
        if form.submission_key:
            Submission.objects.filter(key=form.submission_key).update(url=self.success_url(record))
        return record

    def merge_with_current(self, form: ScopedModelForm) -> dict[str, Any]:
        """Lock the record; where it changed since the form was opened, merge or raise Conflict."""
        scoped = self.model.objects.within(getattr(self.access, self.scope))
        current = get_scoped(scoped.select_for_update(of=("self",)), pk=self.record.pk)
        fields = form.record_fields
        now = history.snapshot(current, fields)
        opened_at = form.cleaned_data.get("version") or current.version
        theirs = history.changed_since(current, opened_at)
        if theirs:
            mine = history.snapshot(form.instance, fields) | {
                name: history.plain(form.cleaned_data[name])
                for name in fields
                if name in form.cleaned_data
            }
            base = now | {name: pair[0] for name, pair in theirs.items() if name in now}
            changed_by_me = {name for name in fields if mine[name] != base[name]}
            clashes = [
                name
                for name in fields
                if name in theirs and name in changed_by_me and mine[name] != now[name]
            ]
            own = {field.name for field in (*current._meta.fields, *current._meta.many_to_many)}
            parts = sorted(set(theirs) - set(fields) - own - self.merged_parts)
            if clashes or parts:
                raise Conflict(
                    [
                        {
                            "name": name,
                            "label": label_of(form, name),
                            "is_conflict": True,
                            "base": in_words(form, name, base.get(name)),
                            "theirs": in_words(form, name, now.get(name)),
                            "yours": in_words(form, name, mine.get(name)),
                        }
                        for name in clashes
                    ]
                    + [
                        {
                            "name": name,
                            "label": self.part_labels.get(name, name),
                            "is_conflict": True,
                            "yours": _("As you typed them"),
                            "base": parts_in_words(theirs[name][0]),
                            "theirs": parts_in_words(theirs[name][1]),
                        }
                        for name in parts
                    ],
                    current,
                )
            for name in set(fields) - changed_by_me:
                keep_current(form, current, name)
        form.instance.version = current.version
        return now

    def show_conflict(self, form: ScopedModelForm, conflict: Conflict) -> HttpResponse:
        """Both values of every clashing field, and the choice between them."""
        last = history.history_of(conflict.current).first()
        hidden = [
            (name, value)
            for name, values in self.request.POST.lists()
            for value in values
            if name not in ("version", "csrfmiddlewaretoken", "resolve")
            and not name.startswith("pick-")
        ]
        return render(
            self.request,
            "409_conflict.html",
            {
                "record": conflict.current,
                "fields": conflict.fields,
                "who": (last.by and last.by.full_name) if last else "",
                "when": last.at if last else conflict.current.updated_at,
                "hidden": [*hidden, ("version", conflict.current.version)],
                "back_url": self.success_url(conflict.current),
            },
            status=409,
        )

    def resolved(self, data: Any) -> tuple[Any, set[str]]:
        """What was sent, with the stored value wherever the person chose it over the own one.

        The second value names the parts (formsets) that stay as they are stored.
        """
        if "resolve" not in data or self.record is None:
            return data, set()
        data = data.copy()
        stored = self.form_class(instance=self.record, access=self.access)
        dropped = set()
        for key, choice in list(data.items()):
            name = key.removeprefix("pick-")
            if name == key or choice != "theirs":
                continue
            if name in stored.fields:
                value = as_sent(stored, name)
                data.setlist(name, value)
            else:
                dropped.add(name)
        return data, dropped


def as_sent(form: BaseForm, name: str) -> list[str]:
    """The values a browser would send for a field the person left as it is stored."""
    bound = form[name]
    if isinstance(bound.field.widget, CheckboxInput):
        return ["on"] if bound.value() else []
    value = bound.field.widget.format_value(bound.field.prepare_value(bound.value()))
    values = value if isinstance(value, (list, tuple)) else [value]
    return [str(one) for one in values if one not in (None, "")]


def label_of(form: Any, name: str) -> Any:
    """What people call a field of the record, on the form or behind it."""
    if name in form.fields:
        return form[name].label
    return form._meta.model._meta.get_field(name).verbose_name


def in_words(form: BaseForm, name: str, value: Any) -> Any:
    """A stored value as people read it: the word for a code, the name for a row."""
    field = form.fields.get(name)
    if value in (None, "", [], {}):
        return None
    if isinstance(value, dict):
        return ", ".join(str(one) for one in value.values())
    if isinstance(field, ModelChoiceField):
        keys = value if isinstance(value, list) else [value]
        model = field.queryset.model  # type: ignore[union-attr]
        rows = getattr(model, "unscoped", model._default_manager).filter(pk__in=keys)
        return ", ".join(str(row) for row in rows)
    if isinstance(field, ChoiceField):
        return dict(field.choices).get(value, value)  # type: ignore[arg-type]
    if isinstance(field, DateField):
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    return value


def parts_in_words(rows: Any) -> str:
    """How many parts there were, for the page that shows a conflict."""
    count = len(rows or [])
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": count}


class AlreadySent(Exception):
    """The same form was saved before; ``url`` is where its record is."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(url)


def claim_submission(key: Any, access: Access) -> None:
    """Take the form's key; a second sending of the same form finds it taken."""
    if key is None:
        return
    try:
        with transaction.atomic():
            Submission.objects.create(key=key, by=access.user)
    except IntegrityError as error:
        found = Submission.objects.filter(key=key, by=access.user).first()
        raise AlreadySent(found.url if found else "") from error


def keep_current(form: ScopedModelForm, current: models.Model, name: str) -> None:
    """Take the stored value of a field the person did not touch."""
    field = current._meta.get_field(name)
    if field.many_to_many:
        form.cleaned_data[name] = getattr(current, name).all()
    else:
        setattr(form.instance, field.attname, getattr(current, field.attname))  # type: ignore[union-attr]
        form.cleaned_data[name] = getattr(current, name)


def stored(part: Any, record: models.Model) -> models.QuerySet[Any]:
    """The parts of a record as they are in the database, not as the form has changed them."""
    model = part.queryset.model
    rows = model.unscoped if issubclass(model, ScopedModel) else model._default_manager
    return rows.filter(**{part.fk.name: record})


def describe(parts: Any) -> list[dict[str, Any]]:
    """The parts of a record (sessions, headcounts) as the history keeps them."""
    rows = []
    for part in parts:
        names = [
            f.name
            for f in part._meta.concrete_fields
            if f.name not in ("id", "version", "created_at", "updated_at", "search_key", "sort_key")
        ]
        rows.append(history.snapshot(part, names))
    return json.loads(json.dumps(rows, default=str))


def forgive(*forms: BaseForm) -> None:
    """Show what was typed without errors: a draft is unfinished, not wrong."""
    for form in forms:
        form.is_valid()
        form._errors = type(form.errors)()  # type: ignore[attr-defined]


def _query_dict(fields: dict[str, Any]) -> Any:
    from django.http import QueryDict

    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values if isinstance(values, list) else [values])
    return data
