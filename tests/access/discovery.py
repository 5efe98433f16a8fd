"""Every address the portal answers, found from the URLconf, with its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from campaign.portal.rules import rule_of


@dataclass(frozen=True)
class Address:
    """One pattern of the URLconf."""

    route: str
    name: str
    view: Callable[..., Any]
    params: tuple[str, ...]

    @property
    def rule(self) -> str | None:
        """Who may come in, or None when nobody said."""
        return rule_of(self.view)

    @property
    def is_admin(self) -> bool:
        """Whether Django's admin answers here."""
        return self.name.startswith("admin:")

    @property
    def is_api(self) -> bool:
        """Whether the read API answers here."""
        return self.route.startswith("api/")

    def __str__(self) -> str:
        return self.name or self.route


def addresses(urlconf: Any = None) -> list[Address]:
    """All addresses: included, namespaced, of routers and of the admin."""
    return list(_walk(get_resolver(urlconf), "", ""))


def _walk(resolver: URLResolver, route: str, namespace: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, here, inner)
        elif isinstance(pattern, URLPattern):
            params = tuple(pattern.pattern.regex.groupindex)
            yield Address(here, f"{namespace}{pattern.name or ''}", pattern.callback, params)


def without_a_rule(urlconf: Any = None) -> list[str]:
    """The addresses nobody gave a rule."""
    return [str(address) for address in addresses(urlconf) if address.rule is None]
