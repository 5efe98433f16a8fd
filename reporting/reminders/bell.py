"""The bell in the header: how many notifications a person has not read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from reporting.models import Notification


class Bell:
    """Counted only where a page shows it."""

    def __init__(self, user: Any) -> None:
        self.user = user

    def unread(self) -> int:
        """How many notifications are not read."""
        return Notification.objects.filter(to=self.user, read_at__isnull=True).count()


def bell(request: HttpRequest) -> dict[str, Any]:
    """The context of the header: nothing for who is not signed in."""
    access = getattr(request, "access", None)
    if access is None or access.user is None:
        return {}
    return {"bell": Bell(access.user)}
