"""Cells only lists of people have: class codes, hamlets, traits, completion."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaign.models import Presence
from campaign.portal.access import Access
from campaign.portal.imports.cells import (
    CellReader,
    ChoiceCell,
    DayCell,
    Mend,
    TextCell,
    YesCell,
    nearest,
)
from campaign.portal.imports.rows import Fix, Unclear, shown
from campaign.text import clean_name, fold, strip_unit_prefix
from campaign.vocabulary import words_in
from classes.models import TrainingClass
from units.codes import restored
from units.fields import unit_label, units_to_choose
from units.import_cells import words_for
from units.models import Unit

ETHNIC_GROUPS = Path(__file__).resolve().parents[1] / "data" / "ethnic_groups.csv"
OFFERED = 300
"""Classes a drop-down offers, the latest first."""

_CODE = re.compile(r"([A-Z]+)[^0-9A-Z]*(\d\d)[^0-9A-Z]*(\d{1,6})")


def class_code(text: str) -> str:
    """The code of a class as it is kept: "gqu 25 116" is GQU-25-0116."""
    match = _CODE.fullmatch(fold(text).upper())
    if match is None:
        return text.strip().upper()
    return f"{match[1]}-{match[2]}-{match[3]:0>4}"


class ClassCodeCell(TextCell):
    """The code of a class; which class it is, the kind of rows finds out for all rows at once."""

    def use(self, access: Access, context: Mapping[str, Any]) -> None:
        self.access = access

    def labels(self) -> dict[Any, str]:
        """The latest classes that list people by name, for the drop-down of a template."""
        classes = TrainingClass.objects.within(self.access.edit).counted()
        open_ones = classes.exclude(counting=TrainingClass.Counting.HEADCOUNT)
        codes = open_ones.order_by("-starts_on", "-pk").values_list("code", flat=True)
        return {code: code for code in codes[:OFFERED]}

    def read(self, value: Any, mend: Mend) -> Any:
        return class_code(super().read(value, mend))


class TraitCell(ChoiceCell):
    """Yes or no of a trait people may have; ``words`` are others that mean one of the two."""

    def __init__(self, words: Mapping[str, Iterable[str]] | None = None) -> None:
        words = words or {}
        yes, no = Presence.YES.value, Presence.NO.value
        super().__init__(
            dict(Presence.choices),
            {
                yes: ("x", "có", "yes", "1", "đúng", *words.get(yes, ())),
                no: ("không", "no", "0", "sai", *words.get(no, ())),
            },
        )


@lru_cache(maxsize=1)
def ethnic_groups() -> dict[str, list[str]]:
    """The country's 54 ethnic groups and their other names: who is of a minority, and who not."""
    found: dict[str, list[str]] = {Presence.YES.value: [], Presence.NO.value: []}
    for group in words_in(ETHNIC_GROUPS):
        is_minority = group["is_minority"] == "yes"
        names = [group["name"], *filter(None, group["aliases"].split("|"))]
        found[Presence.YES.value if is_minority else Presence.NO.value] += names
    return found


class CompletedCell(CellReader):
    """Whether somebody completed a class: the day, or yes or no."""

    def __init__(self) -> None:
        super().__init__()
        self._yes, self._day = YesCell(), DayCell()

    def read(self, value: Any, mend: Mend) -> bool | date:
        try:
            return self._yes.read(value, mend)
        except ValidationError:
            return self._day.read(value, mend)


class Hamlets:
    """The hamlets a person may write, by the commune they belong to; read once when needed."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._everywhere: dict[str, list[Unit]] | None = None
        self._within: dict[int | None, dict[str, list[Unit]]] = {}
        self._found: dict[tuple[int | None, str], Unit | Unclear] = {}

    def labels(self) -> dict[Any, str]:
        """{id: label} of all of them."""
        return {unit.pk: unit_label(unit) for unit in self._units}

    def text_of(self, pk: int | None, commune: Unit | None) -> str:
        """What a cell says of a hamlet: within its own commune the name is enough."""
        unit = self._by_pk.get(pk or 0)
        if unit is None:
            return ""
        return unit.name if commune and unit.parent_id == commune.pk else unit_label(unit)

    def texts_within(self, commune: Unit | None) -> list[str]:
        """What a cell may say: the hamlets of a commune, of all communes where there is none."""
        inside = [u for u in self._units if commune is None or u.parent_id == commune.pk]
        return [self.text_of(unit.pk, commune) for unit in inside or self._units]

    @cached_property
    def _by_pk(self) -> dict[int, Unit]:
        return {unit.pk: unit for unit in self._units}

    @cached_property
    def _units(self) -> list[Unit]:
        return list(units_to_choose(self._access, "places", (Unit.Level.HAMLET,)))

    def named(self, text: str, commune: Unit | None) -> Unit:
        """The hamlet a text means within a commune; raises Unclear with the nearest ones.

        A hamlet of another commune needs that commune's name beside its own, or the code.
        """
        key = (commune.pk if commune else None, text)
        if key not in self._found:
            try:
                self._found[key] = self._named(text, commune)
            except Unclear as unclear:
                self._found[key] = unclear
        found = self._found[key]
        if isinstance(found, Unclear):
            raise found
        return found

    def _named(self, text: str, commune: Unit | None) -> Unit:
        if self._everywhere is None:
            self._everywhere = self._index()
        inside = self._within.get(commune.pk, {}) if commune else self._everywhere
        folded = fold(text)
        found = (
            inside.get(folded)
            or inside.get(strip_unit_prefix(folded))
            or self._everywhere.get(restored(text))
            or [u for u in self._everywhere.get(folded, []) if folded in _with_commune(u)]
        )
        if len(found) == 1:
            return found[0]
        if found:
            raise Unclear(
                _("Several hamlets are called “%(text)s”.") % {"text": text},
                code="several", text=text,
                fixes=[Fix(unit_label(unit), unit.code) for unit in found[:5]],
            )  # fmt: skip
        raise self._unknown(text, commune, {u for units in inside.values() for u in units})

    def _index(self) -> dict[str, list[Unit]]:
        everywhere: dict[str, list[Unit]] = {}
        for unit in self._units:
            words = words_for(unit) | _with_commune(unit)
            for index in (everywhere, self._within.setdefault(unit.parent_id, {})):
                for word in words:
                    index.setdefault(word, []).append(unit)
        return everywhere

    @staticmethod
    def _unknown(text: str, commune: Unit | None, units: set[Unit]) -> Unclear:
        by_name = {unit.short_name: unit for unit in sorted(units, key=lambda unit: unit.code)}
        near = [by_name[name] for name in nearest(strip_unit_prefix(fold(text)), by_name)]
        if commune is None:
            message = _("You have no hamlet called “%(text)s”.") % {"text": text}
            fixes = [Fix(unit_label(unit), unit.code) for unit in near]
        else:
            message = _("%(commune)s has no hamlet “%(text)s”.") % {
                "commune": commune.name, "text": text,
            }  # fmt: skip
            fixes = [Fix(unit.name, unit.name) for unit in near]
        fixes.append(Fix(_("Leave it empty"), ""))
        return Unclear(message, code="unknown", text=text, fixes=fixes)


def _with_commune(unit: Unit) -> set[str]:
    """A hamlet's names with its commune's behind: "Ấp Hoà Út · An Hoà", "Hoà Út, xã An Hoà"."""
    if unit.parent is None:
        return set()
    return {
        fold(f"{own} {above}")
        for own in (unit.name, unit.short_name)
        for above in (unit.parent.name, unit.parent.short_name)
    }


class HamletCell(TextCell):
    """The name of a hamlet; which one it is depends on the commune of the row."""

    def __init__(self) -> None:
        super().__init__(200)
        self.hamlets: Hamlets

    def use(self, access: Access, context: Any) -> None:
        self.hamlets = Hamlets(access)

    def labels(self) -> dict[Any, str]:
        """{id: label} of the hamlets a person may write here."""
        return self.hamlets.labels()

    def read(self, value: Any, mend: Mend) -> str:
        return clean_name(shown(value))
