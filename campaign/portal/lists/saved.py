"""Views of lists that people keep, share and open with; the columns each person chose."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django.urls import NoReverseMatch, resolve, reverse

from campaign.models import ListHabit, SavedView
from campaign.periods import today
from campaign.portal.access import Access
from campaign.portal.scope import PATH_STEP

if TYPE_CHECKING:
    from campaign.portal.lists.page import ListPage

COUNTED_FOR = 300  # seconds a number beside a view may be old
MOST_VIEWS = 20  # views one person keeps of one list, and shared ones shown beside them
#: opens a list without any view, also for somebody whose list opens with one
EVERYTHING = "all"


def page_of(list_key: str, access: Access) -> type[ListPage]:
    """The list a key names, if the person may open it."""
    from campaign.portal.lists.page import ListPage

    try:
        page = getattr(resolve(reverse(list_key)).func, "view_class", None)
    except NoReverseMatch as error:
        raise Http404 from error
    if page is None or not issubclass(page, ListPage) or not access.may(page.access_rule):
        raise Http404
    return page


def places_above(access: Access) -> list[str]:
    """The paths of the units in view and of every unit above them."""
    return sorted(
        {
            path[:end]
            for path in access.view.paths
            for end in range(PATH_STEP, len(path) + 1, PATH_STEP)
        }
    )


def place_to_share(access: Access) -> str:
    """The unit in which a person's shared views are read; '' for who enters no records."""
    return next(iter(access.view.paths), "") if access.may("enter") else ""


def readable(access: Access, list_key: str) -> QuerySet[SavedView]:
    """Own views, and those shared in a unit of the reader or above it."""
    shared = Q(shared_path__in=places_above(access), by__is_active=True)
    views = SavedView.objects.filter(Q(by=access.user) | shared, list_key=list_key)
    return views.select_related("by").order_by("name", "pk")


def views_for(access: Access, list_key: str) -> list[SavedView]:
    """The views on the tabs of a list: own ones first."""
    found = list(readable(access, list_key)[: 2 * MOST_VIEWS])
    return sorted(found, key=lambda view: view.by_id != access.user.pk)


def habit_of(access: Access, list_key: str) -> ListHabit:
    """How the person likes the list (nothing chosen where nothing was kept)."""
    found = ListHabit.objects.filter(by=access.user, list_key=list_key).first()
    return found or ListHabit(by=access.user, list_key=list_key)


def counts_of(page: ListPage, views: list[SavedView]) -> dict[int, int | None]:
    """How many rows each view finds for this reader, at most five minutes old."""
    keys = {view.pk: _count_key(page, view) for view in views}
    known = cache.get_many(keys.values())
    fresh = {}
    for view in views:
        if keys[view.pk] not in known:
            fresh[keys[view.pk]] = _count(page, view.query)
    if fresh:
        cache.set_many(fresh, COUNTED_FOR)
    known |= fresh
    return {pk: known[key] for pk, key in keys.items()}


def _count_key(page: ListPage, view: SavedView) -> str:
    scope = getattr(page.access, page.scope)
    said = f"{page.access.user.pk}|{scope.paths}|{view.query}|{today()}"
    return f"list-count:{page.key}:{hashlib.sha256(said.encode()).hexdigest()}"


def _count(page: ListPage, query: str) -> int | None:
    other = copy.copy(page)
    other.params = QueryDict(query)
    found: Any = page.filters(other.params, queryset=other.rows(), access=page.access)
    return found.qs.order_by().count() if found.is_valid() else None
