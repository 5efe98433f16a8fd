"""Which rows a statistical form has, from its total to the last unit, before they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reporting.documents import wording
from reporting.documents.annexes import (
    NO_FIGURES,
    Annex,
    AnnexUnit,
    ByMeasure,
    Figures,
    Measure,
    Part,
)


@dataclass
class Line:
    """One row of a form before it is written; ``rows`` are those a total adds up."""

    measure: Measure
    figures: Figures
    ordinal: str = ""
    name: str = ""
    note: str = ""
    height: int = 1
    is_heavy: bool = False
    is_part: bool = False
    rows: list[Line] | None = None
    row: int = field(default=0, compare=False)


@dataclass
class Words:
    """A row that only says what follows: the name of a group, "Trong đó:"."""

    text: str
    is_heavy: bool
    ordinal: str = ""
    row: int = 0


def lines_of(annex: Annex) -> list[Line | Words]:
    """All rows from the first to the last, with totals that know what they add up."""
    table: list[Line | Words] = []
    added: dict[str, list[Line]] = {measure.code: [] for measure in annex.measures}
    ordinal = 0
    for place, group in enumerate(annex.groups, 1):
        mine: dict[str, list[Line]] = {code: [] for code in added}
        beneath: list[Line | Words] = []
        for unit in group.units:
            ordinal += 1
            for line in _unit_lines(annex, unit, ordinal):
                beneath.append(line)
                if isinstance(line, Line) and not line.is_part:
                    mine[line.measure.code].append(line)
                    added[line.measure.code].append(line)
        if group.title:
            numeral = wording.roman(place)
            table += _total_lines(annex, group.title, group.total, mine, (), numeral)
        table += beneath
    total = _total_lines(annex, wording.TOTAL, annex.total, added, annex.total_parts)
    return [*total, *table] if annex.total_at == "first" else [*table, *total]


def _unit_lines(annex: Annex, unit: AnnexUnit, ordinal: int) -> Iterator[Line | Words]:
    note = wording.NOT_REPORTED if unit.is_missing else ""
    for place, measure in enumerate(annex.measures):
        is_first = place == 0
        yield Line(
            measure,
            unit.figures.get(measure.code, NO_FIGURES),
            ordinal=str(ordinal) if is_first else "",
            name=unit.name if is_first else "",
            note=note if is_first else "",
            height=len(annex.measures) if is_first else 0,
        )
    yield from _part_lines(annex, unit.parts)


def _part_lines(annex: Annex, parts: Sequence[Part]) -> Iterator[Line | Words]:
    """ "Trong đó:" and the lines it opens, which no total adds up again."""
    if parts:
        yield Words(wording.SPLIT, is_heavy=False)
    for part in parts:
        told = [measure for measure in annex.measures if measure.code in part.figures]
        for place, measure in enumerate(told):
            yield Line(
                measure,
                part.figures[measure.code],
                name=f"- {part.name}" if place == 0 else "",
                height=len(told) if place == 0 else 0,
                is_part=True,
            )


def _total_lines(
    annex: Annex,
    title: str,
    figures: ByMeasure,
    added: dict[str, list[Line]],
    parts: Sequence[Part],
    ordinal: str = "",
) -> list[Line | Words]:
    """A total for each measure; a group whose totals nobody gave only has its name."""
    told = [measure for measure in annex.measures if measure.code in figures]
    if not told:
        return [Words(title, is_heavy=True, ordinal=ordinal)]
    lines: list[Line | Words] = [
        Line(
            measure,
            figures[measure.code],
            ordinal=ordinal if place == 0 else "",
            name=title if place == 0 else "",
            height=len(told) if place == 0 else 0,
            is_heavy=True,
            rows=added[measure.code],
        )
        for place, measure in enumerate(told)
    ]
    return [*lines, *_part_lines(annex, parts)]
