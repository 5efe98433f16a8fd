"""Classes and sessions for looking things up; people are not in the administrator's scope."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models

from campaign.portal.admin import ReadOnlyAdmin
from classes.models import ClassSession, TrainingClass


@admin.register(TrainingClass)
class TrainingClassAdmin(ReadOnlyAdmin):
    """Classes of the province, changed only on their own pages."""

    scope = "view"
    list_display = ("code", "title", "unit", "starts_on", "cancelled_at", "version")
    list_select_related = ("unit",)
    search_fields = ("search_key",)
    date_hierarchy = None


@admin.register(ClassSession)
class ClassSessionAdmin(ReadOnlyAdmin):
    """Sessions of classes, changed only on their own pages."""

    scope = "view"
    list_display = ("training_class", "number", "held_on", "status", "version")
    search_fields = ("training_class__code",)

    def get_queryset(self, request: Any) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("training_class")
