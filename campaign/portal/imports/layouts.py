"""Which column of a file is which field: guessed from headings, remembered for the next file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from campaign.models import ImportLayout
from campaign.portal.access import Access
from campaign.portal.imports.cells import distance
from campaign.portal.imports.resource import ImportResource
from campaign.portal.workbooks.tables import readings
from campaign.text import fold

NEARLY = 2
"""How many letters a heading may differ from a known one, and still be taken for it."""


def signature_of(kind: str, titles: Mapping[int, str]) -> str:
    """What two files with the same headings have in common."""
    text = "\x1f".join([kind, *(f"{place}:{fold(title)}" for place, title in titles.items())])
    return hashlib.sha256(text.encode()).hexdigest()


def guessed(resource: ImportResource, titles: Mapping[int, str]) -> dict[int, str]:
    """{place: column} for the headings that say which column they are; each column once."""
    words = {fold(word): name for name, known in resource.headings().items() for word in known}
    found: dict[int, str] = {}
    for place, title in titles.items():
        name = next((words[w] for w in readings(title) if w in words), None)
        if name and name not in found.values():
            found[place] = name
    for place, title in titles.items():
        name = "" if place in found else resource.column_of(title)
        if name and name not in found.values():
            found[place] = name
    for place, title in titles.items():
        if place in found or len(fold(title)) < 6:
            continue
        near = [
            (distance(fold(title), word, NEARLY), name)
            for word, name in words.items()
            if len(word) >= 6 and name not in found.values()
        ]
        far, name = min(near, default=(NEARLY + 1, ""))
        if far <= NEARLY:
            found[place] = name
    return found


def remembered(
    resource: ImportResource, titles: Mapping[int, str], access: Access
) -> ImportLayout | None:
    """How a file with these headings was read before: by the person, or as the province shares."""
    provinces = list(access.register.paths)
    return (
        ImportLayout.objects.filter(
            Q(by=access.user) | Q(province_path__in=[p for p in provinces if p]),
            kind=resource.code,
            signature=signature_of(resource.code, titles),
        )
        .order_by("-used_at")
        .first()
    )


def remember(
    resource: ImportResource,
    titles: Mapping[int, str],
    columns: dict[str, str],
    options: dict[str, Any],
    *,
    access: Access,
    is_shared: bool,
) -> None:
    """Keep how the columns were matched; shared, everybody of the province finds it."""
    province = next(iter(access.register.paths), "") if is_shared else ""
    ImportLayout.objects.update_or_create(
        kind=resource.code,
        signature=signature_of(resource.code, titles),
        by=access.user,
        defaults={"columns": columns, "options": options, "province_path": province},
    )
