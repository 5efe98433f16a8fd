"""Which record each address with parameters names. An address that is missing here is red."""

from __future__ import annotations

from typing import Any

from tests.access.matrix import Target
from tests.access.world import Record, World


def job_key(world: World, record: Record) -> dict[str, Any]:
    """Files are named by a random key."""
    return {"key": record.row.key}


PROVIDERS: dict[str, Target] = {
    "export": Target("job", "own", job_key),
    "export_file": Target("job", "own", job_key),
    "teams:detail": Target("team"),
    "teams:edit": Target("team", "edit"),
    "teams:end": Target("team", "edit", may_lack=True),
    "teams:restore": Target("team", "edit", may_lack=True),
    "units:detail": Target("unit", "listed"),
    "units:edit": Target("unit", "manage", may_lack=True),
    "units:edit_profile": Target("profile", "manage"),
    "units:end": Target("unit", "manage", may_lack=True),
    "units:restore": Target("unit", "manage", may_lack=True),
    "units:import_check": Target("unit", "nobody", lambda world, record: {"key": "0" * 32}),
}

#: query strings worth trying on addresses without parameters
PAGES: dict[str, Any] = {
    "search": lambda world: [{"q": words} for words in ("hoa", "30952", "30958-01", "a", "09")],
    "units:list": lambda world: (
        [{"q": "hoa"}, {"state": "former"}, {"state": "all", "sort": "-population"}]
        + [{"commune": record.pk} for record in world.of_kind("unit")]
        + [{"area": flag} for flag in ("is_border", "is_island")]
    ),
    "units:new_hamlet": lambda world: [{"parent": r.pk} for r in world.of_kind("unit")],
    "units:new_body": lambda world: [{"parent": r.pk} for r in world.of_kind("unit")],
    "units:new_profile": lambda world: [{"unit": r.pk} for r in world.of_kind("unit")],
    "units:suggest": lambda world: (
        [
            {"q": "", "scope": scope, "former": former}
            for scope in ("listed", "view", "edit", "manage", "people", "places")
            for former in ("", "1")
        ]
        + [{"q": "hoa"}, {"q": "30952"}]
    ),
}
