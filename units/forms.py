"""Forms of the register: hamlets, organisations, contacts of communes, yearly figures, endings."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.portal.access import Access
from campaign.portal.forms import ScopedForm, ScopedModelForm
from campaign.text import clean_name
from units import kinds
from units.fields import UnitChoiceField
from units.models import Unit, UnitProfile
from units.rules import PARTS_OF_PEOPLE, check_parts, check_year, refuse_twin

Kind, Level = Unit.Kind, Unit.Level

HAMLET_KINDS = [
    Kind.THON, Kind.AP, Kind.BAN, Kind.BUON, Kind.LANG, Kind.XOM, Kind.KHOM, Kind.KHU_PHO,
    Kind.KHU, Kind.TIEU_KHU, Kind.TO_DAN_PHO,
]  # fmt: skip
BODY_KINDS = [
    Kind.DEPARTMENT, Kind.PARTY_BODY, Kind.MASS_ORGANISATION, Kind.POLICE, Kind.SCHOOL,
    Kind.SERVICE_CENTRE, Kind.ENTERPRISE, Kind.OTHER,
]  # fmt: skip


def choices_of(some: list[Kind]) -> list[tuple[str, Any]]:  # type: ignore[valid-type]
    """Kinds to choose from."""
    return [("", _("— choose —")), *((kind.value, kind.label) for kind in some)]  # type: ignore[attr-defined]


class RegisterForm(ScopedModelForm):
    """What the forms of units share: a tidy name nobody else has under the same unit."""

    scopes: ClassVar[dict[str, str]] = {"parent": "manage"}

    renamed_on = forms.DateField(
        label=_("Renamed on"), required=False,
        help_text=_("For a new official name only; the former one stays searchable."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields.pop("renamed_on", None)
        elif "parent" in self.fields:
            del self.fields["parent"]

    @property
    def parent_unit(self) -> Unit | None:
        """The unit this one stands under."""
        return self.cleaned_data.get("parent") or self.instance.parent

    def clean_renamed_on(self) -> date | None:
        """A day that has come, in the life of the unit."""
        day = self.cleaned_data["renamed_on"]
        if day and day > timezone.localdate():
            raise ValidationError(_("This day is still to come."))
        return day

    def clean_contact_name(self) -> str:
        """The name without stray spaces."""
        return clean_name(self.cleaned_data["contact_name"])

    def refuse_twin(self, name: str) -> None:
        """Refuse a name another unit has under the same unit."""
        parent = self.parent_unit
        if parent is None or not name:
            return
        self.instance.name = name
        siblings = Unit.objects.within(self.access.manage).filter(parent=parent).in_force()
        try:
            refuse_twin(self.instance, parent, siblings)
        except ValidationError as error:
            self.add_error("short_name", error)


class HamletForm(RegisterForm):
    """One hamlet of a commune: thôn, ấp, bản, khóm, khu phố, tổ dân phố…"""

    parent = UnitChoiceField(scope="manage", levels=(Level.COMMUNE,), label=_("Commune"))
    kind = forms.ChoiceField(label=_("Kind of unit"), choices=choices_of(HAMLET_KINDS))
    short_name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("Without the word for its kind."),
    )

    class Meta:
        model = Unit
        fields = ["parent", "kind", "short_name", "valid_from", "contact_name", "contact_phone"]

    def clean_short_name(self) -> str:
        """The name without the word for its kind, should somebody have typed it."""
        typed = clean_name(self.cleaned_data["short_name"])
        kind, rest = kinds.split_name(typed, Level.HAMLET)
        return rest if kind and kind == self.cleaned_data.get("kind") else typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        short, kind = cleaned.get("short_name"), cleaned.get("kind")
        if short and kind:
            self.refuse_twin(kinds.full_name(kind, short))
        return cleaned


class BodyForm(RegisterForm):
    """A department, or a school or other organisation under a department or commune."""

    parent = UnitChoiceField(
        scope="manage", levels=(Level.PROVINCE, Level.DEPARTMENT, Level.COMMUNE),
        label=_("Belongs to"),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Kind of unit"), choices=choices_of(BODY_KINDS))
    short_name = forms.CharField(label=_("Short name"), max_length=150, required=False)

    class Meta:
        model = Unit
        fields = [
            "parent", "kind", "name", "short_name", "valid_from", "contact_name", "contact_phone",
        ]  # fmt: skip

    def clean_name(self) -> str:
        """The official name without stray spaces."""
        return clean_name(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["short_name"] = clean_name(cleaned.get("short_name") or cleaned.get("name") or "")
        self.refuse_twin(cleaned.get("name", ""))
        return cleaned


class ContactForm(RegisterForm):
    """Who to reach at a unit whose name and kind are set by law."""

    class Meta:
        model = Unit
        fields = ["contact_name", "contact_phone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("renamed_on", None)


class ProfileForm(ScopedModelForm):
    """People and households of a unit in one year, and the flags of its area."""

    unit = UnitChoiceField(scope="manage", label=_("Unit"))

    class Meta:
        model = UnitProfile
        fields = [
            "unit", "year", "population", "households", "adults", "elderly", "ethnic_minority",
            "staff", "is_mountain", "is_border", "is_island", "is_minority_majority", "source",
        ]  # fmt: skip
        localized_fields = ["population", "households", *PARTS_OF_PEOPLE]
        help_texts = {"source": _("Where the figures come from: a statistics table, a report…")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        year = forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "4"})
        self.fields["year"].widget = year
        self.fields["year"].localize = False

    def clean_year(self) -> int:
        """A year the campaign may need."""
        year: int = self.cleaned_data["year"]
        check_year(year)
        return year

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        counts = ("population", "households", *PARTS_OF_PEOPLE)
        try:
            check_parts(UnitProfile(**{name: cleaned.get(name) for name in counts}))
        except ValidationError as error:
            self.add_error(None, error)
        return cleaned


class EndForm(ScopedForm):
    """When a unit ends, and why. It is never deleted."""

    valid_to = forms.DateField(label=_("Last day"), initial=timezone.localdate)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, access: Access, unit: Unit, **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(*args, access=access, **kwargs)

    def clean_valid_to(self) -> date:
        """Not before the unit began."""
        day = self.cleaned_data["valid_to"]
        if self.unit.valid_from and day < self.unit.valid_from:
            raise ValidationError(_("A unit cannot end before it begins."))
        return day
