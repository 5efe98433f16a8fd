"""How sure a dashboard's figures are: provisional or approved, and what moved since approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from campaign.portal.access import Access
from campaign.portal.figures import delta
from reporting import figures
from reporting.closing.frozen import shown
from reporting.closing.recount import figure_of
from reporting.figures import Axis, Figure
from reporting.indicators import BY_CODE, Kind
from reporting.lens import Lens
from reporting.models import Report, ReportingCycle, Snapshot
from units.models import Unit

#: the figures a leader reads first
FIRST = ("attendances", "people", "classes_and_support", "reach", "teams")


@dataclass(frozen=True)
class Moved:
    """One figure as it was approved, and now."""

    label: str
    approved: str
    now: str
    by: str


@dataclass(frozen=True)
class UnitStanding:
    """Where the report of one unit stands."""

    report: Report
    #: what was approved; None while its figures are provisional, or where nothing was kept
    snapshot: Snapshot | None = None
    moved: Sequence[Moved] = ()
    #: figures that moved besides those a leader reads first
    more: int = 0
    url: str = ""

    @property
    def is_approved(self) -> bool:
        """Whether the figures were approved."""
        return self.report.state in Report.FROZEN

    @property
    def approved_at(self) -> datetime | None:
        """When they were."""
        return self.snapshot.at if self.snapshot else self.report.approved_at


@dataclass(frozen=True)
class ProvinceStanding:
    """How many reports of a period are approved, and what their figures have come to since."""

    cycle: ReportingCycle
    reports: int
    approved: int
    moved: Sequence[Moved] = ()

    @property
    def is_approved(self) -> bool:
        """Whether every report is approved."""
        return self.reports == self.approved


def standing_of(lens: Lens) -> UnitStanding | ProvinceStanding | None:
    """How sure the figures of a dashboard are; None where no report is owed for its period."""
    reports = Report.objects.within(lens.access.view).filter(
        cycle__scheme=lens.period.scheme, cycle__period=lens.period.code,
        cycle__template__is_request=False,
    ).order_by("-cycle__template__closes_records", "cycle__template", "pk")  # fmt: skip
    if lens.unit.level == Unit.Level.PROVINCE:
        return _of_province(lens, reports)
    report = reports.filter(unit=lens.unit).select_related("unit", "cycle__template").first()
    return _of_unit(lens, report) if report else None


def _of_unit(lens: Lens, report: Report) -> UnitStanding:
    if report.state not in Report.FROZEN:
        return UnitStanding(report)
    snapshot = _approved(lens.access).filter(report=report).last()
    if snapshot is None:
        return UnitStanding(report)
    moved: list[tuple[str, Moved]] = []
    if lens.audience is None:
        now = _now(snapshot.figures, [lens.unit], lens)[lens.unit.pk]
        moved = [
            (code, _moved(figure_of(code, snapshot.figures[code]), now[code]))
            for code in now if figure_of(code, snapshot.figures[code]) != now[code]
        ]  # fmt: skip
    first = [one for code, one in moved if code in FIRST]
    return UnitStanding(
        report, snapshot, first, len(moved) - len(first),
        reverse("snapshots:changes", args=[report.pk]) + f"?from={snapshot.pk}&to=now",
    )  # fmt: skip


def _of_province(lens: Lens, reports: Any) -> ProvinceStanding | None:
    first = reports.filter(cycle__unit=lens.unit).select_related("cycle__template").first()
    if first is None:
        return None
    states = list(reports.filter(cycle=first.cycle).values_list("pk", "state"))
    frozen = [pk for pk, state in states if state in Report.FROZEN]
    standing = ProvinceStanding(first.cycle, len(states), len(frozen))
    if not frozen or lens.audience is not None:
        return standing
    # The newest version of each report comes last and stays.
    rows = _approved(lens.access).filter(report__cycle=first.cycle, report__state__in=Report.FROZEN)
    kept = {snapshot.unit_id: snapshot for snapshot in rows.select_related("unit")}
    units = [snapshot.unit for snapshot in kept.values()]
    codes = [code for code in FIRST if BY_CODE[code].kind in (Kind.FLOW, Kind.STOCK)]
    now = _now(codes, units, lens)
    moved = []
    for code in codes:
        pairs = [
            (kept[pk].figures[code].get("value"), now[pk][code].value)
            for pk in kept if code in kept[pk].figures
        ]  # fmt: skip
        before, after = (
            (Figure(code, _sum(values)) for values in zip(*pairs, strict=True))
            if pairs
            else (Figure(code),) * 2
        )
        if before != after:
            moved.append(_moved(before, after))
    return ProvinceStanding(first.cycle, len(states), len(frozen), moved)


def _approved(access: Access) -> Any:
    """Approved versions without their texts, the newest last."""
    rows = Snapshot.objects.within(access.view).filter(occasion=Snapshot.Occasion.APPROVED)
    return rows.defer("content").order_by("at", "pk")


def _now(codes: Iterable[str], units: Sequence[Unit], lens: Lens) -> dict[int, dict[str, Figure]]:
    """Figures of the units' own records, as reports are about."""
    known = [code for code in codes if code in BY_CODE]
    asked: Mapping[str, Any] = {"period": lens.period, "access": lens.access}
    return figures.figures(known, axis=Axis.OWNER, units=units, **asked)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _moved(before: Figure, after: Figure) -> Moved:
    one = before.indicator
    by = (after.shown or 0) - (before.shown or 0)
    return Moved(str(one.label), shown(before), shown(after), delta(by, 1 if one.is_ratio else 0))
