"""Figures as workbooks: the same numbers, order and scope as on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from campaign.portal.workbooks import Column, NotesSpec, SheetSpec, write_workbook
from reporting import dashboards, figures
from reporting.indicators import BY_CODE, Indicator
from reporting.lens import Lens
from reporting.targets import plans

TABLE = (
    "classes",
    "support_sessions",
    "sessions",
    "attendances",
    "attendances_on_roster",
    "attendances_counted",
    "people",
    "people_completed",
    "activities",
    "reach",
    "households_reached",
    "sites",
    "teams",
    "team_members",
    "models",
    "solutions",
)


def as_of_words() -> str:
    """How sure the figures are: provisional, and from when."""
    return _("Provisional, as of %(at)s") % {
        "at": timezone.localtime(figures.as_of().settled_at or timezone.now()).strftime(
            "%H:%M %d/%m/%Y"
        )
    }


def definitions(codes: Sequence[str]) -> list[tuple[Any, Any]]:
    """What each column means, for the notes sheet."""
    return [(BY_CODE[code].label, BY_CODE[code].meaning) for code in codes]


def remarks() -> list[str]:
    """What every reader of a sheet of figures must know."""
    return [
        _("An empty cell means that nothing was recorded; 0 is a real zero."),
        _("Attendances and people reached by activities are different figures: never add them."),
        _("Distinct people do not add up over units or periods: somebody may learn in two units."),
    ]


def plan_columns(label: Any) -> list[Column]:
    """A target and how much of it was reached, beside the figure of that name."""
    return [
        Column(_("Target: %(name)s") % {"name": label}, "decimal", 14),
        Column(_("%% of target: %(name)s") % {"name": label}, "percent", 14),
    ]


def plan_cells(plan: plans.Plan | None) -> list[float | None]:
    """The two cells of a target; both empty where there is none."""
    if plan is None:
        return [None, None]
    percent = plan.percent
    return [float(plan.target.value), None if percent is None else float(percent) / 100]


def unit_sheet(lens: Lens) -> tuple[SheetSpec, list[str]]:
    """Every unit beneath with the main figures; a total row only where figures add up."""
    units = figures.children(lens.unit, axis=lens.axis, access=lens.access)
    found = dashboards.read(lens, TABLE, units)
    missing = [
        unit.name
        for unit in units
        if found[unit.pk]["attendances"].value is None
        and found[unit.pk]["activities"].value is None
    ]
    columns = [Column(_("Code"), "code"), Column(_("Unit"), "text", 34)]
    columns += [
        Column(BY_CODE[code].label, "int", 14, is_totalled=BY_CODE[code].is_additive)
        for code in TABLE
    ]
    aims = plans.plans(lens, TABLE, units)
    planned = [code for code in TABLE if any(what == code for _pk, what in aims)]
    for code in planned:
        columns += plan_columns(BY_CODE[code].label)
    rows: list[list[Any]] = [
        [
            unit.code, unit.name, *(found[unit.pk][code].value for code in TABLE),
            *(cell for code in planned for cell in plan_cells(aims.get((unit.pk, code)))),
        ]
        for unit in units
    ]  # fmt: skip
    rest = dashboards.remainder(lens, TABLE, units, found)
    if rest:
        beyond = [rest.get(code) for code in TABLE] + [None] * (2 * len(planned))
        rows.append(["", _("Not in one unit beneath"), *beyond])
    sheet = SheetSpec(
        name=_("By unit"),
        title=_("Figures by unit: %(unit)s") % {"unit": lens.unit.name},
        scope=lens.in_words(),
        as_of=as_of_words(),
        columns=columns,
        rows=rows,
        has_total=True,
    )
    return sheet, missing


def total_sheet(lens: Lens) -> SheetSpec:
    """Every indicator for the unit itself, beside the period before."""
    codes = tuple(BY_CODE)
    now = dashboards.read(lens, codes, [lens.unit])[lens.unit.pk]
    before = dashboards.read(lens.before, codes, [lens.unit])[lens.unit.pk]
    aims = plans.plans(lens, codes, [lens.unit])
    rows = [
        [
            BY_CODE[code].label, BY_CODE[code].noun, now[code].shown, before[code].shown,
            *_of_the_whole(aims.get((lens.unit.pk, code))),
        ]
        for code in codes
    ]  # fmt: skip
    return SheetSpec(
        name=_("Indicators"),
        title=_("Indicators: %(unit)s") % {"unit": lens.unit.name},
        scope=lens.in_words(),
        as_of=as_of_words(),
        columns=[
            Column(_("Indicator"), "text", 46),
            Column(_("Unit of measure"), "text", 16),
            Column(lens.period.label, "decimal", 18),
            Column(lens.before_words, "decimal", 18),
            Column(_("Target"), "text", 34),
            Column(_("Period of the target"), "text", 16),
            Column(_("Reached since its first day"), "decimal", 18),
            Column(_("% of target"), "percent", 14),
        ],
        rows=rows,
    )


def _of_the_whole(plan: plans.Plan | None) -> list[Any]:
    if plan is None:
        return [None, None, None, None]
    reached, percent = plan.progress.reached, plan.percent
    return [
        plan.target.in_words, str(plan.progress.period.label),
        None if reached is None else float(reached),
        None if percent is None else float(percent) / 100,
    ]  # fmt: skip


def split_sheet(lens: Lens) -> SheetSpec:
    """Attendances by audience."""
    parts = figures.breakdown("attendances", "audience", unit=lens.unit, **lens.question)
    return SheetSpec(
        name=_("By audience"),
        title=_("Attendances by audience"),
        scope=lens.in_words(),
        as_of=as_of_words(),
        columns=[
            Column(_("Audience"), "text", 34),
            Column(_("Attendances"), "int", is_totalled=True),
        ],
        rows=[[str(part.label), part.value] for part in parts if part.value],
        has_total=True,
    )


def trend_sheet(lens: Lens) -> SheetSpec:
    """Attendances month by month beside the year before."""
    trend = dashboards.trend(lens)
    return SheetSpec(
        name=_("By month"),
        title=trend["title"],
        scope=lens.in_words(),
        as_of=as_of_words(),
        columns=[
            Column(trend["headers"][0], "text", 22),
            *(Column(h, "int", 18) for h in trend["headers"][1:]),
        ],
        rows=[
            [str(value) if i == 0 else value for i, value in enumerate(row)]
            for row in trend["rows"]
        ],
    )


def write_dashboard(target: Any, lens: Lens) -> None:
    """The workbook of a dashboard."""
    by_unit, missing = unit_sheet(lens)
    sheets = [by_unit, total_sheet(lens), split_sheet(lens), trend_sheet(lens)]
    write_workbook(
        target,
        sheets=sheets,
        notes=NotesSpec(
            definitions=definitions(tuple(BY_CODE)),
            missing_units=missing,
            filters=[(_("Scope"), lens.in_words())],
            remarks=remarks(),
        ),
    )


def write_indicator(
    target: Any, lens: Lens, indicator: Indicator, rows: Sequence[dict[str, Any]]
) -> None:
    """The workbook of one indicator by unit, in the order of the screen."""
    has_plans = any(row["plan"] for row in rows)
    sheet = SheetSpec(
        name=str(indicator.label),
        title=indicator.label,
        scope=lens.in_words(),
        as_of=as_of_words(),
        columns=[
            Column(_("Code"), "code"),
            Column(_("Unit"), "text", 34),
            Column(
                indicator.label,
                "decimal" if indicator.is_ratio else "int",
                18,
                is_totalled=indicator.is_additive,
            ),
            Column(lens.before_words, "decimal" if indicator.is_ratio else "int", 18),
            *(plan_columns(indicator.label) if has_plans else []),
        ],
        rows=[
            [r["code"], r["name"], r["raw"], r["raw_before"]]
            + (plan_cells(r["plan"]) if has_plans else [])
            for r in rows
        ],
        has_total=indicator.is_additive,
    )
    write_workbook(
        target,
        sheets=[sheet],
        notes=NotesSpec(
            definitions=definitions([indicator.code]),
            missing_units=[r["name"] for r in rows if r["raw"] is None],
            filters=[(_("Scope"), lens.in_words())],
            remarks=remarks(),
        ),
    )


def write_rows(target: Any, lens: Lens, indicator: Indicator, found: figures.Rows) -> None:
    """The workbook of the records behind a number; the amounts add up to it."""
    columns = [
        Column(column.label, column.kind, is_totalled=column.key == "amount")
        for column in found.columns
    ]
    sheet = SheetSpec(
        name=str(indicator.label),
        title=_("%(indicator)s: the records") % {"indicator": indicator.label},
        scope=lens.in_words(),
        as_of=as_of_words(),
        columns=columns,
        rows=([column.value(row) for column in found.columns] for row in found),
        has_total=True,
    )
    write_workbook(
        target,
        sheets=[sheet],
        notes=NotesSpec(
            definitions=definitions([indicator.code]),
            filters=[(_("Scope"), lens.in_words())],
            remarks=remarks(),
        ),
    )
