"""What every page shows around its content: names, menu, person, theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import CampaignSettings

VERSION = "1.2"

#: (group, [(label, url name, icon, rule)])
MENU: list[tuple[Any, list[tuple[Any, str, str, str]]]] = [
    (
        gettext_lazy("Follow"),
        [
            (gettext_lazy("Dashboard"), "dashboard", "home", "signed_in"),
            (gettext_lazy("My work"), "work", "list-checks", "enter"),
        ],
    ),
    (
        gettext_lazy("Record"),
        [
            (gettext_lazy("Classes"), "classes:list", "presentation", "signed_in"),
            (gettext_lazy("Activities"), "activities:list", "flag", "signed_in"),
            (gettext_lazy("Participants"), "participants:list", "users", "people"),
            (gettext_lazy("Technology teams"), "teams:list", "share-2", "signed_in"),
            (gettext_lazy("Exemplary models"), "activities:models", "star", "signed_in"),
            (gettext_lazy("Solutions"), "activities:solutions", "lightbulb", "signed_in"),
        ],
    ),
    (
        gettext_lazy("Figures"),
        [
            (gettext_lazy("List of indicators"), "indicators", "bar-chart", "signed_in"),
            (gettext_lazy("Declared figures"), "declared:list", "clipboard-list", "signed_in"),
        ],
    ),
    (
        gettext_lazy("Reports"),
        [
            (gettext_lazy("Reporting cycles"), "cycles:list", "calendar-clock", "signed_in"),
            (gettext_lazy("Reports of units"), "reports:list", "file-text", "signed_in"),
            (gettext_lazy("Targets and plans"), "targets:list", "target", "signed_in"),
            (gettext_lazy("Data quality"), "quality:list", "gauge", "signed_in"),
            (gettext_lazy("Amendments"), "amendments:list", "history", "signed_in"),
            (gettext_lazy("Exported files"), "exports", "download", "signed_in"),
        ],
    ),
    (
        gettext_lazy("Registers"),
        [
            (gettext_lazy("Units"), "units:list", "map", "signed_in"),
            (gettext_lazy("Import from Excel"), "imports:list", "import", "imports"),
            (gettext_lazy("Accounts"), "users:list", "user", "users"),
            (gettext_lazy("Change log"), "changes", "history", "audit"),
        ],
    ),
]
BOTTOM = ("dashboard", "work", "classes:list")

#: how much waits behind an entry of the menu, by its name; the apps put it here when they are ready
COUNTS: dict[str, Callable[[Any], int]] = {}


def _menu(request: HttpRequest, access: Any) -> list[dict[str, Any]]:
    groups = []
    best = ""
    items: list[dict[str, Any]] = []
    for title, entries in MENU:
        shown = []
        for label, name, icon, rule in entries:
            if not access.may(rule):
                continue
            try:
                url = reverse(name)
            except NoReverseMatch:
                continue
            item = {"label": label, "url": url, "icon": icon, "name": name, "current": False}
            if name in COUNTS:
                item["count"] = COUNTS[name](access)
                item["hot"] = bool(item["count"])
            if request.path.startswith(url) and len(url) > len(best):
                best = url
            shown.append(item)
        items += shown
        if shown:
            groups.append({"title": title, "items": shown})
    for item in items:
        item["current"] = item["url"] == best
    return groups


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of ``base.html``."""
    campaign = CampaignSettings.current()
    access = getattr(request, "access", None)
    context: dict[str, Any] = {
        "portal": {
            "name": campaign.product_name,
            "agency": campaign.agency_line,
            "is_demo": campaign.is_demo,
            "support_phone": settings.SUPPORT_PHONE,
            "version": VERSION,
        },
        "menu": [],
        "bottom_menu": [],
        "person": None,
        "theme": "auto",
        "density": "compact",
    }
    if access is not None and access.user is not None:
        groups = _menu(request, access)
        context["menu"] = groups
        flat = [item for group in groups for item in group["items"]]
        context["bottom_menu"] = [i for name in BOTTOM for i in flat if i["name"] == name]
        user = access.user
        context["theme"] = user.theme
        context["density"] = user.density
        context["person"] = {
            "name": user.full_name,
            "role_label": access.role_label or _("No posting"),
        }
    return context
