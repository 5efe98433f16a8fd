"""Units and teams in the admin, to look up: the register has its own pages."""

from __future__ import annotations

from django.contrib import admin

from campaign.portal.admin import ReadOnlyAdmin
from units.models import CommunityTeam, Unit


@admin.register(Unit)
class UnitAdmin(ReadOnlyAdmin):
    """Every unit of the province, former ones included."""

    list_display = ("name", "code", "level", "kind", "parent", "valid_from", "valid_to")
    list_filter = ("level", "code_system")
    list_select_related = ("parent",)
    search_fields = ("search_key", "code")
    ordering = ("path",)


@admin.register(CommunityTeam)
class CommunityTeamAdmin(ReadOnlyAdmin):
    """Community teams, without their members' phones."""

    scope = "view"
    list_display = ("name", "unit", "decision_number", "founded_on", "ended_on")
    list_select_related = ("unit",)
    search_fields = ("search_key",)
    ordering = ("sort_key", "pk")
