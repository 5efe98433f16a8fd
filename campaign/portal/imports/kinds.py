"""The kinds of rows people can bring in, in the order of the menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404

from campaign.portal.access import Access
from campaign.portal.imports.resource import ImportResource

KINDS: dict[str, type[ImportResource]] = {}


def import_kind(resource: type[ImportResource]) -> type[ImportResource]:
    """Declare a resource as a kind of import; apps do it in ``imports.py`` when they start."""
    if resource.code in KINDS and KINDS[resource.code] is not resource:
        raise ValueError(f"There are two kinds of import called {resource.code!r}.")
    KINDS[resource.code] = resource
    return resource


def kinds_for(access: Access) -> list[type[ImportResource]]:
    """The kinds a person may bring in."""
    found = [kind for kind in KINDS.values() if access.may(kind.rule)]
    return sorted(found, key=lambda kind: (kind.position, kind.code))


def resource_for(
    code: str,
    access: Access,
    context: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> ImportResource:
    """The resource of a kind on a person's behalf; the same 404 for unknown and not allowed."""
    kind = KINDS.get(code)
    if kind is None or not access.may(kind.rule):
        raise Http404
    return kind(access=access, context=context, options=options)
