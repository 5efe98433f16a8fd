"""The words unit names begin with ("Xã", "Ấp", "Tổ dân phố") and the kinds they say."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from campaign.text import clean_name, fold
from units.models import Unit

_FILE = Path(__file__).parent / "data" / "kinds.csv"


@cache
def words() -> dict[str, tuple[str, str]]:
    """{kind: (level, word)}, in the order in which names are tried."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {row["kind"]: (row["level"], row["word"]) for row in csv.DictReader(file)}


def full_name(kind: str, short_name: str) -> str:
    """The official name of a unit of a kind: the word, then the name."""
    word = words().get(kind, ("", ""))[1]
    return f"{word} {short_name}".strip()


def split_name(name: str, level: str | None = None) -> tuple[str, str]:
    """(kind, short name) of an official name: "Xã Tam Sơn" is a commune called Tam Sơn.

    The kind is "" when the name begins with no word of the level.
    """
    name = clean_name(name)
    for kind, (of_level, word) in sorted(words().items(), key=lambda item: -len(item[1][1])):
        rest = name[len(word) :]
        if level in (None, of_level) and rest[:1] == " " and fold(name[: len(word)]) == fold(word):
            return kind, rest.strip()
    return "", name


def kind_of_word(text: str, level: str = Unit.Level.HAMLET) -> str:
    """The kind somebody wrote as a word, with or without marks ("" when it is none)."""
    wanted = fold(text)
    for kind, (of_level, word) in words().items():
        if of_level == level and wanted in (fold(word), kind, kind.replace("_", " ")):
            return kind
    return ""
