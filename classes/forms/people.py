"""The people who learn."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaign.models import Audience, CampaignSettings, Presence, Sex
from campaign.periods import today
from campaign.portal.access import Access
from campaign.portal.forms import (
    ScopedForm,
    ScopedModelForm,
)
from campaign.text import BadPhone, clean_name, fold, normal_phone
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


class PersonRowForm(ScopedForm):
    """One person to put on the list of a class."""

    full_name = forms.CharField(label=_("Full name"), max_length=120)
    birth = BirthField()
    sex = forms.ChoiceField(label=_("Sex"), choices=[("", "—"), *Sex.choices], required=False)
    hamlet = UnitChoiceField(
        scope="places", levels=(Unit.Level.HAMLET,), required=False, label=_("Hamlet")
    )
    audience = forms.ModelChoiceField(Audience.objects.all(), required=False, label=_("Audience"))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    minority = forms.ChoiceField(
        label=_("Ethnic minority"), choices=[("", "—"), *Presence.choices], required=False
    )
    disability = forms.ChoiceField(
        label=_("Disability"), choices=[("", "—"), *Presence.choices], required=False
    )
    #: what to do when somebody like this is known: "" (ask), "new", or the id of the person
    same_as = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates: list[Participant] = []
        if not CampaignSettings.current().keeps_sensitive_traits:
            del self.fields["minority"], self.fields["disability"]

    def clean_full_name(self) -> str:
        return clean_person_name(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def clean_same_as(self) -> str:
        choice = self.cleaned_data["same_as"].strip()
        return choice if choice == "new" or choice.isdecimal() else ""

    def values(self) -> dict[str, Any]:
        """The fields of the person, as the register keeps them."""
        year, born = self.cleaned_data["birth"]
        names = ("full_name", "sex", "hamlet", "audience", "phone", "minority", "disability")
        kept = {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}
        return {**kept, "birth_year": year, "birth_date": born}


def known_people(
    name: str, year: int | None, hamlet: Unit | None, access: Access
) -> QuerySet[Participant]:
    """People of the own register who may be this person: same folded name, no other birth year."""
    folded = fold(name)
    found = Participant.objects.within(access.people).distinct_people()
    found = found.filter(search_key__startswith=folded)
    if year:
        found = found.filter(birth_year__in=[year]) | found.filter(birth_year__isnull=True)
    return found.select_related("hamlet", "unit").order_by("sort_key", "pk")


class BasePersonFormSet(forms.BaseFormSet):
    """Several people at once; whoever is known already is asked about, never doubled in silence."""

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        self.access = access
        super().__init__(*args, form_kwargs={"access": access}, **kwargs)  # type: ignore[misc]

    def clean(self) -> None:
        seen: dict[tuple[Any, ...], int] = {}
        for number, row in enumerate(self.forms, start=1):
            cleaned = getattr(row, "cleaned_data", None)
            if not cleaned or not cleaned.get("full_name") or "birth" not in cleaned:
                continue
            key = (fold(cleaned["full_name"]), cleaned["birth"], cleaned.get("hamlet"))
            if key in seen:
                row.add_error(
                    "full_name", _("The same person as in line %(number)s.") % {"number": seen[key]}
                )
                continue
            seen[key] = number
            self._ask_about(row, cleaned)

    def _ask_about(self, row: Any, cleaned: dict[str, Any]) -> None:
        name, (year, _born) = cleaned["full_name"], cleaned["birth"]
        folded = fold(name)
        row.candidates = [
            person
            for person in known_people(name, year, cleaned.get("hamlet"), self.access)[:20]
            if fold(person.full_name) == folded
            and not (cleaned.get("hamlet") and person.hamlet and person.hamlet != cleaned["hamlet"])
        ][:5]
        choice = cleaned.get("same_as", "")
        known = {str(person.pk) for person in row.candidates}
        if row.candidates and choice != "new" and choice not in known:
            row.add_error("same_as", _("Somebody with this name is known already. Same person?"))
        elif choice not in known:
            cleaned["same_as"] = "new"


PersonFormSet = forms.formset_factory(
    PersonRowForm, formset=BasePersonFormSet, extra=10, max_num=100, absolute_max=100
)


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
