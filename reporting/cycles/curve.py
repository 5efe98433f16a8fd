"""How reports of a cycle came in, day by day, against the deadline: drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.portal.charts import NOTHING_DRAWN, fixed, path, spoken
from campaign.portal.figures import num

HEIGHT = 62.0
LEFT, TOP, BOTTOM = 4.0, 6.0, 47.0
#: where the line ends on a desk and on a phone; the words beside it need as much again
RIGHT, NARROW, BESIDE = 540.0, 240.0, 100.0
MOST_DAYS = 120
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Curve:
    """How many units had submitted by the end of each day."""

    first: date
    counts: tuple[int, ...]
    whole: int
    due: date
    right: float = RIGHT

    @classmethod
    def of(
        cls, submitted: Sequence[date], *, whole: int, first: date, due: date, today: date
    ) -> Curve:
        """The curve from the day after the cut-off, or the first report, until nobody is missing."""
        last = today
        if len(submitted) >= whole:
            last = min(today, max([due, *submitted]))
        last = max(last, first)
        start = max(min([first, *submitted]), last - MOST_DAYS * ONE_DAY)
        days = max((last - start).days, 0)
        counts = tuple(
            sum(day <= start + number * ONE_DAY for day in submitted) for number in range(days + 1)
        )
        return cls(start, counts, whole, due)

    @property
    def last(self) -> date:
        """The last day of the curve."""
        return self.first + (len(self.counts) - 1) * ONE_DAY

    def on(self, day: date) -> int:
        """How many had submitted by the end of a day."""
        index = min((day - self.first).days, len(self.counts) - 1)
        return self.counts[index] if index >= 0 else 0

    # --- drawing --------------------------------------------------------------------------

    @property
    def end(self) -> date:
        """The right edge: the deadline while it is to come, the last day afterwards."""
        return max(self.last, self.due)

    def x(self, day: date) -> float:
        """Where a day lies."""
        span = max((self.end - self.first).days, 1)
        return LEFT + (self.right - LEFT) * (day - self.first).days / span

    def y(self, count: int) -> float:
        """How high a count lies."""
        return BOTTOM - (BOTTOM - TOP) * count / max(self.whole, 1)

    def draw(self) -> SafeString:
        """The picture, for a desk and for a phone."""
        return format_html(
            '<div class="only-d">{}</div><div class="only-m">{}</div>',
            self._drawn(), replace(self, right=NARROW)._drawn(),
        )  # fmt: skip

    def _drawn(self) -> SafeString:
        """One picture, with the sentence a screen reader says instead."""
        points = [
            (self.x(self.first + number * ONE_DAY), self.y(count))
            for number, count in enumerate(self.counts)
        ]
        line = path(points)
        x, y = points[-1]
        label = _("Units that had submitted, by day: %(count)s of %(whole)s") % {
            "count": num(self.counts[-1]), "whole": num(self.whole),
        }  # fmt: skip
        return format_html(
            '<svg class="ch curve" viewBox="0 0 {} {}" {}>'
            '<line class="mk" x1="{}" x2="{}" y1="{}" y2="{}"/>'
            '<line class="g0" x1="{}" x2="{}" y1="{}" y2="{}"/>'
            '<path class="area" d="{}L{} {}L{} {}Z"/><path class="act" d="{}"/>'
            '<circle class="dot" cx="{}" cy="{}" r="3.5"/>{}{}{}</svg>',
            fixed(self.right + BESIDE), fixed(HEIGHT), spoken(label),
            fixed(LEFT), fixed(self.right), fixed(TOP), fixed(TOP),
            fixed(LEFT), fixed(self.right), fixed(BOTTOM), fixed(BOTTOM),
            line, fixed(x), fixed(BOTTOM), fixed(LEFT), fixed(BOTTOM), line,
            fixed(x), fixed(y), self._deadline(), self._words(y), self._days(),
        )  # fmt: skip

    def _deadline(self) -> SafeString:
        if self.due < self.first:
            return NOTHING_DRAWN
        x = self.x(self.due)
        words = _("due %(day)s") % {"day": f"{self.due:%d/%m}"}
        if self.due <= self.last:
            words = _("due %(day)s: %(count)s") % {
                "day": f"{self.due:%d/%m}", "count": num(self.on(self.due)),
            }  # fmt: skip
        is_left = x > 120
        return format_html(
            '<line class="dl" x1="{}" x2="{}" y1="2" y2="{}"/>'
            '<text class="dlt{}" x="{}" y="{}">{}</text>',
            fixed(x), fixed(x), fixed(BOTTOM), " e" if is_left else "",
            fixed(x - 6 if is_left else x + 6), self._clear_of_line(), words,
        )  # fmt: skip

    def _clear_of_line(self) -> int:
        """Above a low curve, below a high one."""
        return 16 if self.y(self.on(self.due)) > (TOP + BOTTOM) / 2 else 41

    def _words(self, y: float) -> SafeString:
        whole = ngettext("%(count)s unit", "%(count)s units", self.whole) % {
            "count": num(self.whole)
        }
        now = _("%(count)s by now") % {"count": num(self.counts[-1])}
        lower = max(y + 12, 25.6) if self.counts[-1] else BOTTOM
        return format_html(
            '<text x="{}" y="10">{}</text><text class="k1 lb" x="{}" y="{}">{}</text>',
            fixed(self.right + 8), whole, fixed(self.right + 8), fixed(min(lower, BOTTOM)), now,
        )  # fmt: skip

    def _days(self) -> SafeString:
        """The first and last day and the deadline under the line, where they do not touch."""
        placed: list[tuple[float, str, str]] = []
        marks = [(self.first, ""), (self.end, " m"), (self.due, " m"), (self._middle(), " m")]
        for day, css in marks:
            x = self.x(day)
            if day < self.first or any(abs(x - other) < 44 for other, _css, _day in placed):
                continue
            placed.append((x, css, f"{day:%d/%m}"))
        return format_html_join(
            "",
            '<text class="{}" x="{}" y="60">{}</text>',
            ((css.strip(), fixed(x), words) for x, css, words in placed),
        )

    def _middle(self) -> date:
        return self.first + timedelta(days=(self.end - self.first).days // 2)
