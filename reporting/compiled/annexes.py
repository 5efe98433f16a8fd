"""The statistical annexes of a provincial report: what stands in each, for workbook and paper.

1 results by indicator, 2 by unit, 3 teams and coverage by commune, 4 reporting discipline. Totals
are the portal's own numbers; what the rows of units do not say stands in rows of its own, by
reason, so that the sums come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from campaign.portal.figures import num
from reporting.compiled import wording
from reporting.compiled.content import (
    Declared,
    Gathered,
    Part,
    Said,
    Value,
    count_of,
    is_distinct,
    moment_of,
)
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.documents.annexes import (
    Annex,
    AnnexGroup,
    AnnexUnit,
    Figures,
    Measure,
    Ratio,
    number_of,
    summed,
)
from reporting.documents.annexes import Value as AnnexValue
from reporting.documents.official import Letterhead
from reporting.indicators import BY_CODE

BY_UNIT = ("classes_and_support", "attendances", "people", "communication_reach", "reach")
"""What annex 2 compares units by: the first four of these that the report speaks of."""

TEAMS = ("teams", "team_members")
COLUMNS = ("in_period", "cumulative", "last_year")


# --- 1 Results by indicator ----------------------------------------------------------------------


def results(gathered: Gathered) -> Annex:
    """Every indicator of the report: the province, and what kinds of units make it up."""
    measures = tuple(_measure(code) for code in gathered.codes)
    told = (*measures, *(_declared_measure(one) for one in gathered.declared))
    total = {code: _whole(gathered, code) for code in gathered.codes}
    total |= {one.code: _declared_figures(one) for one in gathered.declared}
    rows = (
        AnnexUnit(wording.ALL_COMMUNES, _together(gathered, lambda part: part.is_commune)),
        AnnexUnit(wording.ALL_DEPARTMENTS, _together(gathered, lambda part: not part.is_commune)),
        *_own_row(gathered, gathered.codes),
        *_row_of(wording.DECLARED, {one.code: _declared_figures(one) for one in gathered.declared}),
    )
    return _form(gathered, 1, wording.RESULTS_BY_INDICATOR, told, (AnnexGroup(rows),), total)


def _whole(gathered: Gathered, code: str) -> Figures:
    return Figures(
        _plan(code, gathered.plan), _annex_value(code, gathered.whole.get(code)),
        _annex_value(code, gathered.cumulative.get(code)),
        _annex_value(code, gathered.year_before.get(code)),
    )  # fmt: skip


def _together(gathered: Gathered, wanted: Callable[[Part], bool]) -> dict[str, Figures]:
    """What the records of some units say together, of what adds up."""
    parts = [part for part in gathered.parts if wanted(part)]
    found = {}
    for code in gathered.additive:
        plans = [_plan(code, part.plan) for part in parts]
        columns = [[getattr(p, name).get(code) for p in parts] for name in _KEPT_AS]
        figures = _without_plan(_summed(column) for column in columns)
        found[code] = replace(figures, plan=summed([plan for plan in plans if plan is not None]))
    return found


_KEPT_AS = ("now", "cumulative", "year_before")


def _without_plan(values: Iterable[AnnexValue], note: str = "") -> Figures:
    """In the period, since the year began, a year before."""
    in_period, cumulative, last_year = values
    return Figures(None, in_period, cumulative, last_year, note)


def _summed(values: Iterable[Value]) -> int | None:
    known = [value for value in values if isinstance(value, int)]
    return sum(known) if known else None


def _declared_measure(one: Declared) -> Measure:
    about = DECLARED_BY_CODE[one.code]
    return Measure(one.code, about.name, about.measure, "rate" if about.is_rate else "sum")


def _declared_figures(one: Declared) -> Figures:
    note = (
        wording.DECLARED_BY.format(declared=num(one.declared), expected=num(one.expected))
        if one.expected
        else ""
    )
    return _without_plan(map(_declared_value, (one.value, one.cumulative, one.year_before)), note)


def _declared_value(value: Value) -> AnnexValue:
    if not isinstance(value, tuple):
        return value
    return Ratio(value[0], value[1]) if value[1] else None


# --- 2 By unit -------------------------------------------------------------------------------------


def by_unit(gathered: Gathered, said: Sequence[Said], codes: Sequence[str] = ()) -> Annex:
    """Each unit as its report says, then what the province has beside: the sums come out."""
    codes = codes or [code for code in BY_UNIT if code in gathered.codes][:4]
    measures = tuple(_measure(code) for code in codes)
    total = {code: _whole(gathered, code) for code in codes}
    groups = [
        AnnexGroup(tuple(_unit(one, codes) for one in said if one.part.is_commune == is_commune), title)
        for title, is_commune in (
            (wording.COMMUNES, True), (wording.DEPARTMENTS, False),
        )
    ]  # fmt: skip
    rest = (
        *_own_row(gathered, codes), *_after_row(said, codes),
        *_unreported_row(gathered, said, codes),
    )  # fmt: skip
    if rest:
        groups.append(AnnexGroup(rest, wording.BESIDE_UNITS))
    kept = tuple(group for group in groups if group.units)
    return _form(gathered, 2, wording.RESULTS_BY_UNIT, measures, kept, total)


def _unit(one: Said, codes: Sequence[str]) -> AnnexUnit:
    figures = {code: _figures_said(one, code) for code in codes}
    note = wording.NOTES[one.how] if one.how != "not_reported" else ""
    if note and codes:
        first = figures[codes[0]]
        figures[codes[0]] = Figures(*first.values, note=note)
    is_missing = one.how == "not_reported"
    return AnnexUnit(one.part.name, figures, is_missing=is_missing, code=one.part.code)


def _figures_said(one: Said, code: str) -> Figures:
    """What the report says of a unit; since the year began, as the report says of the period."""
    part = one.part
    plan = _plan(code, part.plan)
    if one.values is None:
        return Figures(plan)
    value = one.values.get(code)
    cumulative = part.cumulative.get(code)
    if one.how == "previous":
        cumulative = None
    elif isinstance(cumulative, int) and isinstance(value, int) and not is_distinct(code):
        cumulative += value - count_of(part.now.get(code))
    return Figures(
        plan, _annex_value(code, value), _annex_value(code, cumulative),
        _annex_value(code, part.year_before.get(code)),
    )  # fmt: skip


def _own_row(gathered: Gathered, codes: Iterable[str]) -> list[AnnexUnit]:
    own = (gathered.own, gathered.own_cumulative, gathered.own_year_before)
    figures = {
        code: _without_plan(count_of(values.get(code)) for values in own)
        for code in codes
        if BY_CODE[code].is_additive
    }
    return _row_of(wording.OWN, figures)


def _after_row(said: Sequence[Said], codes: Iterable[str]) -> list[AnnexUnit]:
    """What records of units say otherwise since their reports were approved."""
    figures = {}
    for code in codes:
        if not BY_CODE[code].is_additive:
            continue
        gap = sum(
            count_of(one.part.now.get(code)) - count_of((one.values or {}).get(code))
            for one in said
            if one.how == "approved"
        )
        figures[code] = Figures(None, gap, gap)
    return _row_of(wording.AFTER, figures)


def _unreported_row(
    gathered: Gathered, said: Sequence[Said], codes: Sequence[str]
) -> list[AnnexUnit]:
    """What is left to the province's numbers: recorded by units the rows say nothing of."""
    others = [*_own_row(gathered, codes), *_after_row(said, codes)]
    rows = [_unit(one, codes) for one in said] + others
    figures = {}
    for code in codes:
        if not BY_CODE[code].is_additive:
            continue
        whole = _whole(gathered, code)
        left = {
            name: int(number_of(getattr(whole, name)) or 0)
            - sum(int(number_of(getattr(row.figures[code], name)) or 0)
                  for row in rows if code in row.figures)
            for name in COLUMNS
        }  # fmt: skip
        figures[code] = Figures(None, left["in_period"], left["cumulative"], left["last_year"])
    return _row_of(wording.UNREPORTED, figures)


def _row_of(name: str, figures: Mapping[str, Figures]) -> list[AnnexUnit]:
    """A row, unless it has nothing to say."""
    has_any = any(value for one in figures.values() for value in one.values)
    return [AnnexUnit(name, figures)] if has_any else []


# --- 3 Teams and coverage ----------------------------------------------------------------------------


def coverage(gathered: Gathered, said: Sequence[Said]) -> Annex:
    """Communes with their teams, members, hamlets, and hamlets that have a team."""
    codes = [code for code in TEAMS if code in gathered.codes]
    measures = (
        *(_measure(code) for code in codes),
        Measure("covered", wording.HAMLETS_COVERED, "%", "rate",
                meaning=wording.HAMLETS_COVERED_MEANING),
    )  # fmt: skip
    rows = []
    for one in said:
        if not one.part.is_commune:
            continue
        unit = _unit(one, codes)
        covered = _covered(one.part.covered, one.part.hamlets)
        figures = {**unit.figures, "covered": Figures(None, covered, covered)}
        rows.append(replace(unit, figures=figures))
    communes = [part for part in gathered.parts if part.is_commune]
    whole = _covered(
        sum(part.covered or 0 for part in communes), sum(part.hamlets or 0 for part in communes)
    )
    total = {code: _whole(gathered, code) for code in codes}
    total["covered"] = Figures(None, whole, whole)
    title = wording.TEAMS_AND_COVERAGE
    beside = _beside_communes(total, rows, codes)
    groups = tuple(g for g in (AnnexGroup(tuple(rows)), AnnexGroup(beside)) if g.units)
    return _form(gathered, 3, title, measures, groups, total)


def _covered(covered: int | None, hamlets: int | None) -> Ratio | None:
    return Ratio(covered or 0, hamlets) if hamlets else None


def _beside_communes(
    total: Mapping[str, Figures], rows: Sequence[AnnexUnit], codes: Sequence[str]
) -> tuple[AnnexUnit, ...]:
    """Teams of units that are no communes, or of communes the rows say nothing of."""
    figures = {}
    for code in codes:
        left = [
            int(number_of(getattr(total[code], name)) or 0)
            - sum(int(number_of(getattr(row.figures[code], name)) or 0) for row in rows)
            for name in COLUMNS
        ]
        figures[code] = _without_plan(left)
    return tuple(_row_of(wording.BESIDE_COMMUNES, figures))


# --- 4 Reporting discipline --------------------------------------------------------------------------

DISCIPLINE = (
    ("handed_in", wording.REPORTS_HANDED_IN, lambda part: part.is_handed_in),
    ("on_time", wording.REPORTS_ON_TIME, lambda part: part.is_handed_in and part.is_on_time),
    ("approved", wording.REPORTS_APPROVED, lambda part: part.is_approved),
)


def discipline(gathered: Gathered) -> Annex:
    """Who reported, when, and how often since the year began; every missing unit by name."""
    measures = tuple(Measure(code, label, wording.REPORT) for code, label, _test in DISCIPLINE)
    asked = gathered.asked
    groups = []
    for title, is_commune in ((wording.COMMUNES, True), (wording.DEPARTMENTS, False)):
        rows = tuple(
            AnnexUnit(
                part.name,
                {
                    code: Figures(
                        part.year.get("asked", 1), int(test(part)), part.year.get(code, 0),
                        note=_told(part) if code == "handed_in" else "",
                    )
                    for code, _label, test in DISCIPLINE
                },
            )
            for part in asked
            if part.is_commune == is_commune
        )  # fmt: skip
        if rows:
            groups.append(AnnexGroup(rows, title))
    total = {
        code: Figures(
            sum(part.year.get("asked", 1) for part in asked), sum(test(part) for part in asked),
            sum(part.year.get(code, 0) for part in asked),
        )
        for code, _label, test in DISCIPLINE
    }  # fmt: skip
    return _form(gathered, 4, wording.DISCIPLINE, measures, tuple(groups), total)


def _told(part: Part) -> str:
    """``Đã duyệt; nộp 16/11/2025 08:30, đúng hạn``."""
    state = wording.STATES[part.state]
    handed_in = moment_of(part.handed_in_at)
    if handed_in is None or not part.is_handed_in:
        return state
    words = wording.TOLD_ON_TIME if part.is_on_time else wording.TOLD_LATE
    return words.format(state=state, at=f"{handed_in:%d/%m/%Y %H:%M}")


# --- Forms and their values ----------------------------------------------------------------------------


def _form(
    gathered: Gathered, number: int, title: str, measures: tuple[Measure, ...],
    groups: tuple[AnnexGroup, ...], total: Mapping[str, Figures],
) -> Annex:  # fmt: skip
    head, period = gathered.head, gathered.days_meant
    at = moment_of(gathered.at)
    assert at is not None  # noqa: S101
    return Annex(
        form=f"{number:02d}/BDHVS",
        head=Letterhead(
            superior=head["superior"], issuer=head["issuer"], symbol=head["symbol"],
            place=head["place"], year=at.year, month=at.month,
        ),
        title=title, period=wording.period_line(period),
        measures=measures, groups=groups, total=total,
        first_day=period.start, last_day=period.end,
    )  # fmt: skip


def _measure(code: str) -> Measure:
    about = BY_CODE[code]
    label, meaning = str(about.label), str(about.meaning)
    unit = wording.UNITS.get(code, str(about.noun))
    if about.is_ratio and about.per == 100:
        return Measure(code, label, "%", "rate", meaning=meaning)
    if about.is_ratio:
        return Measure(code, label, unit, "distinct", 1, meaning)
    return Measure(code, label, unit, "distinct" if is_distinct(code) else "sum", meaning=meaning)


def _annex_value(code: str, value: Value) -> AnnexValue:
    if not isinstance(value, tuple):
        return value
    above, below = value
    if not below:
        return None
    if BY_CODE[code].per == 100:
        return Ratio(above, below)
    return Decimal(above) * BY_CODE[code].per / Decimal(below)


def _plan(code: str, plan: Mapping[str, str]) -> AnnexValue:
    if code not in plan:
        return None
    number = Decimal(plan[code])
    if BY_CODE[code].is_ratio:
        return number / 100 if BY_CODE[code].per == 100 else number
    return int(number) if number == int(number) else number
