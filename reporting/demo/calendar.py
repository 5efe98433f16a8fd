"""When things happened: growing over the months, busy in autumn, quiet at Tết and on Sundays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random

from campaign.periods import Kind, Period, Scheme

SPAN = timedelta(days=730)
LAST_WEEKS = 42
#: how much happens in a month, beside the average
SEASON = (0.9, 0.45, 0.95, 1.1, 1.0, 1.15, 1.25, 1.2, 1.15, 1.5, 1.2, 1.0)
#: Monday to Sunday
WEEK = (1.0, 1.1, 1.1, 1.1, 1.2, 1.3, 0.35)


@dataclass(frozen=True)
class Calendar:
    """The two years that end today."""

    today: date

    @cached_property
    def start(self) -> date:
        """The first day anything happened."""
        return self.today - SPAN

    @cached_property
    def quiet_from(self) -> date:
        """The first day of the running quarter, in whichever period scheme began it earlier."""
        quarters = (Period.containing(self.today, Kind.QUARTER, scheme) for scheme in Scheme)
        return min(quarter.start for quarter in quarters)

    @cached_property
    def _days(self) -> tuple[list[date], list[float]]:
        days = [self.start + timedelta(days=n) for n in range(SPAN.days + 1)]
        weights = [
            (0.15 + 0.85 * n / SPAN.days)
            * SEASON[day.month - 1]
            * WEEK[day.weekday()]
            * (1.35 if (self.today - day).days < LAST_WEEKS else 1.0)
            for n, day in enumerate(days)
        ]
        return days, list(accumulate(weights))

    def days(self, random: Random, number: int) -> list[date]:
        """So many days on which something happened, in order."""
        days, weights = self._days
        return sorted(random.choices(days, cum_weights=weights, k=number))
