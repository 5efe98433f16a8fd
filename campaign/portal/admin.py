"""Django's admin on the portal's scoping: the same rows, the same rules, the same log."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from campaign.models import CampaignSettings, ChangeEntry
from campaign.portal import history
from campaign.portal.scope import ScopedModel


class PortalAdminSite(admin.AdminSite):
    """The admin of system administrators; everybody else meets a 404, nobody a second login."""

    index_title = _("Administration")
    site_title = _("Administration")
    site_url = "/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever keeps accounts today."""
        access = getattr(request, "access", None)
        return access is not None and access.may("users")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = CampaignSettings.current().product_name
        return {**super().each_context(request), "site_header": name}

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """There is one page for the own password."""
        return redirect("password_change")


class ScopedAdmin(admin.ModelAdmin):
    """Rows inside the administrator's scope; changes go to the log; nothing is deleted."""

    scope: ClassVar[str] = "manage"
    may_add: ClassVar[bool] = True
    may_change: ClassVar[bool] = True
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: Any) -> models.QuerySet[Any]:
        if issubclass(self.model, ScopedModel):
            rows = self.model.objects.within(getattr(request.access, self.scope))
            return rows.order_by(*self.get_ordering(request) or ["pk"])
        return super().get_queryset(request)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        related = db_field.remote_field.model
        if issubclass(related, ScopedModel):
            kwargs["queryset"] = related.objects.within(getattr(request.access, self.scope))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_module_permission(self, request: Any) -> bool:
        return request.access.may("users")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return request.access.may("users")

    def has_add_permission(self, request: Any) -> bool:
        return self.may_add and request.access.may("users")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return self.may_change and request.access.may("users")

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Records stay; they are ended, archived or closed."""
        return False

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        """Store the record and write down what changed."""
        fields = [
            name for name in form.changed_data if not self.model._meta.get_field(name).many_to_many
        ]
        before: dict[str, Any] = {}
        if change:
            before = history.snapshot(self.get_queryset(request).get(pk=obj.pk), fields)
            if hasattr(obj, "version"):
                obj.version += 1
        super().save_model(request, obj, form, change)
        history.record_change(
            obj,
            ChangeEntry.Action.CHANGED if change else ChangeEntry.Action.CREATED,
            access=request.access,
            door="admin",
            changes=history.differences(before, history.snapshot(obj, fields)),
        )


class ReadOnlyAdmin(ScopedAdmin):
    """To look up, not to change."""

    may_add = False
    may_change = False
