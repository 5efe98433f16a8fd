"""Where the printed pages of a form end: never within the rows of one unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaign.portal.workbooks.write import LINE_HEIGHT
from reporting.documents import layout
from reporting.documents.annex_lines import Line, Words

POINTS_IN_MM = 72 / 25.4
POINTS_IN_WIDTH = 6.0
"""One character of width on paper at full size, in the program that draws columns widest."""
SAFE = 0.94
"""The part of a page that is filled: programs differ a little in the heights of rows."""


@dataclass(frozen=True)
class Block:
    """Rows that stay on one page: the first of them, and how tall they are in points."""

    row: int
    height: float


def scale_of(widths: Sequence[float]) -> int:
    """The size in percent at which columns fill a page that lies across."""
    wide = sum(widths) * POINTS_IN_WIDTH
    across = layout.PAPER[1] - layout.MARGIN_LEFT - layout.MARGIN_RIGHT
    return max(min(int(100 * across * POINTS_IN_MM / wide), 100), 10)


def breaks(blocks: Sequence[Block], *, above: float, repeated: float, scale: int) -> list[int]:
    """The rows that begin a page; ``above`` stands over the first, ``repeated`` over the others.

    A block taller than a page is left to break where it must.
    """
    tall = (layout.PAPER[0] - layout.MARGIN_TOP - layout.MARGIN_BOTTOM) * POINTS_IN_MM
    room = tall * 100 / scale * SAFE
    found, used = [], above
    for block in blocks:
        if used + block.height > room and block.height <= room - repeated and used > repeated:
            found.append(block.row)
            used = repeated
        used = (used + block.height) % room if block.height > room else used + block.height
    return found


def together(
    lines: Sequence[Line | Words], heights: Mapping[int, float], below: int
) -> list[Block]:
    """A unit with all its rows, a heading with the unit that follows, the last with what is below."""
    starts = [
        line.row
        for before, line in zip([None, *lines], lines, strict=False)
        if _begins(line) and not (isinstance(before, Words) and before.is_heavy)
    ]
    ends = [*starts[1:], lines[-1].row + below] if lines else []
    return [
        Block(row, sum(heights.get(at, LINE_HEIGHT) for at in range(row, end)))
        for row, end in zip(starts, ends, strict=True)
    ]


def _begins(line: Line | Words) -> bool:
    """Whether a line opens something of its own."""
    if isinstance(line, Words):
        return line.is_heavy
    return bool(line.height) and not line.is_part
