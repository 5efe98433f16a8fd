"""Provinces of which the press published figures, with records that add up to those figures.

Each scenario loads its own province beside whatever is there, and is marked as demonstration data.
Published are only the figures named in each module; names of people, of most schools and hamlets,
and every other count are invented.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from reporting.demo.stage import Stage


@dataclass(frozen=True)
class Scenario:
    """One published story: where it plays and who told it."""

    name: str
    province: str
    play: Callable[[Stage], None]
    about: str


MODULES = (
    "son_la_2025", "an_giang", "lam_dong_2025", "lao_cai_2025", "ha_noi_2025", "phu_tho_2025",
    "moc_son_2025",
)  # fmt: skip


def scenarios() -> dict[str, Scenario]:
    """Every scenario by name."""
    found = {}
    for name in MODULES:
        module = import_module(f"{__name__}.{name}")
        about = (module.__doc__ or "").strip().splitlines()[0]
        code = name.replace("_", "-")
        found[code] = Scenario(code, module.PROVINCE, module.play, about)
    return found
