"""Units and teams as people write them in cells: a code, or a name with or without its kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaign.portal.access import Access
from campaign.portal.imports.cells import (
    CellReader,
    Mend,
    day_in,
    nearest,
    nothing_mended,
)
from campaign.portal.imports.rows import Fix, Unclear, shown
from campaign.text import clean_name, fold, strip_unit_prefix
from units.codes import REARRANGED_ON, restored
from units.fields import unit_label, units_to_choose
from units.models import CommunityTeam, Unit, UnitSuccession

MAP = "map"
"""The option of a file that says which map its codes and names are of: TODAY or BEFORE."""
TODAY, BEFORE = "today", "before"


class UnitCell(CellReader):
    """A unit of a scope (as ``UnitChoiceField``): its code, its label, or its name.

    Names are compared without marks and without the kind in front; one that fits several units
    is refused with their labels to choose from, one that is nearly right with what is meant.

    ``within`` is the column of the same row that names the unit above ("Ấp 1" is in every
    commune); ``day`` the column with the day of the row. Most codes named another unit before
    1 July 2025: a former unit is taken on a day it existed where ``former`` allows it, and its
    successor only when the person said that the file is of the map before (option ``MAP``).
    """

    def __init__(
        self,
        scope: str,
        levels: tuple[str, ...] = (),
        *,
        former: bool = False,
        within: str = "",
        day: str = "",
    ) -> None:
        super().__init__()
        self.scope, self.levels, self.former = scope, levels, former
        self.within, self.day = within, day
        self.looks_at = tuple(filter(None, (within, day)))
        self._by_word: dict[str, list[Unit]] | None = None
        self._after: dict[int, list[Unit]] | None = None

    def use(self, access: Access, context: Mapping[str, Any]) -> None:
        self.access = access

    def units(self) -> list[Unit]:
        """The units a person may name here, former ones among them."""
        return list(units_to_choose(self.access, self.scope, self.levels, former=True))

    def labels(self) -> dict[Any, str]:
        """{id: label} of the units a person may write here."""
        return {unit.pk: unit_label(unit) for unit in self.units() if not unit.is_former}

    def clean(
        self, value: Any, row: Any = None, *, mend: Mend = nothing_mended, **kwargs: Any
    ) -> Unit:
        text = clean_name(shown(value))
        found = self.named(text)
        if found and self.within and row and row.get(self.within) not in (None, ""):
            found = self._inside(text, found, clean_name(shown(row[self.within])))
        if not found:
            raise self.unknown(text)
        return self._on_the_day(text, found, self._day_of(row), mend)

    def read(self, value: Any, mend: Mend) -> Unit:
        return self.clean(value, mend=mend)

    def named(self, text: str) -> list[Unit]:
        """The units a text may mean: by code, by label, by full name, by name without kind."""
        if self._by_word is None:
            self._by_word = {}
            for unit in self.units():
                for word in words_for(unit):
                    self._by_word.setdefault(word, []).append(unit)
        if restored(text) in self._by_word:
            return self._by_word[restored(text)]
        folded = fold(text)
        return self._by_word.get(folded) or self._by_word.get(strip_unit_prefix(folded), [])

    def unknown(self, text: str) -> Unclear:
        """The refusal of a name nobody has, with the nearest ones as fixes."""
        units = [unit for found in (self._by_word or {}).values() for unit in found]
        by_name = {unit.short_name: unit for unit in units if not unit.is_former}
        near = [by_name[name] for name in nearest(strip_unit_prefix(fold(text)), by_name)]
        return Unclear(
            _("You have no unit called “%(text)s”.") % {"text": text},
            code="unknown", fixes=self.fixes(near),
        )  # fmt: skip

    @staticmethod
    def fixes(units: Iterable[Unit]) -> list[Fix]:
        """Units to choose from, each by a text that means only it."""
        return [Fix(unit_label(unit), exactly(unit)) for unit in units][:5]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return unit_label(value) if isinstance(value, Unit) else ""

    # --- which of several --------------------------------------------------------------------

    def _inside(self, text: str, found: list[Unit], above: str) -> list[Unit]:
        """Those of some units that lie in the unit the same row names."""
        inside = [unit for unit in found if is_called(unit, above)] or [
            unit for unit in found if unit.parent is not None and is_called(unit.parent, above)
        ]
        if inside or not self._is_commune(above):
            return inside or found
        raise Unclear(
            _("“%(text)s” is not in “%(above)s”.") % {"text": text, "above": above},
            code="elsewhere", fixes=self.fixes(found),
        )  # fmt: skip

    def _is_commune(self, text: str) -> bool:
        """Whether a text names a commune in which one of these units lies."""
        units = {unit.pk: unit for found in (self._by_word or {}).values() for unit in found}
        units |= {unit.parent.pk: unit.parent for unit in units.values() if unit.parent}
        return any(u.level == Unit.Level.COMMUNE and is_called(u, text) for u in units.values())

    def _day_of(self, row: Any) -> date | None:
        raw = row.get(self.day) if self.day and row else None
        if raw in (None, ""):
            return None
        try:
            return day_in(raw, nothing_mended)
        except ValidationError:
            return None  # told in its own column

    def _on_the_day(self, text: str, found: list[Unit], day: date | None, mend: Mend) -> Unit:
        """The unit a text means in a file of one map or the other, on the day of its row."""
        then = [unit for unit in found if unit.is_former]
        now = [unit for unit in found if not unit.is_former]
        said = self.options.get(MAP, "")
        if fold(text) in {fold(exactly(unit)) for unit in found}:
            then, now = [u for u in then if _is_exactly(u, text)], [
                u for u in now if _is_exactly(u, text)
            ]  # fmt: skip
        elif then and now and said != TODAY:
            if said == BEFORE or self._are_one(then, now):
                now = [] if said == BEFORE or self._takes(then[0], day) else now
            elif day is not None and day < REARRANGED_ON:
                raise self._two_things(text, then, now, day)
        if now:
            return self._only(text, now)
        former = self._only(text, then)
        if self._takes(former, day):
            return former
        after = self.successors(former)
        if said == BEFORE and len(after) == 1:
            mend("successor")
            return after[0]
        raise Unclear(
            _("%(unit)s existed until %(day)s.")
            % {"unit": former.name, "day": f"{former.valid_to:%d/%m/%Y}"},
            code="former", fixes=self._readings([former], day),
        )  # fmt: skip

    def _only(self, text: str, found: list[Unit]) -> Unit:
        if len(found) == 1:
            return found[0]
        raise Unclear(
            _("Several units are called “%(text)s”.") % {"text": text},
            code="several", fixes=self.fixes(found),
        )  # fmt: skip

    def _takes(self, unit: Unit, day: date | None) -> bool:
        """Whether a former unit may be written for a day: it existed then."""
        return (
            self.former and day is not None and unit.valid_to is not None and day <= unit.valid_to
        )

    def _are_one(self, then: list[Unit], now: list[Unit]) -> bool:
        """Whether the unit of today is what became of the former one, and has its name."""
        return all(
            [one.pk for one in self.successors(unit)] == [other.pk for other in now]
            and fold(unit.short_name) == fold(now[0].short_name)
            for unit in then
        )

    def _two_things(
        self, text: str, then: list[Unit], now: list[Unit], day: date | None
    ) -> Unclear:
        return Unclear(
            _("“%(text)s” says two things: before 01/07/2025 it named another unit than today.")
            % {"text": text},
            code="two_maps",
            fixes=[
                *self._readings(then, day),
                *(
                    Fix(_("%(unit)s, as it is called today") % {"unit": unit.name}, exactly(unit))
                    for unit in now
                ),
            ],
        )  # fmt: skip

    def _readings(self, then: Iterable[Unit], day: date | None) -> list[Fix]:
        """Former units to choose, with what became of them."""
        fixes = []
        for unit in then:
            after = self.successors(unit)
            if not after and not self._takes(unit, day):
                continue
            words = {
                "unit": unit.name,
                "day": f"{unit.valid_to:%d/%m/%Y}",
                "after": ", ".join(one.name for one in after),
            }
            label = (
                _("%(unit)s (until %(day)s), now %(after)s") if after
                else _("%(unit)s (until %(day)s)")
            )  # fmt: skip
            if self._takes(unit, day):
                fixes.append(Fix(label % words, exactly(unit)))
            else:
                fixes += [Fix(label % {**words, "after": s.name}, exactly(s)) for s in after]
        return fixes

    def successors(self, former: Unit) -> list[Unit]:
        """What became of a former unit, as far as the person may write it: the main one first."""
        if self._after is None:
            mine = {unit.pk for found in (self._by_word or {}).values() for unit in found}
            self._after = {}
            chain = UnitSuccession.objects.within(self.access.view)
            for link in chain.select_related("successor__parent").order_by("-is_default", "pk"):
                if link.successor_id in mine and not link.successor.is_former:
                    self._after.setdefault(link.predecessor_id, []).append(link.successor)
        return self._after.get(former.pk, [])


def words_for(unit: Unit) -> set[str]:
    """Everything a unit is called by."""
    full, short = fold(unit.name), fold(unit.short_name)
    words = {
        unit.code,
        fold(unit_label(unit)),
        fold(exactly(unit)),
        full,
        short,
        strip_unit_prefix(full),
    }
    if unit.parent is not None:
        words.add(fold(f"{unit.name} {unit.parent.name}"))
    return words - {""}


def exactly(unit: Unit) -> str:
    """A text that means this unit and no other, today's or former."""
    return f"{unit_label(unit)} ({unit.code}, {unit.code_system})"


def _is_exactly(unit: Unit, text: str) -> bool:
    return fold(exactly(unit)) == fold(text)


def is_called(unit: Unit, text: str) -> bool:
    """Whether a unit has or had a name, or has a code."""
    folded = fold(text)
    names = {folded, strip_unit_prefix(folded)}
    return bool(names & words_for(unit)) or restored(text) == unit.code or any(
        f" {name} |" in unit.search_key for name in names if name
    )  # fmt: skip


class TeamCell(CellReader):
    """A community team of a scope: its name, written out or short, or the hamlet it serves.

    Of several teams with one name, the label with the unit tells which is meant.
    """

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope
        self._names: dict[str, list[CommunityTeam]] | None = None
        self._places: dict[str, list[CommunityTeam]] = {}

    def use(self, access: Access, context: Mapping[str, Any]) -> None:
        self.access = access

    def teams(self) -> list[CommunityTeam]:
        """The teams a person may write here, ended ones last."""
        teams = CommunityTeam.objects.within(getattr(self.access, self.scope))
        found = list(teams.select_related("unit__parent"))
        return sorted(found, key=lambda team: team.ended_on is not None)

    def labels(self) -> dict[Any, str]:
        """{id: label} of the active teams a person may write here."""
        return {team.pk: team_label(team) for team in self.teams() if team.ended_on is None}

    def read(self, value: Any, mend: Mend) -> CommunityTeam:
        text = clean_name(shown(value))
        found = self.named(text)
        if len(found) == 1:
            return found[0]
        if found:
            raise Unclear(
                _("Several teams are called “%(text)s”.") % {"text": text},
                code="several", fixes=self.fixes(found),
            )  # fmt: skip
        raise Unclear(
            _("You have no team called “%(text)s”. Add the team first, or write its name.")
            % {"text": text},
            code="unknown", fixes=self.fixes(self.near(text)),
        )  # fmt: skip

    def beside(self, team: Any, unit: Any) -> Any:
        """A cell with a team as it reads beside the cell with its unit: one of several, told."""
        name, place = clean_name(shown(team)), fold(clean_name(shown(unit)))
        found = self.named(name) if name and place else []
        here = [one for one in found if place in _places_of(one)]
        return team_label(here[0]) if len(found) > len(here) == 1 else team

    def named(self, text: str) -> list[CommunityTeam]:
        """The teams a text may mean: by name or label, else by the unit they serve.

        Of an ended and an active one the active one is meant.
        """
        if self._names is None:
            self._names = {}
            for team in self.teams():
                for word in {team_words(team.name), team_words(team_label(team))}:
                    self._names.setdefault(word, []).append(team)
                for word in words_for(team.unit):
                    self._places.setdefault(word, []).append(team)
        words = team_words(text)
        place = words.removeprefix(TEAM_WORDS).strip()
        found = (
            self._names.get(words)
            or self._places.get(place)
            or self._places.get(strip_unit_prefix(place), [])
        )
        return [team for team in found if team.ended_on is None] or found

    def near(self, text: str) -> list[CommunityTeam]:
        """The teams whose names are nearly what was written."""
        by_name = {team.name: team for found in (self._names or {}).values() for team in found}
        return [by_name[name] for name in nearest(text, by_name)]

    @staticmethod
    def fixes(teams: Iterable[CommunityTeam]) -> list[Fix]:
        """Teams to choose from, each by its label."""
        labels = dict.fromkeys(team_label(team) for team in teams)
        return [Fix(label, label) for label in labels][:5]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return team_label(value) if isinstance(value, CommunityTeam) else ""


TEAM_WORDS = "to cong nghe so cong dong"
_SHORT_TEAM = re.compile(r"^(?:to )?(?:cnscd|cns cong dong|cnsc|cong nghe so cd)\b")


def team_words(name: str) -> str:
    """The name of a team to compare: "Tổ CNSCĐ ấp 1" is "Tổ công nghệ số cộng đồng ấp 1"."""
    return _SHORT_TEAM.sub(TEAM_WORDS, fold(name))


def team_label(team: CommunityTeam) -> str:
    """How a team is named in a list: with the unit it serves."""
    return f"{team.name} · {unit_label(team.unit)}"


def _places_of(team: CommunityTeam) -> set[str]:
    above = words_for(team.unit.parent) if team.unit.parent else set()
    return words_for(team.unit) | above
