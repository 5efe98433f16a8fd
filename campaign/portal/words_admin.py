"""Administration of a vocabulary: words are added, renamed and archived, never deleted."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest

from campaign.portal.admin import ScopedAdmin


class WordAdmin(ScopedAdmin):
    """A vocabulary in the administration. The code is for ever; reports are filed under it."""

    list_display: ClassVar[tuple[str, ...]] = (  # type: ignore[misc]
        "code", "name_vi", "name_en", "position", "is_archived",
    )  # fmt: skip
    list_editable = ("position", "is_archived")
    list_filter: ClassVar[tuple[str, ...]] = ("is_archived",)
    search_fields = ("code", "name_vi", "name_en")
    ordering = ("position", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()
