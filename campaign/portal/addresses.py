"""One way to write the address of a list: keys in one order, nothing said twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

ADDRESS_ORDER = [
    "q",
    "view",
    "period",
    "unit",
    "status",
    "kind",
    "group",
    "from",
    "to",
    "sort",
    "size",
    "cols",
    "page",
]


def rank(key: str) -> tuple[int, str]:
    """Where a key stands in an address."""
    return (ADDRESS_ORDER.index(key) if key in ADDRESS_ORDER else len(ADDRESS_ORDER), key)


def values_of(value: Any) -> list[str]:
    """The values of one key, blanks left out."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [str(one) for one in value if one not in (None, "")]
    return [] if value in (None, "") else [str(value)]


def written(values: Mapping[str, Any], keep: Iterable[str] = ()) -> str:
    """A query string without blanks; keys of ``keep`` stay though they are blank."""
    address = QueryDict(mutable=True)
    kept = set(keep)
    for key in sorted(values, key=rank):
        found = values_of(values[key]) or ([""] if key in kept else [])
        if found:
            address.setlist(key, found)
    return address.urlencode(safe=",")
