"""List filters whose choices stay in scope; every filter lives in the address."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaign.models import VocabularyModel
from campaign.portal.access import Access
from campaign.portal.forms import keep_in_scope
from campaign.text import fold


class ScopedFilterSet(django_filters.FilterSet):
    """A filter set that knows on whose behalf it filters. Unknown keys are named, not obeyed."""

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        self.access = access
        super().__init__(*args, **kwargs)

    @property
    def form(self) -> forms.Form:
        """The filter form, its choices narrowed to what the person may see."""
        form = super().form
        if not getattr(form, "_is_narrowed", False):
            keep_in_scope(form, self.access, dict.fromkeys(form.fields, "view"))
            for field in form.fields.values():
                if isinstance(field, forms.ModelChoiceField):
                    field.empty_label = _("All")
            form._is_narrowed = True
        return form


class SearchFilter(django_filters.CharFilter):
    """Every word of what was typed, found in the folded search key (marks do not matter)."""

    def __init__(self, field_name: str = "search_key", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Search"))
        super().__init__(field_name=field_name, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        for word in fold(value or "").split():
            qs = qs.filter(**{f"{self.field_name}__contains": word})
        return qs


class ScopedChoiceFilter(django_filters.ModelChoiceFilter):
    """A choice among rows; the form narrows them to the person's scope."""


class WordFilter(django_filters.ModelChoiceFilter):
    """A choice among the words of a vocabulary."""

    def __init__(self, model: type[VocabularyModel], **kwargs: Any) -> None:
        kwargs.setdefault("queryset", model._default_manager.all())
        kwargs.setdefault("empty_label", _("All"))
        super().__init__(**kwargs)
