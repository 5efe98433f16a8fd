"""How units and teams are found from the search box."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from campaign.models import CampaignSettings
from campaign.portal.access import Access
from campaign.portal.search import Group, Hit, has_all_words
from units.models import CommunityTeam, Unit


def find_units(access: Access, words: str, limit: int) -> Group:
    """Units that may be looked up, by name, former name or code."""
    units = Unit.objects.get_queryset().listed(access).select_related("parent").matching(words)  # type: ignore[attr-defined]
    return Group(
        _("Units"), "map",
        [Hit(u.name, u.get_absolute_url(), _about(u), u.is_former) for u in units[:limit]],
        f"{reverse('units:list')}?{urlencode({'q': words})}",
    )  # fmt: skip


def _about(unit: Unit) -> str:
    if unit.is_former and unit.parent:
        where = _("now %(successor)s") % {"successor": unit.parent.name}
        return " · ".join(filter(None, [unit.code, unit.former_area, where]))
    above = unit.parent.name if unit.parent else ""
    return " · ".join(filter(None, [str(unit.get_kind_display()), unit.code, above]))


def find_teams(access: Access, words: str, limit: int) -> Group:
    """Community teams in view, by name or decision number."""
    teams = CommunityTeam.objects.within(access.view).select_related("unit__parent")
    found = teams.filter(has_all_words(words)).order_by("ended_on", "sort_key", "pk")[:limit]
    return Group(
        CampaignSettings.current().team_label, "share-2",
        [Hit(t.name, t.get_absolute_url(), t.unit.name, bool(t.ended_on)) for t in found],
        f"{reverse('teams:list')}?{urlencode({'q': words})}",
    )  # fmt: skip
