"""A province at a glance: rates and gaps of every unit, in constant queries; as a workbook too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from campaign.portal.access import Access
from campaign.portal.workbooks import Column, NotesSpec, SheetSpec, write_workbook
from reporting.quality.issues import ISSUES, Issue
from reporting.quality.rates import Rate, rates_by, reports_of
from units.models import Unit


@dataclass(frozen=True)
class Row:
    """One unit: its rates, and how many gaps of each kind it has."""

    unit: Unit
    rate: Rate
    gaps: dict[str, int]

    @property
    def total(self) -> int:
        """Gaps of all kinds."""
        return sum(self.gaps.values())

    @property
    def counts(self) -> list[tuple[str, int]]:
        """The gaps in the order of their columns."""
        return [(issue.key, self.gaps.get(issue.key, 0)) for issue in ISSUES]


@dataclass(frozen=True)
class Overview:
    """Every unit of a level, sorted as asked."""

    level: str
    sort: str
    rows: list[Row]

    @classmethod
    def of(cls, access: Access, level: str, sort: str) -> Overview:
        """Read everything once and sort it; the worst come first unless asked otherwise."""
        units = Unit.objects.within(access.view).filter(level=level).in_force()
        rates = rates_by(reports_of(access), "unit")
        gaps = {issue.key: issue.by_unit(access.view.paths) for issue in ISSUES}
        rows = [
            Row(
                unit, rates.get(unit.pk, Rate()),
                {key: found.get(unit.path, 0) for key, found in gaps.items()},
            )
            for unit in units.order_by("sort_key", "pk")
        ]  # fmt: skip
        known = {"unit", "complete", "timely", "overdue", "total", *gaps}
        if sort.lstrip("-") not in known:
            sort = "-total"
        return cls(level, sort, _sorted(rows, sort))

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The kinds of gaps, in the order of the columns."""
        return ISSUES

    @property
    def rate(self) -> Rate:
        """All units together: sums of reports, never averages of rates."""
        return sum((row.rate for row in self.rows), Rate())


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    key = sort.lstrip("-")
    values: dict[str, Callable[[Row], Any]] = {
        "unit": lambda row: row.unit.sort_key,
        "complete": lambda row: _known(row.rate.completeness),
        "timely": lambda row: _known(row.rate.timeliness),
        "overdue": lambda row: row.rate.overdue,
        "total": lambda row: row.total,
    }
    value = values.get(key, lambda row: row.gaps[key])
    return sorted(rows, key=value, reverse=sort.startswith("-"))


def _known(value: float | None) -> float:
    return 101.0 if value is None else value


def workbook(found: Overview, target: IO[bytes]) -> None:
    """The table as a workbook, in the order of the page."""
    columns = [Column(_("Code"), "code"), Column(_("Unit"), "text", 34)]
    columns += [Column(title, "int", 12) for title in (_("Due"), _("Handed in"), _("On time"))]
    columns += [Column(_("Completeness"), "percent", 14), Column(_("Timeliness"), "percent", 14)]
    columns += [Column(issue.title, "int", 16) for issue in ISSUES]
    rows = [
        [
            row.unit.code, row.unit.name, row.rate.due, row.rate.handed_in, row.rate.on_time,
            _share(row.rate.completeness), _share(row.rate.timeliness),
            *(count for _key, count in row.counts),
        ]
        for row in found.rows
    ]  # fmt: skip
    as_of = _("As of %(at)s") % {"at": timezone.localtime().strftime("%H:%M %d/%m/%Y")}
    sheet = SheetSpec(
        name=_("Data quality"), title=_("Data quality"),
        scope=str(Unit.Level(found.level).label), as_of=as_of, columns=columns, rows=rows,
    )  # fmt: skip
    notes = NotesSpec(
        [
            (_("Completeness"), _("Reports handed in, of those due in the last 12 months.")),
            (_("Timeliness"), _("Reports handed in by their deadline, of those due.")),
        ]
    )
    write_workbook(target, sheets=[sheet], notes=notes)


def _share(value: float | None) -> float | None:
    return None if value is None else value / 100
