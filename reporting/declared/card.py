"""What the dashboard of a unit says of declared figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.periods import Period, today
from campaign.portal.access import Access
from campaign.portal.figures import num
from reporting.declared.sums import Amount, Line, lines
from reporting.targets.plans import Plan
from reporting.targets.reading import measured, targets_for
from units.models import Unit

NAMED = 3
"""Sources that are told; of more, how many there are."""


def amount_in_words(line: Line, amount: Amount | None) -> str:
    """An amount with its unit of measure; a rate with what it was worked out from."""
    return line.indicator.in_words(amount.value, amount.denominator) if amount else ""


def sources(amount: Amount | None, *, is_own: bool) -> list[dict[str, Any]]:
    """The sources of an amount, each with the periods it was given for."""
    if amount is None:
        return []
    found: dict[str, dict[str, str]] = {}
    for figure in amount.figures:
        periods = found.setdefault(figure.source, {})
        url = figure.get_absolute_url() if is_own else ""
        periods.setdefault(str(figure.days_meant.label), url)
    told: list[dict[str, Any]] = [
        {"text": text, "periods": list(periods.items())} for text, periods in found.items()
    ]
    more = len(told) - NAMED
    if more > 0:
        words = ngettext("and %(n)s more source", "and %(n)s more sources", more)
        told = [*told[:NAMED], {"text": words % {"n": num(more)}, "periods": []}]
    return told


def card(unit: Unit, period: Period, access: Access) -> dict[str, Any]:
    """The rows of the card: own and summed amounts in words, how many declared, and the sources."""
    found = lines(unit, period, access)
    aims = aims_of(unit, [line.indicator.code for line in found], period, access)
    rows = [
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
            "plan": aims.get(line.indicator.code),
        }
        for line in found
    ]
    has_beneath = any(row["beneath"] or row["expected"] for row in rows)
    return {"rows": rows, "has_beneath": has_beneath, "has_plans": bool(aims)}


def aims_of(unit: Unit, codes: Sequence[str], period: Period, access: Access) -> dict[str, Plan]:
    """How the unit stands beside its targets for what is declared."""
    if not codes:
        return {}
    found = targets_for([unit], codes, period, access=access)
    as_of = min(period.end, today())
    reached = measured(found.values(), access=access, as_of=as_of)
    return {one.target.indicator: Plan(one) for one in reached}
