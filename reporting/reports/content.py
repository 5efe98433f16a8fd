"""What a report says: figures counted from records, declared figures, answers, narrative.

Read on somebody's behalf and as it is now; what was submitted and approved is in the snapshots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse

from campaign.periods import Kind, Period
from campaign.portal.access import Access
from reporting import figures
from reporting.declared.indicators import DECLARED_BY_CODE, DeclaredIndicator
from reporting.declared.rules import KINDS, before, measure
from reporting.declared.sums import Amount, added, of_one_unit
from reporting.figures import Figure
from reporting.indicators import BY_CODE, Indicator
from reporting.indicators import Kind as FigureKind
from reporting.models import Axis, DeclaredFigure, Report, ReportAnswer, ReportText
from reporting.models.cycles import ReportTemplate, TemplateQuestion, TemplateSection
from reporting.reports.doubts import KEPT
from reporting.reports.drafting import NO_DRAFT, Draft, drafts
from units.models import UnitProfile


@dataclass(frozen=True)
class CountedLine:
    """One counted indicator of a report: now, before, a year ago, and since the year began."""

    indicator: Indicator
    now: Figure
    before: Figure
    year_ago: Figure
    so_far: Figure
    #: the rows the number is made of
    url: str


@dataclass(frozen=True)
class DeclaredLine:
    """One declared indicator of a report: the unit's own declaration, and those before it."""

    indicator: DeclaredIndicator
    #: declared for exactly this period
    own: DeclaredFigure | None
    #: what holds for the period: declared for it, or made of declarations within it
    amount: Amount | None
    #: declared for shorter periods within it
    parts: tuple[DeclaredFigure, ...]
    #: of the same kind of period, the latest first
    history: tuple[DeclaredFigure, ...]

    @property
    def trend(self) -> list[float]:
        """The last values in the order of time, this period's last."""
        shown = [one for one in (self.own, *self.history[:KEPT]) if one]
        return [float(measure(one.value, one.denominator)) for one in reversed(shown)]


@dataclass(frozen=True)
class SectionText:
    """One narrative section: what is written, or what would be drafted while nobody has written."""

    section: TemplateSection
    row: ReportText | None
    #: drafted from figures
    draft: Draft = NO_DRAFT

    @property
    def text(self) -> str:
        """What the section says."""
        return self.row.text if self.row else self.draft.text

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return not self.text.strip()


@dataclass(frozen=True)
class Asked:
    """One question of a request, and the unit's answer."""

    question: TemplateQuestion
    row: ReportAnswer | None

    @property
    def is_answered(self) -> bool:
        """Whether there is an answer; zero and "no" are answers."""
        return bool(self.row and (self.row.number is not None or self.row.text.strip()))


def year_until(period: Period) -> Period:
    """From the first day of the reporting year to the last day of a period."""
    year = Period.containing(period.end, Kind.YEAR, period.scheme)
    if period.kind is Kind.QUARTER and period.number == 3:
        return Period.of(Kind.NINE, year.year, scheme=period.scheme)
    if period.end == year.end:
        return year
    return Period.between(year.start, period.end, period.scheme)


class Content:
    """What one report says now, read on somebody's behalf; every part is read once."""

    def __init__(self, report: Report, access: Access) -> None:
        self.report = report
        self.access = access
        self.template: ReportTemplate = report.cycle.template
        self.period = report.cycle.days_meant

    # --- counted ------------------------------------------------------------------------------

    @cached_property
    def codes(self) -> list[str]:
        """The counted indicators of the report; codes nobody knows any more are passed over."""
        return [code for code in self.template.indicators if code in BY_CODE]

    @cached_property
    def now(self) -> Mapping[str, Figure]:
        """The counted figures of the period, by code."""
        return self.figures_of(self.codes, self.period)

    def figures_of(self, codes: Sequence[str], period: Period) -> Mapping[str, Figure]:
        """Figures of the unit's own records in a period."""
        if not codes:
            return {}
        unit = self.report.unit
        asked = figures.figures(
            codes, axis=Axis.OWNER, units=[unit], period=period, access=self.access
        )
        return asked[unit.pk]

    @cached_property
    def counted(self) -> list[CountedLine]:
        """The counted figures with what they are compared with."""
        earlier = self.figures_of(self.codes, self.period.previous())
        year_ago = self.figures_of(self.codes, self.period.same_last_year())
        so_far = self.figures_of(self.codes, year_until(self.period))
        return [
            CountedLine(
                BY_CODE[code], self.now[code], earlier[code], year_ago[code], so_far[code],
                self.rows_url(code),
            )
            for code in self.codes
        ]  # fmt: skip

    def rows_url(self, code: str) -> str:
        """The rows that make a number of this report."""
        asked = {"unit": self.report.unit_id, "period": self.period.code, "axis": Axis.OWNER.value}
        return f"{reverse('rows', args=[BY_CODE[code].drill_code])}?{urlencode(asked)}"

    @cached_property
    def past(self) -> dict[str, list[Figure]]:
        """The flows of the periods before, the latest first: {code: figures}."""
        flows = [code for code in self.codes if BY_CODE[code].kind is FigureKind.FLOW]
        if not flows:
            return {}
        periods, period = [], self.period
        for _number in range(KEPT):
            period = period.previous()
            periods.append(period)
        found = figures.series(
            flows, axis=Axis.OWNER, unit=self.report.unit, periods=periods, access=self.access
        )
        return {code: [one[code] for one in found] for code in flows}

    # --- declared -----------------------------------------------------------------------------

    @cached_property
    def declared(self) -> list[DeclaredLine]:
        """The declared indicators of the report; only periods one may declare for have any."""
        codes = [code for code in self.template.declared if code in DECLARED_BY_CODE]
        if not codes or self.period.kind not in KINDS:
            return []
        by_code: dict[str, list[DeclaredFigure]] = defaultdict(list)
        rows = DeclaredFigure.objects.within(self.access.view).filter(
            unit=self.report.unit, indicator__in=codes, scheme=self.period.scheme,
            ends_on__lte=self.period.end,
        ).select_related("unit").order_by("-ends_on", "-pk")  # fmt: skip
        for row in rows:
            by_code[row.indicator].append(row)
        return [self._declared_line(code, by_code[code]) for code in codes]

    def _declared_line(self, code: str, rows: list[DeclaredFigure]) -> DeclaredLine:
        indicator = DECLARED_BY_CODE[code]
        own = next((one for one in rows if one.period == self.period.code), None)
        within = [one for one in rows if one.starts_on >= self.period.start]
        amount = added([own]) if own else added(of_one_unit(indicator, within))
        parts = tuple(one for one in within if one is not own)
        return DeclaredLine(indicator, own, amount, parts, tuple(before(self.period, rows)))

    @cached_property
    def expected(self) -> list[DeclaredLine]:
        """The declared indicators that this level of unit is expected to declare."""
        return [one for one in self.declared if self.report.unit.level in one.indicator.levels]

    # --- words --------------------------------------------------------------------------------

    @cached_property
    def texts(self) -> list[SectionText]:
        """The narrative sections in their order."""
        kept = {row.section: row for row in self.report.texts.select_related("by")}
        asked = list(self.template.sections.all())
        is_open = self.report.state in Report.WRITABLE
        drafted = drafts(self.report, self.access) if is_open else {}
        return [
            SectionText(one, kept.get(one.code), drafted.get(one.code, NO_DRAFT)) for one in asked
        ]

    @cached_property
    def questions(self) -> list[Asked]:
        """The questions of a request with their answers."""
        kept = {row.question_id: row for row in self.report.answers.select_related("by")}
        return [Asked(one, kept.get(one.pk)) for one in self.template.questions.all()]

    # --- what the figures are held against ----------------------------------------------------

    @cached_property
    def profile(self) -> UnitProfile | None:
        """What is known of the unit in the year of the period or before."""
        known = UnitProfile.objects.within(self.access.view).filter(unit=self.report.unit_id)
        return known.filter(year__lte=self.period.end.year).order_by("-year").first()
