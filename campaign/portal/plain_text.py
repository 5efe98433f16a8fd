"""What no database keeps is taken out of what people send before any view reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext as _

from campaign.portal.closed_periods import is_json

NUL = "\x00"


class PlainTextMiddleware:
    """NUL characters leave forms and addresses; a message of another system is refused with them.

    PostgreSQL cannot keep NUL, and nothing can write half a character in UTF-8.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if any(NUL in value for value in kwargs.values() if isinstance(value, str)):
            raise Http404
        request.GET = without_nul(request.GET)  # type: ignore[assignment]
        if request.method not in ("POST", "PUT", "PATCH"):
            return None
        if not is_json(request):
            request.POST = without_nul(request.POST)  # type: ignore[assignment]
        elif not is_plain(request.body):
            return JsonResponse(
                {"error": _("The text holds characters that cannot be kept.")}, status=400
            )
        return None


def without_nul(sent: QueryDict) -> QueryDict:
    """The fields of a form as they can be kept."""
    if not any(NUL in text for name, values in sent.lists() for text in (name, *values)):
        return sent
    found = sent.copy()
    found.clear()
    for name, values in sent.lists():
        found.setlist(name.replace(NUL, ""), [value.replace(NUL, "") for value in values])
    return found


def is_plain(body: bytes) -> bool:
    """Whether every text in a JSON message can be kept; what is no JSON the view refuses."""
    if b"\\u0000" not in body and b"\\ud" not in body.lower():
        return True
    try:
        written = json.dumps(json.loads(body), ensure_ascii=False)
        written.encode()
    except UnicodeEncodeError:
        return False
    except (ValueError, RecursionError):
        return True
    return "\\u0000" not in written.replace("\\\\", "")
