"""Where every report of one cycle stands: read once for the board, whatever it shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Posting
from campaign.portal.access import Access
from reporting.cycles.obligations import cut_off
from reporting.cycles.turns import Turn, days_waiting, turn_of, turn_since
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.models import (
    DeclaredFigure,
    Reminder,
    Report,
    ReportAnswer,
    ReportingCycle,
    ReportText,
)
from units.models import Unit

State = Report.State
PERIODS_BACK = 12
"""Cycles before this one that are looked at."""

NOT_SUBMITTED = (State.OPEN, State.DRAFT, State.PROPOSED)
WAITING = (State.SUBMITTED,)
RETURNED = (State.RETURNED,)
APPROVED = (State.APPROVED, State.LOCKED)
SUBMITTED = (*WAITING, *RETURNED, *APPROVED)
"""A report that was returned had been submitted: the unit is not missing."""


def is_submitted() -> Q:
    """Reports their unit has submitted, whatever became of them."""
    return Q(state__in=SUBMITTED)


def is_overdue(now: datetime) -> Q:
    """Reports that should be in and are not."""
    return Q(state__in=NOT_SUBMITTED, due_at__lt=now)


def is_on_time() -> Q:
    """Reports that were in by their deadline."""
    return is_submitted() & Q(first_submitted_at__lte=F("due_at"))


def overdue_for(access: Access) -> int:
    """How many reports a person may see are overdue: the number in the menu."""
    if not access.view:
        return 0
    return Report.objects.within(access.view).filter(is_overdue(timezone.now())).count()


@dataclass
class Standing:
    """One unit's report as the board shows it."""

    report: Report
    now: datetime
    cut_off: datetime
    done: int = 0
    parts: int = 0
    late_before: int = 0
    reminded: int = 0
    reminded_at: datetime | None = None
    phone: str = ""

    @property
    def unit(self) -> Unit:
        """Whose report it is."""
        return self.report.unit

    @property
    def is_submitted(self) -> bool:
        """Whether the unit has done its part at least once."""
        return self.report.state in SUBMITTED

    @property
    def is_overdue(self) -> bool:
        """Whether it should be in and is not."""
        return not self.is_submitted and self.report.due_at < self.now

    @property
    def is_on_time(self) -> bool:
        """Whether it was in by its deadline."""
        at = self.report.first_submitted_at
        return self.is_submitted and at is not None and at <= self.report.due_at

    @property
    def is_late(self) -> bool:
        """Whether this period counts among the late ones."""
        return self.is_overdue or (self.is_submitted and not self.is_on_time)

    @property
    def late_in_a_row(self) -> int:
        """For how many periods running the unit has been late, with this one."""
        return self.late_before + 1 if self.is_late else 0

    @property
    def has_more_time(self) -> bool:
        """Whether this unit was given a later deadline than the others."""
        return self.report.due_at > self.report.cycle.due_at

    @property
    def url(self) -> str:
        """Where the report is read."""
        return self.report.get_absolute_url()

    @property
    def chip(self) -> str:
        """The unit's name, as short as it stays clear: the kind is said where it is not usual."""
        if self.unit.kind == Unit.Kind.WARD:
            return _("W. %(name)s") % {"name": self.unit.short_name}
        return self.unit.short_name

    @property
    def turn(self) -> Turn:
        """Who has to do the next step."""
        return turn_of(self.report, self.cut_off, self.now)

    @property
    def waiting(self) -> int | None:
        """For how many days that person has had it."""
        since = getattr(self.report, "turn_since", None)
        return days_waiting(self.report, self.cut_off, self.now, since)

    @cached_property
    def squares(self) -> list[bool]:
        """The parts of the report as squares: entered or not."""
        return [number < self.done for number in range(self.parts)]


@dataclass
class Round:
    """All reports of one cycle that a reader may see, with what the board says of each."""

    cycle: ReportingCycle
    access: Access
    level: str = ""
    now: datetime = field(default_factory=lambda: timezone.now())

    def rows(self) -> QuerySet[Any]:
        """The reports, in the order of their units."""
        rows = Report.objects.within(self.access.view).filter(cycle=self.cycle)
        if self.level:
            rows = rows.filter(unit__level=self.level)
        return rows.annotate(turn_since=turn_since()).select_related("unit").order_by(
            "unit__sort_key", "pk"
        )  # fmt: skip

    @cached_property
    def standings(self) -> list[Standing]:
        """Each report with its progress, its lateness, and who was reminded."""
        reports = list(self.rows())
        if not reports:
            return []
        cut, done = cut_off(self.cycle), self._done(reports)
        before, reminded = self._late_before(reports), self._reminded()
        phones = self._phones(reports)
        found = []
        for report in reports:
            report.cycle = self.cycle
            times, last = reminded.get(report.pk, (0, None))
            found.append(
                Standing(
                    report, self.now, cut, done[report.pk], self.parts_of(report.unit),
                    before.get(report.unit_id, 0), times, last,
                    phones.get(report.unit_id, "") or report.unit.contact_phone,
                )
            )  # fmt: skip
        return found

    # --- progress -------------------------------------------------------------------------

    @cached_property
    def sections(self) -> int:
        """How many narrative sections the report has."""
        return self.cycle.template.sections.count()

    @cached_property
    def questions(self) -> int:
        """How many questions a request asks."""
        return self.cycle.template.questions.count()

    def declared_by(self, level: str) -> list[str]:
        """The declared indicators that are asked of units of a level."""
        return [
            code
            for code in self.cycle.template.declared
            if code in DECLARED_BY_CODE and level in DECLARED_BY_CODE[code].levels
        ]

    def parts_of(self, unit: Unit) -> int:
        """How many things a unit enters: its sections, its declared figures, its answers."""
        return self.sections + bool(self.questions) + bool(self.declared_by(unit.level))

    def _done(self, reports: Sequence[Report]) -> dict[int, int]:
        """How many of them it has entered; figures declared before it began its report wait there."""
        texts = self._count(ReportText.objects.filter(is_draft=False).exclude(text=""))
        answers = self._count(ReportAnswer.objects.all())
        declared = self._declared(reports)
        found = {}
        for report in reports:
            if report.state == State.OPEN:
                found[report.pk] = 0
                continue
            asked = self.declared_by(report.unit.level)
            found[report.pk] = (
                min(texts.get(report.pk, 0), self.sections)
                + (bool(self.questions) and answers.get(report.pk, 0) >= self.questions)
                + (bool(asked) and declared.get(report.unit_id, 0) >= len(asked))
            )
        return found

    def _count(self, rows: QuerySet[Any]) -> dict[int, int]:
        rows = rows.filter(report__cycle=self.cycle).order_by()
        return dict(rows.values_list("report").annotate(number=Count("pk")))

    def _declared(self, reports: Sequence[Report]) -> dict[int, int]:
        if not self.cycle.template.declared:
            return {}
        figures = DeclaredFigure.objects.within(self.access.view).filter(
            scheme=self.cycle.scheme,
            period=self.cycle.period,
            indicator__in=self.cycle.template.declared,
        )
        counted = figures.order_by().values_list("unit").annotate(number=Count("pk"))
        return dict(counted)

    # --- lateness, reminders, phones ------------------------------------------------------

    def _late_before(self, reports: Sequence[Report]) -> dict[int, int]:
        """For how many periods running, just before this one, each unit was late."""
        past = earlier(self.cycle, self.access)
        late: dict[int, int] = defaultdict(int)
        ended: set[int] = set()
        for report in past_reports(past, self.access, level=self.level):
            if report.unit_id in ended:
                continue
            if was_late(report, self.now):
                late[report.unit_id] += 1
            else:
                ended.add(report.unit_id)
        return late

    def _reminded(self) -> dict[int, tuple[int, datetime]]:
        """On how many days each unit was reminded, and when last."""
        rows = Reminder.objects.within(self.access.view).filter(report__cycle=self.cycle)
        counted = rows.order_by().values_list("report")
        return {
            pk: (days, last)
            for pk, days, last in counted.annotate(
                days=Count(TruncDate("at"), distinct=True), last=Max("at")
            )
        }

    def _phones(self, reports: Iterable[Report]) -> dict[int, str]:
        """The phone of each unit's officer, for those who keep the register of units."""
        officers = (
            Posting.objects.within(self.access.manage)
            .in_force()
            .filter(
                unit__in={report.unit_id for report in reports},
                role__in=(Posting.Role.COMMUNE_OFFICER, Posting.Role.DEPARTMENT_OFFICER),
                user__is_active=True,
            )
            .exclude(user__phone="")
            .order_by("-starts_on", "-pk")
        )
        return dict(officers.values_list("unit_id", "user__phone"))


def earlier(cycle: ReportingCycle, access: Access) -> list[ReportingCycle]:
    """The cycles of the same template just before one, the latest first."""
    return list(
        ReportingCycle.objects.within(access.register)
        .filter(template=cycle.template_id, ends_on__lt=cycle.ends_on)
        .order_by("-ends_on", "-pk")[:PERIODS_BACK]
    )


def past_reports(
    cycles: Sequence[ReportingCycle], access: Access, *, level: str = ""
) -> list[Report]:
    """Reports of some cycles, the latest cycle first: where they stand, not what they say."""
    place = {cycle.pk: number for number, cycle in enumerate(cycles)}
    rows = Report.objects.within(access.view).filter(cycle__in=list(place))
    if level:
        rows = rows.filter(unit__level=level)
    fields = ("cycle_id", "unit_id", "state", "due_at", "first_submitted_at", "since")
    return sorted(rows.only(*fields), key=lambda report: place[report.cycle_id])


def was_late(report: Report, now: datetime) -> bool:
    """Whether a report came late, or is missing though it was due."""
    if report.state not in SUBMITTED:
        return report.due_at < now
    at = report.first_submitted_at
    return at is None or at > report.due_at
