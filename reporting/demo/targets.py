"""What the demonstration province set itself: the plan of this year and of the year before.

The values are worked out from what happened, so that the plan is plausible at every size and on
every day: some communes are ahead of it, some behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from campaign.models import Audience
from campaign.periods import Kind, Period
from classes.models import Attendance, ClassSession, SessionHeadcount
from reporting.demo.book import Book
from reporting.demo.land import Land
from reporting.demo.sums import shares
from reporting.demo.wording import wording
from reporting.models import Target
from reporting.targets.rules import Basis
from units.models import Unit

Rule = Target.Rule
#: communes that share their target out over their hamlets
SHARING = ("Định Hòa", "Gò Quao", "Rạch Giá", "Long Xuyên")
#: part of the last twelve months that a year's plan asks for
THIS_YEAR, LAST_YEAR = 1.06, 0.97
#: rates that are the same for the province and every commune: {indicator: (basis, last year, this)}
SAME_FOR_ALL = {
    "teams": (Basis.HAMLETS, 100, 100),
    "vneid_level_2": (Basis.OWN, None, 75),
    "documents_online": (Basis.OWN, None, 98),
    "officials_skilled": (Basis.OWN, 80, 100),
    "adults_skilled": (Basis.OWN, None, 80),
}
#: audiences the plan speaks of by name
NAMED = ("pupils", "elderly")


@dataclass(frozen=True)
class Held:
    """What happened in some days, as far as plans speak of it."""

    attendances: int
    people: int
    classes_and_support: int
    by_audience: Counter[str]

    @classmethod
    def between(cls, book: Book, first: date, last: date) -> Held:
        """Count the sessions that were held, who came, and the classes they belong to."""
        held = [
            session for session in book.rows[ClassSession]
            if session.status == ClassSession.Status.HELD and first <= session.held_on <= last
            and session.training_class.cancelled_at is None
        ]  # fmt: skip
        ids = {id(session) for session in held}
        counted = [row for row in book.rows[SessionHeadcount] if id(row.session) in ids]
        present = [row for row in book.rows[Attendance] if id(row.session) in ids]
        names = {id(row.enrolment.participant) for row in present}
        by_audience = Counter[str]()
        for row in counted:
            by_audience[(row.audience or row.session.training_class.audience).code] += row.people
        return cls(
            sum(row.people for row in counted) + len(present), len(names),
            len({id(session.training_class) for session in held}), by_audience,
        )  # fmt: skip


def plans(book: Book, today: date) -> list[tuple[Period, Held]]:
    """The two years there is a plan for, each with what it plans."""
    year = Period.containing(today, Kind.YEAR)
    before = year.previous()
    last_twelve = Held.between(book, today - timedelta(days=365), today)
    return [(before, Held.between(book, before.start, before.end)), (year, last_twelve)]


def rounded(number: float) -> int:
    """A number as plans write it: two figures that count."""
    step = 10 ** max(0, len(str(int(number))) - 2)
    return max(1, round(number / step) * step)


def set_targets(land: Land, asked: list[tuple[Period, Held]]) -> int:
    """The plan of the province, shared out over communes, and by some over their hamlets."""
    named = list(Audience.objects.filter(code__in=NAMED))
    root, communes = land.root, [area.commune for area in land.areas]
    people = {area.commune.pk: area.population for area in land.areas}
    wholes: list[Target] = []
    for number, (period, held) in enumerate(asked):
        factor = (LAST_YEAR, THIS_YEAR)[number]
        for code in ("attendances", "people", "classes_and_support"):
            value = rounded(getattr(held, code) * factor)
            wholes.append(_target(root, code, period, value))
        for code, (basis, *values) in SAME_FOR_ALL.items():
            if values[number] is not None:
                wholes.append(_target(root, code, period, values[number], basis=basis))
        for audience in named:
            if came := held.by_audience[audience.code]:
                value = rounded(came * factor)
                wholes.append(_target(root, "attendances", period, value, audience=audience))
    _store(wholes)
    parts = [
        part for whole in wholes if whole.audience_id is None
        for part in _parts(whole, communes, people)
    ]  # fmt: skip
    _store(parts)
    beneath = list(_beneath(land, parts))
    _store(beneath)
    return len(wholes) + len(parts) + len(beneath)


def _parts(whole: Target, units: list[Unit], people: dict[int, int]) -> Iterable[Target]:
    if whole.basis != Basis.NUMBER:
        return [_part(whole, unit, whole.value, Rule.EQUAL) for unit in units]
    weights = [people[unit.pk] for unit in units]
    values = shares(int(whole.value), weights)
    return [
        _part(whole, unit, value, Rule.POPULATION)
        for unit, value in zip(units, values, strict=True) if value
    ]  # fmt: skip


def _beneath(land: Land, parts: list[Target]) -> Iterable[Target]:
    """What some communes ask of their hamlets this year, by people."""
    year = max(part.ends_on for part in parts)
    for part in parts:
        area = next((a for a in land.areas if a.commune.pk == part.unit_id), None)
        if area is None or area.name not in SHARING or part.ends_on != year:
            continue
        if part.indicator in ("attendances", "teams"):
            values = (
                shares(int(part.value), [1] * len(area.hamlets))
                if part.basis == Basis.NUMBER else [part.value] * len(area.hamlets)
            )  # fmt: skip
            for hamlet, value in zip(area.hamlets, values, strict=True):
                if value:
                    yield _part(part, hamlet, value, Rule.EQUAL)


def _part(whole: Target, unit: Unit, value: Any, rule: str) -> Target:
    more = {"audience": whole.audience, "basis": whole.basis, "parent": whole, "rule": rule}
    return _target(unit, whole.indicator, whole.days_meant, value, **more)


def _target(unit: Unit, code: str, period: Period, value: Any, **more: Any) -> Target:
    words = wording("plans")
    target = Target(
        unit=unit, indicator=code, scheme=str(period.scheme), period=period.code, value=value,
        document_number=words["number"], document_date=date(period.year, 2, 5),
        document_issuer=words["issuer"], note=words["note"], **more,
    )  # fmt: skip
    target.clean()
    return target


def _store(targets: list[Target]) -> None:
    Target.unscoped.bulk_create(targets, batch_size=500)
