"""The reports of the last months as they would stand today: most in time, some late, some returned.

Every report is given a whole life; what lies after the present moment has not happened yet. So
the board looks lived in on whatever day the demonstration is built.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from accounts.models import Posting, User
from campaign.periods import ONE_DAY, Kind, Period
from campaign.portal.access import access_of
from campaign.portal.figures import num
from reporting.cycles import asking
from reporting.cycles.obligations import moment, open_due
from reporting.demo import frozen
from reporting.demo.land import said
from reporting.demo.names import Names
from reporting.demo.offices import Offices
from reporting.demo.wording import wording
from reporting.figures import figures
from reporting.models import (
    Axis,
    Reminder,
    Report,
    ReportAnswer,
    ReportEvent,
    ReportingCycle,
    ReportTemplate,
    ReportText,
    TemplateQuestion,
)
from units.models import Unit

MONTHS = 4
BATCH = 500
#: how long after the last approval the provincial report was locked
LOCKED_AFTER = timedelta(days=1)
CODES = ("classes_and_support", "sessions", "attendances", "activities")
ONE_HOUR = timedelta(hours=1)
State, Action = Report.State, ReportEvent.Action

#: how a unit keeps its deadlines, and how many of a hundred are so
HABITS = {"prompt": 52, "last_minute": 14, "late": 20, "chronic": 14}

#: what the steps of a report leave on it
MOVED = [
    "state", "since", "first_submitted_at", "submitted_at", "submitted_by", "approved_at",
    "approved_by", "reason", "warnings", "explanations",
]  # fmt: skip

#: a step of a report: when, what, the state after it, by whom, why
Step = tuple[datetime, str, str, "User | None", str]


@dataclass
class Life:
    """One report from its opening to its locking."""

    report: Report
    steps: list[Step] = field(default_factory=list)
    warnings: int = 0

    def until(self, now: datetime) -> list[Step]:
        """What has happened by now."""
        return [step for step in self.steps if step[0] <= now]


class Reports:
    """Writes the reports of a province."""

    def __init__(
        self, root: Unit, now: datetime, random: Random, *, is_small: bool = False
    ) -> None:
        self.root, self.now, self.random, self.is_small = root, now, random, is_small
        self.words = wording("reports")
        self.today = timezone.localtime(now).date()
        owing = Unit.unscoped.below(root).filter(level__in=ReportTemplate.LEVELS).in_force()
        self.units = list(owing.order_by("code"))
        self.offices = Offices(self.units, Names("offices"), random)
        self.reviewer = Posting.unscoped.get(
            role=Posting.Role.FOCAL_OFFICER, unit__path__startswith=root.path
        ).user
        self.habits = self._habits()

    def _habits(self) -> dict[int, str]:
        kinds = [kind for kind, share in HABITS.items() for _n in range(share)]
        return {unit.pk: self.random.choice(kinds) for unit in self.units}

    # --- cycles ---------------------------------------------------------------------------

    def write(self) -> dict[str, int]:
        """Open the cycles of the last months and let their reports live."""
        for start in self._begin():
            open_due(start)
        open_due(self.today, now=self.now)
        cycles = list(
            ReportingCycle.unscoped.filter(
                template__unit=self.root, ends_on__lt=self.today
            ).select_related("template").order_by("ends_on", "pk")
        )  # fmt: skip
        month_ago = self.now - timedelta(days=30)
        latest = {cycle.template_id: cycle for cycle in cycles}
        running = [cycle for cycle in latest.values() if cycle.due_at > month_ago]
        lives = [
            life for cycle in cycles for life in self._lives(cycle, is_latest=cycle in running)
        ]
        written = self._store(lives)
        for cycle in cycles:
            if cycle in running:
                self._remind(cycle)
        written |= self._ask()
        return written | {"Snapshot": self._freeze(cycles, running)}

    def _freeze(self, cycles: list[ReportingCycle], running: list[ReportingCycle]) -> int:
        """What is approved of the last two months, and what waits for approval, is frozen as in earnest.

        Where the province is built small, only the communes and departments of the cast are.
        """
        months = [one for one in cycles if one.template.closes_records]
        shown = Report.unscoped.filter(cycle__in=[*running, *months[-2:]])
        if self.is_small:
            shown = shown.filter(unit__short_name__in=self.words["cast"])
        count = frozen.freeze(shown.filter(state__in=Report.FROZEN), self.reviewer)
        waiting = Report.unscoped.filter(
            unit__path__startswith=self.root.path, state=State.SUBMITTED
        )
        if self.is_small:
            waiting = waiting.filter(unit__short_name__in=self.words["cast"])
        return count + frozen.keep_submitted(waiting)

    def _begin(self) -> list[date]:
        """Ask from some months ago; returns the first days of the periods since, in order."""
        month = Period.containing(self.today, Kind.MONTH)
        months = [month]
        for _number in range(MONTHS):
            months.append(months[-1].previous())
        quarter = Period.containing(self.today, Kind.QUARTER).previous()
        templates = ReportTemplate.unscoped.filter(unit=self.root)
        templates.filter(code="month").update(starts_on=months[-1].end)
        templates.filter(code="quarter").update(starts_on=quarter.end)
        starts = {one.start for one in months} | {quarter.start, quarter.next().start}
        for kind in (Kind.HALF, Kind.NINE, Kind.YEAR):
            starts.add(Period.containing(self.today, kind).start)
        return sorted(day for day in starts if day <= self.today)

    # --- lives ----------------------------------------------------------------------------

    def _lives(self, cycle: ReportingCycle, *, is_latest: bool) -> Iterator[Life]:
        reports = Report.unscoped.filter(cycle=cycle).select_related("unit").order_by("unit__code")
        lives = [Life(report) for report in reports]
        for life in lives:
            life.report.cycle = cycle
            self._live(life, cycle, is_latest=is_latest)
        if lives and not is_latest:
            closed = max(cycle.due_at, *(life.steps[-1][0] for life in lives)) + LOCKED_AFTER
            for life in lives:
                life.steps.append((closed, Action.LOCKED, State.LOCKED, self.reviewer, ""))
        yield from lives

    def _live(self, life: Life, cycle: ReportingCycle, *, is_latest: bool) -> None:
        report, random = life.report, self.random
        officer, leader = self.offices.officer(report.unit), self.offices.leader(report.unit)
        at = self._submitted(report, cycle, is_latest=is_latest)
        first = moment(cycle.ends_on + ONE_DAY)
        begun = first + (at - first) * random.uniform(0.1, 0.95)
        proposed = begun + (at - begun) * random.uniform(0.5, 0.95)
        life.steps.append((begun, Action.STARTED, State.DRAFT, officer, ""))
        life.steps.append((proposed, Action.PROPOSED, State.PROPOSED, officer, ""))
        life.steps.append((at, Action.SUBMITTED, State.SUBMITTED, leader, ""))
        life.warnings = random.choice((1, 1, 2, 3)) if random.random() < 0.25 else 0
        if random.random() < 0.08:
            reason = random.choice(self.words["returned"])
            at = self._at_work(at + timedelta(days=random.uniform(0.5, 2)))
            life.steps.append((at, Action.RETURNED, State.RETURNED, self.reviewer, reason))
            at = self._at_work(at + timedelta(days=random.uniform(4, 9)))
            life.steps.append((at, Action.SUBMITTED, State.SUBMITTED, leader, ""))
        wait = random.uniform(4, 9) if life.warnings else random.uniform(0.5, 6)
        at = self._at_work(at + timedelta(days=wait))
        life.steps.append((at, Action.APPROVED, State.APPROVED, self.reviewer, ""))
        where = self.words["cast"].get(report.unit.short_name)
        if is_latest and where:
            self._leave(life, where)

    def _leave(self, life: Life, where: str) -> None:
        """Let the report of somebody of the cast stand where that person finds it."""
        officer = self.offices.officer(life.report.unit)
        leader = self.offices.leader(life.report.unit)
        first = life.steps[0][0]
        ends: dict[str, list[Step]] = {
            "draft": [(first, Action.STARTED, State.DRAFT, officer, "")],
            "proposed": [
                (first, Action.STARTED, State.DRAFT, officer, ""),
                (first + ONE_HOUR, Action.PROPOSED, State.PROPOSED, officer, ""),
            ],
            "returned": [
                (first, Action.STARTED, State.DRAFT, officer, ""),
                (first + ONE_HOUR, Action.SUBMITTED, State.SUBMITTED, leader, ""),
                (first + 3 * ONE_HOUR, Action.RETURNED, State.RETURNED, self.reviewer,
                 self.words["returned"][3]),
            ],
        }  # fmt: skip
        life.steps, life.warnings = ends[where], 0

    def _submitted(self, report: Report, cycle: ReportingCycle, *, is_latest: bool) -> datetime:
        """When the unit's leader submits: by its habit, before or after the deadline."""
        random, habit = self.random, self.habits[report.unit_id]
        first, due = moment(cycle.ends_on + ONE_DAY), cycle.due_at
        if habit == "chronic" and (is_latest or random.random() < 0.4):
            late = random.uniform(9, 14) if is_latest else random.uniform(1, 6)
            return self._at_work(due + timedelta(days=late))
        if habit == "late" and random.random() < 0.6:
            return self._at_work(due + timedelta(days=random.uniform(0.3, 3.5)))
        share = random.uniform(0.75, 0.97) if habit == "last_minute" else random.uniform(0.2, 0.93)
        return min(self._at_work(first + (due - first) * share), due - timedelta(minutes=7))

    def _at_work(self, at: datetime) -> datetime:
        """The same day in office hours."""
        day = timezone.localtime(at).date()
        hour = time(self.random.randint(7, 16), self.random.choice(range(2, 60, 7)))
        return moment(day, hour)

    # --- writing down ---------------------------------------------------------------------

    def _store(self, lives: list[Life]) -> dict[str, int]:
        events: list[ReportEvent] = []
        texts: list[ReportText] = []
        for life in lives:
            before = str(State.OPEN)
            for step in life.until(self.now):
                at, action, after, by, reason = step
                events.append(
                    ReportEvent(
                        report=life.report, at=at, action=action, before=before, after=after,
                        by=by, reason=reason,
                    )
                )  # fmt: skip
                self._apply(life, step)
                before = after
        for cycle, reports in _by_cycle(lives).items():
            texts += self._texts(cycle, reports)
        self._close(_by_cycle(lives))
        Report.unscoped.bulk_create(
            [life.report for life in lives], batch_size=BATCH, update_conflicts=True,
            unique_fields=["id"], update_fields=MOVED,
        )  # fmt: skip
        ReportEvent.objects.bulk_create(events, batch_size=BATCH)
        ReportText.objects.bulk_create(texts, batch_size=BATCH)
        return {"Report": len(lives), "ReportEvent": len(events), "ReportText": len(texts)}

    def _apply(self, life: Life, step: Step) -> None:
        """What a step leaves on the report."""
        report, (at, action, after, by, reason) = life.report, step
        report.state, report.since = after, at
        if action == Action.SUBMITTED:
            report.first_submitted_at = report.first_submitted_at or at
            report.submitted_at, report.submitted_by = at, by
            report.warnings = life.warnings
            report.explanations = {
                f"jump:{number}": self.random.choice(self.words["explained"])
                for number in range(report.warnings)
            }
        elif action == Action.RETURNED:
            report.reason = reason
        elif action == Action.APPROVED:
            report.approved_at, report.approved_by, report.reason = at, by, ""

    def _texts(self, cycle: ReportingCycle, reports: list[Report]) -> Iterator[ReportText]:
        """What units have written by now: everything, or a part of a draft."""
        sections = [one.code for one in cycle.template.sections.all()]
        results = self._results(cycle, [report.unit for report in reports])
        for report in reports:
            if report.state == State.OPEN:
                continue
            written = sections
            if report.state == State.DRAFT:
                written = self.random.sample(sections, self.random.randint(0, len(sections) - 1))
            for code in written:
                pool = self.words["sections"].get(code)
                words = results[report.unit_id] if code == "II" else self.random.choice(pool)
                text = words.format(unit=said(report.unit))
                yield ReportText(
                    report=report, section=code, text=text[:1].upper() + text[1:],
                    by=self.offices.officer(report.unit),
                )  # fmt: skip

    def _results(self, cycle: ReportingCycle, units: list[Unit]) -> dict[int, str]:
        """The sentence with the unit's figures."""
        access = access_of(self.reviewer)
        found = figures(
            CODES, axis=Axis.OWNER.value, units=units, period=cycle.days_meant, access=access
        )
        words = self.words["results"]
        told = {}
        for unit in units:
            values = {code: found[unit.pk][code].value or 0 for code in CODES}
            name = "some" if values["classes_and_support"] else "none"
            numbers = {code: num(value) for code, value in values.items()}
            numbers["classes"] = numbers.pop("classes_and_support")
            told[unit.pk] = words[name].format(unit="{unit}", **numbers)
        return told

    def _close(self, reports: dict[ReportingCycle, list[Report]]) -> None:
        """Cycles all of whose reports are locked are closed."""
        for cycle, rows in reports.items():
            if all(report.state == State.LOCKED for report in rows):
                cycle.closed_at = max(report.since for report in rows)
                cycle.closed_by = self.reviewer
                cycle.save(update_fields=["closed_at", "closed_by"])

    # --- reminders and the request --------------------------------------------------------

    def _remind(self, cycle: ReportingCycle) -> None:
        """Units that missed the deadline were reminded every other day."""
        missing = Report.unscoped.filter(
            cycle=cycle, state__in=(State.OPEN, State.DRAFT, State.PROPOSED)
        ).select_related("unit")
        day, last = timezone.localtime(cycle.due_at).date() + ONE_DAY, self.today
        days = [day + timedelta(days=2 * n) for n in range(3) if day + timedelta(days=2 * n) < last]
        for number, day in enumerate(days):
            chosen = [
                report
                for report in missing
                if number == 0 or self.habits[report.unit_id] == "chronic" or number == 1
            ]
            rows = Reminder.unscoped.bulk_create(
                Reminder(
                    report=report, unit=report.unit, to=self.offices.officer(report.unit),
                    why=Reminder.Why.OVERDUE, channel=Reminder.Channel.PORTAL,
                    delivery=Reminder.Delivery.SENT, by=self.reviewer,
                )
                for report in chosen
            )  # fmt: skip
            Reminder.unscoped.filter(pk__in=[row.pk for row in rows]).update(
                at=moment(day, time(8, 0))
            )

    def _ask(self) -> dict[str, int]:
        """A request that runs: two thirds of the communes have answered."""
        words, opened = self.words["request"], moment(self.today - timedelta(days=3), time(8, 30))
        cycle = asking.request(
            unit=self.reviewer.postings.get().unit,
            name=words["name"], letter=words["letter"], note=words["note"],
            questions=[tuple(one) for one in words["questions"]],
            levels=[Unit.Level.COMMUNE],
            due_at=moment(self.today + timedelta(days=4), time(17, 0)),
            starts_on=opened.date(), now=min(opened, self.now),
        )  # fmt: skip
        reports = list(Report.unscoped.filter(cycle=cycle).select_related("unit", "cycle"))
        questions = list(cycle.template.questions.all())
        answers, lives = [], []
        for report in reports:
            if self.random.random() > 0.66:
                continue
            at = opened + (self.now - opened) * self.random.uniform(0.05, 0.95)
            officer = self.offices.officer(report.unit)
            report.cycle = cycle
            lives.append(Life(report, [(at, Action.SUBMITTED, State.SUBMITTED, officer, "")]))
            answers += [self._answer(report, question, officer) for question in questions]
        ReportAnswer.objects.bulk_create(answers, batch_size=BATCH)
        self._store(lives)
        return {"ReportAnswer": len(answers)}

    def _answer(self, report: Report, question: TemplateQuestion, by: User) -> ReportAnswer:
        random, kind = self.random, TemplateQuestion.Kind
        answer = ReportAnswer(report=report, question=question, by=by)
        if question.kind == kind.NUMBER:
            answer.number = random.choice((0, 1, 1, 2, 2, 3, 4, 6))
        elif question.kind == kind.YES_NO:
            answer.text = "yes" if random.random() < 0.7 else "no"
        else:
            answer.text = random.choice(self.words["request"]["difficulties"])
        return answer


def _by_cycle(lives: list[Life]) -> dict[ReportingCycle, list[Report]]:
    found: dict[ReportingCycle, list[Report]] = defaultdict(list)
    for life in lives:
        found[life.report.cycle].append(life.report)
    return found
