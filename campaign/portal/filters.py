"""List filters whose choices stay in scope; every filter lives in the address."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaign.models import CampaignSettings, VocabularyModel
from campaign.periods import Kind, Period, today
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


def usual_periods() -> list[tuple[str, Any]]:
    """(code, label) of the periods people choose most: years, quarters, months, this week."""
    scheme, day = CampaignSettings.current().scheme, today()
    chosen: list[Period] = []
    for kind, count in ((Kind.WEEK, 2), (Kind.MONTH, 13), (Kind.QUARTER, 5), (Kind.YEAR, 3)):
        period = Period.containing(day, kind, scheme)
        for _number in range(count):
            chosen.append(period)
            period = period.previous()
    return [(period.code, period.label) for period in chosen]


class PeriodField(forms.ChoiceField):
    """A reporting period: the usual ones to choose from, any code of an address accepted."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=lambda: [("", _("All")), *usual_periods()], **kwargs)

    def valid_value(self, value: Any) -> bool:
        return period_of(str(value)) is not None

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> Any:
        wanted = period_of(str(form.data.get(form.add_prefix(field_name)) or ""))
        choices = list(self.choices)  # type: ignore[arg-type]
        if wanted and wanted.code not in dict(choices):
            self.choices = [*choices, (wanted.code, wanted.label)]
        return super().get_bound_field(form, field_name)


def period_of(code: str) -> Period | None:
    """The period an address names, in the province's scheme; None when it names none."""
    try:
        return Period.parse(code, CampaignSettings.current().scheme)
    except ValueError:
        return None


class PeriodFilter(django_filters.Filter):
    """Rows whose day lies in a reporting period."""

    field_class = PeriodField

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Period"))
        super().__init__(field_name=field_name, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        period = period_of(value or "")
        if period is None:
            return qs
        return qs.filter(**{f"{self.field_name}__range": (period.start, period.end)})
