"""Requests that meet a closed period: they are told so, and may be sent again with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from campaign.portal.amending import LONGEST_REASON, PeriodClosed, amending, refusal_in

#: the field of a form, or of a table in JSON, that says why closed records are changed
FIELD = "amendment_reason"
LOCKED = 423
Response = Callable[[HttpRequest], HttpResponse]


class ClosedPeriodMiddleware:
    """Ask for the reason where a closed period is met, and run the view under it once it is given.

    It stands last: the view runs inside the transaction that keeps the change with its reason.
    """

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        reason = reason_in(request)
        if not reason:
            return None
        try:
            with amending(reason, by=request.user.pk, door=door_of(request)):
                return view(request, *args, **kwargs)  # type: ignore[no-any-return]
        except Exception as error:
            if response := self.process_exception(request, error):
                return response
            raise

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = refusal_in(error)
        return None if refusal is None else refused(request, refusal)


def reason_in(request: HttpRequest) -> str:
    """Why closed records are changed, if the request says so."""
    if request.method not in ("POST", "PUT", "PATCH", "DELETE"):
        return ""
    if not (request.user.is_authenticated or is_api(request)):
        return ""
    if request.content_type != "application/json":
        return request.POST.get(FIELD, "").strip()
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    said = sent.get(FIELD) if isinstance(sent, dict) else ""
    return said.strip() if isinstance(said, str) else ""


def is_api(request: HttpRequest) -> bool:
    """Whether another system asks; it signs in by its token, in the view."""
    return request.path.startswith("/api/")


def is_json(request: HttpRequest) -> bool:
    """Whether a script or another system asks, not a form."""
    return request.content_type == "application/json" or is_api(request)


def door_of(request: HttpRequest) -> str:
    """By what door the request comes, as the log of changes calls doors."""
    if is_api(request):
        return "api"
    if request.path.startswith(reverse("admin:index")):
        return "admin"
    return "grid" if is_json(request) else "form"


def refused(request: HttpRequest, refusal: PeriodClosed) -> HttpResponse:
    """Which period is closed, and the same answers once more with a place for the reason."""
    if is_json(request):
        told = {"error": str(refusal), "closed": True, "field": FIELD, "most": LONGEST_REASON}
        return JsonResponse(told, status=LOCKED)
    sent = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", FIELD)
    ]
    context = {
        "title": _("These days are closed"),
        "refusal": str(refusal),
        "sent": sent,
        "has_files": bool(request.FILES),
        "field": FIELD,
        "most": LONGEST_REASON,
    }
    return render(request, "423_closed.html", context, status=LOCKED)
