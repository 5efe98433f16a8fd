"""How numbers, changes and lists are put into words, in the language of the text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from campaign.portal.figures import num, pct
from reporting.phrases.phrase import Segment, Text
from units.models import Unit

TERRITORIES = {Unit.Level.PROVINCE, Unit.Level.COMMUNE, Unit.Level.HAMLET}
SMALL = 100
"""Below this a count is always written out."""

Value = int | Decimal


def step_of(value: int) -> int:
    """The step a count is rounded down to: two leading digits, ones below a hundred."""
    return 1 if value < SMALL else int(10 ** (len(str(value)) - 2))


def over(value: int, *, is_bound: bool, step: int = 0) -> str:
    """A count rounded down: "over 52,000"; as it is when it is exact and round.

    ``is_bound``: a record says "at least", so that even the round number is a lower bound.
    """
    step = step or step_of(value)
    rounded = value - value % step
    if not rounded or (rounded == value and not is_bound):
        return num(value)
    return _("over %(number)s") % {"number": num(rounded)}


def about(value: int, *, is_bound: bool, step: int = 0) -> str:
    """A count in round words: "nearly 8,000" within a tenth of the next step, else "over"."""
    step = step or step_of(value)
    missing = -value % step
    if is_bound or not missing or missing * 10 > step:
        return over(value, is_bound=is_bound, step=step)
    return _("nearly %(number)s") % {"number": num(value + missing)}


def plain(value: Value, sign: str = "") -> str:
    """A number as it is: a count, a percentage, a rate."""
    if sign == "%":
        is_whole = value == int(value)
        return pct(value, 0 if is_whole else 1)
    is_whole = value == int(value)
    return num(value, 0 if is_whole else 1) + sign


def moved(now: Value, before: Value) -> tuple[str, Decimal]:
    """How a number changed against another that is not zero: words, and the change in percent."""
    change = Decimal(100) * (Decimal(now) - Decimal(before)) / Decimal(before)
    shown = plain(round(abs(change), 1), "%")
    if not change:
        return _("unchanged"), change
    words = _("up %(share)s") if change > 0 else _("down %(share)s")
    return words % {"share": shown}, change


def from_to(now: Value, before: Value) -> tuple[str, str]:
    """Words before each number of a change: "from" 30 "to" 150."""
    up, down = pgettext("change", "up to"), pgettext("change", "down to")
    return pgettext("change", "from") + " ", f" {up if now > before else down} "


def none(is_known: bool) -> str:
    """Why there is no number: it did not happen, or nobody recorded anything."""
    return _("taken place") if is_known else _("been recorded")


def no_figure() -> str:
    """What stands for a number nobody knows, beside numbers that are known."""
    return _("(no figure)")


def others(count: int) -> str:
    """How many of a list are not named."""
    words = ngettext("%(count)s other", "%(count)s others", count)
    return words % {"count": num(count)}


def lowered(words: str) -> str:
    """Words inside a sentence: abbreviations and names keep their capitals."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def unit_name(name: str, level: str, language: str) -> str:
    """A unit inside a sentence: Vietnamese writes xã An Hoà, but Sở Giáo dục và Đào tạo."""
    return lowered(name) if language == "vi" and level in TERRITORIES else name


def whole(kind: str, level: str) -> str:
    """All of a unit: "the whole province", "the whole ward"."""
    by_kind = {
        Unit.Kind.CITY: _("the whole city"),
        Unit.Kind.WARD: _("the whole ward"),
        Unit.Kind.SPECIAL_ZONE: _("the whole special zone"),
        Unit.Kind.TOWNSHIP: _("the whole township"),
    }
    by_level = {
        Unit.Level.PROVINCE: _("the whole province"),
        Unit.Level.COMMUNE: _("the whole commune"),
        Unit.Level.HAMLET: _("the whole hamlet"),
        Unit.Level.DEPARTMENT: _("the whole sector"),
    }
    return by_kind.get(kind) or by_level.get(level) or _("the whole unit")  # type: ignore[call-overload, no-any-return]


def as_of(day: date) -> str:
    """The day a number stands for, behind it."""
    return _("(as of %(day)s)") % {"day": f"{day:%d/%m/%Y}"}


def listed(pieces: Sequence[Sequence[Segment]]) -> list[Segment]:
    """Pieces as a list in words: "a, b and c"."""
    found: list[Segment] = []
    for at, piece in enumerate(pieces):
        if at:
            found.append(Text(" " + _("and") + " " if at == len(pieces) - 1 else ", "))
        found += piece
    return found
