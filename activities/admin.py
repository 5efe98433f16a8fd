"""The words of activities, models and solutions, kept by the system administrator."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from activities import own_fields
from activities.models import (
    Activity,
    ActivityType,
    ExemplaryModel,
    ModelKind,
    Solution,
    SolutionField,
)
from campaign.portal.admin import ScopedAdmin
from campaign.portal.words_admin import WordAdmin


class ActivityTypeForm(forms.ModelForm):  # noqa: TID251  (a vocabulary belongs to no unit)
    """An activity type, its own fields checked as the entry form will read them."""

    class Meta:
        model = ActivityType
        fields = (
            "code", "name_vi", "name_en", "counts_as", "has_sites", "fields", "position",
            "is_archived",
        )  # fmt: skip

    def clean_fields(self) -> list[dict[str, object]]:
        specs = self.cleaned_data["fields"] or []
        if problem := own_fields.problem_with(specs):
            raise ValidationError(_("Own fields: %(problem)s") % {"problem": problem})
        return specs


@admin.register(ActivityType)
class ActivityTypeAdmin(WordAdmin):
    """Types of activities and their own fields."""

    form = ActivityTypeForm
    list_display = ("code", "name_vi", "counts_as", "has_sites", "position", "is_archived")  # type: ignore[misc]
    list_filter = ("counts_as", "is_archived")


@admin.register(ModelKind)
class ModelKindAdmin(WordAdmin):
    """Kinds of exemplary models."""


@admin.register(SolutionField)
class SolutionFieldAdmin(WordAdmin):
    """Fields in which solutions are recognised."""


class RecordAdmin(ScopedAdmin):
    """Records are looked up here; they are entered and changed on their own pages."""

    scope = "view"
    may_add = False
    may_change = False
    search_fields = ("search_key",)


@admin.register(Activity)
class ActivityAdmin(RecordAdmin):
    """Activities of the province."""

    list_display = ("title", "type", "unit", "starts_on", "cancelled_at")
    list_select_related = ("type", "unit")
    list_filter = ("type",)


@admin.register(ExemplaryModel)
class ExemplaryModelAdmin(RecordAdmin):
    """Exemplary models of the province."""

    list_display = ("name", "kind", "unit", "started_on", "ended_on")
    list_select_related = ("kind", "unit")


@admin.register(Solution)
class SolutionAdmin(RecordAdmin):
    """Recognised solutions of the province."""

    list_display = ("name", "field", "unit", "recognised_on")
    list_select_related = ("field", "unit")
