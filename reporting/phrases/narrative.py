"""The narrative of official reports: its sections, and the phrases they are drafted from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from reporting.phrases.asks import Frame
from reporting.phrases.numbers import Numbers
from reporting.phrases.phrase import Phrase
from reporting.phrases.render import lines_of, render

_FILE = Path(__file__).parents[1] / "data" / "phrases.csv"

SECTIONS = {
    "I": _("Direction and organisation"),
    "II": _("Results"),
    "III": _("Assessment"),
    "IV": _("Direction and tasks of the next period"),
    "V": _("Proposals and recommendations"),
}
"""Sections in the usual order of a report, by number."""

BRIEF = "brief"
"""Sentences with one figure each, for briefs, speeches and the press."""


@dataclass(frozen=True)
class Default:
    """One phrase of the portal: for which section, of reports of which levels."""

    code: str
    section: str
    levels: tuple[str, ...]
    texts: Mapping[str, str]


def _read() -> tuple[Default, ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Default(
                row["code"], row["section"], tuple(row["levels"].split("|")),
                {"vi": row["vi"], "en": row["en"]},
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


DEFAULTS = _read()


def level_of(frame: Frame) -> str:
    """The level a unit's report is written for: every organisation writes like a department."""
    return frame.level if frame.level in ("province", "commune") else "department"


def defaults(section: str, level: str, language: str) -> list[tuple[str, str]]:
    """Codes and texts of the portal's phrases for a section, in order."""
    return [
        (one.code, one.texts[language])
        for one in DEFAULTS
        if one.section == section and level in one.levels
    ]


def templates(section: str, frame: Frame, language: str, own: str = "") -> list[tuple[str, str]]:
    """The phrases of a section: the report template's own, one a line, else the portal's."""
    if lines := lines_of(own):
        return [("", line) for line in lines]
    return defaults(section, level_of(frame), language)


def draft(
    section: str, frame: Frame, numbers: Numbers, language: str, own: str = ""
) -> list[Phrase]:
    """The paragraphs of one section; ``own`` are the report template's phrases."""
    return render(templates(section, frame, language, own), frame, numbers, language)


def drafts(
    frame: Frame, numbers: Numbers, language: str, own: Mapping[str, str] | None = None
) -> dict[str, list[Phrase]]:
    """Every section of a report at once: numbers are read together.

    ``own`` are the report template's sections with their phrases ('' for the portal's); without
    it the usual sections.
    """
    asked = own if own is not None else dict.fromkeys(SECTIONS, "")
    coded = [
        (section, code, text)
        for section, texts in asked.items()
        for code, text in templates(section, frame, language, texts)
    ]
    told = render(
        ((f"{at}", text) for at, (_section, _code, text) in enumerate(coded)), frame, numbers,
        language,
    )  # fmt: skip
    found: dict[str, list[Phrase]] = {section: [] for section in asked}
    for phrase in told:
        section, code, _text = coded[int(phrase.code)]
        found[section].append(Phrase(phrase.segments, code))
    return found


def as_text(phrases: Iterable[Phrase]) -> str:
    """Paragraphs as an editor holds them: one a line."""
    return "\n".join(phrase.text for phrase in phrases)
