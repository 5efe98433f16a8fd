"""The words a province starts with. They are sown once; what people changed since is kept."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

STEP = 10  # between positions, so that a word fits between two others


def words_in(path: Path) -> list[dict[str, Any]]:
    """The words of a committed file, in its order."""
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def sow(model: Any, path: Path) -> int:
    """Add the words of a file that are not there yet; never touch those that are."""
    added = 0
    for number, word in enumerate(words_in(path), start=1):
        code = word.pop("code")
        word.setdefault("position", number * STEP)
        _row, is_new = model._default_manager.get_or_create(code=code, defaults=word)
        added += is_new
    return added
