"""How activities, exemplary models and solutions are found from the search box."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from activities.models import Activity
from campaign.portal.access import Access
from campaign.portal.search import Group, Hit, has_all_words


def find_activities(access: Access, words: str, limit: int) -> Group:
    """Activities in view, by name, venue or who chaired; the latest first."""
    activities = Activity.objects.within(access.view).select_related("unit", "type")
    found = activities.filter(has_all_words(words)).order_by("-starts_on", "-pk")[:limit]
    return Group(
        _("Activities"), "flag",
        [
            Hit(
                a.title, a.get_absolute_url(),
                f"{a.type} · {date_format(a.starts_on, 'DATE_FORMAT')} · {a.unit.name}",
                a.is_cancelled,
            )
            for a in found
        ],
        _list_url(words),
    )  # fmt: skip


def _list_url(words: str) -> str:
    try:
        return f"{reverse('activities:list')}?{urlencode({'q': words})}"
    except NoReverseMatch:
        return ""
