"""Files between two steps of an import: kept outside the web root, for their owner only.

A file lives until it is dropped, at most a week: so long its wrong rows can be downloaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO

from django.conf import settings
from django.http import Http404
from django.utils import timezone

KEPT_FOR = timedelta(days=7)
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Upload:
    """One kept file: its key in addresses, where it is, and the name it came with."""

    key: str
    path: Path
    name: str

    def open(self) -> BinaryIO:
        """The content, for reading."""
        return self.path.open("rb")

    def drop(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)
        _name_of(self.path).unlink(missing_ok=True)


def _root() -> Path:
    root = Path(settings.VAR_DIR) / "uploads"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return root


def _name_of(path: Path) -> Path:
    return path.with_suffix(".name")


def keep(file: Any, *, user: Any) -> Upload:
    """Keep an uploaded file for its owner; files past their time go."""
    _sweep()
    key = token_hex(16)
    path = _root() / f"{user.pk}-{key}.data"
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    name = str(file.name)[-150:]
    _name_of(path).write_text(name, encoding="utf-8")
    return Upload(key, path, name)


def kept(key: str, *, user: Any) -> Upload:
    """The file with this key, if it is this person's; the same 404 for missing and not yours."""
    path = _root() / f"{user.pk}-{key}.data"
    if not _KEY.fullmatch(key) or not path.is_file():
        raise Http404
    return Upload(key, path, _name_of(path).read_text(encoding="utf-8"))


def _sweep() -> None:
    oldest = (timezone.now() - KEPT_FOR).timestamp()
    for path in _root().iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
