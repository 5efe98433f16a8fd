"""The records behind a number, each with the amount it gives: the amounts add up to the number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from django.db.models import F, Model, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import BitMap

from activities.models import Activity, ActivitySite
from campaign.periods import Period, today
from campaign.portal.access import Access
from campaign.portal.lists import Column
from classes.models import ClassSession, Participant, TrainingClass
from reporting.facts import unpack
from reporting.figures import registers
from reporting.figures.answers import Figure, figures
from reporting.figures.questions import Question, Where, conditions, people_in, shared_out
from reporting.figures.reading import PEOPLE_CODES
from reporting.indicators import Indicator, indicator
from reporting.models import Axis, RollupFact
from reporting.rollups import settle_if_due
from reporting.tallies import CROSSTAB_COUNTERS, Traits
from units.models import Unit

Grain = RollupFact.Grain
PAGE_SIZE = 50


@dataclass(frozen=True)
class Row:
    """One record behind a number, and how much of the number it is."""

    record: Model
    title: str
    day: date | None
    unit: Unit | None
    place: Unit | None
    amount: int
    #: the record whose page shows this one: a session is shown by its class
    shown_by: Any = None

    @property
    def url(self) -> str:
        """The address of the page that shows the record; '' where there is none."""
        return self.shown_by.get_absolute_url() if self.shown_by else ""


COLUMNS: dict[str, Column] = {
    "day": Column("day", gettext_lazy("Date"), lambda row: row.day, "date"),
    "title": Column("title", gettext_lazy("Record"), lambda row: row.title, width=48),
    "unit": Column("unit", gettext_lazy("Organising unit"), lambda row: _name(row.unit), width=28),
    "place": Column("place", gettext_lazy("Place"), lambda row: _name(row.place), width=28),
    "amount": Column("amount", gettext_lazy("Number"), lambda row: row.amount, "int"),
}


def _name(unit: Unit | None) -> str:
    return unit.name if unit else ""


class Source(Protocol):
    """Where the records of a number come from, in a fixed order."""

    def count(self) -> int:
        """How many records there are."""
        ...

    def amount(self) -> int:
        """What all of them add up to."""
        ...

    def read(self, start: int, stop: int | None) -> list[Row]:
        """Some of the records."""
        ...


@dataclass(frozen=True)
class Rows:
    """The records behind one number.

    ``total`` is the number itself. ``amount`` is what the rows add up to: the same, except where
    one person stands behind several rows; then ``note`` says so.
    """

    indicator: Indicator
    figure: Figure
    source: Source
    columns: list[Column]
    note: str = ""

    @property
    def total(self) -> int | None:
        """The number these records make."""
        return self.figure.value

    @cached_property
    def count(self) -> int:
        """How many records there are."""
        return self.source.count()

    @cached_property
    def amount(self) -> int:
        """What the amounts of all records add up to."""
        return self.source.amount()

    def page(self, number: int = 1, size: int = PAGE_SIZE) -> list[Row]:
        """The records of one page, the latest first; pages count from 1."""
        start = (max(number, 1) - 1) * size
        return self.source.read(start, start + size)

    def pages(self, size: int = PAGE_SIZE) -> int:
        """How many pages there are."""
        return max(1, -(-self.count // size))

    def __iter__(self) -> Iterator[Row]:
        for start in range(0, self.count, 1000):
            yield from self.source.read(start, start + 1000)


def rows(
    code: str,
    *,
    axis: str,
    unit: Unit,
    period: Period,
    access: Access,
    where: Where | None = None,
) -> Rows:
    """The records behind a figure, read on behalf of somebody.

    Behind a ratio stand the records of its numerator. Behind a number of people stand the people,
    for those who may open the rosters; everybody else gets the sessions or classes.
    """
    settle_if_due()
    one = indicator(indicator(code).drill_code)
    asked = conditions(where, [one.code])
    full, _others = shared_out([unit], access)
    axis = Axis(axis).value
    question = Question(axis, period, asked, owners=None if full else access.view.paths)
    figure = figures([one.code], axis=axis, units=[unit], period=period, access=access, where=where)
    source, note = _source(one, unit, question, access)
    columns = [COLUMNS[key] for key in one.default_columns]
    if isinstance(source, _People):
        columns = [COLUMNS["title"], COLUMNS["unit"], COLUMNS["amount"]]
    elif one.code in PEOPLE_CODES:
        columns = list(COLUMNS.values())
    return Rows(one, figure[unit.pk][one.code], source, columns, note)


def _source(one: Indicator, unit: Unit, question: Question, access: Access) -> tuple[Source, str]:
    if one.code in registers.CODES:
        return _Register(one.code, unit, question), ""
    if one.code not in PEOPLE_CODES:
        is_people_counted = bool(CROSSTAB_COUNTERS.intersection(one.parts) and question.traits)
        kind = _FilteredFacts if is_people_counted else _Facts
        return kind(one, unit, question, access), ""
    if question.axis == Axis.OWNER.value and access.people.covers(unit.path):
        return _People(one, unit, question), ""
    return _Appearances(one, unit, question, access), _(
        "The same person may be in several of these records and counts once in the number above, "
        "so the records add up to more. Names are shown to those who keep the rosters."
    )


# --- Records of facts ---------------------------------------------------------------------


class _Facts:
    """Records that each give a sum: sessions, classes, activities, connected sites."""

    def __init__(self, one: Indicator, unit: Unit, question: Question, access: Access) -> None:
        self.one, self.question, self.access = one, question, access
        self.facts = question.of([unit])

    def counted(self) -> QuerySet[Any]:
        """The facts that give something, with their amounts, the latest first."""
        amount = sum((F(part) for part in self.one.parts[1:]), F(self.one.parts[0]))
        condition = self.question.counter_condition(self.one.parts[0])
        return (
            self.facts.filter(condition)
            .annotate(amount=amount)
            .filter(amount__gt=0)
            .order_by("-day", "-pk")
        )

    def count(self) -> int:
        return self.counted().count()

    def amount(self) -> int:
        return self.counted().order_by().aggregate(total=Sum("amount"))["total"] or 0

    def read(self, start: int, stop: int | None) -> list[Row]:
        found = self.counted().values_list("grain", "source_id", "row_id", "day", "amount")
        return rows_of(list(found[start:stop]), self.access)


class _FilteredFacts(_Facts):
    """The same, where only people with certain traits count: amounts come from the crosstabs."""

    @cached_property
    def found(self) -> list[tuple[Any, ...]]:
        """Every record that gives something under the conditions."""
        found = self.counted().values(
            "grain", "source_id", "row_id", "day", "crosstab", *self.one.parts
        )
        return [
            (fact["grain"], fact["source_id"], fact["row_id"], fact["day"], amount)
            for fact in found.iterator()
            if (amount := self._amount_of(fact))
        ]

    def _amount_of(self, fact: dict[str, Any]) -> int:
        return sum(
            people_in(fact["crosstab"], part, self.question)
            for part in self.one.parts if fact[part]
        )  # fmt: skip

    def count(self) -> int:
        return len(self.found)

    def amount(self) -> int:
        return sum(record[-1] for record in self.found)

    def read(self, start: int, stop: int | None) -> list[Row]:
        return rows_of(self.found[start:stop], self.access)


class _Appearances(_FilteredFacts):
    """Sessions and classes with how many people of the number were in each."""

    @cached_property
    def found(self) -> list[tuple[Any, ...]]:
        """Every record with somebody who counts in the number."""
        grain = Grain.DONE if self.one.code == "people_completed" else Grain.SESSION
        facts = self.facts.filter(
            self.question.column_condition(), grain=grain, people__isnull=False
        ).order_by("-day", "-pk")
        admitted = self._admitted()
        kept = []
        for *record, blob in facts.values_list(
            "grain", "source_id", "row_id", "day", "people"
        ).iterator():
            people = unpack(blob)
            amount = len(people) if admitted is None else people.intersection_cardinality(admitted)
            if amount:
                kept.append((*record, amount))
        return kept

    def _admitted(self) -> BitMap | None:
        if not self.question.traits:
            return None
        everybody = _everybody(self.one, self.facts, self.question)
        return _with_traits(everybody, self.question)


def _everybody(one: Indicator, facts: QuerySet[Any], question: Question) -> BitMap:
    grain = Grain.DONE if one.code == "people_completed" else Grain.SESSION
    facts = facts.filter(question.column_condition(), grain=grain, people__isnull=False)
    found = BitMap()
    for blob in facts.values_list("people", flat=True).iterator():
        found |= unpack(blob)
    return found


def _with_traits(people: BitMap, question: Question) -> BitMap:
    if question.traits:
        traits = Traits()
        for dim, key in question.traits.items():
            people = traits.select(people, dim, key, question.period.end.year)
    return people


class _People:
    """The people themselves, in the order they were registered."""

    def __init__(self, one: Indicator, unit: Unit, question: Question) -> None:
        self.people = _with_traits(_everybody(one, question.of([unit]), question), question)

    def count(self) -> int:
        return len(self.people)

    def amount(self) -> int:
        return len(self.people)

    def read(self, start: int, stop: int | None) -> list[Row]:
        # They attended classes inside the asker's people scope, wherever they were registered.
        page = self.people[start : len(self.people) if stop is None else stop]
        found = Participant.unscoped.filter(pk__in=list(page)).select_related("unit", "hamlet")
        return [
            Row(person, person.full_name, None, person.unit, person.hamlet, 1, person)
            for person in found.order_by("pk")
        ]  # fmt: skip


# --- Records of registers -----------------------------------------------------------------


class _Register:
    """Teams, members, models or solutions; fields of solutions with their number."""

    DAYS = {"teams": "founded_on", "team_members": "joined_on", "models": "started_on"}

    def __init__(self, code: str, unit: Unit, question: Question) -> None:
        self.code = code
        self.is_field = code == "solution_fields"
        found = registers.records(code, question).filter(at__startswith=unit.path)
        if code in self.DAYS and question.period.start > today():
            found = found.none()
        related = {"team_members": ("team__unit",), "models": ("unit", "place")}
        found = found.select_related(*related.get(code, ("unit",)))
        self.records = found.select_related("field") if code.startswith("solution") else found

    def _fields(self) -> list[Any]:
        fields = {row.field_id: row.field for row in self.records.order_by("field__position", "pk")}
        return list(fields.values())

    def count(self) -> int:
        return len(self._fields()) if self.is_field else self.records.count()

    def amount(self) -> int:
        return self.count()

    def read(self, start: int, stop: int | None) -> list[Row]:
        if self.is_field:
            return [
                Row(word, word.name, None, None, None, 1) for word in self._fields()[start:stop]
            ]
        day = self.DAYS.get(self.code, "recognised_on")
        found = self.records.order_by(f"-{day}", "-pk")[start:stop]
        return [_of_register(row, day) for row in found]


def _of_register(record: Any, day: str) -> Row:
    holder = getattr(record, "team", record)
    return Row(
        record, str(record), getattr(record, day), holder.unit, getattr(record, "place", None), 1,
        holder,
    )  # fmt: skip


# --- From facts back to records -----------------------------------------------------------

#: grain -> (model, relations shown, what leads to the record's own page)
RECORDS: dict[str, tuple[Any, tuple[str, ...], Callable[[Any], Any]]] = {
    Grain.START: (TrainingClass, ("unit", "place"), lambda record: record),
    Grain.DONE: (TrainingClass, ("unit", "place"), lambda record: record),
    Grain.SESSION: (
        ClassSession, ("training_class__unit", "training_class__place"),
        lambda record: record.training_class,
    ),
    Grain.ACTIVITY: (Activity, ("unit", "place"), lambda record: record),
    Grain.SITE: (ActivitySite, ("activity__unit", "unit"), lambda record: record.activity),
}  # fmt: skip


def rows_of(found: Sequence[tuple[str, int, int, date, int]], access: Access) -> list[Row]:
    """Facts, given as (grain, source, row, day, amount), as the records people know."""
    records: dict[tuple[str, int], Any] = {}
    for grain, (model, related, _holder) in RECORDS.items():
        if pks := {row for kind, _source, row, _day, _amount in found if kind == grain}:
            seen = model.objects.within(access.view).filter(pk__in=pks).select_related(*related)
            records.update(((grain, record.pk), record) for record in seen)
    shown = []
    for grain, _source, row, day, amount in found:
        record = records.get((grain, row))
        if record is not None:
            shown.append(_of_fact(grain, record, day, amount))
    return shown


def _of_fact(grain: str, record: Any, day: date, amount: int) -> Row:
    holder = RECORDS[grain][2](record)
    title = holder.title
    if grain == Grain.SESSION:
        title = _("%(title)s (session %(number)s)") % {"title": title, "number": record.number}
    elif grain == Grain.SITE:
        title = _("%(title)s (connected site)") % {"title": title}
    place = record.unit if grain == Grain.SITE else holder.place
    return Row(record, title, day, holder.unit, place, amount, holder)
