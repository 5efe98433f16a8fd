"""The door, the help and privacy pages, and the machine check."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from campaign.portal.access import PortalRequest
from campaign.portal.rules import rule


@rule("signed_in")
def home(request: PortalRequest) -> HttpResponse:
    """Lead each person to the page their work begins with."""
    return redirect("work" if request.access.may("enter") else "dashboard")


@rule("public")
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@rule("public")
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this address by themselves; lead them to the real picture."""
    return redirect(static("favicon.svg"), permanent=True)


@rule("public")
def help_page(request: HttpRequest) -> HttpResponse:
    """How to do the usual things, in a few words each."""
    return render(request, "campaign/help.html")


@rule("public")
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of people, why, and whom to ask."""
    return render(request, "campaign/privacy.html")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Missing and out of scope look the same, byte for byte."""
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something failed on our side; nothing was saved."""
    return render(request, "500.html", status=500)
