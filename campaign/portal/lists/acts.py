"""What can be done to many records of a list at once, each by the rules of its own form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.forms import ScopedForm, ScopedModelForm
from campaign.portal.pages import in_words, label_of

DOOR = "bulk"
UNCHANGED = gettext_lazy("— unchanged —")
#: fields a record works out for itself whenever it is cleaned
WORKED_OUT = ("search_key", "sort_key")


@dataclass
class Plan:
    """What an act does to one record: fields before and after, and the same in words."""

    changes: dict[str, list[Any]] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)


class BulkAct:
    """One thing that can be done to the chosen rows of a list."""

    def __init__(self, key: str, label: Any, icon: str, *, button: Any = "", danger: bool = False):
        self.key, self.label, self.icon = key, label, icon
        self.button = button or label
        self.danger = danger

    def questions(self, access: Access, data: Any = None) -> Any:
        """What is asked once for all rows."""
        raise NotImplementedError

    def near(self, model: type[models.Model]) -> tuple[list[str], list[str]]:
        """Relations to read along with the records: single ones, and many."""
        return [], []

    def plan(self, record: Any, asked: Any, *, in_full: bool = False) -> Plan:
        """What would change; no changes when the record is so already. Refuses by ValidationError.

        ``in_full`` also says it in words.
        """
        raise NotImplementedError

    def carry_out(self, record: Any, asked: Any) -> Plan:
        """Do it to one locked record of the own units."""
        raise NotImplementedError

    def take_back(self, record: Any, changes: dict[str, list[Any]], access: Access) -> None:
        """Put one locked record back to what it was before."""
        raise NotImplementedError


class ChangeForm(ScopedForm):
    """New values for many records: blank leaves a value, a ticked box takes it away."""

    clear = forms.MultipleChoiceField(
        label=gettext_lazy("Take the value away"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, source: ScopedModelForm, names: Sequence[str], **kwargs: Any):
        super().__init__(*args, prefix="set", **kwargs)
        self.names = [name for name in names if name in source.fields]
        emptied = []
        for name in self.names:
            asked: Any = source.fields[name]
            if not asked.required:
                emptied.append((name, asked.label))
            asked.required, asked.initial = False, None
            if isinstance(asked, forms.ModelMultipleChoiceField):
                asked.help_text = _("Replaces what is there.")
            elif isinstance(asked, forms.ModelChoiceField):
                asked.empty_label = UNCHANGED
            elif isinstance(asked, forms.ChoiceField):
                known: list[Any] = list(asked.choices)  # type: ignore[arg-type]
                asked.choices = [("", UNCHANGED), *(one for one in known if one[0] != "")]
            self.fields[name] = asked
        self.order_fields([*self.names, "clear"])
        self.fields["clear"].choices = emptied  # type: ignore[attr-defined]
        if not emptied:
            del self.fields["clear"]

    def clean(self) -> dict[str, Any]:
        """Something must change, and nothing both ways."""
        cleaned = super().clean() or self.cleaned_data
        cleared = set(cleaned.get("clear") or [])
        filled = {name for name in self.names if self.sent(name)}
        for name in cleared & filled:
            self.add_error(name, _("Fill it in, or take the value away; not both."))
        self.changed = [name for name in self.names if name in filled | cleared]
        if not self.changed and not self.errors:
            raise ValidationError(_("Fill in at least one field to change."))
        return cleaned

    def sent(self, name: str) -> list[str]:
        """What was typed or picked for one field."""
        data: Any = self.data
        values = data.getlist(self.add_prefix(name)) if self.is_bound else []
        return [value for value in values if value.strip()]


class Kept(forms.Field):
    """A question that is not asked again: the answer is what the record has."""

    widget = forms.HiddenInput

    def __init__(self, name: str, asked: forms.Field) -> None:
        super().__init__(label=asked.label, required=False)
        self.name = name
        self.record: Any = None

    def clean(self, value: Any) -> Any:
        kept = getattr(self.record, self.name, None)
        return kept.all() if isinstance(kept, models.Manager) else kept

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class EditAct(BulkAct):
    """Give many records the same values, each checked as its own form checks it.

    ``alike`` says which records the same form asks the same of (activities of one type).
    """

    def __init__(
        self,
        key: str,
        label: Any,
        icon: str,
        *,
        form: Any,
        names: Sequence[str],
        alike: Callable[[Any], Any] = lambda record: None,
    ):
        super().__init__(key, label, icon)
        self.form, self.names, self.alike = form, names, alike

    def questions(self, access: Access, data: Any = None) -> ChangeForm:
        return ChangeForm(data, source=self.form(access=access), names=self.names, access=access)

    def near(self, model: type[models.Model]) -> tuple[list[str], list[str]]:
        """The relations every check of a record looks at: single ones, and many."""
        own = [model._meta.get_field(name) for name in self.form._meta.fields]
        single = [f.name for f in own if f.is_relation and not f.many_to_many]
        return single, [f.name for f in own if f.many_to_many]

    def _filled(self, record: Any, asked: ChangeForm) -> ScopedModelForm:
        """The form of the record with the new answers; the same form serves all alike."""
        known = asked.__dict__.setdefault("row_forms", {})
        form = known.get(self.alike(record))
        if form is None:
            form = known[self.alike(record)] = self._made(record, asked)
        form.instance, form._errors = record, None
        form.initial = forms.model_to_dict(record, fields=asked.changed)
        form.__dict__.pop("changed_data", None)
        for one in form.fields.values():
            if isinstance(one, Kept):
                one.record = record
        return form

    def _made(self, record: Any, asked: ChangeForm) -> ScopedModelForm:
        data = QueryDict(mutable=True)
        for name in asked.changed:
            data.setlist(name, asked.sent(name))
        form = self.form(data, instance=record, access=asked.access)
        for name in asked.changed:
            if name not in form.fields:
                words = {"field": asked.fields[name].label}
                raise ValidationError(_("It does not ask for “%(field)s”."), params=words)
        for name in form.fields:
            if name not in asked.changed:
                form.fields[name] = Kept(name, form.fields[name])
        form._bound_fields_cache = {}
        form.kept = set(self.near(type(record))[0]) - set(asked.changed)
        return form

    def _checked(self, record: Any, asked: ChangeForm) -> tuple[ScopedModelForm, dict[str, Any]]:
        before = history.snapshot(record, asked.changed)
        form = self._filled(record, asked)
        if not form.is_valid():
            raise ValidationError([in_one(form, name) for name in form.errors])
        after = {name: history.plain(form.cleaned_data[name]) for name in asked.changed}
        return form, history.differences(before, after)

    def plan(self, record: Any, asked: ChangeForm, *, in_full: bool = False) -> Plan:
        form, changes = self._checked(record, asked)
        if not in_full:
            return Plan(changes)
        lines = [
            {
                "label": label_of(form, name),
                "before": in_words(form, name, before),
                "after": in_words(form, name, after),
            }
            for name, (before, after) in changes.items()
        ]
        return Plan(changes, lines)

    def carry_out(self, record: Any, asked: ChangeForm) -> Plan:
        form, changes = self._checked(record, asked)
        if changes:
            values = {name: form.cleaned_data[name] for name in changes}
            _store(form.instance, values)
            history.record_change(
                form.instance,
                ChangeEntry.Action.CHANGED,
                access=asked.access,
                changes=changes,
                door=DOOR,
            )
        return Plan(changes)

    def take_back(self, record: Any, changes: dict[str, list[Any]], access: Access) -> None:
        values = {}
        for name, (before, _after) in changes.items():
            kind = record._meta.get_field(name)
            if kind.many_to_many or kind.is_relation:
                values[name] = before
            else:
                values[name] = kind.to_python(before)
        _store(record, values)
        back = {name: [after, before] for name, (before, after) in changes.items()}
        history.record_change(
            record,
            ChangeEntry.Action.CHANGED,
            access=access,
            changes=back,
            reason=_("Bulk change taken back"),
            door=DOOR,
        )


def _store(record: Any, values: dict[str, Any]) -> None:
    """Store some fields of a record as its next version, and what follows from them."""
    own = {f.name for f in record._meta.concrete_fields}
    for name, value in values.items():
        kind = record._meta.get_field(name)
        if kind.many_to_many:
            getattr(record, name).set(value or [])
        elif kind.is_relation:
            setattr(record, kind.attname, getattr(value, "pk", value))
        else:
            setattr(record, name, value)
    record.clean()
    record.version += 1
    fields = [n for n in (*values, *WORKED_OUT, "version", "updated_at") if n in own]
    record.save(update_fields=fields)


def in_one(form: forms.BaseForm, name: str) -> str:
    """What is wrong with one field, in one line."""
    words = " ".join(str(error) for error in form.errors[name])
    return words if name == "__all__" else f"{form[name].label}: {words}"


class CancelForm(ScopedForm):
    """Why many records are called off."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class CancelAct(BulkAct):
    """Call many records off with one reason; they stay on record and leave the figures."""

    def __init__(
        self,
        label: Any,
        *,
        cancel: Callable[..., Any],
        restore: Callable[..., Any],
    ):
        super().__init__("cancel", label, "ban", danger=True)
        self.cancel, self.restore = cancel, restore

    def questions(self, access: Access, data: Any = None) -> CancelForm:
        return CancelForm(data, access=access)

    def plan(self, record: Any, asked: CancelForm, *, in_full: bool = False) -> Plan:
        if record.cancelled_at is not None:
            raise ValidationError(_("It is cancelled already."))
        reason = asked.cleaned_data["reason"]
        line = {
            "label": _("Status"),
            "before": _("Counted"),
            "after": _("Cancelled") + f": {reason}",
        }
        return Plan({"cancelled_reason": ["", reason]}, [line] if in_full else [])

    def carry_out(self, record: Any, asked: CancelForm) -> Plan:
        found = self.plan(record, asked)
        reason = asked.cleaned_data["reason"]
        self.cancel(record.pk, reason=reason, access=asked.access, door=DOOR)
        return found

    def take_back(self, record: Any, changes: dict[str, list[Any]], access: Access) -> None:
        self.restore(record.pk, access=access, door=DOOR)
