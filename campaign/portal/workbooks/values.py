"""One cell's value as people meant it, whatever the file said."""

import unicodedata
from datetime import date, datetime, time, timedelta

from campaign.text import nfc

LARGEST_WHOLE = 10**15
"""Above this Excel's numbers have lost digits; they are left as they came."""


class CellError(str):
    """What a cell shows instead of a value: "#N/A", or a formula nobody has calculated."""

    __slots__ = ()


_UNSEEN = {"Cc", "Cf"}

Value = str | int | float | bool | date | datetime | time | timedelta | None


def tidy_value(value: object) -> Value:
    """Return a cell's value as people meant it.

    Text is composed and trimmed (and keeps its leading zeros), whole numbers lose the
    ".0" Excel gives them, midnight is a date, and nothing is None.
    """
    if isinstance(value, CellError):
        return value
    if isinstance(value, str):
        return tidy_text(value)
    if isinstance(value, float):
        if value != value or value in {float("inf"), float("-inf")}:
            return None
        return int(value) if value.is_integer() and abs(value) < LARGEST_WHOLE else value
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    return value if isinstance(value, bool | int | date | time | timedelta) else None


def tidy_text(text: str) -> str | None:
    """Return text composed and trimmed, without characters nobody sees; None if none is left."""
    composed = nfc(text)
    if not composed.isprintable():
        kept = (c for c in composed if c in "\n\t" or unicodedata.category(c) not in _UNSEEN)
        composed = "".join(kept).replace("\u00a0", " ")
    return composed.strip() or None
