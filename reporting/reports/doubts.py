"""When a figure looks wrong: one set of rules for what is counted and what is declared.

Nothing here reads the database. A doubt never stops anybody; it asks for a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

from django.utils.translation import gettext as _

from campaign.portal.figures import num, pct

TIMES = 3
"""How many times more, or less, than the period before is a jump."""
LEAST = 10
"""Differences smaller than this are no jump: three classes after one are nothing strange."""
ENOUGH = 6
"""How many values a unit must have before its own history says anything."""
KEPT = 12
"""How many of its last values the history of a figure is."""
FAR = Fraction(7, 2)
"""How many spreads from the middle of its history a figure may lie."""
#: the median absolute deviation of a normal spread is this part of its standard deviation
SPREAD = Fraction(14826, 10000)
NARROWEST = Fraction(1, 10)
"""The narrowest spread a history is taken to have, as a part of its middle."""

PER_COMMUNICATION = 464
"""People reached by a communication activity, in the campaign's first published figures."""
PER_CLASS = 71
"""Attendances of a class or support session, in the campaign's first published figures."""

Number = int | Fraction


@dataclass(frozen=True)
class Doubt:
    """One reason to look again: its rule, and what to say to whoever entered the figure."""

    rule: str
    text: str


@dataclass(frozen=True)
class Measured:
    """One figure beside its own past, the latest value first; a rate is in percent."""

    value: Number | None
    #: the period before this one; None where nothing is known of it
    before: Number | None = None
    #: what was there in the periods before, the latest first; unknown ones left out
    history: Sequence[Number] = ()
    is_rate: bool = False
    #: what the rule for differences that are too small to matter is measured with
    least: int = LEAST

    def told(self, number: Number) -> str:
        """A value as people read it."""
        if self.is_rate:
            return pct(float(number))
        return num(float(number), 0 if number == int(number) else 1)


def doubts_about(figure: Measured) -> list[Doubt]:
    """What looks wrong about a figure beside its own past."""
    if figure.value is None:
        return []
    found = [jump(figure) or outlier(figure), still_nothing(figure)]
    return [doubt for doubt in found if doubt]


def jump(figure: Measured) -> Doubt | None:
    """Three times the period before, or a third of it."""
    value, before = figure.value, figure.before
    if value is None or not before:
        return None  # after nothing everything is a jump: the outlier rule looks further back
    now, then = Fraction(value), Fraction(before)
    if abs(now - then) < figure.least:
        return None
    if min(now, then) * TIMES > max(now, then):
        return None
    words = {"now": figure.told(value), "before": figure.told(before)}
    ratio = now / then
    if ratio > 1:
        words["times"] = num(float(ratio), 1)
        text = _("%(now)s is %(times)s times the %(before)s of the period before.")
    else:
        text = _("%(now)s is less than a third of the %(before)s of the period before.")
        if ratio * TIMES == 1:
            text = _("%(now)s is a third of the %(before)s of the period before.")
    return Doubt("jump", text % words)


def outlier(figure: Measured) -> Doubt | None:
    """Far from the unit's own last values, by their median and how far they lie around it."""
    history = [Fraction(one) for one in figure.history[:KEPT]]
    if figure.value is None or len(history) < ENOUGH:
        return None
    middle = median(history)
    if not middle:  # it happens now and then: only far more than ever before is strange
        return outlier_of_rare(figure, max(history))
    around = median([abs(one - middle) for one in history])
    spread = max(around * SPREAD, abs(middle) * NARROWEST)
    distance = abs(Fraction(figure.value) - middle)
    if distance < figure.least or distance <= FAR * spread:
        return None
    return Doubt(
        "outlier",
        _("%(now)s lies far from the last %(count)s values, half of which are around %(usual)s.")
        % {
            "now": figure.told(figure.value),
            "count": num(len(history)),
            "usual": figure.told(middle),
        },
    )


def outlier_of_rare(figure: Measured, most: Number) -> Doubt | None:
    """Three times the most there ever was, of what happens in some periods only."""
    if figure.value is None or not most or figure.value <= most * TIMES:
        return None
    text = _("%(now)s is far more than the most of the periods before (%(most)s).")
    words = {"now": figure.told(figure.value), "most": figure.told(most)}
    return Doubt("outlier", text % words)


def still_nothing(figure: Measured) -> Doubt | None:
    """Zero for the second time, where there used to be something."""
    if figure.value != 0 or figure.before != 0 or not any(figure.history):
        return None
    return Doubt("zero", _("Zero for two periods, after other values before."))


def above(value: int | None, limit: int | None, group: Any) -> Doubt | None:
    """More people (or households) than there are."""
    if value is None or not limit or value <= limit:
        return None
    return Doubt(
        "population",
        _("%(now)s is more than the %(limit)s %(group)s of the unit.")
        % {"now": num(value), "limit": num(limit), "group": group},
    )


def crowded(total: int | None, events: int | None, usual: int, sentence: Any) -> Doubt | None:
    """Far more people a class or an event than the first published figures give."""
    if not total or not events or total <= events * usual * TIMES:
        return None
    words = {"each": num(total / events), "usual": num(usual)}
    return Doubt("crowded", sentence % words)
