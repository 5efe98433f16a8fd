"""Signing in and out, and one's own account."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from axes.helpers import get_client_ip_address, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from rest_framework.authtoken.models import Token

from accounts.forms import OwnPasswordForm, SignInForm
from accounts.front import front_counts
from accounts.unsent import give_back
from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import PortalRequest
from campaign.portal.rules import rule


class SignIn(auth_views.LoginView):
    """The sign-in page; the language chosen before is applied after it."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(counts=front_counts(), **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        give_back(self.request.session, form.get_user())
        if not form.cleaned_data["stays"]:
            self.request.session.set_expiry(0)  # until the browser is closed
        user: Any = form.get_user()
        if settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax")
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


login = rule("public")(SignIn.as_view())


class SignOut(auth_views.LogoutView):
    """The end of a session: the next person at this device cannot go back to its pages."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = super().post(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response


logout = rule("public")(SignOut.as_view())


def locked_out(
    request: HttpRequest, original: HttpResponse | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Too many wrong tries for this name from this place: say how long to wait."""
    name = (credentials or {}).get("username") or ""
    tried = AccessAttempt.objects.filter(
        username=name, ip_address=get_client_ip_address(request)
    ).order_by("-attempt_time")
    last_try = tried.values_list("attempt_time", flat=True).first() or timezone.now()
    wait: timedelta = last_try + (get_cool_off(request) or timedelta()) - timezone.now()
    minutes = max(1, ceil(wait.total_seconds() / 60))
    return render(request, "accounts/locked_out.html", {"minutes": minutes}, status=429)


@rule("signed_in")
@sensitive_post_parameters()
def password_change(request: PortalRequest) -> HttpResponse:
    """Change one's own password; obligatory after signing in with a one-time one."""
    user = request.access.user
    is_obliged = user.must_change_password
    form = OwnPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            history.record_change(
                user,
                ChangeEntry.Action.CHANGED,
                access=request.access,
                reason=_("Own password changed"),
            )
        update_session_auth_hash(request, user)  # this session stays, all others end
        messages.success(request, _("Your password is changed. Other devices are signed out."))
        return redirect("home" if is_obliged else "account")
    page = "accounts/first_password.html" if is_obliged else "accounts/password_change.html"
    context = {"form": form, "rules": password_validation.password_validators_help_texts()}
    return render(request, page, context, status=422 if form.errors else 200)


@rule("signed_in")
def account(request: PortalRequest) -> HttpResponse:
    """One's own account: name, postings past and present, language and theme."""
    user = request.access.user
    today = timezone.localdate()
    postings = list(user.postings.select_related("unit__parent").order_by("-starts_on", "-pk"))
    return render(
        request,
        "accounts/account.html",
        {
            "account": user,
            "postings": postings,
            "today": today,
            "has_token": Token.objects.filter(user=user).exists(),
        },
    )


@rule("signed_in")
@require_POST
def api_token(request: PortalRequest) -> HttpResponse:
    """Take a new API token, shown this once, or withdraw the one there is."""
    user = request.access.user
    Token.objects.filter(user=user).delete()
    if "withdraw" in request.POST:
        messages.success(request, _("The token is withdrawn."))
        return redirect("account")
    token = Token.objects.create(user=user)
    return render(request, "accounts/token.html", {"token": token.key})


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


def _keep_choice(request: PortalRequest, field: str) -> HttpResponse:
    """Keep one of the choices of how the portal looks to this person."""
    user = request.access.user
    if request.POST.get(field) in dict(user._meta.get_field(field).flatchoices):
        setattr(user, field, request.POST[field])
        user.save(update_fields=[field])
    return _back(request)


@rule("signed_in")
@require_POST
def set_theme(request: PortalRequest) -> HttpResponse:
    """Choose light, dark, or what the device prefers."""
    return _keep_choice(request, "theme")


@rule("signed_in")
@require_POST
def set_density(request: PortalRequest) -> HttpResponse:
    """Choose how close the rows of lists stand."""
    return _keep_choice(request, "density")
