"""The form of one target."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import CampaignSettings
from campaign.portal.filters import PeriodField
from campaign.portal.forms import ScopedForm, ScopedModelForm
from reporting.models import Target
from reporting.targets.filters import LEVELS
from reporting.targets.measures import grouped_choices
from reporting.targets.periods import days_between, periods_to_set
from units.fields import UnitChoiceField


class TargetPeriodField(PeriodField):
    """A period one may set a target for; left empty where it has days of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = lambda: [("", gettext_lazy("— choose —")), *periods_to_set()]


class TargetForm(ScopedModelForm):
    """One target: of whom, of what, for when, how much, and by which document."""

    unit = UnitChoiceField(scope="targets", levels=LEVELS, label=gettext_lazy("Unit"))
    indicator = forms.ChoiceField(
        label=gettext_lazy("Indicator"),
        choices=lambda: [("", gettext_lazy("— choose —")), *grouped_choices()],
    )
    period = TargetPeriodField(label=gettext_lazy("Period"), required=False)
    first_day = forms.DateField(
        label=gettext_lazy("or from day"), required=False,
        help_text=gettext_lazy("For a drive that has days of its own."),
    )  # fmt: skip
    last_day = forms.DateField(label=gettext_lazy("to day"), required=False)

    class Meta:
        model = Target
        fields = (
            "unit", "indicator", "audience", "period", "first_day", "last_day", "basis", "value",
            "document_number", "document_date", "document_issuer", "note",
        )  # fmt: skip
        localized_fields = ("value",)
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}
        labels = {"value": gettext_lazy("Target value")}
        help_texts = {
            "audience": gettext_lazy("Empty: everybody."),
            "basis": gettext_lazy("A number, or a percentage of people, households or hamlets."),
            "document_number": gettext_lazy("The plan or decision that sets it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        value = self.initial.get("value")
        if value is not None and value == value.to_integral_value():
            self.initial["value"] = int(value)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last:
            try:
                cleaned["period"] = days_between(first, last).code
            except ValueError:
                self.add_error("last_day", _("The last day must not lie before the first."))
        elif first or last:
            self.add_error("last_day" if first else "first_day", _("Fill this in."))
        elif not cleaned.get("period") and "period" not in self.errors:
            self.add_error("period", _("Choose one."))
        if self.instance.pk is None or "period" in self.changed_data:
            self.instance.scheme = CampaignSettings.current().scheme
        return cleaned


class ShareForm(ScopedForm):
    """The share of one unit in a split: a number or percentage, or nothing."""

    value = forms.DecimalField(
        required=False, max_digits=12, decimal_places=2, localize=True,
        label=gettext_lazy("Target value"),
    )  # fmt: skip

    def clean_value(self) -> Any:
        value = self.cleaned_data.get("value")
        if value is not None and value < 0:
            raise ValidationError(_("Write a number above 0."))
        return value
