"""The icons a page may show: what ``static/icons.svg`` holds, and a few everyday names for them."""

import functools
import re

from django.conf import settings

ALIASES = {
    "alert": "triangle-alert",
    "alert-circle": "circle-alert",
    "alert-triangle": "triangle-alert",
    "bar-chart": "chart-column",
    "building": "building-2",
    "circle-help": "circle-question-mark",
    "columns": "columns-3",
    "edit": "pencil",
    "file": "file-text",
    "filter": "funnel",
    "help": "circle-question-mark",
    "home": "house",
    "key": "key-round",
    "language": "globe",
    "more-horizontal": "ellipsis",
    "rotate": "rotate-cw",
    "trash": "trash-2",
    "tree": "list-tree",
    "undo": "undo-2",
    "unlock": "lock-open",
}


class UnknownIcon(LookupError):
    """A template asks for a picture nobody drew."""


@functools.cache
def known() -> frozenset[str]:
    sprite = (settings.BASE_DIR / "static" / "icons.svg").read_text()
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite))


def resolve(name: str) -> str:
    """The symbol for a name; refuses a name that would show as a blank."""
    symbol = ALIASES.get(name, name)
    if symbol not in known():
        raise UnknownIcon(f"No icon {name!r}: add it to tools/icons.py and run it.")
    return symbol
