"""What a report says, gathered from the records: its figures, its words, the facts behind them.

Everything is sorted and made of whole numbers, texts and days, so that the same records give the
same text in every database. ``names`` holds what merely describes: names of units, words and
records, and how far the history of each record went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Max, Model
from pyroaring import BitMap

from activities.models import Activity, ActivitySite, ActivityType, ExemplaryModel, Solution
from campaign.models import Audience, ChangeEntry, Topic
from campaign.periods import Period, today
from classes.models import ClassSession, TrainingClass
from reporting.closing.recount import Content, Recount
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.declared.sums import summed
from reporting.facts import unpack
from reporting.figures import registers
from reporting.figures.questions import Question, remoteness
from reporting.figures.reading import CELL_DEPTH
from reporting.models import (
    COUNTERS,
    Axis,
    DeclaredFigure,
    Report,
    ReportAnswer,
    ReportText,
    RollupFact,
    Target,
)
from reporting.tallies import Traits
from units.models import CommunityTeam, TeamMember, Unit, UnitProfile

FORMAT = 1
#: rows asked for by id in one statement
MANY = 5000
#: registers whose rows a figure counts, by the code of the figure
REGISTERS: dict[str, type[Model]] = {
    "teams": CommunityTeam, "team_members": TeamMember, "models": ExemplaryModel,
    "solutions": Solution,
}  # fmt: skip
#: kinds of records in ``names``, and their models
MODELS: dict[str, type[Model]] = {
    "class": TrainingClass, "session": ClassSession, "activity": Activity, "site": ActivitySite,
    "declared": DeclaredFigure, "population": UnitProfile, **REGISTERS,
}  # fmt: skip
WORDS: dict[str, type[Any]] = {"audience": Audience, "topic": Topic, "type": ActivityType}
READING = (ChangeEntry.Action.VIEWED, ChangeEntry.Action.EXPORTED)


def moment(at: datetime | None) -> str | None:
    """A moment as the canonical text keeps it."""
    return at.astimezone(UTC).isoformat() if at else None


def in_chunks(ids: Collection[int]) -> Iterator[list[int]]:
    """Some ids, sorted, no more at a time than a statement takes."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), MANY):
        yield ordered[start : start + MANY]


class Gathering:
    """One report being gathered; ``basis`` is the frozen text it is built like, if any.

    ``asked`` is a frozen text that only says which indicators are asked for.
    """

    def __init__(
        self, report: Report, basis: Content | None = None, asked: Content | None = None
    ) -> None:
        self.report = report
        self.unit: Unit = report.unit
        self.cycle = report.cycle
        self.template = report.cycle.template
        self.basis = basis
        self.days = Period.between(self.cycle.starts_on, self.cycle.ends_on, self.cycle.scheme)
        asked = basis or asked
        self.codes: list[str] = list(asked["indicators"] if asked else self.template.indicators)
        self.declared_codes: list[str] = list(
            asked["asked_declared"] if asked else self.template.declared
        )
        self.records: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)

    def content(self) -> Content:
        """Everything the report says."""
        found: Content = {
            "format": FORMAT,
            "unit": {"id": self.unit.pk, "path": self.unit.path},
            "days": [self.cycle.starts_on.isoformat(), self.cycle.ends_on.isoformat()],
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "indicators": self.codes,
            "asked_declared": self.declared_codes,
            "facts": self.facts if self.codes else [],
            "traits": self._traits() if self.codes else {},
            "registers": self._registers(),
            "population": self._population(),
            "declared": self._declared(),
            "texts": self._texts(),
            "answers": self._answers(),
            "is_zero": self.report.is_zero,
            "explanations": self.report.explanations,
            "targets": self.basis["targets"] if self.basis else self._targets(),
        }
        recount = Recount(found)
        found |= {"figures": recount.figures(), "breakdowns": recount.breakdowns()}
        return found | {"names": named_as(self._names(found), self.basis)}

    @cached_property
    def as_of(self) -> date | None:
        """The day registers are taken: the cut-off, or the day itself while the period runs."""
        if self.basis:
            kept = self.basis["as_of"]
            return date.fromisoformat(kept) if kept else None
        return min(self.cycle.ends_on, today()) if self.cycle.starts_on <= today() else None

    # --- Facts ------------------------------------------------------------------------------

    @cached_property
    def facts(self) -> list[dict[str, Any]]:
        """The facts of the unit and all beneath it on the days of the cycle."""
        rows = RollupFact.objects.filter(
            owner_path__gte=self.unit.path, owner_path__lt=self.unit.path_end,
            day__range=(self.cycle.starts_on, self.cycle.ends_on),
        ).order_by("source", "source_id", "grain", "row_id", "day").values_list(
            "source", "source_id", "grain", "row_id", "day", "owner_path", "place_path",
            "topic_id", "audience_id", "mode", "type_id", "crosstab", "people", *COUNTERS,
        )  # fmt: skip
        found = list(rows)
        remote = remoteness(self.days) if found else {}
        return [_fact(row, remote) for row in found]

    def _traits(self) -> dict[str, dict[str, list[int]]]:
        """What is known of the people in the facts: {trait: {value: who}}."""
        everybody = BitMap()
        for fact in self.facts:
            everybody.update(fact["people"])
        if not everybody:
            return {}
        return {
            dim.value: kept
            for dim, groups in Traits().stored.items()
            if (
                kept := {
                    key: list(who & everybody)
                    for key, who in sorted(groups.items())
                    if who & everybody
                }
            )
        }

    # --- Registers and declarations ---------------------------------------------------------

    def _registers(self) -> dict[str, Any]:
        """The rows of registers that count: ids; of solutions the field of each."""
        question = Question(Axis.OWNER.value, self.days)
        found: dict[str, Any] = {}
        for code in REGISTERS:
            wanted = {code, "solution_fields"} if code == "solutions" else {code}
            if not wanted.intersection(self.codes) or (self.as_of is None and code != "solutions"):
                continue
            rows = registers.records(code, question, day=self.as_of).filter(
                owner__gte=self.unit.path, owner__lt=self.unit.path_end
            )
            for row in rows.select_related("team") if code == "team_members" else rows:
                # A member is named by the team: snapshots hold no names of people.
                name = row.team.name if code == "team_members" else row.name
                self._know(code, row, name)
                if code == "solutions":
                    found.setdefault(code, {})[str(row.pk)] = row.field_id
                else:
                    found.setdefault(code, []).append(row.pk)
            found.setdefault(code, {} if code == "solutions" else [])
            if code != "solutions":
                found[code].sort()
        return found

    def _population(self) -> dict[str, int] | None:
        """The population the unit's ratios are divided by, and the profile that says it."""
        if "attendances_per_1000" not in self.codes:
            return None
        profiles = UnitProfile.unscoped.filter(
            unit=self.unit, year__lte=self.cycle.ends_on.year, population__isnull=False
        )
        profile = profiles.order_by("-year").first()
        if profile is None:
            return None
        self._know("population", profile, str(profile.year))
        return {"profile": profile.pk, "value": profile.population or 0}

    def _declared(self) -> dict[str, Any]:
        """What was declared of the days of the cycle, indicator by indicator."""
        if not self.declared_codes:
            return {}
        rows = DeclaredFigure.unscoped.filter(
            indicator__in=self.declared_codes,
            unit__path__gte=self.unit.path, unit__path__lt=self.unit.path_end,
            starts_on__gte=self.cycle.starts_on, ends_on__lte=self.cycle.ends_on,
        ).select_related("unit").order_by("pk")  # fmt: skip
        by_code: dict[str, dict[str, list[DeclaredFigure]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            by_code[row.indicator][row.unit.path].append(row)
        found = {}
        for code in self.declared_codes:
            amount = summed(DECLARED_BY_CODE[code], by_code[code])
            found[code] = None if amount is None else {
                "value": amount.value, "denominator": amount.denominator,
                "figures": sorted(map(self._declaration, amount.figures), key=lambda one: one["id"]),
            }  # fmt: skip
        return found

    def _declaration(self, figure: DeclaredFigure) -> dict[str, Any]:
        self._know("declared", figure, f"{figure.unit.name} · {figure.period}")
        return {
            "id": figure.pk, "unit": figure.unit_id, "scheme": figure.scheme,
            "period": figure.period, "value": figure.value, "denominator": figure.denominator,
            "source": figure.source, "note": figure.note,
        }  # fmt: skip

    def _targets(self) -> list[dict[str, Any]]:
        """What the unit was to reach in periods that hold a day of the cycle."""
        rows = Target.unscoped.filter(
            unit=self.unit, indicator__in=[*self.codes, *self.declared_codes],
            starts_on__lte=self.cycle.ends_on, ends_on__gte=self.cycle.starts_on,
        ).order_by("pk")  # fmt: skip
        return [
            {
                "id": row.pk, "indicator": row.indicator, "scheme": row.scheme,
                "period": row.period, "audience": row.audience_id, "basis": row.basis,
                "value": f"{row.value:.2f}", "document": row.document_number,
            }
            for row in rows
        ]  # fmt: skip

    # --- Words ------------------------------------------------------------------------------

    def _texts(self) -> dict[str, Any]:
        rows = ReportText.objects.filter(report=self.report)
        return {row.section: {"text": row.text, "is_draft": row.is_draft} for row in rows}

    def _answers(self) -> dict[str, Any]:
        rows = ReportAnswer.objects.filter(report=self.report)
        return {str(row.question_id): {"number": row.number, "text": row.text} for row in rows}

    # --- Names ------------------------------------------------------------------------------

    def _names(self, content: Content) -> dict[str, Any]:
        self._learn_records(content["facts"])
        self._learn_history()
        return {
            "asked": self._asked(),
            "units": self._units(content),
            "words": dict(_words(content)),
            "sections": {
                row.code: [row.position, row.title_vi, row.title_en]
                for row in self.template.sections.all()
            },
            "questions": {
                str(row.pk): [row.position, row.kind, row.label]
                for row in self.template.questions.all()
            },
            "records": {
                kind: {str(pk): one for pk, one in found.items()}
                for kind, found in self.records.items()
            },
        }

    def _asked(self) -> dict[str, Any]:
        template, cycle = self.template, self.cycle
        return {
            "report": self.report.pk, "cycle": cycle.pk, "template": template.pk,
            "code": template.code, "name_vi": template.name_vi, "name_en": template.name_en,
            "frequency": template.frequency, "scheme": cycle.scheme, "period": cycle.period,
            "due_at": moment(self.report.due_at),
        }  # fmt: skip

    def _units(self, content: Content) -> dict[str, Any]:
        """Names of the unit and of all that own what is counted, as they are at the time."""
        paths = {fact["owner"] for fact in content["facts"]} | {self.unit.path}
        ids = {int(path[-7:]) for path in paths}
        ids |= {
            one["unit"] for kept in content["declared"].values() if kept for one in kept["figures"]
        }
        found = {}
        for some in in_chunks(ids):
            for unit in Unit.unscoped.filter(pk__in=some):
                found[str(unit.pk)] = [unit.code, unit.name, unit.short_name, unit.level, unit.kind]
        return found

    def _learn_records(self, facts: Iterable[Mapping[str, Any]]) -> None:
        wanted: dict[str, set[int]] = defaultdict(set)
        for fact in facts:
            wanted[fact["source"]].add(fact["source_id"])
            if fact["grain"] in ("session", "site"):
                wanted[fact["grain"]].add(fact["row_id"])
        for kind, label in LABELS.items():
            model: Any = MODELS[kind]
            for some in in_chunks(wanted[kind]):
                for row in model.unscoped.filter(pk__in=some).select_related(
                    *RELATED.get(kind, ())
                ):
                    self._know(kind, row, label(row))

    def _know(self, kind: str, row: Any, label: Any) -> None:
        entered = moment(getattr(row, "created_at", None))
        self.records[kind][row.pk] = {"label": str(label), "entered": entered, "entry": 0}

    def _learn_history(self) -> None:
        """How far the history of each record went."""
        for kind, found in self.records.items():
            entries = ChangeEntry.objects.filter(model=MODELS[kind]._meta.label_lower)
            entries = entries.exclude(action__in=READING)
            for some in in_chunks(found):
                last = entries.filter(record_id__in=some).order_by().values_list("record_id")
                for pk, entry in last.annotate(last=Max("pk")):
                    found[pk]["entry"] = entry


#: how records behind facts are named, kind by kind
LABELS: dict[str, Any] = {
    "class": lambda row: row.title,
    "session": lambda row: row.number,
    "activity": lambda row: row.title,
    "site": lambda row: row.unit.name,
}
RELATED = {"site": ("unit",)}


def _fact(row: tuple[Any, ...], remote: Mapping[str, bool]) -> dict[str, Any]:
    (source, source_id, grain, row_id, day, owner, place, topic, audience, mode, kind, crosstab,
     people, *counts) = row  # fmt: skip
    is_remote = remote.get(place[:CELL_DEPTH])
    return {
        "source": source, "source_id": source_id, "grain": grain, "row_id": row_id,
        "day": day.isoformat(), "owner": owner, "place": place, "topic": topic,
        "audience": audience, "mode": mode, "type": kind,
        "remote": "" if is_remote is None else "y" if is_remote else "n",
        "crosstab": crosstab, "people": list(unpack(people)),
        "counts": {name: n for name, n in zip(COUNTERS, counts, strict=True) if n},
    }  # fmt: skip


def _words(content: Content) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The words of the vocabulary that breakdowns are by, as they read at the time."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for dims in content["breakdowns"].values():
        for dim, keys in dims.items():
            if dim in WORDS:
                wanted[dim].update(int(key) for key in keys if key)
    for dim, model in WORDS.items():
        rows = model.objects.filter(pk__in=sorted(wanted[dim])) if wanted[dim] else ()
        yield dim, {str(row.pk): [row.code, row.name_vi, row.name_en] for row in rows}


def named_as(names: dict[str, Any], basis: Content | None) -> dict[str, Any]:
    """The names as a frozen text has them, as far as it names the same things."""
    if basis is None:
        return names
    kept = basis["names"]
    asked = {key: kept[key] for key in ("asked", "sections", "questions")}
    return _overlaid(names, kept) | asked


def _overlaid(now: dict[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _overlaid(value, kept[key])
        if isinstance(value, dict) and isinstance(kept.get(key), dict)
        else kept.get(key, value)
        for key, value in now.items()
    }
