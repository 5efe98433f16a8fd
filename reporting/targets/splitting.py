"""Sharing a target out over the units beneath: proposed, looked at, saved; and checked afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.figures import num, pct
from reporting import figures
from reporting.models import Target
from reporting.targets.measures import Kind
from reporting.targets.progress import Progress, share
from reporting.targets.reading import axis_of, bases_of
from reporting.targets.rules import Basis
from units.models import Unit

Rule = Target.Rule
KEPT = (
    "unit", "indicator", "scheme", "period", "audience", "basis", "value", "document_number",
    "document_date", "document_issuer", "note", "parent", "rule",
)  # fmt: skip
"""What the history keeps of a target."""


@dataclass(frozen=True)
class Part:
    """The share of one unit: what is proposed, by what weight, and the target it has already."""

    unit: Unit
    weight: int | None
    value: Decimal | None
    known: Target | None = None

    @property
    def is_new(self) -> bool:
        """Whether the unit has no target yet."""
        return self.known is None

    @property
    def differs(self) -> bool:
        """Whether saving it would change a target the unit has."""
        return self.known is not None and self.value is not None and self.known.value != self.value


@dataclass(frozen=True)
class Split:
    """A proposal: the parts, and the units that could not be given one."""

    parent: Target
    rule: str
    parts: Sequence[Part]

    @property
    def without(self) -> list[Unit]:
        """The units whose population is not known: named, not guessed."""
        return [part.unit for part in self.parts if part.value is None]

    @property
    def total(self) -> Decimal:
        """What the parts come to."""
        return sum((part.value or Decimal(0) for part in self.parts), Decimal(0))


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """A whole number shared out by weight so that the parts come to it exactly.

    Each gets its share rounded down; what is left goes, one each, to the largest remainders
    (the first of equal ones). Without any weight nobody gets anything.
    """
    whole = sum(weights)
    if not whole:
        return [0 for _weight in weights]
    parts = [total * weight // whole for weight in weights]
    rest = [total * weight % whole for weight in weights]
    largest = sorted(range(len(weights)), key=lambda place: -rest[place])
    for place in largest[: total - sum(parts)]:
        parts[place] += 1
    return parts


def units_beneath(unit: Unit, access: Access) -> list[Unit]:
    """The units a target is shared out over: one step down, in force today, those the reader sees."""
    beneath = figures.children(unit, axis=axis_of(unit), access=access)
    return [one for one in beneath if access.view.covers(one.path)]


def parts_of(parent: Target, units: Iterable[Unit], access: Access) -> dict[int, Target]:
    """The targets of the same thing that units beneath have: {unit id: target}."""
    same = Target.objects.within(access.view).filter(
        unit__in=[unit.pk for unit in units], indicator=parent.indicator, scheme=parent.scheme,
        period=parent.period, audience=parent.audience_id,
    )  # fmt: skip
    return {target.unit_id: target for target in same.select_related("unit")}


def split(parent: Target, rule: str, access: Access) -> Split:
    """Share a target out over the units beneath by a rule; nothing is saved.

    Numbers come to the parent's exactly, over the units that can be given a share. A percentage or
    a rate is not divided: each unit gets the same. By hand, each keeps what it has.
    """
    units = units_beneath(parent.unit, access)
    known = parts_of(parent, units, access)
    weights = bases_of(units, Basis.POPULATION, parent.ends_on)
    values = _values(parent, rule, units, weights, known)
    return Split(
        parent, rule,
        [Part(u, weights.get(u.pk), values.get(u.pk), known.get(u.pk)) for u in units],
    )  # fmt: skip


def _values(
    parent: Target, rule: str, units: Sequence[Unit], weights: Mapping[int, int],
    known: Mapping[int, Target],
) -> dict[int, Decimal]:  # fmt: skip
    if rule == Rule.MANUAL:
        return {pk: target.value for pk, target in known.items()}
    if parent.basis != Basis.NUMBER:
        return {unit.pk: parent.value for unit in units}
    if rule == Rule.POPULATION:
        units = [unit for unit in units if weights.get(unit.pk)]
    given = [weights[unit.pk] if rule == Rule.POPULATION else 1 for unit in units]
    parts = shares(int(parent.value), given)
    return {unit.pk: Decimal(part) for unit, part in zip(units, parts, strict=True)}


@transaction.atomic
def save_split(
    parent: Target, rule: str, values: Mapping[int, Decimal], access: Access, *, replaces: bool
) -> list[Target]:
    """Store what was shared out; targets units have already change only where that was asked for.

    Gives what was stored. A unit whose targets the person does not set is not there (Http404).
    """
    units = {unit.pk: unit for unit in units_beneath(parent.unit, access)}
    mine = [units[pk] for pk in values if pk in units and access.targets.covers(units[pk].path)]
    if len(mine) != len(values):
        raise Http404
    list(Unit.objects.within(access.targets).filter(pk__in=list(values)).select_for_update())
    known = parts_of(parent, mine, access)
    stored = []
    for unit in mine:
        target = known.get(unit.pk)
        if values[unit.pk] <= 0 or (target is not None and not replaces):
            continue
        if saved := _store(parent, rule, unit, values[unit.pk], target, access):
            stored.append(saved)
    return stored


def _store(
    parent: Target, rule: str, unit: Unit, value: Decimal, target: Target | None, access: Access
) -> Target | None:
    """Store one share, with its history; None where it is what the unit has."""
    is_new = target is None
    if target is None:
        target = Target(
            unit=unit, indicator=parent.indicator, scheme=parent.scheme, period=parent.period,
            audience_id=parent.audience_id,
        )  # fmt: skip
    before = {} if is_new else history.snapshot(target, KEPT)
    target.value, target.basis, target.parent, target.rule = value, parent.basis, parent, rule
    for name in ("document_number", "document_date", "document_issuer"):
        setattr(target, name, getattr(target, name) or getattr(parent, name))
    target.clean()
    changes = history.differences(before, history.snapshot(target, KEPT))
    if not changes:
        return None
    target.version += not is_new
    target.save()
    action = ChangeEntry.Action.CREATED if is_new else ChangeEntry.Action.CHANGED
    history.record_change(target, action, access=access, changes=changes, door="split")
    return target


def link(target: Target) -> None:
    """Have a target know the one of the unit above that it is a part of, where there is one."""
    if target.parent_id or target.unit.parent_id is None:
        return
    above = Target.unscoped.filter(
        unit=target.unit.parent_id, indicator=target.indicator, scheme=target.scheme,
        period=target.period, audience=target.audience_id,
    ).first()  # fmt: skip
    if above is not None:
        target.parent, target.rule = above, Rule.MANUAL


# --- The check against the target above ---------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """What the targets of the units beneath come to, beside the target of the unit itself.

    Both are in the measure of the target: numbers are added, percentages weighed by what they are
    of; a rate is not put together, there ``below`` are the units asked for less.
    """

    parent: Target
    given: Decimal | None
    parts: int
    units: int
    below: tuple[Unit, ...] = ()

    @property
    def missing(self) -> Decimal | None:
        """What the units beneath are short of the target; below 0: they were given more."""
        return None if self.given is None else self.parent.value - self.given

    @property
    def is_closed(self) -> bool:
        """Whether every unit has a target and they come to the one above."""
        is_even = not self.below if self.missing is None else abs(self.missing) < Decimal("0.05")
        return self.parts == self.units and is_even

    @property
    def words(self) -> str:
        """The check as a sentence: "Units together 9.800 / target 10.000, 200 missing"."""
        if self.parent.basis == Basis.OWN:
            return _("%(below)s of %(parts)s units were given less than %(target)s.") % {
                "below": num(len(self.below)), "parts": num(self.parts),
                "target": self.parent.in_words,
            }  # fmt: skip
        if self.given is None:
            return _("What the units were given cannot be put together: it is not known of what.")
        told = {
            "given": self._in_words(self.given), "target": self._in_words(self.parent.value),
            "more": self._in_words(abs(self.missing or Decimal(0))),
        }  # fmt: skip
        if self.missing and abs(self.missing) >= Decimal("0.05"):
            words = (
                _("Units together %(given)s / target %(target)s, %(more)s missing.")
                if self.missing > 0
                else _("Units together %(given)s / target %(target)s, %(more)s more.")
            )
        else:
            words = _("Units together %(given)s / target %(target)s, it is all there.")
        return words % told

    def _in_words(self, value: Decimal) -> str:
        return num(value) if self.parent.basis == Basis.NUMBER else pct(value)

    @property
    def may_overlap(self) -> bool:
        """Whether the units may count the same person: then they should come to more."""
        return self.parent.about.kind is Kind.DISTINCT


def gap_of(parent: Target, parts: Sequence[Progress], units: int) -> Gap | None:
    """The check of a target against those of the units beneath; None where none was set."""
    if not parts:
        return None
    below = tuple(one.target.unit for one in parts if one.target.value < parent.value)
    if parent.basis == Basis.OWN:
        return Gap(parent, None, len(parts), units, below)
    same = [one for one in parts if one.target.basis == parent.basis]
    given = None
    if len(same) == len(parts):
        given = _together(parent, same)
    return Gap(parent, given, len(parts), units)


def _together(parent: Target, parts: Sequence[Progress]) -> Decimal | None:
    if parent.basis == Basis.NUMBER:
        return sum((one.target.value for one in parts), Decimal(0))
    if any(one.needed is None for one in parts):
        return None
    needed = sum((one.needed or Decimal(0) for one in parts), Decimal(0))
    return share(needed, sum(one.base or 0 for one in parts))


def given_to(parent: Target, access: Access) -> tuple[list[Any], list[Unit]]:
    """The targets of the units beneath, and all units that could have one."""
    units = units_beneath(parent.unit, access)
    known = parts_of(parent, units, access)
    return [known[unit.pk] for unit in units if unit.pk in known], units
