"""The Vietnamese words the demonstration is written with: data beside the code, not in it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

WORDS = Path(__file__).parent / "words"


@cache
def wording(name: str) -> dict[str, Any]:
    """The words of one file of ``words/``."""
    return tomllib.loads((WORDS / f"{name}.toml").read_text(encoding="utf-8"))
