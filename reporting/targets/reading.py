"""Targets that were set, and how far units have come: read for many units at once.

``targets_of`` is what other parts of the portal ask: the plan column of reports and annexes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Substr

from campaign.models import Audience
from campaign.periods import Kind as PeriodKind
from campaign.periods import Period, today
from campaign.portal.access import Access
from campaign.portal.scope import PATH_STEP, next_path
from reporting import figures
from reporting.declared.sums import summed
from reporting.models import Axis, DeclaredFigure, Target
from reporting.targets.measures import is_declared
from reporting.targets.progress import Progress
from reporting.targets.rules import Basis
from units.models import Unit, UnitProfile

Key = tuple[int, str]
"""A unit and an indicator."""

TERRITORY = (Unit.Level.PROVINCE, Unit.Level.COMMUNE, Unit.Level.HAMLET)
PROFILE_FIELDS: dict[str, str] = {
    Basis.POPULATION: "population", Basis.ADULTS: "adults", Basis.STAFF: "staff",
    Basis.HOUSEHOLDS: "households",
}  # fmt: skip


def targets_of(
    units: Iterable[Unit], codes: Iterable[str], period: Period, *, audience: Audience | None = None
) -> dict[Key, Target]:
    """The targets some units were set for a period: {(unit id, code): target}.

    One query, whatever the number of units. It narrows nothing: ask it for units the reader may
    see. Exactly this period is meant: for the plan of a year, ask with ``year_of(period)``.
    """
    found = _set_for(Target.unscoped.all(), units, codes, [period], audience)
    return {(target.unit_id, target.indicator): target for target in found}


def year_of(period: Period) -> Period:
    """The year a period lies in, whose targets most figures are compared with."""
    return Period.containing(period.end, PeriodKind.YEAR, period.scheme)


def targets_for(
    units: Iterable[Unit], codes: Iterable[str], period: Period, *, access: Access,
    audience: Audience | None = None,
) -> dict[Key, Target]:  # fmt: skip
    """The targets to compare figures of a period with: its own, or else those of its year."""
    periods = [year_of(period), period]
    found = _set_for(Target.objects.within(access.view), units, codes, periods, audience)
    place = {one.code: number for number, one in enumerate(periods)}
    ordered = sorted(found, key=lambda target: place[target.period])
    return {(target.unit_id, target.indicator): target for target in ordered}


def _set_for(
    targets: Any, units: Iterable[Unit], codes: Iterable[str], periods: Sequence[Period],
    audience: Audience | None,
) -> list[Target]:  # fmt: skip
    meant = targets.filter(
        unit__in=[unit.pk for unit in units], indicator__in=list(codes), audience=audience,
        scheme=periods[0].scheme, period__in=[period.code for period in periods],
    )  # fmt: skip
    return list(meant.select_related("unit"))


def axis_of(unit: Unit) -> str:
    """How a unit's targets are measured: a territory by what happened there, others by their own."""
    return (Axis.PLACE if unit.level in TERRITORY else Axis.OWNER).value


def progress(
    units: Iterable[Unit], codes: Iterable[str], period: Period, *, access: Access,
    as_of: date | None = None, audience: Audience | None = None,
) -> dict[Key, Progress]:  # fmt: skip
    """How far some units have come towards the targets set for a period, by a day."""
    units, codes = list(units), list(codes)
    found = _set_for(Target.objects.within(access.view), units, codes, [period], audience)
    return {
        (one.target.unit_id, one.target.indicator): one
        for one in measured(found, access=access, as_of=as_of)
    }


def measured(
    targets: Iterable[Target], *, access: Access, as_of: date | None = None
) -> list[Progress]:
    """How far the units of some targets have come; as many queries for 102 units as for two.

    Flows are read from the first day of the period, stocks on the day, ratios from the sums of
    both, different people over the whole range: nothing is added up from months.
    """
    targets = list(targets)
    day = min(as_of or today(), today())
    groups: dict[Any, list[Target]] = defaultdict(list)
    for target in targets:
        how = "declared" if is_declared(target.indicator) else axis_of(target.unit)
        groups[target.scheme, target.period, target.audience_id, how].append(target)
    found: dict[int, Progress] = {}
    for (_scheme, _period, _audience, how), group in groups.items():
        read = _declared if how == "declared" else _counted
        bases = _bases(group, group[0].ends_on)
        for target, more in read(group, day, access):
            found[target.pk] = Progress(
                target, base=bases.get((target.unit_id, target.basis)), **more
            )
    return [found[target.pk] for target in targets]


def days_until(period: Period, day: date) -> Period | None:
    """The part of a period up to a day; all of it when nothing can have happened after."""
    if day >= min(period.end, today()):
        return period
    return Period.between(period.start, day, period.scheme) if day >= period.start else None


def _counted(
    group: Sequence[Target], day: date, access: Access
) -> list[tuple[Target, dict[str, Any]]]:
    """What the portal counts."""
    first = group[0]
    days = days_until(first.days_meant, day)
    where = {"audience": str(first.audience_id)} if first.audience_id else None
    units = {target.unit_id: target.unit for target in group}
    codes = sorted({target.indicator for target in group})
    answers = (
        figures.figures(
            codes, axis=axis_of(first.unit), units=list(units.values()), period=days,
            access=access, where=where,
        )
        if days and days.start <= today() else {}
    )  # fmt: skip
    found = []
    for target in group:
        said: dict[str, Any] = {"as_of": min(day, target.ends_on)}
        figure = answers.get(target.unit_id, {}).get(target.indicator)
        if figure is not None:
            said |= {
                "value": figure.value, "numerator": figure.numerator,
                "denominator": figure.denominator,
            }  # fmt: skip
        found.append((target, said))
    return found


def _declared(
    group: Sequence[Target], day: date, access: Access
) -> list[tuple[Target, dict[str, Any]]]:
    """What units declare: a unit speaks for itself with all beneath it, else those beneath do."""
    by_unit = _declarations(group, day, access)
    found = []
    for target in group:
        said: dict[str, Any] = {"as_of": min(day, target.ends_on)}
        amount = summed(target.about.declared, by_unit[target.unit_id, target.indicator])  # type: ignore[arg-type]
        if amount is not None:
            said["as_of"] = min(said["as_of"], max(figure.ends_on for figure in amount.figures))
            if target.about.is_ratio:
                said |= {"numerator": amount.value, "denominator": amount.denominator}
            else:
                said["value"] = amount.value
        found.append((target, said))
    return found


def _declarations(
    group: Sequence[Target], day: date, access: Access
) -> dict[Key, dict[str, list[DeclaredFigure]]]:
    """{(unit id, code): {path: declarations}} within the period, up to the day."""
    first = group[0]
    last = first.ends_on if day >= today() else min(day, first.ends_on)
    paths = {target.unit.path: target.unit_id for target in group}
    rows = DeclaredFigure.objects.within(access.view).filter(
        _common_range(paths), indicator__in={target.indicator for target in group},
        starts_on__gte=first.starts_on, ends_on__lte=last,
    ).select_related("unit")  # fmt: skip
    found: dict[Key, dict[str, list[DeclaredFigure]]] = defaultdict(dict)
    for row in rows:
        path = row.unit.path
        for end in range(PATH_STEP, len(path) + 1, PATH_STEP):
            if (pk := paths.get(path[:end])) is not None:
                found[pk, row.indicator].setdefault(path, []).append(row)
    return found


def _common_range(paths: Iterable[str]) -> Q:
    """Everything under the unit all these stand under."""
    first, last = min(paths), max(paths)
    steps = range(PATH_STEP, len(first) + 1, PATH_STEP)
    root = max((first[:end] for end in steps if last.startswith(first[:end])), default="", key=len)
    return Q(unit__path__gte=root, unit__path__lt=next_path(root)) if root else Q()


def _bases(group: Sequence[Target], day: date) -> dict[tuple[int, str], int]:
    """What percentages are of: {(unit id, basis): people, households or hamlets}."""
    units = {target.unit_id: target.unit for target in group}
    return {
        (pk, basis): number
        for basis in sorted({target.basis for target in group})
        for pk, number in bases_of(units.values(), basis, day).items()
    }


def bases_of(units: Iterable[Unit], basis: str, day: date) -> dict[int, int]:
    """People, households or hamlets of units on a day, where known: {unit id: number}.

    People are those of the latest profile for the year or before, as everywhere.
    """
    if basis == Basis.HAMLETS:
        return hamlets_of(units, day)
    field = PROFILE_FIELDS.get(basis)
    if field is None:
        return {}
    profiles = UnitProfile.unscoped.filter(
        **{f"{field}__gt": 0}, unit__in=[unit.pk for unit in units], year__lte=day.year
    )
    return dict(profiles.order_by("year").values_list("unit_id", field))


def hamlets_of(units: Iterable[Unit], day: date) -> dict[int, int]:
    """How many hamlets each unit has on a day."""
    found: dict[int, int] = {}
    by_length: dict[int, dict[str, int]] = defaultdict(dict)
    for unit in units:
        by_length[len(unit.path)][unit.path] = unit.pk
    for length, ids in by_length.items():
        rows = Unit.unscoped.hamlets().in_force(day).order_by()
        heads = rows.annotate(head=Substr("path", 1, length)).values("head")
        for row in heads.annotate(number=Count("pk")):
            if row["head"] in ids:
                found[ids[row["head"]]] = row["number"]
    return found
