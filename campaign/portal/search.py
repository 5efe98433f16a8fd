"""One search box for everything: each app says how its records are found.

An app registers a searcher in its ``AppConfig.ready``. A searcher gets the access of whoever
asks, and answers with rows in their scope only; the kit knows no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render

from campaign.portal.access import Access, PortalRequest
from campaign.portal.rules import rule
from campaign.text import fold

SHOWN = 6
"""Records shown in each group; the group's list has the rest."""

LONGEST = 100


@dataclass(frozen=True)
class Hit:
    """One record that was found: its name, where it leads, and what tells it from others."""

    label: str
    url: str
    detail: str = ""
    is_past: bool = False


@dataclass(frozen=True)
class Group:
    """What one searcher found: at most six records, and the list with all of them."""

    title: Any
    icon: str
    hits: Sequence[Hit]
    more_url: str = ""


Searcher = Callable[[Access, str, int], Group | None]
"""(access, words, limit) -> a group with up to ``limit`` hits, or None where one may not look."""

_searchers: dict[str, tuple[int, Searcher]] = {}


def register(name: str, searcher: Searcher, *, order: int) -> None:
    """Add an app's searcher; groups are shown by ``order``."""
    _searchers[name] = (order, searcher)


def search_everything(access: Access, words: str) -> list[Group]:
    """Groups with at least one hit, for whoever asks."""
    if not fold(words):
        return []
    groups = []
    for _order, searcher in sorted(_searchers.values(), key=lambda pair: pair[0]):
        group = searcher(access, words, SHOWN + 1)
        if group and group.hits:
            groups.append(group)
    return groups


def has_all_words(words: str, field: str = "search_key") -> Q:
    """The condition that a folded key has every typed word, as the filters of lists search."""
    condition = Q()
    for word in fold(words).split():
        condition &= Q(**{f"{field}__contains": word})
    return condition


@rule("signed_in")
def search(request: PortalRequest) -> HttpResponse:
    """Everything in scope that was found; one hit alone is opened at once when asked for."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    groups = search_everything(request.access, words)
    hits = [hit for group in groups for hit in group.hits]
    if request.GET.get("go") == "1" and len(hits) == 1:
        return redirect(hits[0].url)
    context = {"search_text": words, "groups": groups, "shown": SHOWN, "found": len(hits)}
    return render(request, "portal/search.html", context)
