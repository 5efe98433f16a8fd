"""The members of a team as a table: typed, pasted from Excel, put right in place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import CampaignSettings
from campaign.portal.figures import num
from campaign.portal.grid import Figure, GridPage
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import KEPT_OUT, Check
from campaign.portal.pages import get_scoped
from units.models import CommunityTeam, TeamMember


class MembersPage(GridPage):
    """Everybody who serves or served in a team, and new members."""

    kind = "members"
    template = "teams/members.html"
    title = gettext_lazy("Members")

    def get_holder(self, **kwargs: Any) -> CommunityTeam:
        teams = CommunityTeam.objects.within(self.access.edit).select_related("unit")
        return get_scoped(teams, pk=kwargs["pk"])

    def context_of(self, holder: CommunityTeam) -> dict[str, Any]:
        return {"team": holder.pk}

    def records(self, resource: ImportResource) -> Iterable[TeamMember]:
        rows = TeamMember.objects.within(self.access.edit).filter(team=self.holder)
        return rows.order_by("left_on", "sort_key", "pk")

    def tally(self, found: Check) -> list[Figure]:
        """How many serve, and who leads."""
        people = [line.record for line in found if line.record and line.outcome not in KEPT_OUT]
        serving = [member for member in people if member.left_on is None]
        women = sum(member.sex == TeamMember.Sex.FEMALE for member in serving)
        leaders = sum(member.role == TeamMember.Role.LEADER for member in serving)
        return [
            (_("Members serving"), num(len(serving)), ""),
            (_("Women"), num(women), ""),
            (_("Team leaders"), num(leaders), ""),
            (_("Have left"), num(len(people) - len(serving)), ""),
        ]

    def more_context(self) -> dict[str, Any]:
        label = CampaignSettings.current().team_label
        return {
            "crumbs": [
                (label, reverse("teams:list")),
                (self.holder.name, self.holder.get_absolute_url()),
                (_("Members"), ""),
            ]
        }
