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
}

#: query strings worth trying on addresses without parameters
PAGES: dict[str, Any] = {
    "units:suggest": lambda world: (
        [
            {"q": "", "scope": scope, "former": former}
            for scope in ("listed", "view", "edit", "manage", "people", "places")
            for former in ("", "1")
        ]
        + [{"q": "hoa"}, {"q": "30952"}]
    ),
}
