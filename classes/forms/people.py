"""The people who learn."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaign.models import CampaignSettings
from campaign.periods import today
from campaign.portal.forms import (
    ScopedForm,
    ScopedModelForm,
)
from campaign.text import BadPhone, clean_name, normal_phone
from classes.models import (
    Participant,
)
from units.fields import UnitChoiceField
from units.models import Unit

OLDEST = 115


def check_birth(birth: tuple[int, date | None], on: date | None = None) -> None:
    """Refuse a birth nobody who learns on a day (today unless told) can have had."""
    (year, born), last = birth, on or today()
    if not last.year - OLDEST <= year <= last.year:
        raise ValidationError(
            _("Born in %(year)s? Check the year."), code="birth", params={"year": str(year)}
        )
    if born is not None and born > last:
        raise ValidationError(_("A date of birth lies in the past."), code="birth")


class BirthField(forms.CharField):
    """A year of birth or a full date of birth: what people know."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Birth year or date"))
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 10)
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> tuple[int | None, date | None]:
        text = super().clean(value).strip()
        if not text:
            return None, None
        if re.fullmatch(r"\d{4}", text):
            check_birth((int(text), None))
            return int(text), None
        match = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", text)
        if not match:
            raise ValidationError(_("Write the year (1968) or the date (21/01/1968)."))
        day, month, year = map(int, match.groups())
        try:
            born = date(year, month, day)
        except ValueError:
            raise ValidationError(
                _("%(day)s is not a real date."), params={"day": f"{day:02d}/{month:02d}/{year}"}
            ) from None
        check_birth((year, born))
        return year, born

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


def clean_phone(text: str) -> str:
    """A mobile number as ten digits, or the reason why it is none."""
    try:
        return normal_phone(text)
    except BadPhone as error:
        raise ValidationError(error.message, code=error.code) from error


def clean_person_name(text: str) -> str:
    """A name as it was typed, tidied; refuses what cannot be one."""
    name = clean_name(text)
    if name and (len(name) < 2 or any(map(str.isdigit, name))):
        raise ValidationError(_("A name has letters and no digits."))
    return name


class ParticipantForm(ScopedModelForm):
    """What is known of one person: only what a class needs, never an identity number."""

    unit = UnitChoiceField(scope="edit", label=_("Registering unit"))
    hamlet = UnitChoiceField(
        scope="places", levels=(Unit.Level.HAMLET,), required=False, label=_("Hamlet")
    )
    birth = BirthField(help_text=_("The year is enough, e.g. 1968."))

    class Meta:
        model = Participant
        fields = [
            "full_name",
            "sex",
            "unit",
            "hamlet",
            "audience",
            "phone",
            "guardian",
            "minority",
            "disability",
        ]

    field_order = ["full_name", "birth", "sex", "unit", "hamlet", "audience", "phone", "guardian"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["birth"] = self.instance.birth_date or self.instance.birth_year or ""
        if not CampaignSettings.current().keeps_sensitive_traits:
            del self.fields["minority"], self.fields["disability"]

    @property
    def record_fields(self) -> list[str]:
        return [*super().record_fields, "birth_year", "birth_date"]

    def clean_full_name(self) -> str:
        return clean_person_name(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def clean_guardian(self) -> str:
        return clean_person_name(self.cleaned_data["guardian"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "birth" in cleaned:
            year, born = cleaned["birth"]
            cleaned["birth_year"], cleaned["birth_date"] = year, born
            self.instance.birth_year, self.instance.birth_date = year, born
        return cleaned


class CompletionForm(ScopedForm):
    """The day on which the chosen people completed the class."""

    completed_on = forms.DateField(label=_("Completed on"), initial=today)
