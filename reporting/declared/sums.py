"""What declarations say of a unit in a period, by itself and by the units beneath it.

Of one unit: what adds up over time is the sum of the longest declared periods that do not
overlap; anything else is the latest. Of many: a declaration speaks for its unit with all
beneath it, so of units that stand under one another only the topmost counts. Rates are worked
out from summed numerators and denominators.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaign.periods import Period, today
from campaign.portal.access import Access
from campaign.portal.scope import PATH_STEP
from reporting.declared.indicators import DECLARED, DeclaredIndicator
from reporting.declared.rules import LEVELS
from reporting.models import DeclaredFigure
from units.models import Unit


@dataclass(frozen=True)
class Amount:
    """What was declared in all, and by which declarations."""

    value: int
    denominator: int | None
    figures: tuple[DeclaredFigure, ...]


@dataclass(frozen=True)
class Line:
    """One indicator of one unit: declared by itself, and by units beneath it."""

    indicator: DeclaredIndicator
    own: Amount | None
    beneath: Amount | None
    declared: int
    expected: int


def added(figures: Iterable[DeclaredFigure]) -> Amount | None:
    """Declarations added up: values, and denominators beside them."""
    figures = tuple(figures)
    if not figures:
        return None
    bases = [figure.denominator for figure in figures if figure.denominator is not None]
    return Amount(sum(figure.value for figure in figures), sum(bases) if bases else None, figures)


def of_one_unit(
    indicator: DeclaredIndicator, figures: Sequence[DeclaredFigure]
) -> tuple[DeclaredFigure, ...]:
    """The declarations of one unit that make its figure, out of those of a period."""
    if not indicator.adds_up:
        return (max(figures, key=lambda f: (f.ends_on, f.days, f.pk)),) if figures else ()
    taken: list[DeclaredFigure] = []
    for figure in sorted(figures, key=lambda f: (-f.days, f.starts_on, f.pk)):
        if not any(figure.overlaps(other) for other in taken):
            taken.append(figure)
    return tuple(sorted(taken, key=lambda f: f.starts_on))


def topmost(paths: Iterable[str]) -> list[str]:
    """The paths that do not lie below another of them."""
    known = set(paths)
    return sorted(
        path
        for path in known
        if not any(path[:end] in known for end in range(PATH_STEP, len(path), PATH_STEP))
    )


def summed(
    indicator: DeclaredIndicator, by_unit: Mapping[str, Sequence[DeclaredFigure]]
) -> Amount | None:
    """What many units declared together: {path of the unit: its declarations of the period}."""
    return added(
        figure for path in topmost(by_unit) for figure in of_one_unit(indicator, by_unit[path])
    )


def figures_in(unit: Unit, period: Period, access: Access) -> Any:
    """Declarations in view of a unit and all beneath it, for periods that lie in a period."""
    return DeclaredFigure.objects.within(access.view).filter(
        unit__path__gte=unit.path, unit__path__lt=unit.path_end,
        starts_on__gte=period.start, ends_on__lte=period.end,
    ).select_related("unit")  # fmt: skip


def expected_units(unit: Unit, period: Period, access: Access) -> dict[str, str]:
    """{path: level} of the units beneath that may declare and exist at the end of the period."""
    units = Unit.objects.within(access.view).below(unit).exclude(pk=unit.pk)
    found = units.filter(level__in=LEVELS).in_force(min(period.end, today()))
    return dict(found.order_by().values_list("path", "level"))


def lines(unit: Unit, period: Period, access: Access) -> list[Line]:
    """Every indicator declared of a unit in a period, in the order of the official list."""
    by_indicator: dict[str, dict[str, list[DeclaredFigure]]] = defaultdict(dict)
    for figure in figures_in(unit, period, access):
        by_indicator[figure.indicator].setdefault(figure.unit.path, []).append(figure)
    if not by_indicator:
        return []
    units = expected_units(unit, period, access)
    found = []
    for indicator in DECLARED:
        by_unit = by_indicator.get(indicator.code)
        if not by_unit:
            continue
        own = by_unit.pop(unit.path, [])
        expected = {path for path, level in units.items() if level in indicator.levels}
        found.append(
            Line(
                indicator, added(of_one_unit(indicator, own)), summed(indicator, by_unit),
                declared=len(expected & by_unit.keys()), expected=len(expected),
            )
        )  # fmt: skip
    return found
