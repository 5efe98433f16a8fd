"""Accounts and postings in the admin; making and closing accounts has its own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Posting, User
from accounts.services import accounts_kept_by
from campaign.portal.admin import ScopedAdmin


@admin.register(User)
class UserAdmin(ScopedAdmin):
    """Who has an account. No password, no superuser switch: access comes from postings."""

    may_add = False
    list_display = ("full_name", "username", "phone", "is_active", "last_login")
    list_filter = ("is_active", "must_change_password")
    search_fields = ("search_key", "username")
    ordering = ("sort_key", "pk")
    fields = (
        "username",
        "full_name",
        "phone",
        "email",
        "language",
        "is_active",
        "must_change_password",
        "last_login",
        "date_joined",
    )
    readonly_fields = ("is_active", "must_change_password", "last_login", "date_joined")

    def get_queryset(self, request: Any) -> QuerySet[User]:
        return accounts_kept_by(request.access).order_by("sort_key", "pk")


@admin.register(Posting)
class PostingAdmin(ScopedAdmin):
    """Who serves where, as what, from when until when."""

    list_display = ("user", "role", "unit", "starts_on", "ends_on", "is_in_force")
    list_filter = ("role",)
    list_select_related = ("user", "unit")
    search_fields = ("user__search_key", "unit__search_key")
    ordering = ("-starts_on", "-pk")
    autocomplete_fields = ("user", "unit")

    @admin.display(description=_("in force"), boolean=True)
    def is_in_force(self, posting: Posting) -> bool:
        """Whether the posting holds today."""
        return posting.is_in_force
