"""Whose figures, of which days, under which conditions: the question every number answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404

from campaign.periods import Period
from campaign.portal.access import Access
from campaign.portal.scope import PATH_STEP, Scope, next_path
from reporting.indicators import PERSON_DIMS, Dim, indicator
from reporting.models import Axis, RollupFact
from reporting.tallies import COUNTED, CROSSTAB_COUNTERS, ROSTER, key_of
from units.models import Unit, UnitProfile

Where = Mapping[str, str]
PATH_OF = {Axis.OWNER.value: "owner_path", Axis.PLACE.value: "place_path"}
#: dimensions that are a column of a fact, the same for all people in it
COLUMN_OF = {Dim.TOPIC: "topic_id", Dim.MODE: "mode", Dim.TYPE: "type_id"}


@dataclass(frozen=True)
class Question:
    """Which facts count: on which axis, in which days, restricted to which owners, under which
    conditions."""

    axis: str
    period: Period
    where: Mapping[Dim, str] = field(default_factory=dict)
    #: paths of owners when only own records may be shown; None shows every record of the unit
    owners: tuple[str, ...] | None = None

    @property
    def path(self) -> str:
        """The column that says for which unit a fact counts."""
        return PATH_OF[self.axis]

    def of(self, units: Iterable[Unit]) -> QuerySet[RollupFact]:
        """The facts of some units, whatever the conditions."""
        inside = Q(pk__in=[])
        for path in _roots(unit.path for unit in units):
            inside |= Q(**{f"{self.path}__gte": path, f"{self.path}__lt": next_path(path)})
        facts = RollupFact.objects.filter(inside, day__range=(self.period.start, self.period.end))
        if self.owners is not None:
            facts = facts.filter(Scope("view", self.owners).q("owner_path"))
        return facts

    def column_condition(self) -> Q:
        """The conditions that hold for a whole fact."""
        condition = Q()
        for dim, key in self.where.items():
            if column := COLUMN_OF.get(dim):
                condition &= Q(**{column: key}) if key else _is_blank(column)
            elif dim is Dim.REMOTE:
                condition &= remote_condition(key, self.period)
        return condition

    @property
    def traits(self) -> dict[Dim, str]:
        """The conditions that hold for people."""
        return {dim: key for dim, key in self.where.items() if dim in PERSON_DIMS}

    def counter_condition(self, counter: str) -> Q:
        """The conditions on the facts that a counter is summed over."""
        condition = self.column_condition()
        if counter not in CROSSTAB_COUNTERS and (key := self.traits.get(Dim.AUDIENCE)) is not None:
            condition &= Q(audience_id=key) if key else Q(audience_id__isnull=True)
        return condition

    def admits(self, cell: Sequence[Any]) -> bool:
        """Whether the people of one crosstab row meet the conditions."""
        values = dict(zip(PERSON_DIMS, cell, strict=False))
        return all(key_of(values[dim]) == key for dim, key in self.traits.items())


def _is_blank(column: str) -> Q:
    return Q(**{f"{column}__isnull": True}) if column.endswith("_id") else Q(**{column: ""})


def _roots(paths: Iterable[str]) -> list[str]:
    """The outermost of some paths; one common range when there are very many."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not (kept and path.startswith(kept[-1])):
            kept.append(path)
    if len(kept) > 60:
        parents = {path[:-PATH_STEP] for path in kept}
        if all(parents):
            return _roots(parents)
    return kept


def remoteness(period: Period) -> dict[str, bool]:
    """Communes by path, and whether each is a mountain, border or island area.

    The latest profile for the year of the period or before says it.
    """
    profiles = (
        UnitProfile.unscoped.filter(year__lte=period.end.year, unit__level=Unit.Level.COMMUNE)
        .order_by("year")
        .select_related("unit")
        .only("year", "is_mountain", "is_border", "is_island", "unit__path")
    )
    return {profile.unit.path: profile.is_remote for profile in profiles}


def remote_condition(key: str, period: Period) -> Q:
    """The facts held in areas that are remote (y), are not (n), or are not known ('')."""
    known = remoteness(period)
    wanted = {path for path, is_remote in known.items() if not key or is_remote == (key == "y")}
    inside = Q(place_path__in=[])
    for path in sorted(wanted):
        inside |= Q(place_path__gte=path, place_path__lt=next_path(path))
    return inside if key else ~inside


def shared_out(units: Sequence[Unit], access: Access) -> tuple[list[Unit], list[Unit]]:
    """Units whose every record may be counted, and units counted by one's own records only.

    Raises Http404 for a unit that somebody may not even look up.
    """
    full = [unit for unit in units if access.view.covers(unit.path)]
    others = [unit for unit in units if not access.view.covers(unit.path)]
    if others:
        listed = Unit.objects.filter(pk__in=[unit.pk for unit in others]).listed(access)
        if listed.count() != len({unit.pk for unit in others}):
            raise Http404
    return full, others


def conditions(where: Where | None, codes: Iterable[str]) -> dict[Dim, str]:
    """Conditions as given in an address; ValueError where an indicator has no such dimension."""
    asked = {Dim(dim): str(key) for dim, key in (where or {}).items()}
    for code in codes:
        if missing := [dim.value for dim in asked if dim not in indicator(code).dims]:
            raise ValueError(f"{code} is not kept by {', '.join(missing)}.")
    return asked


def people_in(crosstab: Iterable[Sequence[Any]], counter: str, question: Question) -> int:
    """How many people of a crosstab meet the conditions, by roster or by headcount."""
    column = ROSTER if counter == "attendances_on_roster" else COUNTED
    return sum(cell[column] for cell in crosstab if question.admits(cell))


def by_length(units: Sequence[Unit]) -> list[tuple[int, dict[str, int]]]:
    """Units by the length of their paths: a fact counts for whom its path begins with."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for unit in units:
        found[len(unit.path)][unit.path] = unit.pk
    return sorted(found.items())
