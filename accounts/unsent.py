"""Forms that arrive after the session has ended: nothing is saved, nothing typed is lost.

What was typed waits in the anonymous session, for the person the page was made for, and becomes
their draft as soon as they have signed in.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from campaign.portal.desk import keep_draft, sent_draft

KEY = "unsent"
LARGEST = 200_000  # characters


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page and from there back to where the person was."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    draft = sent_draft(request.POST)
    if draft is None or len(json.dumps(draft)) > LARGEST:
        messages.info(
            request, _("Your session has ended before this was done. Sign in and do it again.")
        )
        return redirect_to_login(_came_from(request))
    request.session[KEY] = {"for": request.POST.get("_draft_by", ""), "draft": draft}
    request.session.set_expiry(3600)
    messages.info(
        request, _("Your session has ended. What you typed is kept: sign in and it is there again.")
    )
    return redirect_to_login(draft["url"])


def give_back(session: Any, user: Any) -> None:
    """Make what was typed a draft of the person it belongs to; drop it for anybody else."""
    kept = session.pop(KEY, None)
    if kept:
        session.set_expiry(None)
    if kept and kept["for"] == user.get_username():
        keep_draft(user, kept["draft"])


def _came_from(request: HttpRequest) -> str:
    """The page the form was on, when it is one of ours."""
    page = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    return page if url_has_allowed_host_and_scheme(page, hosts, request.is_secure()) else "/"
