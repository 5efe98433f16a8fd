"""Signing in and out, one's own account, and the accounts of others."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaign.portal.access import PortalRequest
from campaign.portal.rules import rule


class SignInForm(AuthenticationForm):
    """User name and password; one message for any wrong pair."""

    error_messages = {
        "invalid_login": gettext_lazy(
            "The user name or the password is not right. Check both and try again."
        ),
        "inactive": gettext_lazy("This account is closed."),
    }

    def clean_username(self) -> str:
        """User names are typed in any case and with stray spaces."""
        return self.cleaned_data["username"].strip().lower()


class SignIn(auth_views.LoginView):
    """The sign-in page; the language and theme chosen before are applied after it."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        user: Any = form.get_user()
        if settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax")
        return response


login = rule("public")(SignIn.as_view())
logout = rule("public")(auth_views.LogoutView.as_view())


@rule("signed_in")
def password_change(request: PortalRequest) -> HttpResponse:
    """Change one's own password; obligatory after the first sign-in."""
    form = PasswordChangeForm(request.access.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password is changed."))
        return redirect("home")
    return render(
        request, "accounts/password_change.html",
        {"form": form, "is_obliged": request.access.user.must_change_password},
    )


@rule("signed_in")
def account(request: PortalRequest) -> HttpResponse:
    """One's own account: name, postings in force, language and theme."""
    postings = request.access.user.postings.in_force().select_related("unit")
    return render(request, "accounts/account.html", {"postings": postings})


def _back(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    return redirect(target)


@rule("public")
@require_POST
def set_language_here(request: HttpRequest) -> HttpResponse:
    """Switch the words of the portal; never the meaning of digits."""
    language = request.POST.get("language", "")
    response = _back(request)
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 24 * 3600, samesite="Lax"
        )
        if request.user.is_authenticated:
            request.user.language = language
            request.user.save(update_fields=["language"])
    return response


@rule("signed_in")
@require_POST
def set_theme(request: PortalRequest) -> HttpResponse:
    """Choose light, dark, or what the device prefers."""
    user = request.access.user
    if request.POST.get("theme") in user.Theme.values:
        user.theme = request.POST["theme"]
        user.save(update_fields=["theme"])
    return _back(request)
