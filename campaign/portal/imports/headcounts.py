"""People counted, not listed: a total and the women of it, as rows of files say them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from campaign.models import Headcount

Cell = tuple[str, int]
"""Sex ('' for unknown) and how many people."""

OTHER_TRAITS = ("audience_id", "age_band", "minority", "disability")
TRAITS = ("sex", *OTHER_TRAITS)


class Uncountable(ValueError):
    """A count that cannot be taken over; ``code`` is groups, total or more."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def people_of(cells: Iterable[Headcount], sex: str = "") -> int | None:
    """How many people headcounts hold, of one sex if told; None when nobody was counted."""
    wanted = [cell.people for cell in cells if not sex or cell.sex == sex]
    return sum(wanted) if wanted else None


def counted(now: Sequence[Headcount], people: int | None, women: int | None) -> list[Cell]:
    """The cells of a count of so many people, so many of them women; None leaves what is known.

    Whoever is no woman stays of unknown sex, unless men were counted before. Counts by group are
    not thrown away for a total: raises Uncountable.
    """
    known, known_women = people_of(now), people_of(now, "f")
    people = known if people is None else int(people)
    women = known_women if women is None else int(women)
    if (people, women) == (known, known_women):
        return [(cell.sex, cell.people) for cell in now]
    if any(getattr(cell, name) for cell in now for name in OTHER_TRAITS):
        raise Uncountable("groups")
    if people is None:
        raise Uncountable("total")
    if women is not None and women > people:
        raise Uncountable("more")
    has_men = any(cell.sex == "m" for cell in now) and all(cell.sex for cell in now)
    cells = [("f", women or 0), ("m" if has_men else "", people - (women or 0))]
    return [cell for cell in cells if cell[1]] or [("", 0)]


def says(now: Iterable[Headcount], cells: Iterable[Cell]) -> bool:
    """Whether headcounts hold these cells already."""
    return sorted((cell.sex, cell.people) for cell in now) == sorted(cells)
