"""Units as people write them in cells: a code, or a name with or without its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from campaign.portal.access import Access
from campaign.portal.imports.cells import CellReader, Mend, nearest
from campaign.portal.imports.rows import Fix, Unclear, shown
from campaign.text import clean_name, fold, strip_unit_prefix
from units.codes import restored
from units.fields import unit_label, units_to_choose
from units.models import Unit


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
