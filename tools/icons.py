"""Build ``static/icons.svg`` (one sprite) from the ``lucide`` package, and the ornament beside it.

Run ``python tools/icons.py`` after adding a name to ``ICONS``. A page shows one with
``{% icon "name" %}``; a name that is not in the sprite is refused there.
"""

import re
from math import cos, pi, sin
from pathlib import Path

import lucide

STATIC = Path(__file__).resolve().parent.parent / "static"
ICONS = """
accessibility activity archive arrow-down arrow-left arrow-right arrow-up arrow-up-down award
badge-check ban bell book-open bookmark briefcase building-2 calendar calendar-check
calendar-clock calendar-days calendar-plus calendar-x camera chart-column chart-line check
chevron-down chevron-left chevron-right chevron-up chevrons-left chevrons-right circle
circle-alert circle-check circle-dot circle-minus circle-plus circle-question-mark circle-x
clipboard clipboard-check clipboard-list clock cloud-off columns-3 copy corner-down-right database
door-open download ellipsis ellipsis-vertical external-link eye eye-off file-down file-spreadsheet
file-text file-up files flag folder funnel gauge git-branch git-merge globe graduation-cap
grid-3x3 hand-helping handshake hash heart-handshake history house id-card image import inbox info
key-round keyboard landmark layers layout-dashboard lightbulb link list list-checks list-filter
list-tree loader-circle lock lock-open log-in log-out mail map map-pin medal megaphone menu merge
message-square minus monitor moon move network package paperclip pause pencil percent phone play
plus presentation printer qr-code radio redo-2 refresh-cw rotate-cw save scale school search send
server settings share-2 shield shield-check sigma sliders-horizontal smartphone split square-check
star store sun sun-moon table tag tags target timer trash-2 trending-down trending-up
triangle-alert undo-2 upload user user-check user-plus user-x users users-round wifi wifi-off
workflow wrench x zap
"""
LICENSE = """icons.svg is built from Lucide (https://lucide.dev), under the ISC License:

Copyright (c) for portions of Lucide are held by Cole Bemis 2013-2022 as part of Feather (MIT).
All other copyright (c) for Lucide are held by Lucide Contributors 2022.

Permission to use, copy, modify, and/or distribute this software for any purpose with or without
fee is hereby granted, provided that the above copyright notice and this permission notice appear
in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS
SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE
AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT,
NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE
OF THIS SOFTWARE.

ornament.svg (the drum face and the placeholder emblem) is the portal's own drawing.
"""


def symbol(name: str) -> str:
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", lucide._render_icon(name, None), re.DOTALL)
    inner = re.sub(r">\s+<", "><", drawing[1].strip()).replace(" />", "/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


def at(radius: float, turn: float) -> str:
    """The point at this distance from the centre, after this part of a full turn."""
    x, y = 200 + radius * cos(2 * pi * turn), 200 + radius * sin(2 * pi * turn)
    return f"{x:.1f} {y:.1f}".replace(".0", "")


def zigzag(count: int, inner: float, outer: float) -> str:
    points = [at((inner, outer)[i % 2], i / count / 2) for i in range(count * 2)]
    return f"M{'L'.join(points)}Z"


def diamonds(count: int, inner: float, outer: float) -> str:
    middle, half = (inner + outer) / 2, 0.42 / count
    return "".join(
        f"M{at(outer, i / count)}L{at(middle, i / count + half)}L{at(inner, i / count)}"
        f"L{at(middle, i / count - half)}Z"
        for i in range(count)
    )


def dots(count: int, radius: float, size: float) -> str:
    return "".join(
        f'<circle cx="{x}" cy="{y}" r="{size}"/>'
        for x, y in (at(radius, i / count).split() for i in range(count))
    )


def drum() -> str:
    """Rings of a bronze drum's face: a star, dots, teeth, diamonds, teeth, ticks."""
    rings = "".join(
        f'<circle cx="200" cy="200" r="{r}"/>'
        for r in (50, 54, 76, 80, 108, 112, 146, 150, 182, 186, 196)
    )
    ticks = "".join(f"M{at(187, i / 120)}L{at(195, i / 120)}" for i in range(120))
    return (
        '<symbol id="drum" viewBox="0 0 400 400"><g fill="none" stroke="currentColor" '
        'stroke-width="1.3">'
        f'<path fill="currentColor" stroke="none" d="{zigzag(14, 20, 44)}"/>'
        f"{rings}{dots(24, 65, 3.6)}"
        f'<path d="{zigzag(36, 82, 105)}{diamonds(36, 118, 142)}{zigzag(60, 153, 180)}{ticks}"/>'
        f"{dots(36, 130, 2.2)}</g></symbol>"
    )


def emblem() -> str:
    """A star in a ring: holds the place until the agency gives its own emblem."""
    star = "L".join(
        f"{20 + r * sin(2 * pi * i / 10):.2f} {20 - r * cos(2 * pi * i / 10):.2f}"
        for i, r in enumerate([9, 3.7] * 5)
    )
    return (
        '<symbol id="emblem" viewBox="0 0 40 40">'
        '<circle cx="20" cy="20" r="19" fill="#c9151b" stroke="#f0d48a" stroke-width="1.6"/>'
        '<circle cx="20" cy="20" r="16.1" fill="none" stroke="#f0d48a" stroke-width="1.8" '
        'stroke-dasharray="1 3.215"/>'
        '<circle cx="20" cy="20" r="13.6" fill="none" stroke="#f0d48a" stroke-width=".8"/>'
        f'<path d="M{star}Z" fill="#ffd84d"/></symbol>'
    )


def favicon() -> str:
    drawing = emblem().removeprefix('<symbol id="emblem"').removesuffix("</symbol>")
    return f'<svg xmlns="http://www.w3.org/2000/svg"{drawing}</svg>\n'


def sprite(*symbols: str) -> str:
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


if __name__ == "__main__":
    (STATIC / "icons.svg").write_text(sprite(*map(symbol, ICONS.split())))
    (STATIC / "ornament.svg").write_text(sprite(drum(), emblem()))
    (STATIC / "favicon.svg").write_text(favicon())
    (STATIC / "icons.LICENSE.txt").write_text(LICENSE)
    print(f"{len(ICONS.split())} icons")
