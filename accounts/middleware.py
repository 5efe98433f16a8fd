"""Each request: whose language, and on whose behalf. A view without a rule is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from accounts.access import Access
from accounts.unsent import to_sign_in
from campaign.portal.rules import rule_of

Response = Callable[[HttpRequest], HttpResponse]
#: what somebody with a one-time password may still open
BEFORE_OWN_PASSWORD = {"password_change", "logout", "set_language_here", "set_theme"}


class LanguageMiddleware:
    """The language of the person's choice, kept in a cookie; Vietnamese unless chosen otherwise."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
        if language not in dict(settings.LANGUAGES):
            language = settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class AccessMiddleware:
    """Work out the person's access and hold every view to its rule."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.access = Access.of(request.user)  # type: ignore[arg-type,attr-defined]
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if any("\x00" in value for values in request.GET.lists() for value in values[1]):
            raise Http404  # PostgreSQL keeps no such character, so nothing can be meant by it
        name = rule_of(view)
        if name is None:
            raise ImproperlyConfigured(f"{request.path}: this address has no access rule.")
        if name == "public" or is_api(request):
            return None
        access: Access = request.access  # type: ignore[attr-defined]
        if access.user is None:
            return to_sign_in(request)
        match_name = request.resolver_match.url_name if request.resolver_match else None
        if access.user.must_change_password and match_name not in BEFORE_OWN_PASSWORD:
            return redirect(reverse("password_change"))
        if not access.may(name):
            raise Http404
        return None


def is_api(request: HttpRequest) -> bool:
    """API views sign the person in by token first, then hold themselves to their rule."""
    return request.path.startswith("/api/")
