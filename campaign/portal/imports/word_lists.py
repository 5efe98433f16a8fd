"""The words people write, kept as data: headings of columns, other words for what stands in them."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path


class Words:
    """The words of one kind of import, from a table with kind, column, value and words.

    Words of a row without a value head the column; the others mean the value.
    """

    def __init__(self, file: Path, kind: str) -> None:
        self._columns = _known(file).get(kind, {})

    def headings(self, column: str) -> tuple[str, ...]:
        """Other headings for a column."""
        return self._columns[column][""]

    def synonyms(self, column: str) -> dict[str, tuple[str, ...]]:
        """Other words for the values of a column: {value: words}."""
        return {value: words for value, words in self._columns[column].items() if value}


@cache
def _known(path: Path) -> dict[str, dict[str, dict[str, tuple[str, ...]]]]:
    found: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            column = found.setdefault(row["kind"], {}).setdefault(row["column"], {})
            column[row["value"]] = tuple(row["words"].split("|"))
    return found
