"""Who may open an address at all. A view without a rule is refused, and a test finds it.

A rule says which *kind* of person may come in; which *rows* they meet there is the scope's work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

#: rule -> what it means, in the words of docs/architecture.md
RULES: dict[str, str] = {
    "public": "anybody, signed in or not; shows nothing of a unit",
    "signed_in": "every signed-in person; rows are narrowed to their view scope",
    "enter": "people who enter records for a unit",
    "people": "people who work with participants' rosters",
    "units": "people who keep the register of units",
    "imports": "people who bring files in: who enter records, or keep the register of units",
    "users": "people who keep accounts",
    "report": "people who fill and submit the report of a unit",
    "review": "people who check and approve the reports of a province's units",
    "targets": "people who set targets: for the province, or for the hamlets of a commune",
    "province": "people who see the whole province",
    "audit": "people who read the log of changes",
}

#: third-party views, by the module they come from
THIRD_PARTY_RULES: dict[str, str] = {
    "django.contrib.admin": "users",
    "django.views.static": "public",
    "django.contrib.staticfiles": "public",
    "django.views.i18n": "public",
}


def rule(name: str) -> Callable[[View], View]:
    """Declare who may open this view."""
    if name not in RULES:
        raise ValueError(f"There is no rule {name!r}.")

    def declare(view: View) -> View:
        view.access_rule = name  # type: ignore[attr-defined]
        return view

    return declare


def rule_of(view: Callable[..., Any]) -> str | None:
    """The rule of a resolved view: its own, its class's, or its package's."""
    for holder in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        name = getattr(holder, "access_rule", None)
        if name:
            return str(name)
    module = getattr(view, "__module__", "") or ""
    admin_site = getattr(view, "admin_site", None) or getattr(view, "model_admin", None)
    if admin_site is not None:
        return "users"
    for package, name in THIRD_PARTY_RULES.items():
        if module.startswith(package):
            return name
    return None
