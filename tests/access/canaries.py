"""Canaries: words and numbers planted in every text of every record, each with its audience.

A canary found in an answer tells whose record leaked, and what kind of thing it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts.access import Access

#: kinds of things, from what everybody may know to what nearly nobody may
KINDS = {
    "public": "names of communes and departments: everybody of the province",
    "headline": "what a record is: whoever sees its owner or its place",
    "unit": "names of hamlets and schools: whoever sees them, or may work there",
    "inside": "what belongs to a unit itself (contacts, sources, evidence): whoever sees the unit",
    "people": "participants: whoever works with the people of the owner",
    "account": "accounts and postings: whoever keeps accounts there, and the person",
    "log": "the log of changes: whoever reads the log of the unit",
    "own": "drafts and files of one person: that person alone",
}

WORD = re.compile(r"zq\d{5}x", re.I)
PHONE = re.compile(r"(?<!\d)0[\s.\-\u00a0]?9[\s.\-\u00a0]?7(?:[\s.\-\u00a0]?\d){7}(?!\d)")
NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,\u00a0\u202f]\d{3}){2}(?!\d)|(?<![\d.,])\d{7}(?!\d)")
NOT_DIGIT = re.compile(r"\D")


@dataclass(frozen=True)
class Canary:
    """One planted word, phone number or amount."""

    token: str
    kind: str
    what: str
    #: units by whose visibility it may be seen (owner first, then place, then what refers to it)
    paths: tuple[str, ...]
    #: who may see it whatever else holds (own account, own drafts, the unit of an own posting)
    user_ids: tuple[int, ...] = ()

    def seen_with(self, access: Access) -> bool:
        """Whether somebody with this access may meet the canary anywhere."""
        if access.user is not None and access.user.pk in self.user_ids:
            return True
        if self.kind == "own" or access.user is None:
            return False
        if self.kind == "account":
            return access.may("users") and any(map(access.manage.covers, self.paths))
        if self.kind == "people":
            return any(map(access.people.covers, self.paths))
        if self.kind == "public":
            return any(access.register.covers(path) for path in self.paths)
        if self.kind == "unit" and any(map(access.places.covers, self.paths)):
            return True
        return any(map(access.view.covers, self.paths))


@dataclass
class Aviary:
    """All canaries of a world."""

    by_token: dict[str, Canary] = field(default_factory=dict)
    _count: int = 0

    def word(
        self, kind: str, what: str, *paths: str | None, user_id: int | None = None, tail: str = ""
    ) -> str:
        """A word nobody else writes, as the beginning of a text."""
        self._count += 1
        token = f"Zq{self._count:05d}x"
        self._keep(token.lower(), kind, what, paths, user_id)
        return f"{token}{tail}"

    def phone(self, kind: str, what: str, *paths: str | None, user_id: int | None = None) -> str:
        """A telephone number nobody else has."""
        self._count += 1
        token = f"097{self._count:07d}"
        self._keep(token, kind, what, paths, user_id)
        return token

    def amount(self, kind: str, what: str, *paths: str | None, add: tuple[int, ...] = ()) -> int:
        """A large number nobody else reports; ``add`` are sums it may be shown in."""
        self._count += 1
        number = 1_000_003 + self._count * 4_211
        for extra in (0, *add):
            self._keep(str(number + extra), kind, what, paths, None)
        return number

    def _keep(
        self, token: str, kind: str, what: str, paths: Iterable[str | None], user_id: int | None
    ) -> None:
        assert kind in KINDS, kind
        assert token not in self.by_token, token
        self.by_token[token] = Canary(
            token, kind, what, tuple(path for path in paths if path), (user_id,) if user_id else ()
        )

    def also_with(self, text: str | int, *paths: str | None, user_id: int | None = None) -> None:
        """A record that refers to the canary's row shows it to whoever sees that record."""
        for token in tokens_of(str(text)):
            old = self.by_token[token]
            more = tuple(path for path in paths if path)
            self.by_token[token] = Canary(
                token,
                old.kind,
                old.what,
                (*old.paths, *more),
                (*old.user_ids, user_id) if user_id else old.user_ids,
            )

    def found_in(self, text: str) -> set[Canary]:
        """The canaries that occur in a text."""
        return {self.by_token[token] for token in tokens_of(text) if token in self.by_token}

    def leaked(self, text: str, access: Access) -> list[Canary]:
        """The canaries in a text that somebody with this access must not meet."""
        return [canary for canary in self.found_in(text) if not canary.seen_with(access)]


def tokens_of(text: str) -> set[str]:
    """Whatever in a text may be a canary."""
    found = {hit.lower() for hit in WORD.findall(text)}
    found |= {NOT_DIGIT.sub("", hit) for hit in PHONE.findall(text)}
    found |= {NOT_DIGIT.sub("", hit) for hit in NUMBER.findall(text)}
    return found
