"""Invented people: names put together from common parts, telephones nobody can ring."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from random import Random

from campaign.text import fold, person_sort_key
from reporting.demo.wording import wording

FEMALE, MALE = "f", "m"
PHONES = 1000


class Names:
    """A seeded source of people's names and of telephone numbers 0900 000 xxx."""

    def __init__(self, seed: str) -> None:
        self._random = Random(f"names {seed}")  # noqa: S311
        self._phones = count(1)

    def person(self, sex: str, people: str = "kinh") -> str:
        """A name as people of that ethnic group bear it: family, middle, given."""
        parts = wording("names")[people]
        words = (
            self._random.choice(parts["family"]),
            self._random.choice(parts[f"middle_{sex}"]),
            self._random.choice(parts[f"given_{sex}"]),
        )
        return " ".join(word for word in words if word)

    def phone(self) -> str:
        """The next number of a block that belongs to nobody."""
        return f"0900000{next(self._phones) % PHONES:03d}"


@lru_cache(maxsize=50_000)
def keys_of(full_name: str, phone: str = "") -> tuple[str, str]:
    """(search key, sort key) of a person, as the models work them out in ``clean``."""
    return fold(f"{full_name} {phone}")[:200], person_sort_key(full_name)[:400]
