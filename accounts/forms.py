"""Forms for signing in and for one's own password."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from campaign.text import BadPhone, nfc, normal_phone

PHONE_LIKE = re.compile(r"[+0-9][0-9 .\-()]{8,18}")


def account_name(typed: str) -> str:
    """The user name somebody means: typed in any case, or the phone of exactly one account."""
    name = nfc(typed).strip().lower()
    if not PHONE_LIKE.fullmatch(name):
        return name
    try:
        phone = normal_phone(name)
    except BadPhone:
        return name
    holders = User.objects.filter(phone=phone, is_active=True)
    found = list(holders.values_list("username", flat=True)[:2])
    return found[0] if len(found) == 1 else name


class SignInForm(AuthenticationForm):
    """User name (or phone) and password; one message for any wrong pair."""

    error_messages = {
        "invalid_login": _("The user name or the password is not right. Check both and try again."),
        "inactive": _("The user name or the password is not right. Check both and try again."),
    }

    stays = forms.BooleanField(
        label=_("Stay signed in for 12 hours on this device"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.label = _("User name or phone number")
        name.widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        self.fields["password"].label = _("Password")

    def clean_username(self) -> str:
        """The user name that is meant; wrong tries are counted under this one name."""
        return account_name(self.cleaned_data["username"])


class OwnPasswordForm(PasswordChangeForm):
    """The present password once, the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = (
            _("One-time password") if self.user.must_change_password else _("Present password")
        )
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = ""
        self.fields["new_password2"].label = _("New password once more")
        self.fields["new_password2"].help_text = ""

    def clean_new_password1(self) -> str:
        """A new password is not the one that was given out."""
        new = self.cleaned_data["new_password1"]
        if self.user.check_password(new):
            raise forms.ValidationError(_("Choose another password than the present one."))
        return str(new)

    def save(self, commit: bool = True) -> User:
        """Store the password; the account no longer waits for an own one."""
        self.user.must_change_password = False
        return super().save(commit)
