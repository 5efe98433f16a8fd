"""Charts drawn on the server as SVG: sizes are attributes, colours are classes, so that dark mode,
print and a strict content policy all work. A missing value is a gap, never a zero."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaign.portal.figures import NOTHING, as_decimal, delta, num, pct

NOTHING_DRAWN = SafeString("")
# Percent of plan, as the five colours from far behind to done.
LEVELS = ((100, 5), (90, 4), (80, 3), (60, 2))


def known(value: Any) -> float | None:
    """The number, or nothing: text, infinities and "not a number" draw nothing."""
    number = as_decimal(value)
    return None if number is None else float(number)


def fixed(number: float) -> str:
    """A coordinate: one decimal and a point, whatever the person's language writes."""
    return f"{number:.1f}".removesuffix(".0")


def share(value: float, whole: float) -> float:
    """Percent of the whole, kept between 0 and 100."""
    return max(0.0, min(100.0, 100 * value / whole)) if whole > 0 else 0.0


def spoken(label: str) -> SafeString:
    """How a screen reader meets the picture: by its sentence, or not at all."""
    if not label:
        return SafeString('aria-hidden="true"')
    return format_html('role="img" aria-label="{}"', label)


# --- Small ones, inside tiles and tables -------------------------------------------------------


def bar(
    value: Any, maximum: Any = 100, target: Any = None, *, low: bool = False, label: str = ""
) -> SafeString:
    """A bullet bar: track, value, and a tick where one should be by now."""
    number, whole, aim = known(value), known(maximum) or 0.0, known(target)
    drawn = NOTHING_DRAWN
    if number is not None:
        width = f"{fixed(share(number, whole))}%" if number > 0 else "1.5"
        drawn = format_html('<rect class="v" width="{}" height="8" rx="2"/>', width)
    tick = NOTHING_DRAWN
    if aim is not None:
        tick = format_html(
            '<rect class="g" x="{}%" y="-3" width="2" height="14"/>',
            fixed(min(share(aim, whole), 99.2)),
        )
    return format_html(
        '<svg class="bar{}" width="100%" height="8" {}>'
        '<rect class="k" width="100%" height="8" rx="2"/>{}{}</svg>',
        " low" if low else "",
        spoken(label),
        drawn,
        tick,
    )


def stack(parts: Iterable[Mapping[str, Any]], *, label: str = "", css: str = "") -> SafeString:
    """Shares of a whole side by side. Parts: ``value``, ``label``, ``css`` (h1-h5, 1-6, none)."""
    counted = [(known(part["value"]) or 0.0, part) for part in parts]
    whole = sum(max(number, 0.0) for number, _part in counted)
    rects, start = [], 0.0
    for number, part in counted:
        if number > 0:
            width = share(number, whole)
            words = f"{part.get('label', '')}: {num(part['value'])}"
            rects.append((part.get("css", "1"), fixed(start), fixed(width), words))
            start += width
    return format_html(
        '<svg class="{}" width="100%" height="8" {}>{}</svg>',
        f"stack {css}".strip(),
        spoken(label),
        format_html_join(
            "",
            '<rect class="f-{}" x="{}%" width="{}%" height="100%" rx="2"><title>{}</title></rect>',
            rects,
        )
        or SafeString('<rect class="f-none" width="100%" height="100%" rx="2"/>'),
    )


def runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The unbroken stretches of a line: a gap ends one and starts the next."""
    stretches: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is not None:
            stretches[-1].append(point)
        elif stretches[-1]:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def path(points: Sequence[tuple[float, float] | None]) -> str:
    return "".join(
        "M" + "L".join(f"{fixed(x)} {fixed(y)}" for x, y in stretch) for stretch in runs(points)
    )


def sparkline(values: Iterable[Any], *, label: str = "") -> SafeString:
    """How it went, without numbers: 76 by 24, a dot on the latest value."""
    numbers = [known(value) for value in values]
    present = [number for number in numbers if number is not None]
    if len(present) < 2:
        return NOTHING_DRAWN
    least, most = min(present), max(present)
    step, height = 70 / (len(numbers) - 1), (most - least) or 1.0
    points = [
        None
        if n is None
        else (2 + i * step, 21 - 17 * (n - least) / height if most > least else 12.0)
        for i, n in enumerate(numbers)
    ]
    x, y = next(point for point in reversed(points) if point)
    return format_html(
        '<svg class="spark" viewBox="0 0 76 24" {}><path d="{}"/>'
        '<circle cx="{}" cy="{}" r="2.3"/></svg>',
        spoken(label),
        path(points),
        fixed(x),
        fixed(y),
    )


# --- The line against its plan -----------------------------------------------------------------


@dataclass(frozen=True)
class Frame:
    """A drawing surface: its size, and the box inside the axes."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    top_value: float
    count: int

    def x(self, index: int) -> float:
        return self.left + (self.right - self.left) * (
            index / (self.count - 1) if self.count > 1 else 0.5
        )

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.top_value

    def points(self, numbers: Sequence[float | None]) -> list[tuple[float, float] | None]:
        return [None if n is None else (self.x(i), self.y(n)) for i, n in enumerate(numbers)]


def round_step(most: float, wanted: int = 4) -> float:
    """A step that people count in: 1, 2, 2.5 or 5 times a power of ten."""
    if most <= 0:
        return 1.0
    rough = most / wanted
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999)
    return max(step, 1.0) if most >= wanted else step


def grid(frame: Frame, step: float) -> SafeString:
    values = [i * step for i in range(round(frame.top_value / step) + 1)]
    digits = 0 if step == int(step) else 1
    return format_html_join(
        "",
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="e" x="{}" y="{}">{}</text>',
        (
            (
                "gl" if value else "g0",
                fixed(frame.left),
                fixed(frame.right),
                fixed(frame.y(value)),
                fixed(frame.y(value)),
                fixed(frame.left - 7),
                fixed(frame.y(value) + 4),
                num(value, digits),
            )
            for value in values
        ),
    )


def axis(frame: Frame, labels: Sequence[str], room: int) -> SafeString:
    """The names under the axis; where they would touch, every second or third, and the last."""
    every = max(1, math.ceil(len(labels) / room))
    last = len(labels) - 1
    shown = [i for i in range(len(labels)) if i == last or (i % every == 0 and last - i >= every)]
    return format_html_join(
        "",
        '<text class="m" x="{}" y="{}">{}</text>',
        ((fixed(frame.x(i)), fixed(frame.bottom + 18), labels[i]) for i in shown),
    )


def marks(frame: Frame, markers: Iterable[tuple[int, str]]) -> SafeString:
    """Breaks in the series: a dotted line with the reason beside it."""
    return format_html_join(
        "",
        '<line class="mk" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="an" x="{}" y="{}">{}</text>',
        (
            (
                fixed(frame.x(index)),
                fixed(frame.x(index)),
                fixed(frame.top - 4),
                fixed(frame.bottom),
                fixed(frame.x(index) + 5),
                fixed(frame.top + 5),
                words,
            )
            for index, words in markers
            if 0 <= index < frame.count
        ),
    )


def area(frame: Frame, points: Sequence[tuple[float, float] | None]) -> str:
    floor = fixed(frame.bottom)
    return "".join(
        f"{path(stretch)}L{fixed(stretch[-1][0])} {floor}L{fixed(stretch[0][0])} {floor}Z"
        for stretch in runs(points)
        if len(stretch) > 1
    )


def dots(points: Sequence[tuple[float, float] | None]) -> SafeString:
    present = [point for point in points if point]
    return format_html_join(
        "",
        '<circle class="dot" cx="{}" cy="{}" r="{}"/>',
        (
            (fixed(x), fixed(y), "4" if i == len(present) - 1 else "2.4")
            for i, (x, y) in enumerate(present)
        ),
    )


def last_of(numbers: Sequence[float | None]) -> tuple[int, float] | None:
    return next(((i, n) for i, n in reversed(list(enumerate(numbers))) if n is not None), None)


def end_labels(
    frame: Frame, lines: Sequence[tuple[str, str, Sequence[float | None]]]
) -> SafeString:
    """The name and last value of each line at its end, pushed apart where they would overlap."""
    ends = sorted(
        (frame.y(found[1]), css, name, found[1])
        for css, name, numbers in lines
        if (found := last_of(numbers))
    )
    lowest, placed = frame.top - 4, []
    for height, css, name, value in ends:
        lowest = max(height - 2, lowest)
        placed.append((lowest, css, name, value))
        lowest += 31
    overflow = max(0.0, lowest - 31 + 15 - (frame.bottom + 4))
    return format_html_join(
        "",
        '<text class="lb {}" x="{}" y="{}">{}</text><text class="lbn {}" x="{}" y="{}">{}</text>',
        (
            (
                css,
                fixed(frame.right + 9),
                fixed(y - overflow),
                name,
                css,
                fixed(frame.right + 9),
                fixed(y - overflow + 14),
                num(value),
            )
            for y, css, name, value in placed
        ),
    )


def line_chart(
    labels: Sequence[str],
    actual: Sequence[Any],
    plan: Sequence[Any] | None = None,
    *,
    title: str,
    markers: Iterable[tuple[int, str]] = (),
    previous: Sequence[Any] | None = None,
    names: tuple[str, str, str] | None = None,
    size: str = "medium",
) -> SafeString:
    """What was done against what was planned, over time; drawn twice, for a desk and for a phone.

    ``markers`` are pairs of a label's index and words ("01/7: provinces merged"). ``names`` are the
    words for actual, plan and previous. ``size``: ``medium`` (a card) or ``large`` (a whole page).
    """
    series = {
        "actual": [known(value) for value in actual],
        "plan": [known(value) for value in plan or ()],
        "previous": [known(value) for value in previous or ()],
    }
    words = names or (_("Actual"), _("Plan"), _("Previous"))
    width, height = (1080.0, 280.0) if size == "large" else (690.0, 224.0)
    wide = one_line_chart(labels, series, words, list(markers), title, width, height, room=13)
    narrow = one_line_chart(labels, series, words, list(markers), title, 356.0, 210.0, room=5)
    return format_html('<div class="only-d">{}</div><div class="only-m">{}</div>', wide, narrow)


def one_line_chart(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    words: tuple[str, str, str],
    markers: list[tuple[int, str]],
    title: str,
    width: float,
    height: float,
    room: int,
) -> SafeString:
    present = [n for numbers in series.values() for n in numbers if n is not None]
    step = round_step(max(present, default=0))
    top_value = step * max(1, math.ceil(max(present, default=0) / step - 1e-9))
    frame = Frame(width, height, 46, width - 88, 14, height - 24, top_value, len(labels))
    actual = frame.points(series["actual"])
    lines = [
        ("k1", words[0], series["actual"]),
        ("k0", words[1], series["plan"]),
        ("kp", words[2], series["previous"]),
    ]
    return format_html(
        '<svg class="ch" viewBox="0 0 {} {}" {}>{}{}{}<path class="area" d="{}"/>'
        '<path class="prev" d="{}"/>'
        '<path class="plan" d="{}"/><path class="act" d="{}"/>{}{}</svg>',
        fixed(width),
        fixed(height),
        spoken(title),
        grid(frame, step),
        axis(frame, labels, room),
        marks(frame, markers),
        area(frame, actual),
        path(frame.points(series["previous"])),
        path(frame.points(series["plan"])),
        path(actual),
        dots(actual),
        end_labels(frame, lines),
    )


# --- Rows of bars ------------------------------------------------------------------------------

ROW = 26


@dataclass(frozen=True)
class Room:
    """How rows of bars divide a card: names end, everything ends, letters a name may have."""

    names: int
    end: int
    longest: int

    def short(self, label: Any) -> str:
        """A name cut to the room beside a bar; the table under the chart has it whole."""
        text = str(label)
        return text if len(text) <= self.longest else f"{text[: self.longest - 1].rstrip(' ,')}…"


#: a card of half a page, and one of a side column
ROOMS = {"wide": Room(190, 560, 27), "narrow": Room(150, 340, 21)}


def rows_chart(
    title: str, count: int, drawn: SafeString, room: Room, *, has_links: bool = False
) -> SafeString:
    """The drawing around rows. With links inside it is a group, so that each can be reached."""
    role = format_html('role="group" aria-label="{}"', title) if has_links else spoken(title)
    return format_html(
        '<svg class="ch" viewBox="0 0 {} {}" {}>{}</svg>', room.end, count * ROW, role, drawn
    )


def linked(url: str | None, inside: SafeString) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, inside) if url else inside


def ranked_bars(
    rows: Sequence[Mapping[str, Any]],
    *,
    title: str,
    maximum: Any = 100,
    target: Any = None,
    size: str = "wide",
) -> SafeString:
    """One bar a row, as ranked. Rows: ``label``, ``value``; optional ``url``, ``low``, ``text``."""
    card = ROOMS[size]
    whole, aim, room = known(maximum) or 0.0, known(target), card.end - card.names - 70.0
    drawn = []
    for index, row in enumerate(rows):
        number, y = known(row["value"]), index * ROW
        value = NOTHING_DRAWN
        if number is not None:
            value = format_html(
                '<rect class="{}" x="{}" y="{}" width="{}" height="10" rx="2"/>',
                "low" if row.get("low") else "v",
                card.names,
                y + 8,
                fixed(max(1.5, room * share(number, whole) / 100)),
            )
        inside = format_html(
            '<text class="nm" x="0" y="{}">{}</text>'
            '<rect class="k" x="{}" y="{}" width="{}" height="10" rx="2"/>'
            '{}<text class="vl e" x="{}" y="{}">{}</text>',
            y + 17,
            card.short(row["label"]),
            card.names,
            y + 8,
            fixed(room),
            value,
            card.end,
            y + 17,
            row.get("text") or (pct(number) if number is not None else NOTHING),
        )
        drawn.append((linked(row.get("url"), inside),))
    tick = NOTHING_DRAWN
    if aim is not None and rows:
        tick = format_html(
            '<rect class="tg" x="{}" y="3" width="1.5" height="{}"/>',
            fixed(card.names + room * share(aim, whole) / 100),
            len(rows) * ROW - 6,
        )
    picture = format_html("{}{}", format_html_join("", "{}", drawn), tick)
    has_links = any(row.get("url") for row in rows)
    return rows_chart(title, len(rows), picture, card, has_links=has_links)


def split_bars(rows: Sequence[Mapping[str, Any]], *, title: str) -> SafeString:
    """How each row divides among the same parts. Rows: ``label``, ``parts`` (value, label, css)."""
    card = ROOMS["wide"]
    drawn, room = [], float(card.end - card.names)
    for index, row in enumerate(rows):
        y, start = index * ROW, float(card.names)
        counted = [(known(part["value"]) or 0.0, part) for part in row["parts"]]
        whole = sum(max(number, 0.0) for number, _part in counted)
        pieces = []
        for number, part in counted:
            if number > 0:
                width = room * share(number, whole) / 100
                words = f"{part['label']}: {num(part['value'])} ({pct(share(number, whole))})"
                pieces.append(
                    (part.get("css", "1"), fixed(start), y + 6, fixed(max(width - 1.5, 0.5)), words)
                )
                start += width
        drawn.append(
            (
                y + 17,
                card.short(row["label"]),
                format_html_join(
                    "",
                    '<rect class="f-{}" x="{}" y="{}" width="{}" height="14" rx="2">'
                    "<title>{}</title></rect>",
                    pieces,
                )
                or format_html(
                    '<text class="an" x="{}" y="{}">{}</text>', card.names, y + 17, NOTHING
                ),
            )
        )
    picture = format_html_join("", '<text class="nm" x="0" y="{}">{}</text>{}', drawn)
    return rows_chart(title, len(rows), picture, card)


def gap_bars(
    rows: Sequence[Mapping[str, Any]], *, title: str, average: Any, size: str = "wide"
) -> SafeString:
    """How far each group stands from everybody: bars to the left are behind.

    A row has ``label``, ``value`` in percent, perhaps ``text``; beside it the difference in points.
    """
    card = ROOMS[size]
    middle_value = known(average)
    gaps = [
        None
        if middle_value is None or (value := known(row["value"])) is None
        else value - middle_value
        for row in rows
    ]
    most = max((abs(gap) for gap in gaps if gap is not None), default=0) or 1.0
    middle, half = (card.names + card.end - 110) / 2, (card.end - 110 - card.names) / 2
    drawn = []
    for index, (row, gap) in enumerate(zip(rows, gaps, strict=True)):
        y, box = index * ROW, NOTHING_DRAWN
        if gap is not None:
            width = max(1.5, half * abs(gap) / most)
            box = format_html(
                '<rect class="{}" x="{}" y="{}" width="{}" height="10" rx="2"/>',
                "low" if gap < 0 else "v",
                fixed(middle - width if gap < 0 else middle),
                y + 8,
                fixed(width),
            )
        value = known(row["value"])
        drawn.append(
            (
                y + 17,
                card.short(row["label"]),
                box,
                card.end - 56,
                y + 17,
                NOTHING if value is None else row.get("text") or pct(value),
                card.end,
                y + 17,
                delta(gap),
            )
        )
    bars = format_html_join(
        "",
        '<text class="nm" x="0" y="{}">{}</text>{}<text class="an e" x="{}" y="{}">{}</text>'
        '<text class="vl e" x="{}" y="{}">{}</text>',
        drawn,
    )
    line = format_html(
        '<rect class="tg" x="{}" y="3" width="1.5" height="{}"/>',
        fixed(middle - 0.75),
        max(len(rows) * ROW - 6, 0),
    )
    return rows_chart(title, len(rows), format_html("{}{}", bars, line), card)


# --- Every unit at once ------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One unit's square: percent of plan, and why the figure is old or absent, in words."""

    label: str
    url: str
    value: Any
    missing: str = ""

    @property
    def level(self) -> int:
        """The colour, 1 (far behind) to 5 (done); 0 when there is nothing to show."""
        number = known(self.value)
        if number is None:
            return 0
        return next((level for least, level in LEVELS if number >= least), 1)

    @property
    def text(self) -> str:
        """Rounded down, so that the number never contradicts the colour."""
        number = known(self.value)
        return NOTHING if number is None else num(math.floor(number))

    @property
    def words(self) -> str:
        number = known(self.value)
        figure = _("no figures yet") if number is None else pct(math.floor(number * 10) / 10)
        return f"{self.label}: {figure}" + (f", {self.missing}" if self.missing else "")
