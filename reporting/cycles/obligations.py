"""Reports appear by themselves: one for each unit, template and period; nobody creates them.

A report exists from the first day of its period, so that a unit can prepare it; it is not due
before the cut-off. ``open_due`` may run as often as anybody likes, beside itself, on any day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from campaign.periods import ONE_DAY, Kind, Period
from campaign.periods import today as vietnam_today
from campaign.portal.scope import PATH_STEP
from campaign.working_days import add_working_days
from reporting.models import Report, ReportEvent, ReportingCycle, ReportTemplate
from units.models import Unit

BATCH = 1000
CACHE_KEY = "obligations-opened"
CHECKED_EVERY = 3600  # seconds between two looks of those who read boards

Frequency = ReportTemplate.Frequency

KINDS = {
    Frequency.WEEK: Kind.WEEK,
    Frequency.MONTH: Kind.MONTH,
    Frequency.QUARTER: Kind.QUARTER,
    Frequency.HALF: Kind.HALF,
    Frequency.NINE: Kind.NINE,
    Frequency.YEAR: Kind.YEAR,
}

#: (id, path, first day, last day) of a unit that may owe reports
Debtor = tuple[int, str, str, date | None, date | None]


# --- The calendar -----------------------------------------------------------------------------


def periods_of(template: ReportTemplate, until: date) -> list[Period]:
    """The periods a template asks for that have begun by a day, the earliest first.

    A period is asked for when its cut-off lies between the template's first and last day.
    """
    if template.frequency == Frequency.ONCE:
        if template.ends_on is None or template.starts_on > until:
            return []
        return [Period.between(template.starts_on, template.ends_on, template.scheme)]
    return list(_regular(template, until))


def _regular(template: ReportTemplate, until: date) -> Iterator[Period]:
    period = _first(template)
    while period.start <= until and (template.ends_on is None or period.end <= template.ends_on):
        yield period
        period = period.next()


def _first(template: ReportTemplate) -> Period:
    """The period that is closed first on or after the day from which it is asked."""
    if template.frequency == Frequency.DAY:
        return Period.between(template.starts_on, template.starts_on, template.scheme)
    kind = KINDS[Frequency(template.frequency)]
    period = Period.containing(template.starts_on, kind, template.scheme)
    return period if period.end >= template.starts_on else period.next()


def deadline_of(template: ReportTemplate, period: Period) -> datetime:
    """When reports of a period must be in: some working days after the cut-off, Vietnam time."""
    if template.due_at is not None:
        return template.due_at
    day = add_working_days(period.end, template.days_to_deadline)
    return moment(day, template.due_time or time.max)


def moment(day: date, at: time = time.min) -> datetime:
    """A time of a day in Vietnam; the first moment of the day unless told."""
    return datetime.combine(day, at, tzinfo=timezone.get_default_timezone())


def cut_off(cycle: ReportingCycle) -> datetime:
    """The first moment after the period: from here on the report can be handed in in earnest."""
    return moment(cycle.ends_on + ONE_DAY)


# --- Opening ----------------------------------------------------------------------------------


def open_due(today: date | None = None, *, now: datetime | None = None) -> int:
    """Make the cycles and reports that are owed by now; returns how many reports were added.

    Reports nobody has touched are withdrawn from units that ended before the cut-off. Deadlines
    of periods that still run follow the calendar of holidays. Where another day than today is
    named, it is the first moment of that day.
    """
    day = today or vietnam_today()
    now = now or (timezone.now() if day == vietnam_today() else moment(day))
    with transaction.atomic():
        # Whoever opens cycles waits for whoever does so already, and then finds nothing to do.
        templates = list(
            ReportTemplate.unscoped.select_for_update(of=("self",))
            .select_related("unit")
            .prefetch_related("units")
            .order_by("pk")
        )
        return _Opening(templates, day, now).run()


def ensure_open() -> None:
    """``open_due``, at most once an hour of a day: asked by everybody who reads what is owed."""
    key = f"{CACHE_KEY}:{vietnam_today()}"
    if not cache.add(key, True, CHECKED_EVERY):
        return
    try:
        open_due()
    except Exception:
        cache.delete(key)
        raise


def look_again(**kwargs: Any) -> None:
    """Units, templates or holidays changed: the next reader has to look again."""
    cache.delete(f"{CACHE_KEY}:{vietnam_today()}")


@dataclass
class _Opening:
    """One look at everything that is owed on a day."""

    templates: list[ReportTemplate]
    today: date
    now: datetime
    cycles: list[ReportingCycle] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)

    def run(self) -> int:
        self.cycles = list(
            ReportingCycle.unscoped.filter(template__in=self.templates, closed_at__isnull=True)
        )
        self._open_cycles()
        self._move_deadlines()
        if not self.cycles:
            return 0
        return self._settle_reports()

    def _open_cycles(self) -> None:
        known = set(
            ReportingCycle.unscoped.filter(template__in=self.templates).values_list(
                "template_id", "scheme", "period"
            )
        )
        wanted = [
            ReportingCycle(
                template=template,
                unit=template.unit,
                scheme=template.scheme,
                period=period.code,
                starts_on=period.start,
                ends_on=period.end,
                due_at=deadline_of(template, period),
            )
            for template in self.templates
            if template.is_active
            for period in periods_of(template, self.today)
            if (template.pk, template.scheme, period.code) not in known
        ]
        opened = ReportingCycle.unscoped.bulk_create(wanted, batch_size=BATCH)
        self.fresh = {cycle.pk for cycle in opened}
        self.cycles += opened

    def _move_deadlines(self) -> None:
        """Holidays named meanwhile move the deadline of what is not closed yet."""
        templates = {template.pk: template for template in self.templates}
        for cycle in self.cycles:
            if cycle.ends_on < self.today or cycle.pk in self.fresh:
                continue
            due_at, before = (
                deadline_of(templates[cycle.template_id], cycle.days_meant),
                cycle.due_at,
            )
            if due_at != before:
                cycle.due_at = due_at
                cycle.save(update_fields=["due_at", "updated_at"])
                Report.unscoped.filter(cycle=cycle, due_at=before).update(due_at=due_at)

    def _settle_reports(self) -> int:
        templates = {template.pk: template for template in self.templates}
        register = list(_register())
        held: dict[int, dict[int, int]] = defaultdict(dict)
        untouched: set[int] = set()
        for pk, cycle_id, unit_id, state in Report.unscoped.filter(
            cycle__in=[cycle.pk for cycle in self.cycles]
        ).values_list("pk", "cycle_id", "unit_id", "state"):
            held[cycle_id][unit_id] = pk
            if state == Report.State.OPEN:
                untouched.add(pk)
        added: list[Report] = []
        gone: set[int] = set()
        for cycle in self.cycles:
            template, has = templates[cycle.template_id], held[cycle.pk]
            standing = {row[0] for row in register if _stands(row, cycle.ends_on)}
            owing = _owing(template, register) & standing if template.is_active else set()
            is_running = cycle.due_at > self.now
            if is_running or cycle.pk in self.fresh:
                added += self._missing(cycle, owing - has.keys())
            stays = owing if is_running else standing
            gone |= {pk for unit_id, pk in has.items() if unit_id not in stays}
        _withdraw(gone & untouched)
        _write(added, self.now)
        return len(added)

    def _missing(self, cycle: ReportingCycle, units: set[int]) -> Iterator[Report]:
        for unit_id in sorted(units):
            yield Report(cycle=cycle, unit_id=unit_id, due_at=cycle.due_at, since=self.now)


def _register() -> Iterator[Debtor]:
    """Every commune and department there is or was."""
    yield from Unit.unscoped.filter(level__in=ReportTemplate.LEVELS).values_list(
        "pk", "path", "level", "valid_from", "valid_to"
    )


def _stands(row: Debtor, day: date) -> bool:
    _pk, _path, _level, start, end = row
    return (start is None or start <= day) and (end is None or end >= day)


def _owing(template: ReportTemplate, register: Iterable[Debtor]) -> set[int]:
    """Ids of the units that a template asks, whether they exist on a day or not."""
    chosen = {unit.pk for unit in template.units.all()}
    province = template.unit.path[:PATH_STEP]
    return {
        row[0]
        for row in register
        if row[1].startswith(province)
        and (row[0] in chosen if chosen else row[2] in template.levels)
    }


def _write(reports: list[Report], now: datetime) -> None:
    """Store reports with the event that begins their history."""
    stored = Report.unscoped.bulk_create(reports, batch_size=BATCH)
    ReportEvent.objects.bulk_create(
        [
            ReportEvent(
                report=report, at=now, action=ReportEvent.Action.OPENED, after=Report.State.OPEN
            )
            for report in stored
        ],
        batch_size=BATCH,
    )


def _withdraw(reports: set[int]) -> None:
    """Take back reports nobody has touched, and cycles that nobody owes a report in any more."""
    if not reports:
        return
    rows = Report.unscoped.filter(pk__in=reports)
    cycles = set(rows.values_list("cycle_id", flat=True))
    rows.delete()
    ReportingCycle.unscoped.filter(
        pk__in=cycles, template__is_active=False, reports__isnull=True
    ).delete()
