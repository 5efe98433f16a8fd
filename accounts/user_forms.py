"""Forms of those who keep accounts: a person, a posting, the reason for closing."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Posting, User
from accounts.services import name_for, yesterday
from campaign.portal.forms import ScopedForm
from campaign.text import BadPhone, clean_name, normal_phone
from units.fields import UnitChoiceField

USER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")


def good_user_name(name: str) -> str:
    """A user name in lower case, of letters, digits, dots and hyphens."""
    name = name.strip().lower()
    if name and not USER_NAME.fullmatch(name):
        raise ValidationError(
            _("Three or more of: letters without marks, digits, dot, hyphen."), code="user_name"
        )
    return name


def good_phone(text: str) -> str:
    """A mobile number as ten digits."""
    try:
        return normal_phone(text)
    except BadPhone as bad:
        raise ValidationError(bad.message, code=bad.code) from bad


class PersonForm(ScopedForm):
    """Who has the account."""

    full_name = forms.CharField(label=_("Full name"), max_length=120)
    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        required=False,
        help_text=_("Left empty it is made from the name: Tran Thi My Hanh is hanh.ttm."),
    )
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        self.user = user
        if user is not None:
            kwargs["initial"] = {
                name: getattr(user, name) for name in ("full_name", "username", "phone", "email")
            }
        super().__init__(*args, **kwargs)

    def clean_full_name(self) -> str:
        """The name without stray spaces."""
        return clean_name(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        """The phone as ten digits."""
        return good_phone(self.cleaned_data["phone"])

    def clean_username(self) -> str:
        """A user name nobody else has."""
        name = good_user_name(self.cleaned_data["username"])
        others = User.objects.exclude(pk=self.user.pk if self.user else None)  # type: ignore[misc]
        if name and others.filter(username=name).exists():
            raise ValidationError(_("Somebody else already has this user name."), code="taken")
        if not name and self.cleaned_data.get("full_name"):
            taken = others.values_list("username", flat=True)
            name = name_for(self.cleaned_data["full_name"], taken)
        return name


class PostingForm(ScopedForm):
    """Where the person serves, as what, from when."""

    role = forms.ChoiceField(
        label=_("Role"), choices=[("", _("— choose —")), *Posting.Role.choices]
    )
    unit = UnitChoiceField(scope="manage", label=_("Unit"))
    title = forms.CharField(
        label=_("Position"),
        max_length=120,
        required=False,
        help_text=_("As on the door plate, if it says more than the role."),
    )
    starts_on = forms.DateField(label=_("From"), initial=timezone.localdate)

    def clean(self) -> dict[str, Any]:
        """The role must belong to the level of the unit."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("unit") and cleaned.get("role"):
            Posting(unit=cleaned["unit"], role=cleaned["role"]).clean()
        return cleaned


class EndPostingForm(ScopedForm):
    """The last day of a posting."""

    last_day = forms.DateField(
        label=_("Last day"),
        initial=yesterday,
        help_text=_("Access ends when this day is over; yesterday means at once."),
    )


class ClosingForm(ScopedForm):
    """Why an account is closed."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("For example: moved to another agency from 01/09."),
    )
