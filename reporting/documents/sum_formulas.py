"""Formulas that add up rows of a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xlsxwriter.utility import xl_col_to_name

ARGUMENTS = 200
"""References in one SUM; Excel takes 255."""


def sum_of(rows: Sequence[int], column: int, function: str = "SUM") -> str:
    """SUM over some rows of a column: whole ranges where rows follow one another."""
    name = xl_col_to_name(column)
    spans = [
        f"{name}{first + 1}:{name}{last + 1}" if last > first else f"{name}{first + 1}"
        for first, last in runs(rows)
    ]
    parts = [spans[start : start + ARGUMENTS] for start in range(0, len(spans), ARGUMENTS)]
    return "+".join(f"{function}({','.join(part)})" for part in parts) or "0"


def runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of rows without a gap."""
    first = last = -2
    for row in rows:
        if row != last + 1:
            if first >= 0:
                yield first, last
            first = row
        last = row
    if first >= 0:
        yield first, last
