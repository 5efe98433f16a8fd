"""Rows of the register that may be one person: never on the name alone.

Two people are worth a question when their folded names are equal and something else agrees: the
birth year, the phone, or the hamlet while no birth year contradicts. The database pairs them; a
pair somebody told apart is not asked about again until one of the two changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from campaign.portal.access import Access
from classes.models import Participant, ToldApart

#: folded name, birth year, phone, hamlet
Known = tuple[str, int | None, str, int | None]
NAMES_AT_ONCE = 500  # SQLite takes some thousand parameters in a query

_PAIRS = """
WITH mine AS ({mine}), pairs AS (
  SELECT a.id AS one, b.id AS two FROM mine a JOIN mine b
    ON b.name_key = a.name_key AND b.birth_year = a.birth_year AND b.id > a.id
  UNION
  SELECT a.id, b.id FROM mine a JOIN mine b
    ON b.name_key = a.name_key AND b.phone = a.phone AND b.id > a.id
    WHERE a.phone <> ''
  UNION
  SELECT a.id, b.id FROM mine a JOIN mine b
    ON b.name_key = a.name_key AND b.hamlet_id = a.hamlet_id AND b.id > a.id
    WHERE a.birth_year IS NULL OR b.birth_year IS NULL
  EXCEPT {apart}
)
"""
_LISTED = """
SELECT one, two FROM pairs JOIN mine a ON a.id = one JOIN mine b ON b.id = two
ORDER BY CASE WHEN a.phone <> '' AND a.phone = b.phone THEN 0
              WHEN a.birth_year = b.birth_year AND a.hamlet_id = b.hamlet_id THEN 1 ELSE 2 END,
         a.sort_key, one, two
LIMIT %s OFFSET %s
"""


class Pairs:
    """The pairs of a person's own register: counted and sliced by the database, for a paginator."""

    def __init__(self, access: Access) -> None:
        self._is_nobody = not access.people
        if self._is_nobody:
            return
        people = Participant.objects.within(access.people).distinct_people().exclude(name_key="")
        columns = ("id", "name_key", "birth_year", "phone", "hamlet_id", "sort_key")
        mine, about = people.order_by().values_list(*columns).query.sql_with_params()
        apart = ToldApart.objects.within(access.people).standing().order_by()
        told, told_about = apart.values_list("first_id", "second_id").query.sql_with_params()
        self._sql = _PAIRS.format(mine=mine, apart=told)
        self._params = [*about, *told_about]

    def _rows(self, ending: str, *params: int) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(self._sql + ending, [*self._params, *params])
            return cursor.fetchall()

    def count(self) -> int:
        """How many pairs there are."""
        return 0 if self._is_nobody else int(self._rows("SELECT COUNT(*) FROM pairs")[0][0])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[tuple[int, int]]:
        """Some of the pairs, the likeliest first."""
        if self._is_nobody:
            return []
        start = part.start or 0
        return [(one, two) for one, two in self._rows(_LISTED, part.stop - start, start)]


class Namesakes:
    """Whoever of one's own register has one of these folded names, read at once for many rows."""

    def __init__(self, names: Iterable[str], access: Access) -> None:
        self._by_name: dict[str, list[tuple[int, Known]]] = defaultdict(list)
        people = Participant.objects.within(access.people).distinct_people().order_by()
        wanted = sorted(set(names) - {""})
        for start in range(0, len(wanted), NAMES_AT_ONCE):
            some = people.filter(name_key__in=wanted[start : start + NAMES_AT_ONCE])
            for pk, *row in some.values_list("pk", "name_key", "birth_year", "phone", "hamlet_id"):
                self._by_name[row[0]].append((pk, tuple(row)))  # type: ignore[arg-type]

    def like(self, person: Known) -> list[int]:
        """Who this person may be, the likeliest first."""
        known = self._by_name.get(person[0])
        if not known:
            return []
        ranked = [(-likeness(person, row), pk) for pk, row in known]
        return [pk for rank, pk in sorted(ranked) if rank]


def candidates_for(
    people: Sequence[Known], access: Access, known_as: Mapping[int, int] | None = None
) -> dict[int, list[int]]:
    """Who of the own register each of these people may be: ``{index: [ids, the likeliest first]}``.

    ``people`` are (folded name, birth year, phone, hamlet id); whoever resembles nobody is left
    out. ``known_as`` says of an index which row of the register it is already: that row, and those
    it was told apart from, are not offered.
    """
    namesakes = Namesakes((name for name, *_rest in people), access)
    found = {index: namesakes.like(person) for index, person in enumerate(people)}
    known_as = known_as or {}
    apart = _told_apart({known_as[i] for i, pks in found.items() if pks and i in known_as}, access)
    offered = {
        index: [pk for pk in pks if (known_as.get(index), pk) not in apart]
        for index, pks in found.items()
    }
    return {index: rows for index, rows in offered.items() if rows}


def likeness(one: Known, two: Known) -> int:
    """How much agrees beside the name: 0 is nothing, so the two are not worth a question."""
    (_name, year, phone, hamlet), (_same, year2, phone2, hamlet2) = one, two
    same_year = year is not None and year == year2
    same_phone = bool(phone) and phone == phone2
    same_hamlet = hamlet is not None and hamlet == hamlet2
    if not (same_year or same_phone or (same_hamlet and (year is None or year2 is None))):
        return 0
    return 4 * same_phone + 2 * same_year + same_hamlet


def _told_apart(pks: set[int], access: Access) -> set[tuple[int, int]]:
    """(row, another row it is not), both ways; and each row beside itself."""
    apart = {(pk, pk) for pk in pks}
    chosen = sorted(pks)
    for start in range(0, len(chosen), NAMES_AT_ONCE):
        some = chosen[start : start + NAMES_AT_ONCE]
        rows = ToldApart.objects.within(access.people).standing()
        for pair in rows.filter(Q(first__in=some) | Q(second__in=some)).values_list(
            "first_id", "second_id"
        ):
            apart |= {pair, pair[::-1]}
    return apart
