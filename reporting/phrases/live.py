"""Numbers of sentences read now, on behalf of somebody, through the same figures as every page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils import translation

from activities.models import Activity
from campaign.models import Audience
from campaign.periods import Period, today
from campaign.portal.access import Access
from classes.models import ClassSession, TrainingClass
from reporting import figures
from reporting.declared.sums import lines
from reporting.figures.breakdowns import CHOICES, VOCABULARIES
from reporting.figures.questions import Question, shared_out
from reporting.indicators import Dim, indicator
from reporting.models import ExternalRanking, RollupFact
from reporting.phrases.asks import Answer, Ask, Item, Of
from reporting.phrases.told import unit_url
from reporting.targets.reading import progress, year_of
from units.models import CommunityTeam, Unit, UnitSuccession

Found = dict[str, Answer]
NAMED = 20
"""Teams named in an answer; the rest is only counted."""


class Live:
    """What the records say now; a unit the person may not look up raises Http404."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.units: dict[int, Unit] = {}
        self.words: dict[tuple[str, str], str] = {}
        self.below: dict[tuple[int, str], list[Unit]] = {}

    def answers(self, asks: Iterable[Ask]) -> Mapping[str, Answer]:
        """Every answer: one reading for all questions that share days, axis and conditions."""
        by_kind: dict[Of, list[Ask]] = defaultdict(list)
        for ask in asks:
            by_kind[ask.of].append(ask)
        self._look_up([ask.unit for found in by_kind.values() for ask in found])
        found: Found = {}
        for kind, some in by_kind.items():
            found |= READERS[kind](self, some)
        return found

    def _look_up(self, wanted: Iterable[int]) -> None:
        missing = set(wanted) - self.units.keys()
        if missing:
            seen = Unit.objects.filter(pk__in=missing).listed(self.access)
            self.units |= {unit.pk: unit for unit in seen}
            shared_out([self.units[pk] for pk in missing if pk in self.units], self.access)

    # --- Figures ------------------------------------------------------------------------

    def figures(self, asks: Sequence[Ask]) -> Found:
        """Figures of units."""
        groups: dict[Any, list[Ask]] = defaultdict(list)
        for ask in asks:
            groups[ask.period, ask.axis, ask.where].append(ask)
        found: Found = {}
        for (period, axis, where), some in groups.items():
            keys = self._keys(where)
            if keys is None:
                continue
            units = list({ask.unit: self.units[ask.unit] for ask in some}.values())
            codes = list(dict.fromkeys(ask.code for ask in some))
            read = figures.figures(codes, axis=axis, units=units, period=period,
                                   access=self.access, where=keys or None)  # fmt: skip
            for ask in some:
                one = read[ask.unit][ask.code]
                found[ask.key] = Answer(one.value, one.numerator, one.denominator, words=keys)
        return found

    def _keys(self, where: Iterable[tuple[str, str]]) -> dict[str, str] | None:
        """Conditions with the rows of the vocabulary instead of codes; None for a lost word."""
        found = {}
        for dim, word in where:
            if dim in VOCABULARIES:
                if (dim, word) not in self.words:
                    model = VOCABULARIES[Dim(dim)]
                    pk = model._default_manager.filter(code=word).values_list("pk", flat=True)
                    self.words[dim, word] = str(pk.first() or "")
                if not self.words[dim, word]:
                    return None
            found[dim] = self.words.get((dim, word), word)
        return found

    def bounds(self, asks: Sequence[Ask]) -> Found:
        """Whether a record that counts says "at least": then so does the sum."""
        return {ask.key: Answer(int(self._is_bound(ask))) for ask in asks}

    def _is_bound(self, ask: Ask) -> bool:
        unit = self.units[ask.unit]
        full, _others = shared_out([unit], self.access)
        keys = self._keys(ask.where)
        if keys is None:
            return False
        question = Question(
            ask.axis, ask.period, {Dim(dim): key for dim, key in keys.items()},
            owners=None if full else self.access.view.paths,
        )  # fmt: skip
        counter = indicator(ask.code).parts[-1]
        if counter not in BOUND_BY:
            return False
        grains, model = BOUND_BY[counter]
        facts = question.of([unit]).filter(
            question.counter_condition(counter), grain__in=grains, **{f"{counter}__gt": 0}
        )
        flagged = model.objects.within(self.access.view).filter(is_at_least=True)
        return bool(flagged.filter(pk__in=facts.order_by().values("source_id")).exists())

    def beneath(self, asks: Sequence[Ask]) -> Found:
        """The figure of each unit of a level beneath, in official order."""
        groups: dict[Any, list[Ask]] = defaultdict(list)
        for ask in asks:
            groups[ask.unit, ask.by, ask.period, ask.axis].append(ask)
        found: Found = {}
        for (pk, level, period, axis), some in groups.items():
            units = self._below(pk, level)
            codes = list(dict.fromkeys(ask.code for ask in some))
            read = figures.figures(codes, axis=axis, units=units, period=period,
                                   access=self.access)  # fmt: skip
            for ask in some:
                found[ask.key] = Answer(items=tuple(
                    _unit_item(unit, read[unit.pk][ask.code].value, period) for unit in units
                ))  # fmt: skip
        return found

    def _below(self, pk: int, level: str) -> list[Unit]:
        if (pk, level) not in self.below:
            unit = self.units[pk]
            inside = Unit.objects.listed(self.access).below(unit).exclude(pk=pk)
            found = inside.filter(level=level).in_force()
            self.below[pk, level] = list(found.order_by("sort_key", "pk"))
        return self.below[pk, level]

    def parts(self, asks: Sequence[Ask]) -> Found:
        """A figure by the values of a dimension, with their names in both languages."""
        found: Found = {}
        for ask in asks:
            parts = figures.breakdown(
                ask.code, ask.by, axis=ask.axis, unit=self.units[ask.unit], period=ask.period,
                access=self.access,
            )  # fmt: skip
            names = _names(ask.by)
            found[ask.key] = Answer(items=tuple(
                Item(part.key, names.get(part.key, {"vi": ""}), part.value) for part in parts
            ))  # fmt: skip
        return found

    # --- What is no figure --------------------------------------------------------------

    def declared(self, asks: Sequence[Ask]) -> Found:
        """What a unit declared; where it declared nothing, what the units beneath did."""
        groups: dict[tuple[int, Period], list[Ask]] = defaultdict(list)
        for ask in asks:
            groups[ask.unit, ask.period].append(ask)
        found: Found = {}
        for (pk, period), some in groups.items():
            known = {
                line.indicator.code: line.own or line.beneath
                for line in lines(self.units[pk], period, self.access)
            }
            for ask in some:
                amount = known.get(ask.code)
                if amount is None:
                    continue
                url = amount.figures[0].get_absolute_url() if len(amount.figures) == 1 else ""
                words = {"url": url} if url else {}
                found[ask.key] = Answer(
                    amount.value, amount.value, amount.denominator, words=words
                )  # fmt: skip
        return found

    def covered(self, asks: Sequence[Ask]) -> Found:
        """Units beneath with an active team on the last day, out of all there are."""
        found: Found = {}
        for ask in asks:
            below = Unit.objects.listed(self.access).below(self.units[ask.unit])
            units = below.filter(level=ask.by).in_force().exclude(pk=ask.unit).order_by()
            paths = set(units.values_list("path", flat=True))
            if not paths:
                continue
            teams = set(self._teams(ask).order_by().values_list("unit__path", flat=True))
            lengths = {len(path) for path in paths}
            heads = {path[:length] for path in teams for length in lengths}
            found[ask.key] = Answer(None, len(paths & heads), len(paths))
        return found

    def _teams(self, ask: Ask) -> Any:
        unit = self.units[ask.unit]
        return CommunityTeam.objects.within(self.access.view).active_on(
            min(ask.period.end, today())
        ).filter(unit__path__gte=unit.path, unit__path__lt=unit.path_end)  # fmt: skip

    def quiet(self, asks: Sequence[Ask]) -> Found:
        """Active teams of which the period has no held session and no activity."""
        found: Found = {}
        for ask in asks:
            days = (ask.period.start, ask.period.end)
            teams = self._teams(ask)
            if not teams.exists():
                continue
            taught = ClassSession.objects.within(self.access.view).filter(
                status=ClassSession.Status.HELD, held_on__range=days,
                training_class__cancelled_at__isnull=True, training_class__team__isnull=False,
            )  # fmt: skip
            acted = Activity.objects.within(self.access.view).filter(
                starts_on__range=days, cancelled_at__isnull=True, team__isnull=False
            )
            quiet = teams.exclude(pk__in=taught.values("training_class__team")).exclude(
                pk__in=acted.values("team")
            )
            items = tuple(
                Item(str(team.pk), {"vi": team.name}, None, team.get_absolute_url())
                for team in quiet[:NAMED]
            )
            found[ask.key] = Answer(quiet.count(), items=items)
        return found

    def ranks(self, asks: Sequence[Ask]) -> Found:
        """The latest place others gave the unit, by the end of the period."""
        found: Found = {}
        for ask in asks:
            one = (
                ExternalRanking.objects.within(self.access.view)
                .filter(unit=ask.unit, as_of__range=(ask.period.start, ask.period.end))
                .first()
            )
            if one:
                words = {
                    "name_vi": one.indicator_name_vi, "name_en": one.indicator_name_en,
                    "day": f"{one.as_of:%d/%m/%Y}",
                }  # fmt: skip
                found[ask.key] = Answer(one.rank, None, one.of, words=words)
        return found

    def targets(self, asks: Sequence[Ask]) -> Found:
        """What was reached of the year's target by the end of the period, in hundredths of 1%."""
        groups: dict[Any, list[Ask]] = defaultdict(list)
        for ask in asks:
            groups[ask.period, ask.where].append(ask)
        found: Found = {}
        for (period, where), some in groups.items():
            keys = self._keys(where)
            if keys is None:
                continue
            audience = Audience.objects.filter(pk=keys["audience"]).first() if keys else None
            reached = progress(
                [self.units[ask.unit] for ask in some], [ask.code for ask in some],
                year_of(period), access=self.access, as_of=period.end, audience=audience,
            )  # fmt: skip
            for ask in some:
                one = reached.get((ask.unit, ask.code))
                if one is not None and one.percent is not None:
                    words = {"url": one.target.get_absolute_url()}
                    found[ask.key] = Answer(None, int(one.percent * 100), 10_000, words=words)
        return found

    def populations(self, asks: Sequence[Ask]) -> Found:
        """People who live in a unit, by the latest profile of the period's year or before."""
        found: Found = {}
        for ask in asks:
            known = figures.populations([self.units[ask.unit]], ask.period)
            url = self.units[ask.unit].get_absolute_url()
            found[ask.key] = Answer(known.get(ask.unit), words={"url": url})
        return found

    def former(self, asks: Sequence[Ask]) -> Found:
        """The units that went into this one."""
        found: Found = {}
        for ask in asks:
            rows = UnitSuccession.objects.within(self.access.view).filter(successor=ask.unit)
            units = {
                row.predecessor_id: row.predecessor for row in rows.select_related("predecessor")
            }
            items = tuple(Item(str(pk), {"vi": unit.name}) for pk, unit in units.items())
            words = {"url": self.units[ask.unit].get_absolute_url()}
            found[ask.key] = Answer(len(items) or None, items=items, words=words)
        return found


Grain = RollupFact.Grain
#: stored counter -> the facts it is summed over, and the records that may say "at least"
BOUND_BY: Mapping[str, tuple[tuple[str, ...], Any]] = {
    "attendances_counted": ((Grain.SESSION,), TrainingClass),
    "reach": ((Grain.ACTIVITY, Grain.SITE), Activity),
    "communication_reach": ((Grain.ACTIVITY, Grain.SITE), Activity),
    "households_visited": ((Grain.ACTIVITY,), Activity),
    "households_reached": ((Grain.ACTIVITY,), Activity),
}

READERS: Mapping[Of, Callable[[Live, Sequence[Ask]], Found]] = {
    Of.FIGURE: Live.figures,
    Of.BOUND: Live.bounds,
    Of.BENEATH: Live.beneath,
    Of.PARTS: Live.parts,
    Of.DECLARED: Live.declared,
    Of.TARGET: Live.targets,
    Of.COVERED: Live.covered,
    Of.QUIET: Live.quiet,
    Of.RANK: Live.ranks,
    Of.POPULATION: Live.populations,
    Of.FORMER: Live.former,
}


def _unit_item(unit: Unit, value: int | None, period: Period) -> Item:
    return Item(str(unit.pk), {"vi": unit.name}, value, unit_url(unit.pk, unit.level, period))


def _names(dim: str) -> dict[str, dict[str, str]]:
    """The values of a dimension by key: their names in both languages, and their codes."""
    if dim in VOCABULARIES:
        words: Iterable[Any] = VOCABULARIES[Dim(dim)]._default_manager.all()
        return {
            str(word.pk): {"vi": word.name_vi, "en": word.name_en, "code": word.code}
            for word in words
        }
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for language in ("vi", "en"):
        with translation.override(language):
            for value, label in CHOICES[Dim(dim)].choices:
                found[str(value)][language] = str(label)
    return found
