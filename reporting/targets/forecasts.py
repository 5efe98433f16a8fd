"""Where a unit will stand at the end of the period if it goes on as it did: with its arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from campaign.portal.figures import num, pct
from reporting.indicators import Kind
from reporting.targets.progress import Progress, share
from reporting.targets.rules import Basis


@dataclass(frozen=True)
class Forecast:
    """What is to be expected at the end of the period, and the sentence that says why.

    Without ``expected`` there is none, and ``words`` say what keeps it from being one.
    """

    words: str
    expected: int | None = None
    percent: Decimal | None = None

    @property
    def is_enough(self) -> bool | None:
        """Whether the target would be reached; None where nothing is to be expected."""
        return None if self.percent is None else self.percent >= 100


def run_rate(done: int | Decimal, elapsed: int, days: int) -> int:
    """What comes of it in all days, if the days to come are as those that have passed."""
    return int((Decimal(done) * days / elapsed).quantize(Decimal(1)))


def forecast(progress: Progress) -> Forecast:
    """The run rate to the end of the period, where the figure is one that goes on day by day."""
    period, done = progress.period, progress.value
    told: dict[str, Any] = {
        "day": day_of(progress), "elapsed": num(progress.elapsed), "days": num(period.days),
    }  # fmt: skip
    if progress.about.kind in (Kind.STOCK, Kind.RATIO):
        return Forecast(standing(progress))
    if done is None:
        return Forecast(
            _("Nothing was recorded by %(day)s: there is nothing to go on from.") % told
        )
    told |= {"done": num(done), "percent": pct(progress.percent)}
    if progress.elapsed >= period.days:
        return Forecast(
            _("The period ended on %(day)s with %(done)s, %(percent)s of the target.") % told
        )
    if progress.is_early:
        return Forecast(
            _(
                "By %(day)s: %(done)s in %(elapsed)s of %(days)s days. A forecast needs a fifth of the"
                " period."
            )
            % told
        )
    return _to_the_end(progress, done, told)


def _to_the_end(progress: Progress, done: int, told: dict[str, Any]) -> Forecast:
    expected = run_rate(done, progress.elapsed, progress.period.days)
    percent = share(expected, progress.needed)
    told |= {
        "pace": num(Decimal(done) / progress.elapsed, 1), "expected": num(expected),
        "percent": pct(percent),
    }  # fmt: skip
    words = _(
        "By %(day)s: %(done)s in %(elapsed)s of %(days)s days, %(pace)s a day on average → expected"
        " %(expected)s, %(percent)s of the target"
    )
    if progress.about.kind is Kind.DISTINCT:
        words = _(
            "By %(day)s: %(done)s different people in %(elapsed)s of %(days)s days, %(pace)s new ones"
            " a day on average → expected %(expected)s at most, %(percent)s of the target, for people"
            " who come again are counted once"
        )
    return Forecast(words % told, expected, percent)


def standing(progress: Progress) -> str:
    """How a stock or a rate stands: what stands on a day says nothing of another day."""
    told = {
        "day": day_of(progress), "reached": reached_in_words(progress),
        "target": progress.target.in_words, "percent": pct(progress.percent),
    }  # fmt: skip
    if progress.reached is None:
        return _("As of %(day)s: not known; the target is %(target)s.") % told
    return _(
        "As of %(day)s: %(reached)s, %(percent)s of the target (%(target)s). What stands on a day is"
        " not carried forward."
    ) % told  # fmt: skip


def reached_in_words(progress: Progress) -> str:
    """What was reached, with what it was worked out from: "98,0% (100/102)", "812"."""
    if progress.about.is_ratio:
        rate = num(progress.reached, 1) + progress.about.sign
        return f"{rate} ({num(progress.numerator)}/{num(progress.denominator)})"
    if progress.target.is_percent and progress.reached is not None:
        return f"{pct(progress.reached)} ({num(progress.value)}/{num(progress.base)})"
    return num(progress.value)


def reached_in_short(progress: Progress) -> str:
    """What was reached, measured as the target is: "71,8%", "812"."""
    if progress.target.basis == Basis.NUMBER or progress.reached is None:
        return num(progress.reached)
    return num(progress.reached, 1) + (progress.about.sign or "%")


def day_of(progress: Progress) -> str:
    """The day the figures speak of."""
    day: date = progress.as_of
    return f"{day:%d/%m/%Y}"
