"""The words by which a clerk knows a column of a statistical form; they are data."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from campaign.portal.workbooks.tables import match_columns
from campaign.text import fold

HEADINGS = Path(__file__).resolve().parents[1] / "data" / "form_headings.csv"
_TOTAL = "tong"


def key_of(heading: str) -> str | None:
    """Which column a heading stands for, if its words are known."""
    found, _unknown = match_columns([(0, heading)], _columns())
    return next(iter(found), None)


def total_words() -> frozenset[str]:
    """The folded words with which a row of totals begins."""
    return _known()[_TOTAL]


@cache
def _known() -> dict[str, frozenset[str]]:
    with HEADINGS.open(encoding="utf-8") as file:
        return {
            row["key"]: frozenset(fold(word) for word in row["words"].split("|"))
            for row in csv.DictReader(file)
        }


@cache
def _columns() -> dict[str, frozenset[str]]:
    return {key: words for key, words in _known().items() if key != _TOTAL}
