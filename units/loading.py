"""Loading a province from the committed tables: what exists, what was, and what followed what.

Loading adds what is missing and never changes what somebody has changed since; loading again
writes nothing. Everything is written in bulk: a province takes about a second.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from units.codes import REARRANGED_ON
from units.kinds import full_name, split_name
from units.models import Unit, UnitEvent, UnitSuccession

DATA = Path(__file__).parent / "data"
LAST_DAY_BEFORE = REARRANGED_ON - timedelta(days=1)
CODES_DECISION = "19/2025/QĐ-TTg"

#: sent with ``province`` when a province was loaded, in the same transaction
province_loaded = Signal()

Row = dict[str, str]


class UnknownProvince(ValueError):
    """There is no province with this code in the table of 1 July 2025."""


@dataclass
class Loaded:
    """How many rows a load added; all zero when there was nothing to do."""

    provinces: int = 0
    communes: int = 0
    former: int = 0
    successions: int = 0
    events: int = 0
    changed: int = 0
    names: list[str] = field(default_factory=list)

    @property
    def written(self) -> int:
        """Rows inserted or updated."""
        return (
            self.provinces
            + self.communes
            + self.former
            + self.successions
            + self.events
            + self.changed
        )


@cache
def table(name: str) -> tuple[Row, ...]:
    """One committed table, every value as text."""
    path = DATA / name
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return tuple(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def province_codes() -> list[str]:
    """Codes of the 34 provinces since 1 July 2025."""
    return [row["code"] for row in table("provinces_2025.csv")]


def former_code(pair: Row) -> str:
    """The old code of a pair; an island district without communes goes by its district code."""
    return pair["old_code"] or pair["old_district_code"]


def former_name(pair: Row) -> str:
    """The old name of a pair."""
    return pair["old_name"] or pair["old_district"]


def pairs_of(code: str) -> list[Row]:
    """Pairs of former and new communes of a province."""
    rows = table("commune_merge_2025.csv.gz")
    return [row for row in rows if row["new_province_code"] == code]


def former_provinces(row: Row) -> list[tuple[str, str]]:
    """(old code, old name) of the provinces a province was formed from."""
    return list(
        zip(
            row["formed_from_old_codes"].split("|"),
            row["formed_from_old_names"].split("|"),
            strict=True,
        )
    )


@transaction.atomic
def load_province(code: str, *, today: date | None = None) -> Loaded:
    """Load one province with its communes, its former units, their successors and events."""
    row = next((r for r in table("provinces_2025.csv") if r["code"] == code), None)
    if row is None:
        raise UnknownProvince(code)
    loaded = Loaded()
    province = _load_current(row, loaded)
    communes = _communes_of(province)
    formers = _load_former(row, province, communes, loaded)
    _load_successions(row, province, communes, formers, loaded)
    _apply_changes(code, province, communes, today or timezone.localdate(), loaded)
    loaded.names.append(province.name)
    province_loaded.send(sender=Unit, province=province)
    return loaded


def _communes_of(province: Unit) -> dict[str, Unit]:
    units = Unit.unscoped.below(province).communes()
    return {unit.code: unit for unit in units.filter(code_system=Unit.CodeSystem.QD19_2025)}


def _load_current(row: Row, loaded: Loaded) -> Unit:
    """The province and its communes, valid from 1 July 2025."""
    current = {"code_system": Unit.CodeSystem.QD19_2025, "valid_from": REARRANGED_ON}
    province = Unit.unscoped.filter(
        code=row["code"], level=Unit.Level.PROVINCE, code_system=Unit.CodeSystem.QD19_2025
    ).first()
    if province is None:
        province = Unit.plant(
            parent=None,
            level=Unit.Level.PROVINCE,
            kind=row["type_2025_07_01"],
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            former_names=[name for _code, name in former_provinces(row) if name != row["name"]],
            **current,
        )
        loaded.provinces = 1
    rows = [r for r in table("communes_2025.csv") if r["province_code"] == row["code"]]
    known = set(
        Unit.unscoped.filter(
            level=Unit.Level.COMMUNE,
            code_system=Unit.CodeSystem.QD19_2025,
            code__in=[r["code"] for r in rows],
        ).values_list("code", flat=True)
    )
    former_names: dict[str, list[str]] = defaultdict(list)
    for pair in pairs_of(row["code"]):
        former_names[pair["new_code"]].append(former_name(pair))
    planted = Unit.plant_many(
        (
            Unit(
                parent=province,
                level=Unit.Level.COMMUNE,
                kind=r["type"],
                code=r["code"],
                name=r["name"],
                short_name=r["short_name"],
                latitude=_decimal(r["lat"]),
                longitude=_decimal(r["lon"]),
                area_km2=_decimal(r["area_km2"]),
                **current,
            )
            for r in rows
            if r["code"] not in known
        ),
        former_names=former_names,
    )
    loaded.communes = len(planted)
    return province


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _load_former(
    row: Row, province: Unit, communes: dict[str, Unit], loaded: Loaded
) -> dict[tuple[str, str], Unit]:
    """Units that ended on 30 June 2025, under their default successors, by level and code."""
    old = Unit.CodeSystem.QD124_2004
    known = {
        (unit.level, unit.code): unit
        for unit in Unit.unscoped.below(province).filter(code_system=old)
    }
    wanted = [
        _former(Unit.Level.PROVINCE, code, name, province) for code, name in former_provinces(row)
    ]
    for pair in pairs_of(row["code"]):
        if pair["is_default"] == "1":
            area = [pair["old_district"] if pair["old_code"] else "", pair["old_province"]]
            wanted.append(
                _former(
                    Unit.Level.COMMUNE,
                    former_code(pair),
                    former_name(pair),
                    communes[pair["new_code"]],
                    ", ".join(filter(None, area)),
                )
            )
    planted = Unit.plant_many(u for u in wanted if (u.level, u.code) not in known)
    loaded.former = len(planted)
    return known | {(unit.level, unit.code): unit for unit in planted}


def _former(level: str, code: str, name: str, successor: Unit, area: str = "") -> Unit:
    kind, short_name = split_name(name, level)
    return Unit(
        parent=successor,
        level=level,
        kind=kind,
        code=code,
        name=name,
        short_name=short_name,
        code_system=Unit.CodeSystem.QD124_2004,
        former_area=area,
        valid_to=LAST_DAY_BEFORE,
    )


def _load_successions(
    row: Row,
    province: Unit,
    communes: dict[str, Unit],
    formers: dict[tuple[str, str], Unit],
    loaded: Loaded,
) -> None:
    """What went where, whole or in part, and the events of both sides."""
    level = Unit.Level
    links = [
        (formers[level.PROVINCE, code], province, "whole", True)
        for code, _name in former_provinces(row)
    ] + [
        (
            formers[level.COMMUNE, former_code(pair)],
            communes[pair["new_code"]],
            pair["extent"],
            pair["is_default"] == "1",
        )
        for pair in pairs_of(row["code"])
    ]
    known = set(
        UnitSuccession.unscoped.filter(
            successor__path__gte=province.path,
            successor__path__lt=province.path_end,
            effective_on=REARRANGED_ON,
        ).values_list("predecessor_id", "successor_id")
    )
    fresh = [
        UnitSuccession(
            predecessor=old,
            successor=new,
            effective_on=REARRANGED_ON,
            extent=extent,
            is_default=is_default,
            decision=CODES_DECISION,
        )
        for old, new, extent, is_default in links
        if (old.pk, new.pk) not in known
    ]
    UnitSuccession.unscoped.bulk_create(fresh, batch_size=1000)
    loaded.successions = len(fresh)
    _load_events(links, [province, *communes.values()], province, loaded)


def _load_events(
    links: list[tuple[Unit, Unit, str, bool]],
    current: Iterable[Unit],
    province: Unit,
    loaded: Loaded,
) -> None:
    kind = UnitEvent.Kind
    received = {new.pk: new for old, new, _extent, _default in links}
    merged = {old.pk: (old, new) for old, new, _extent, is_default in links if is_default}
    wanted = [UnitEvent(unit=unit, kind=kind.FOUNDED, name_after=unit.name) for unit in current]
    wanted += [UnitEvent(unit=unit, kind=kind.RECEIVED) for unit in received.values()]
    wanted += [
        UnitEvent(unit=old, kind=kind.MERGED_INTO, name_before=old.name, name_after=new.name)
        for old, new in merged.values()
    ]
    known = set(
        UnitEvent.unscoped.filter(
            unit__path__gte=province.path,
            unit__path__lt=province.path_end,
            effective_on=REARRANGED_ON,
        ).values_list("unit_id", "kind")
    )
    fresh = [event for event in wanted if (event.unit_id, event.kind) not in known]
    for event in fresh:
        event.effective_on, event.decision = REARRANGED_ON, CODES_DECISION
    UnitEvent.unscoped.bulk_create(fresh, batch_size=1000)
    loaded.events += len(fresh)


def _apply_changes(
    code: str, province: Unit, communes: dict[str, Unit], today: date, loaded: Loaded
) -> None:
    """Changes of type since then, once their day has come; the former name stays searchable."""
    for row in table("unit_changes_2026.csv"):
        is_province = row["level"] == "province"
        if (row["code"] if is_province else row["province_code"]) != code:
            continue
        day = date.fromisoformat(row["effective_date"])
        unit = province if is_province else communes[row["code"]]
        done = UnitEvent.unscoped.filter(unit=unit, kind=UnitEvent.Kind.RETYPED, effective_on=day)
        if day > today or done.exists():
            continue
        before = unit.name
        unit.kind = row["change"].partition("->")[2]
        unit.name = full_name(unit.kind, unit.short_name)
        UnitEvent.unscoped.create(
            unit=unit,
            kind=UnitEvent.Kind.RETYPED,
            effective_on=day,
            name_before=before,
            name_after=unit.name,
            decision=row["resolution"],
        )
        unit.set_keys(unit.former_names())
        unit.version += 1
        unit.save(update_fields=["kind", "name", "search_key", "version", "updated_at"])
        loaded.events += 1
        loaded.changed += 1
