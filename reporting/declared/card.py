"""What the dashboard of a unit says of declared figures."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.periods import Period
from campaign.portal.access import Access
from campaign.portal.figures import num
from reporting.declared.sums import Amount, Line, lines
from units.models import Unit

NAMED = 3
"""Sources that are told; of more, how many there are."""


def amount_in_words(line: Line, amount: Amount | None) -> str:
    """An amount with its unit of measure; a rate with what it was worked out from."""
    return line.indicator.in_words(amount.value, amount.denominator) if amount else ""


def sources(amount: Amount | None, *, is_own: bool) -> list[dict[str, str]]:
    """Periods and sources of an amount; many declarations of one period and source are one."""
    if amount is None:
        return []
    found: dict[tuple[str, str], dict[str, str]] = {}
    for figure in amount.figures:
        period = str(figure.days_meant.label)
        url = figure.get_absolute_url() if is_own else ""
        found.setdefault(
            (period, figure.source), {"period": period, "text": figure.source, "url": url}
        )
    told = list(found.values())
    more = len(told) - NAMED
    if more > 0:
        words = ngettext("%(n)s more source", "%(n)s more sources", more) % {"n": num(more)}
        told = [*told[:NAMED], {"period": _("and"), "text": words, "url": ""}]
    return told


def card(unit: Unit, period: Period, access: Access) -> list[dict[str, Any]]:
    """The rows of the card: own and summed amounts in words, how many declared, and the sources."""
    return [
        {
            "indicator": line.indicator,
            "own": line.own,
            "own_words": amount_in_words(line, line.own),
            "beneath": line.beneath,
            "beneath_words": amount_in_words(line, line.beneath),
            "expected": line.expected,
            "coverage": _("%(n)s of %(m)s units declared")
            % {"n": num(line.declared), "m": num(line.expected)},
            "sources": sources(line.own, is_own=True) or sources(line.beneath, is_own=False),
        }
        for line in lines(unit, period, access)
    ]
