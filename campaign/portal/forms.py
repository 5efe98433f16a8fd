"""Forms whose choices stay in scope, and what protects an entry: versions and submission keys."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID, uuid4

from django import forms
from django.db import models
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils.translation import gettext_lazy as _

from campaign.models import VocabularyModel
from campaign.portal.access import Access
from campaign.portal.answers import read_plainly
from campaign.portal.scope import ScopedModel
from campaign.text import nfc


class ScopedForm(forms.Form):
    """A plain form that knows on whose behalf it is filled in."""

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        self.access = access
        super().__init__(*args, **kwargs)
        keep_in_scope(self, access, {})


class ScopedModelForm(forms.ModelForm):
    """A model form that offers, and accepts, only rows the person may use.

    ``scopes`` names the scope of each related field: ``{"place": "places"}``; without a name it
    is the edit scope. ``version`` and ``submission`` travel as hidden fields.
    """

    scopes: ClassVar[dict[str, str]] = {}

    #: relations that are not asked for again, so that their rows are not looked up again
    kept: frozenset[str] | set[str] = frozenset()

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        self.access = access
        super().__init__(*args, **kwargs)
        keep_in_scope(self, access, self.scopes)
        self.fields["version"].initial = getattr(self.instance, "version", None)
        self.fields["submission"].initial = uuid4

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() | self.kept  # type: ignore[misc]

    @property
    def record_fields(self) -> list[str]:
        """The fields of the record this form changes."""
        own = {field.name for field in self._meta.model._meta.get_fields()}
        return [name for name in self.fields if name in own and name not in ("version",)]

    @property
    def submission_key(self) -> UUID | None:
        """The key that makes sending the form twice the same as once."""
        return self.cleaned_data.get("submission")


def keep_in_scope(form: forms.BaseForm, access: Access, scopes: dict[str, str]) -> None:
    """Narrow every related field to rows in scope and words in use; normalise text to NFC."""
    for name, field in form.fields.items():
        if isinstance(field, forms.CharField):
            field.widget.attrs.setdefault("autocomplete", "off")
            _normalise(field)
        read_plainly(field)
        if not isinstance(field, forms.ModelChoiceField):
            _name_blank(field)
            continue
        if getattr(field, "is_scoped", False):  # has narrowed itself (UnitChoiceField)
            field.current = getattr(getattr(form, "instance", None), f"{name}_id", None)  # type: ignore[attr-defined]
            if field.empty_label == BLANK_CHOICE_DASH[0][1]:
                field.empty_label = blank_label(field)
            field.use(access)  # type: ignore[attr-defined]
            continue
        model = field.queryset.model  # type: ignore[union-attr]
        if issubclass(model, ScopedModel):
            if scopes.get(name) == "":  # narrowed by the formset
                continue
            scope = getattr(access, scopes.get(name, "edit"))
            field.queryset = model.objects.within(scope)
        elif issubclass(model, VocabularyModel):
            field.queryset = model._default_manager.filter(
                models.Q(is_archived=False) | models.Q(pk__in=_words_in_use(form, name))
            )
        if not isinstance(field, forms.ModelMultipleChoiceField):
            field.empty_label = blank_label(field)


def blank_label(field: forms.Field) -> Any:
    """What stands in a list before anything is picked."""
    return _("— choose —") if field.required else _("— not stated —")


def _name_blank(field: forms.Field) -> None:
    """Say "not stated" where Django draws dashes for an empty choice."""
    if isinstance(field, forms.TypedChoiceField) and isinstance(field.widget, forms.Select):
        choices = list(field.choices)  # type: ignore[arg-type]
        if choices and choices[0] == BLANK_CHOICE_DASH[0]:
            field.choices = [("", _("— not stated —")), *choices[1:]]


def _words_in_use(form: forms.BaseForm, name: str) -> list[int]:
    """The words the record already has: they stay choosable after they were archived."""
    record = getattr(form, "instance", None)
    if record is None or not record.pk:
        return []
    field = next((f for f in record._meta.get_fields() if f.name == name), None)
    if field is None:
        return []
    if field.many_to_many:
        return list(getattr(record, name).values_list("pk", flat=True))
    return [pk for pk in [getattr(record, field.attname)] if pk]


class ScopedInlineFormSet(forms.BaseInlineFormSet):
    """The parts of one record, edited with it; rows come from the scoped queryset given."""

    def __init__(
        self, *args: Any, access: Access, scopes: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        self.access = access
        self.scopes = scopes or {}
        super().__init__(*args, **kwargs)

    def add_fields(self, form: forms.BaseForm, index: int | None) -> None:
        super().add_fields(form, index)  # type: ignore[arg-type]
        form.fields[self._pk_field.name].queryset = self.get_queryset()  # type: ignore[attr-defined]
        keep_in_scope(form, self.access, {self._pk_field.name: "", self.fk.name: "", **self.scopes})  # type: ignore[attr-defined]


def _normalise(field: forms.CharField) -> None:
    to_python = field.to_python

    def normal(value: Any) -> Any:
        text = to_python(value)
        return nfc(text) if isinstance(text, str) else text

    field.to_python = normal  # type: ignore[method-assign]
