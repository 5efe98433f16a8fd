"""Reading what a provincial report is compiled from: once, on behalf of who compiles it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Substr
from django.utils import timezone

from campaign.models import CampaignSettings
from campaign.periods import Kind as PeriodKind
from campaign.periods import Period
from campaign.portal.access import Access
from reporting import figures
from reporting.closing.recount import figure_of
from reporting.compiled.content import Declared, Gathered, Part, Value
from reporting.compiled.wording import RESULTS, committee_of
from reporting.declared.sums import Amount, Line, lines
from reporting.figures import registers
from reporting.figures.questions import Question
from reporting.indicators import BY_CODE, Kind
from reporting.models import Axis, Report, ReportingCycle, RollupFact, Snapshot
from reporting.phrases import Frame, Live
from reporting.phrases.narrative import drafts
from reporting.targets.reading import progress, year_of
from units.models import CommunityTeam, Unit

OWNER = Axis.OWNER.value
LEVELS = (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)

#: what a report says when its template names no indicators
USUAL = (
    "classes", "support_sessions", "classes_and_support", "sessions", "attendances", "people",
    "people_completed", "teams", "team_members", "communications", "communication_reach",
    "home_visit_rounds", "households_visited", "households_reached", "models", "solutions",
)  # fmt: skip
#: what paper and annexes always speak of
ALWAYS = ("classes_and_support", "attendances", "people", "activities", "teams", "team_members")


def gather(cycle: ReportingCycle, access: Access, now: datetime | None = None) -> Gathered:
    """Everything a version of the province's report on a cycle is written from."""
    province, period = cycle.unit, cycle.days_meant
    codes, year = codes_of(cycle), since_new_year(period)
    last_year = year.same_last_year()
    units = units_of(province, period, access)
    now_, cumulative, before = (
        _values(codes, [province, *units], days, access) for days in (period, year, last_year)
    )
    parts = [
        Part(
            unit.pk, unit.name, unit.level, code=unit.code, is_former=unit.is_former, now=now_[unit.pk],
            cumulative=cumulative[unit.pk], year_before=before[unit.pk],
        )
        for unit in units
    ]  # fmt: skip
    parts = _reported(_worth_a_row(parts), cycle, access)
    parts = _in_the_year(parts, cycle, year, access)
    plans = plans_of(codes, [province, *units], year, access)
    parts = [replace(part, plan=plans.get(part.unit, {})) for part in parts]
    own, own_cumulative, own_before = (
        own_figures(codes, province, days) for days in (period, year, last_year)
    )
    return Gathered(
        at=moment(now or timezone.now()), unit=province.pk, name=province.name,
        scheme=str(period.scheme), period=period.code, codes=tuple(codes),
        whole=now_[province.pk], cumulative=cumulative[province.pk],
        year_before=before[province.pk], plan=plans.get(province.pk, {}), own=own,
        own_cumulative=own_cumulative,
        own_year_before=own_before, parts=tuple(_covered(parts, period, access)),
        declared=tuple(_declared(cycle, year, access)), previous=_previous(cycle, access),
        head=head_of(province, access), drafts=drafts_of(cycle, access),
    )  # fmt: skip


def head_of(province: Unit, access: Access) -> dict[str, str]:
    """Who writes the report: the agency of the person who compiles it, under the province."""
    posted = Unit.objects.within(access.view).filter(
        pk__in=access.unit_ids,  # type: ignore[attr-defined]
        level=Unit.Level.DEPARTMENT,
    )
    agency = posted.order_by("pk").first()
    committee = committee_of(province.name)
    head = {"place": province.short_name, "campaign": CampaignSettings.current().product_name_vi}
    if agency is None:
        return head | {
            "superior": "", "issuer": committee.upper(), "issuer_in_words": committee,
            "symbol": "BC-UBND",
        }  # fmt: skip
    return head | {
        "superior": committee.upper(), "issuer": agency.name.upper(),
        "issuer_in_words": agency.name, "symbol": f"BC-{agency.code}",
    }  # fmt: skip


def moment(value: datetime | None) -> str:
    """A moment as it is kept: UTC, so that texts sort as moments do."""
    return value.astimezone(UTC).isoformat(timespec="microseconds") if value else ""


def codes_of(cycle: ReportingCycle) -> list[str]:
    """The counted indicators of the report, in its order, with those every report speaks of."""
    asked = [code for code in cycle.template.indicators if code in BY_CODE]
    return list(dict.fromkeys([*(asked or USUAL), *ALWAYS]))


def since_new_year(period: Period) -> Period:
    """From the first day of the period's year to its last: a whole period where there is one."""
    year = Period.containing(period.end, PeriodKind.YEAR, period.scheme)
    for kind in (PeriodKind.YEAR, PeriodKind.NINE, PeriodKind.HALF, PeriodKind.QUARTER,
                 PeriodKind.MONTH):  # fmt: skip
        whole = Period.of(kind, year.year, scheme=year.scheme)
        if whole.end == period.end:
            return whole
    return Period.between(min(year.start, period.start), period.end, year.scheme)


def units_of(province: Unit, period: Period, access: Access) -> list[Unit]:
    """Communes and departments of the province, those that ended before the cut-off last."""
    units = Unit.objects.within(access.view).filter(parent=province, level__in=LEVELS)
    ordered = list(units.order_by("level", "sort_key", "pk"))
    in_force = set(units.in_force(period.end).order_by().values_list("pk", flat=True))
    return sorted(ordered, key=lambda unit: unit.pk not in in_force)


def _values(
    codes: Sequence[str], units: Sequence[Unit], period: Period, access: Access
) -> dict[int, dict[str, Value]]:
    """The portal's own figures of some units, by who organised."""
    found = figures.figures(codes, axis=OWNER, units=units, period=period, access=access)
    return {
        pk: {code: value_of(figure) for code, figure in of_unit.items()}
        for pk, of_unit in found.items()
    }


def value_of(figure: figures.Figure) -> Value:
    """A figure as it is kept."""
    if figure.indicator.is_ratio:
        return None if figure.numerator is None else (figure.numerator, figure.denominator)
    return figure.value


def own_figures(codes: Iterable[str], province: Unit, period: Period) -> dict[str, Value]:
    """What the province recorded itself, read from the records that no unit beneath it owns."""
    additive = [code for code in codes if BY_CODE[code].is_additive]
    question = Question(OWNER, period)
    stored = [code for code in additive if code not in registers.CODES]
    counters = sorted({part for code in stored for part in BY_CODE[code].parts})
    facts = RollupFact.objects.filter(
        owner_path=province.path, day__range=(period.start, period.end)
    )
    sums = facts.aggregate(**{f"sum_{counter}": Sum(counter) for counter in counters})
    found: dict[str, Value] = {
        code: sum(sums[f"sum_{part}"] or 0 for part in BY_CODE[code].parts) for code in stored
    }
    for code in additive:
        if code in registers.CODES:
            found[code] = registers.records(code, question).filter(owner=province.path).count()
    return found


def _worth_a_row(parts: Iterable[Part]) -> list[Part]:
    """Units that ended stay only where something happened in the period."""
    return [
        part
        for part in parts
        if not part.is_former
        or any(
            value for code, value in part.now.items()
            if BY_CODE[code].kind is not Kind.RATIO
        )
    ]  # fmt: skip


def drafts_of(cycle: ReportingCycle, access: Access) -> dict[str, list[Any]]:
    """The narrative of the province as the phrases draft it, in Vietnamese, number by number."""
    frame = Frame.of(cycle.unit, cycle.days_meant)
    own = {section.code: section.phrases_vi for section in cycle.template.sections.all()}
    found = drafts(frame, Live(access), "vi", own or {RESULTS: ""})
    return {
        code: [[phrase.code or f"{at}", phrase.kept()] for at, phrase in enumerate(phrases)]
        for code, phrases in found.items()
    }


# --- The units' reports -------------------------------------------------------------------------


NOTHING: tuple[str, dict[str, Value] | None] = ("", None)


def _reported(parts: list[Part], cycle: ReportingCycle, access: Access) -> list[Part]:
    """The units with what their reports of the cycle say."""
    reports = Report.objects.within(access.view)
    by_unit = {report.unit_id: report for report in reports.filter(cycle=cycle)}
    frozen = frozen_values(by_unit.values(), access)
    earlier = _earlier(cycle, access)
    found = []
    for part in parts:
        report = by_unit.get(part.unit)
        if report is None:
            found.append(part)
            continue
        sha, values = frozen.get(report.pk, NOTHING) if report.state in Report.FROZEN else NOTHING
        if values is not None:
            values = dict(part.now) | values
        found.append(
            replace(
                part, report=report.pk, state=str(report.state), is_zero=report.is_zero,
                due_at=moment(report.due_at), handed_in_at=moment(report.first_submitted_at),
                approved_at=moment(report.approved_at), snapshot=sha, approved=values,
                before=earlier.get(part.unit),
            )
        )  # fmt: skip
    return found


def frozen_values(
    reports: Iterable[Report], access: Access
) -> dict[int, tuple[str, dict[str, Value]]]:
    """{report: (hash, values)} of the newest approved snapshot of each report."""
    rows = Snapshot.objects.within(access.view).filter(
        report__in=[report.pk for report in reports], occasion=Snapshot.Occasion.APPROVED
    )
    found = rows.order_by("at", "pk").values_list("report_id", "sha256", "figures")
    return {pk: (sha, values_in(kept)) for pk, sha, kept in found if pk is not None}


def _earlier(cycle: ReportingCycle, access: Access) -> dict[int, dict[str, Value]]:
    """{unit: values} approved in the cycle before."""
    previous = previous_cycle(cycle, access)
    if previous is None:
        return {}
    reports = Report.objects.within(access.view).filter(cycle=previous, state__in=Report.FROZEN)
    units = dict(reports.values_list("pk", "unit_id"))
    frozen = frozen_values(reports, access)
    return {units[pk]: values for pk, (_sha, values) in frozen.items()}


def previous_cycle(cycle: ReportingCycle, access: Access) -> ReportingCycle | None:
    """The cycle of the same template just before."""
    cycles = ReportingCycle.objects.within(access.view).filter(
        template=cycle.template_id, ends_on__lt=cycle.ends_on
    )
    return cycles.select_related("template").order_by("-ends_on", "-pk").first()


def _previous(cycle: ReportingCycle, access: Access) -> Mapping[str, str]:
    previous = previous_cycle(cycle, access)
    if previous is None:
        return {}
    return {
        "period": previous.period, "scheme": str(previous.scheme), "cycle": str(previous.pk),
        "closed_at": moment(previous.closed_at),
    }  # fmt: skip


def _in_the_year(
    parts: list[Part], cycle: ReportingCycle, year: Period, access: Access
) -> list[Part]:
    """The units with how many reports of this kind they owed and gave since the year began."""
    reports = Report.objects.within(access.view).filter(
        cycle__template=cycle.template_id, cycle__scheme=cycle.scheme,
        cycle__ends_on__range=(year.start, cycle.ends_on),
    )  # fmt: skip
    handed_in = Q(state__in=Report.GIVEN)
    rows: Any = reports.order_by().values("unit").annotate(
        asked=Count("pk"), handed_in=Count("pk", filter=handed_in),
        on_time=Count("pk", filter=handed_in & Q(first_submitted_at__lte=F("due_at"))),
        approved=Count("pk", filter=Q(state__in=Report.FROZEN)),
    )  # fmt: skip
    by_unit = {row.pop("unit"): row for row in rows}
    return [replace(part, year=by_unit.get(part.unit, {})) for part in parts]


def plans_of(
    codes: Sequence[str], units: Sequence[Unit], year: Period, access: Access
) -> dict[int, dict[str, str]]:
    """{unit: {code: number}} of the targets of the year, as numbers; a rate as it is read."""
    found: dict[int, dict[str, str]] = {}
    for (pk, code), one in progress(units, codes, year_of(year), access=access).items():
        number = one.target.value if BY_CODE[code].is_ratio else one.needed
        if number is not None:
            found.setdefault(pk, {})[code] = str(round(number, 2))
    return found


# --- Teams, and what units declare ----------------------------------------------------------------


def _covered(parts: list[Part], period: Period, access: Access) -> list[Part]:
    """Communes with how many hamlets they have, and how many of these have an active team."""
    units = Unit.objects.within(access.view)
    communes = {
        path: pk
        for pk, path in units.filter(pk__in=[part.unit for part in parts])
        .communes().order_by().values_list("pk", "path")
    }  # fmt: skip
    length = max((len(path) for path in communes), default=0)
    hamlets = units.hamlets().in_force(period.end).order_by()
    with_team = CommunityTeam.objects.within(access.view).active_on(period.end)
    all_of_them = _by_head(hamlets.values_list("pk", Substr("path", 1, length)), communes)
    covered = _by_head(
        hamlets.filter(pk__in=with_team.values("unit")).values_list(
            "pk", Substr("path", 1, length)
        ),
        communes,
    )
    return [
        replace(part, hamlets=all_of_them.get(part.unit, 0), covered=covered.get(part.unit, 0))
        if part.level == Unit.Level.COMMUNE else part
        for part in parts
    ]  # fmt: skip


def _by_head(rows: Iterable[tuple[int, str]], heads: Mapping[str, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for _pk, head in rows:
        if head in heads:
            found[heads[head]] = found.get(heads[head], 0) + 1
    return found


def _declared(cycle: ReportingCycle, year: Period, access: Access) -> list[Declared]:
    """What was declared of the province, or by the units beneath it, in the template's order."""
    asked = [str(code) for code in cycle.template.declared]
    if not asked:
        return []
    now, cumulative, before = (
        {line.indicator.code: line for line in lines(cycle.unit, days, access)}
        for days in (cycle.days_meant, year, year.same_last_year())
    )
    return [
        Declared(
            code, _said(now.get(code)), _said(cumulative.get(code)), _said(before.get(code)),
            declared=now[code].declared if code in now else 0,
            expected=now[code].expected if code in now else 0,
        )
        for code in asked
    ]  # fmt: skip


def _said(line: Line | None) -> Value:
    amount: Amount | None = (line.own or line.beneath) if line else None
    if line is None or amount is None:
        return None
    return (amount.value, amount.denominator) if line.indicator.is_rate else amount.value


def values_in(figures: Mapping[str, Any]) -> dict[str, Value]:
    """The counted figures of a report as its snapshot keeps them."""
    return {
        code: value_of(figure_of(code, kept)) for code, kept in figures.items() if code in BY_CODE
    }
