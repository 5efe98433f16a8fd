"""The campaign's own words and settings, kept by the system administrator."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from campaign.models import Audience, CampaignSettings, Holiday, Topic
from campaign.portal.admin import ScopedAdmin
from campaign.portal.words_admin import WordAdmin


@admin.register(Audience)
class AudienceAdmin(WordAdmin):
    """Target groups and the campaign group each belongs to."""

    list_display = ("code", "name_vi", "name_en", "group", "position", "is_archived")  # type: ignore[misc]
    list_filter = ("group", "is_archived")


@admin.register(Topic)
class TopicAdmin(WordAdmin):
    """What is taught or talked about."""


@admin.register(CampaignSettings)
class CampaignSettingsAdmin(ScopedAdmin):
    """The one row that says how this province runs the campaign."""

    readonly_fields = ("is_demo",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not CampaignSettings.objects.exists()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        CampaignSettings.forget()


@admin.register(Holiday)
class HolidayAdmin(ScopedAdmin):
    """Public holidays and worked Saturdays; deadlines and reminders follow them."""

    list_display = ("day", "name_vi", "name_en", "is_worked")
    list_filter = ("is_worked",)
    date_hierarchy = "day"
