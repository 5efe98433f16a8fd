"""What the kit knows of a person's access. ``accounts`` works it out; the kit only asks for it."""

from __future__ import annotations

from typing import Any, Protocol

from django.http import HttpRequest
from django.utils.module_loading import import_string

from campaign.portal.scope import Scope


class Access(Protocol):
    """What one person may do right now."""

    user: Any

    @property
    def view(self) -> Scope: ...
    @property
    def edit(self) -> Scope: ...
    @property
    def people(self) -> Scope: ...
    @property
    def report(self) -> Scope: ...
    @property
    def sign(self) -> Scope: ...
    @property
    def review(self) -> Scope: ...
    @property
    def manage(self) -> Scope: ...
    @property
    def places(self) -> Scope: ...
    @property
    def register(self) -> Scope: ...
    @property
    def targets(self) -> Scope: ...
    @property
    def roles(self) -> frozenset[str]: ...

    def may(self, rule: str) -> bool:
        """Whether the person passes a rule of ``campaign.portal.rules``."""
        ...


class PortalRequest(HttpRequest):
    """A request after the access middleware: it says on whose behalf rows are read."""

    access: Access


def access_of(user: Any) -> Access:
    """The access of a person today, worked out anew (jobs, tokens)."""
    return import_string("accounts.access.Access").of(user)
