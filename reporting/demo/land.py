"""The land the demonstration happens on: real communes, invented hamlets, bodies and schools."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from reporting.demo.book import Book
from reporting.demo.names import Names
from reporting.demo.sums import scaled, shares
from reporting.demo.wording import wording
from units.models import CommunityTeam, Unit, UnitProfile

HAMLETS = 1035
FEWEST_HAMLETS = 2
REARRANGED_ON = date(2025, 7, 1)
#: codes below this belonged to An Giang before the rearrangement, the others to Kiên Giang
FIRST_CODE_OF_KIEN_GIANG = "30712"


def said(unit: Unit) -> str:
    """A unit's name inside a sentence: "Xã Định Hòa" is said "xã Định Hòa"."""
    is_land = unit.level in (Unit.Level.COMMUNE, Unit.Level.HAMLET)
    return f"{unit.name[0].lower()}{unit.name[1:]}" if is_land else unit.short_name


@dataclass
class Area:
    """One commune with its hamlets and what is known of its people."""

    commune: Unit
    hamlets: list[Unit] = field(default_factory=list)
    #: the communes that were merged into it on 1 July 2025
    former: list[Unit] = field(default_factory=list)
    teams: dict[int, CommunityTeam] = field(default_factory=dict)
    population: int = 0
    minority: float = 0.02
    people: str = "khmer"
    is_remote: bool = False
    is_quiet: bool = False
    #: how much happens here, beside what its population would suggest
    zeal: float = 1.0

    @property
    def name(self) -> str:
        """The commune's name without the word for its kind."""
        return self.commune.short_name

    def seat_on(self, day: date, random: Random) -> Unit:
        """The commune that existed here on a day: one of the former ones before the merger."""
        if day >= REARRANGED_ON or not self.former:
            return self.commune
        return random.choice(self.former)


@dataclass
class Land:
    """A province as the generators walk over it."""

    root: Unit
    areas: list[Area]
    bodies: dict[str, Unit] = field(default_factory=dict)
    schools: list[tuple[Unit, Area]] = field(default_factory=list)

    def area(self, name: str) -> Area:
        """The commune of that name."""
        return next(area for area in self.areas if area.name == name)


def survey(root: Unit, random: Random) -> Land:
    """Communes of a loaded province with invented people: who lives there and how remote it is."""
    census = wording("census")
    communes = list(
        Unit.unscoped.communes().below(root).in_force().select_related("parent").order_by("code")
    )
    former = former_communes(root)
    land = Land(root, [Area(commune, former=former[commune.pk]) for commune in communes])
    known = census["population"]
    weights = [0 if area.name in known else _weight(area.commune, random) for area in land.areas]
    rest = shares(census["province"] - sum(known.values()), weights)
    for area, people in zip(land.areas, rest, strict=True):
        share, group = census["minority"].get(area.name, (random.uniform(0.004, 0.05), "khmer"))
        area.population = known.get(area.name, people)
        area.minority, area.people = share, group
        area.is_remote = any(area.name in census[flag] for flag in ("island", "mountain", "border"))
        area.is_quiet = area.name in census["quiet"]
        # Where people of minorities and remote places are fewer classes are held: the equity gap.
        area.zeal = (
            random.lognormvariate(0, 0.45) * (0.6 if area.is_remote else 1) * (1 - share / 2)
        )
    land.area("Định Hòa").zeal = 2.2
    return land


def former_communes(root: Unit) -> dict[int, list[Unit]]:
    """The communes that ended with the rearrangement, by the commune they went to."""
    found: dict[int, list[Unit]] = defaultdict(list)
    ended = Unit.unscoped.communes().below(root).filter(valid_to__isnull=False)
    for unit in ended.select_related("parent").order_by("code"):
        found[unit.parent_id].append(unit)
    return found


def _weight(commune: Unit, random: Random) -> float:
    town = 1.7 if commune.kind == Unit.Kind.WARD else 1.0
    return town * float(commune.area_km2 or 50) ** 0.35 * random.uniform(0.75, 1.25)


def settle_hamlets(land: Land, names: Names, random: Random, *, size: float) -> None:
    """Give every commune its hamlets: 1,035 in all at full size, more where more people live."""
    words = wording("hamlets")
    number = max(len(land.areas) * FEWEST_HAMLETS, scaled(HAMLETS, size))
    weights = [area.population**0.8 for area in land.areas]
    planted: list[Unit] = []
    for area, count in zip(land.areas, shares(number, weights, least=FEWEST_HAMLETS), strict=True):
        called = _hamlet_names(area, count, random, words)
        kind = _hamlet_kind(area.commune)
        area.hamlets = [
            Unit(
                parent=area.commune,
                level=Unit.Level.HAMLET,
                kind=kind,
                name=f"{words['word'][kind]} {name}",
                short_name=name,
                code=f"{area.commune.code}-{n:02}",
                is_demo=True,
                code_system=Unit.CodeSystem.PORTAL,
                contact_phone=names.phone(),
                contact_name=names.person(
                    random.choice("mmmf"),
                    area.people if random.random() < area.minority else "kinh",
                ),
            )
            for n, name in enumerate(called, start=1)
        ]
        planted += area.hamlets
    Unit.plant_many(planted)


def _hamlet_kind(commune: Unit) -> str:
    if commune.kind == Unit.Kind.COMMUNE:
        return Unit.Kind.AP.value
    is_old_an_giang = commune.code < FIRST_CODE_OF_KIEN_GIANG
    return (Unit.Kind.KHOM if is_old_an_giang else Unit.Kind.KHU_PHO).value


def _hamlet_names(area: Area, count: int, random: Random, words: dict[str, Any]) -> list[str]:
    if area.name == "Định Hòa":
        fixed = words["dinh_hoa"][:count]
        return fixed + [
            f"{fixed[n % len(fixed)]} {n // len(fixed) + 3}" for n in range(count - len(fixed))
        ]
    if area.commune.kind == Unit.Kind.WARD:
        return [str(n) for n in range(1, count + 1)]
    pool = [
        f"{first} {second}"
        for first in words["first"]
        for second in words["second"]
        if first != second
    ]
    pool += words["plain"] * 2 + (words["khmer"] * 8 if area.minority > 0.15 else [])
    random.shuffle(pool)
    names = list(dict.fromkeys(pool))[:count]
    if count > 5:  # a large hamlet is often two: Hòa Lợi 1 and Hòa Lợi 2
        names[-2:] = [f"{names[0]} 1", f"{names[0]} 2"]
        names[0] = list(dict.fromkeys(pool))[count]
    return sorted(names)


def found_bodies(land: Land) -> None:
    """Departments, mass organisations and enterprises; schools; service centres."""
    words = wording("organisations")
    common: dict[str, Any] = {
        "code_system": Unit.CodeSystem.PORTAL,
        "is_demo": True,
    }
    bodies = Unit.plant_many(
        Unit(
            parent=land.root,
            level=Unit.Level.DEPARTMENT,
            kind=kind,
            code=code,
            name=name,
            short_name=short,
            **common,
        )
        for code, kind, name, short in words["departments"]
    )
    land.bodies = {unit.code: unit for unit in bodies}
    wanted = [
        (land.area(name), "school", "SGDDT", f"THPT-{n:02}")
        for n, name in enumerate(words["schools"], start=1)
    ] + [
        (land.area(name), "service_centre", "", f"TTHCC-{n:02}")
        for n, name in enumerate(words["service_centres"], start=1)
    ]
    units = Unit.plant_many(
        Unit(
            parent=land.bodies[above] if above else area.commune,
            level=Unit.Level.ORGANISATION,
            kind=kind,
            code=code,
            name=words[kind].format(commune=area.name),
            short_name=words[f"{kind}_short"].format(commune=area.name),
            **common,
        )
        for area, kind, above, code in wanted
    )
    land.schools = [
        (unit, area)
        for unit, (area, kind, _above, _code) in zip(units, wanted, strict=True)
        if kind == "school"
    ]


def count_people(land: Land, book: Book, random: Random) -> None:
    """Profiles of the province, its communes and hamlets; hamlets add up to their commune."""
    parts: dict[int, list[UnitProfile]] = defaultdict(list)
    for area in land.areas:
        weights = [random.uniform(0.6, 1.4) for _hamlet in area.hamlets]
        counts = shares(area.population, weights)
        elderly = random.uniform(0.9, 1.1)
        for hamlet, people in zip(area.hamlets, counts, strict=True):
            parts[area.commune.pk].append(book.add(_profile(hamlet, people, area, elderly)))
        whole = _sum_of(area.commune, parts[area.commune.pk])
        for flag in ("island", "mountain", "border"):
            setattr(whole, f"is_{flag}", area.name in wording("census")[flag])
        whole.is_minority_majority = area.minority > 0.5
        parts[land.root.pk].append(book.add(whole))
    book.add(_sum_of(land.root, parts[land.root.pk]))


def _profile(hamlet: Unit, people: int, area: Area, elderly: float) -> UnitProfile:
    census = wording("census")
    return UnitProfile(
        unit=hamlet,
        year=census["year"],
        source=census["source"],
        population=people,
        households=max(1, round(people / census["household_size"])),
        adults=round(people * census["adults"]),
        elderly=round(people * census["elderly"] * elderly),
        ethnic_minority=round(people * area.minority),
        staff=round(people * census["staff_per_thousand"] / 1000),
        is_island=area.name in census["island"],
        is_mountain=area.name in census["mountain"],
        is_border=area.name in census["border"],
        is_minority_majority=area.minority > 0.5,
    )


def _sum_of(unit: Unit, parts: list[UnitProfile]) -> UnitProfile:
    census = wording("census")
    counts = ("population", "households", "adults", "elderly", "ethnic_minority", "staff")
    sums = {name: sum(getattr(part, name) for part in parts) for name in counts}
    return UnitProfile(unit=unit, year=census["year"], source=census["source"], **sums)
