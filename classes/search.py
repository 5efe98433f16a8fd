"""How classes and participants are found from the search box."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaign.portal.access import Access
from campaign.portal.search import Group, Hit, has_all_words
from classes.models import Participant, TrainingClass


def find_classes(access: Access, words: str, limit: int) -> Group:
    """Classes in view, by name, code, venue or instructor; the latest first."""
    classes = TrainingClass.objects.within(access.view).select_related("unit")
    found = classes.filter(has_all_words(words)).order_by("-starts_on", "-pk")[:limit]
    return Group(
        _("Classes"), "presentation",
        [
            Hit(
                c.title, c.get_absolute_url(),
                f"{c.code} · {date_format(c.starts_on, 'DATE_FORMAT')} · {c.unit.name}",
                c.is_cancelled,
            )
            for c in found
        ],
        _list_url("classes:list", words),
    )  # fmt: skip


def find_participants(access: Access, words: str, limit: int) -> Group | None:
    """People on rosters, for those who work with rosters."""
    if not access.may("people"):
        return None
    people = Participant.objects.within(access.people).filter(merged_into=None)
    found = people.select_related("unit").filter(has_all_words(words))
    return Group(
        _("Participants"), "users",
        [
            Hit(
                p.full_name, p.get_absolute_url(),
                " · ".join(filter(None, [str(p.birth_year or ""), p.unit.name])),
            )
            for p in found.order_by("sort_key", "pk")[:limit]
        ],
        _list_url("participants:list", words),
    )  # fmt: skip


def _list_url(name: str, words: str) -> str:
    try:
        return f"{reverse(name)}?{urlencode({'q': words})}"
    except NoReverseMatch:
        return ""
