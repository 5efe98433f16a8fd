"""One number by the values of one dimension."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Sum
from django.db.models.functions import Substr
from django.utils.translation import gettext as _
from pyroaring import BitMap

from activities.models import ActivityType
from campaign.models import AgeBand, Audience, Mode, Presence, Sex, Topic
from campaign.periods import Period
from campaign.portal.access import Access
from reporting.facts import unpack
from reporting.figures.questions import COLUMN_OF, Question, remoteness, shared_out
from reporting.figures.reading import CELL_DEPTH, PEOPLE_CODES, has_cells
from reporting.indicators import PERSON_DIMS, Dim, indicator
from reporting.models import Axis, RollupCell, RollupFact
from reporting.rollups import STANDARD_KINDS, period_code, settle_if_due
from reporting.tallies import COUNTED, CROSSTAB_COUNTERS, ROSTER, Traits, key_of
from units.models import Unit

Numbers = dict[str, int]
CHOICES = {
    Dim.SEX: Sex, Dim.AGE_BAND: AgeBand, Dim.MODE: Mode, Dim.MINORITY: Presence,
    Dim.DISABILITY: Presence, Dim.REMOTE: Presence,
}  # fmt: skip
VOCABULARIES = {Dim.AUDIENCE: Audience, Dim.TOPIC: Topic, Dim.TYPE: ActivityType}


@dataclass(frozen=True)
class Part:
    """One value of a dimension: its key in addresses ('' is unknown), its name, its number."""

    key: str
    label: Any
    value: int

    @property
    def is_unknown(self) -> bool:
        """Whether this is the part nothing is known about."""
        return not self.key


def breakdown(
    code: str, dim: str, *, axis: str, unit: Unit, period: Period, access: Access
) -> list[Part]:
    """A number by the values of a dimension, in the order people list them; unknown comes last.

    Empty when the unit recorded nothing in the period. Parts of a sum add up to it. So do people
    by sex, age, audience, minority and disability; people by topic, mode or area may be in several.
    """
    one, dim = indicator(code), Dim(dim)
    if dim not in one.dims or one.is_ratio:
        raise ValueError(f"{code} is not broken down by {dim.value}.")
    settle_if_due()
    full, _others = shared_out([unit], access)
    question = Question(Axis(axis).value, period, owners=None if full else access.view.paths)
    numbers = _numbers(code, dim, unit, question)
    return [] if numbers is None else _parts(dim, numbers)


def _numbers(code: str, dim: Dim, unit: Unit, question: Question) -> Numbers | None:
    is_kept = dim is not Dim.REMOTE and (code not in PEOPLE_CODES or dim in PERSON_DIMS)
    is_standard = question.period.kind in STANDARD_KINDS and question.owners is None
    if is_kept and is_standard and has_cells(unit):
        return _from_cell(code, dim, unit, question)
    facts = question.of([unit])
    if not facts.exists():
        return None
    if code in PEOPLE_CODES:
        return _people(code, dim, facts, question)
    found: Numbers = defaultdict(int)
    for counter in indicator(code).parts:
        for key, number in _counter(counter, dim, facts, question):
            found[key] += number
    return found


def _from_cell(code: str, dim: Dim, unit: Unit, question: Question) -> Numbers | None:
    detail = (
        RollupCell.objects.filter(
            axis=question.axis, unit_id=unit.pk, period=period_code(question.period)
        )
        .values_list("detail", flat=True)
        .first()
    )
    if detail is None:
        return None
    found: Numbers = defaultdict(int)
    for part in indicator(code).parts:
        for key, number in detail.get(part, {}).get(dim.value, {}).items():
            found[key] += number
    return found


def _counter(counter: str, dim: Dim, facts: Any, question: Question) -> Iterable[tuple[str, int]]:
    """(key, number) of a counter added up from facts; one key may come several times."""
    if dim in PERSON_DIMS and counter in CROSSTAB_COUNTERS:
        column = ROSTER if counter == "attendances_on_roster" else COUNTED
        place = PERSON_DIMS.index(dim)
        rows = facts.filter(**{f"{counter}__gt": 0}).values_list("crosstab", flat=True)
        return (
            (key_of(cell[place]), cell[column])
            for crosstab in rows.iterator() for cell in crosstab if cell[column]
        )  # fmt: skip
    column, key = _column(dim, question)
    rows = facts.annotate(value=column).values("value").annotate(number=Sum(counter)).order_by()
    return ((key(row["value"]), row["number"]) for row in rows if row["number"])


def _column(dim: Dim, question: Question) -> tuple[Any, Callable[[Any], str]]:
    """The column that holds a dimension's value, and how the value becomes a key."""
    if dim is Dim.REMOTE:
        known = remoteness(question.period)
        keys = {path: "y" if is_remote else "n" for path, is_remote in known.items()}
        return Substr("place_path", 1, CELL_DEPTH), lambda path: keys.get(path, "")
    return F(COLUMN_OF.get(dim, "audience_id")), key_of


def _people(code: str, dim: Dim, facts: Any, question: Question) -> Numbers:
    """Different people by a dimension: by what they are, or by what they came to."""
    grain = RollupFact.Grain.DONE if code == "people_completed" else RollupFact.Grain.SESSION
    facts = facts.filter(grain=grain, people__isnull=False)
    if dim in PERSON_DIMS:
        everybody = BitMap()
        for blob in facts.values_list("people", flat=True).iterator():
            everybody |= unpack(blob)
        return Traits().split(everybody, dim, question.period.end.year)
    column, key = _column(dim, question)
    groups: dict[str, BitMap] = defaultdict(BitMap)
    for value, blob in facts.annotate(value=column).values_list("value", "people").iterator():
        groups[key(value)] |= unpack(blob)
    return {found: len(people) for found, people in groups.items()}


def _parts(dim: Dim, numbers: Numbers) -> list[Part]:
    parts = [
        Part(key, label, numbers.get(key, 0))
        for key, label, is_always_shown in _labels(dim)
        if is_always_shown or numbers.get(key)
    ]
    if unknown := numbers.get(""):
        parts.append(Part("", _("Unknown"), unknown))
    return parts


def _labels(dim: Dim) -> list[tuple[str, Any, bool]]:
    """(key, name, whether shown at zero) of every value of a dimension, in order."""
    if choices := CHOICES.get(dim):
        return [(str(value), label, True) for value, label in choices.choices]
    words = VOCABULARIES[dim]._default_manager.order_by("position", "pk")
    return [(str(word.pk), word.name, not word.is_archived) for word in words]
