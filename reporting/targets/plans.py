"""What dashboards say of targets: beside a figure, in a table of units, and who is behind.

A target is measured as its unit is: territories by place, others by their own work. A dashboard
that adds up the other way says nothing of targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.periods import Kind, Period, today
from campaign.portal import charts
from campaign.portal.figures import num, pct
from reporting.lens import Lens
from reporting.models import Target
from reporting.targets.forecasts import reached_in_short
from reporting.targets.progress import Progress, who_is_behind
from reporting.targets.reading import Key, axis_of, measured, targets_for
from units.models import Unit

NAMED = 2
"""Units that are named as furthest behind."""


@dataclass(frozen=True)
class Plan:
    """How a figure stands beside its target, in words and as a bar."""

    progress: Progress

    @property
    def target(self) -> Target:
        """The target."""
        return self.progress.target

    @property
    def percent(self) -> Any:
        """What was reached in percent of the target."""
        return self.progress.percent

    @property
    def words(self) -> str:
        """ "92,5% of the year's target (120.000)"."""
        told = {
            "percent": pct(self.percent), "period": in_a_sentence(self.progress.period),
            "target": self.target.in_short,
        }  # fmt: skip
        if self.progress.period.kind is Kind.YEAR:
            return _("%(percent)s of the year's target (%(target)s)") % told
        return _("%(percent)s of the target of %(period)s (%(target)s)") % told

    @property
    def more(self) -> str:
        """What was reached, by when, and from when on it counts."""
        return _("%(reached)s of %(target)s from %(first)s to %(last)s") % {
            "reached": reached_in_short(self.progress), "target": self.target.in_words,
            "first": f"{self.progress.period.start:%d/%m/%Y}",
            "last": f"{self.progress.as_of:%d/%m/%Y}",
        }  # fmt: skip

    @property
    def tone(self) -> str:
        """The class of the words: behind the days that have passed, or not."""
        if self.percent is None or self.progress.is_early:
            return ""
        return "bad" if self.progress.is_behind else "good"

    @property
    def css(self) -> str:
        """The class of the percentage in a table."""
        return {"bad": "dn", "good": "up" if self.progress.is_over else ""}.get(self.tone, "")

    @property
    def bar(self) -> Any:
        """The bar: what was reached, with a tick where one should be by now."""
        return bar_of(self.progress)


def bar_of(progress: Progress) -> Any:
    """The bar of a target: what was reached, a tick where one should be by now."""
    label = _("%(percent)s of the target") % {"percent": pct(progress.percent)}
    due, is_low = progress.due_percent, progress.is_behind
    return charts.bar(progress.percent, 100, due, low=is_low, label=label)


def in_a_sentence(period: Period) -> str:
    """A period inside a sentence: "năm 2026"."""
    label = str(period.label)
    return label[:1].lower() + label[1:]


def set_for(lens: Lens, codes: Iterable[str], units: Iterable[Unit]) -> dict[Key, Target]:
    """The targets of some units for the period of a look, where the look measures as they do."""
    units = [unit for unit in units if axis_of(unit) == lens.axis]
    if not units:
        return {}
    return targets_for(units, codes, lens.period, access=lens.access, audience=lens.audience)


def plans(
    lens: Lens, codes: Iterable[str], units: Sequence[Unit], *,
    known: Mapping[Key, Target] | None = None,
) -> dict[Key, Plan]:  # fmt: skip
    """The targets of some units beside a look at them, and how far they have come.

    What was reached is counted from the first day of the target's period to the last of the look.
    ``known`` are targets that were read already.
    """
    found = set_for(lens, codes, units) if known is None else known
    asked = {(unit.pk, code) for unit in units for code in codes}
    targets = [target for key, target in found.items() if key in asked]
    if not targets:
        return {}
    as_of = min(lens.period.end, today())
    all_of_them = measured(targets, access=lens.access, as_of=as_of)
    return {(p.target.unit_id, p.target.indicator): Plan(p) for p in all_of_them}


@dataclass(frozen=True)
class Table:
    """The targets of one indicator of many units, as a table beside its figures shows them."""

    lens: Lens
    code: str
    by_unit: dict[int, Plan]

    def __bool__(self) -> bool:
        return bool(self.by_unit)

    @cached_property
    def period(self) -> Period:
        """The period most of these targets are for."""
        periods = [plan.progress.period for plan in self.by_unit.values()]
        return max(periods, key=periods.count)

    @property
    def heading(self) -> str:
        """What the column of percentages is called."""
        if self.period.kind is Kind.YEAR:
            return _("% of the year's target")
        return _("%% of target, %(period)s") % {"period": in_a_sentence(self.period)}

    @property
    def name(self) -> str:
        """The indicator."""
        return next(iter(self.by_unit.values())).progress.about.name

    @cached_property
    def behind(self) -> list[Progress]:
        """The units that are behind, the furthest first."""
        return who_is_behind(plan.progress for plan in self.by_unit.values())

    def attention(self, url: str) -> list[dict[str, Any]]:
        """Who is behind, for the list of what a leader should ask about."""
        if not self.behind:
            return []
        title = ngettext(
            "%(count)s unit is behind its target of %(period)s",
            "%(count)s units are behind their targets of %(period)s", len(self.behind),
        )  # fmt: skip
        furthest = ", ".join(
            f"{one.target.unit.short_name} {pct(one.percent)}" for one in self.behind[:NAMED]
        )
        told = {"count": num(len(self.behind)), "period": in_a_sentence(self.period)}
        return [
            {
                "sev": "w",
                "icon": "target",
                "title": title % told,
                "text": _("Furthest: %(units)s") % {"units": furthest},
                "url": url,
                "label": _("List"),
            }
        ]


def table(
    lens: Lens, codes: Sequence[str], units: Sequence[Unit], *,
    known: Mapping[Key, Target] | None = None,
) -> Table | None:  # fmt: skip
    """The targets of the first of some indicators that most units have one for; None for none."""
    found = set_for(lens, codes, units) if known is None else known
    for code in codes:
        if 2 * sum((unit.pk, code) in found for unit in units) > len(units):
            plan_of = plans(lens, [code], units, known=found)
            return Table(lens, code, {pk: plan for (pk, _code), plan in plan_of.items()})
    return None


def version() -> str:
    """Changes whenever any target does: the part of a kept page that hangs on targets."""
    state = Target.unscoped.aggregate(last=Max("updated_at"), number=Count("pk"))
    return f"{state['last']}/{state['number']}"
