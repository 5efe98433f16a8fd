"""Units and teams as people write them in cells: a code, or a name with or without its kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from campaign.portal.access import Access
from campaign.portal.imports.cells import CellReader, Mend, nearest
from campaign.portal.imports.rows import Fix, Unclear, shown
from campaign.text import clean_name, fold, strip_unit_prefix
from units.codes import restored
from units.fields import unit_label, units_to_choose
from units.models import CommunityTeam, Unit


class UnitCell(CellReader):
    """A unit of a scope (as ``UnitChoiceField``): its code, its label, or its name.

    Names are compared without marks and without the kind in front; one that fits several units
    is refused with their labels to choose from, one that is nearly right with what is meant.
    """

    def __init__(self, scope: str, levels: tuple[str, ...] = (), *, former: bool = False) -> None:
        super().__init__()
        self.scope, self.levels, self.former = scope, levels, former
        self._by_word: dict[str, list[Unit]] | None = None

    def use(self, access: Access, context: Mapping[str, Any]) -> None:
        self.access = access

    def units(self) -> list[Unit]:
        """The units a person may write here."""
        return list(units_to_choose(self.access, self.scope, self.levels, former=self.former))

    def labels(self) -> dict[Any, str]:
        """{id: label} of the units a person may write here."""
        return {unit.pk: unit_label(unit) for unit in self.units()}

    def read(self, value: Any, mend: Mend) -> Unit:
        text = clean_name(shown(value))
        found = self.named(text)
        if len(found) == 1:
            return found[0]
        if found:
            raise Unclear(
                _("Several units are called “%(text)s”.") % {"text": text},
                code="several", fixes=self.fixes(found),
            )  # fmt: skip
        raise self.unknown(text)

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
        by_name = {unit.short_name: unit for unit in units}
        near = [by_name[name] for name in nearest(strip_unit_prefix(fold(text)), by_name)]
        return Unclear(
            _("You have no unit called “%(text)s”.") % {"text": text},
            code="unknown", fixes=self.fixes(near),
        )  # fmt: skip

    @staticmethod
    def fixes(units: Iterable[Unit]) -> list[Fix]:
        """Units to choose from, each by a text that means only it."""
        return [Fix(unit_label(unit), unit.code) for unit in units][:5]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return unit_label(value) if isinstance(value, Unit) else ""


def words_for(unit: Unit) -> set[str]:
    """Everything a unit is called by."""
    full, short = fold(unit.name), fold(unit.short_name)
    return {unit.code, fold(unit_label(unit)), full, short, strip_unit_prefix(full)} - {""}


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
