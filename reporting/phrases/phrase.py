"""A sentence that knows its numbers: which figure each is, of whom, when, and where its rows are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from campaign.portal.figures import num


@dataclass(frozen=True)
class Number:
    """A number in a sentence: what is shown, what exactly it is, and which figure it came from.

    ``value`` is exact while ``text`` may be rounded ("over 52,000"); None where nothing is known.
    ``key`` names the question that was answered, in a report as in its snapshot.
    """

    text: str
    code: str
    unit: int
    period: str
    where: Mapping[str, str]
    value: Decimal | None
    key: str
    url: str = ""

    @property
    def is_number(self) -> bool:
        """Unlike other pieces, this one came from figures."""
        return True

    @property
    def exact(self) -> str:
        """The exact number, where the text shows a rounded one; else ''."""
        if self.value is None or self.value != int(self.value):
            return ""
        written = num(self.value)
        return "" if written in self.text else written


@dataclass(frozen=True)
class Text:
    """Words between numbers; ``url`` leads to whom they name."""

    text: str
    url: str = ""

    @property
    def is_number(self) -> bool:
        """Words are no number."""
        return False


@dataclass(frozen=True)
class Prompt:
    """A place where people must write themselves: never prose of the portal."""

    hint: str

    @property
    def text(self) -> str:
        """The hint in square brackets, so that nobody takes it for a sentence."""
        return f"[{self.hint}]"

    @property
    def is_number(self) -> bool:
        """A prompt is no number."""
        return False

    @property
    def is_prompt(self) -> bool:
        """Somebody must still write here."""
        return True


Segment = Text | Number | Prompt


@dataclass(frozen=True)
class Phrase:
    """One paragraph, as pieces."""

    segments: tuple[Segment, ...]
    #: the template it was made by
    code: str = ""

    @property
    def text(self) -> str:
        """The paragraph as plain text."""
        return "".join(segment.text for segment in self.segments)

    @property
    def numbers(self) -> list[Number]:
        """The numbers in it, in order."""
        return [segment for segment in self.segments if isinstance(segment, Number)]

    @property
    def is_prompt(self) -> bool:
        """Whether somebody must still write something here."""
        return any(isinstance(segment, Prompt) for segment in self.segments)

    def __str__(self) -> str:
        return self.text

    def kept(self) -> list[Any]:
        """The pieces as JSON: what an editor stores so that numbers stay numbers."""
        return [_kept(segment) for segment in self.segments]

    @classmethod
    def read(cls, kept: Iterable[Any], code: str = "") -> Phrase:
        """The phrase again."""
        return cls(tuple(_read(one) for one in kept), code)


def _kept(segment: Segment) -> Any:
    if isinstance(segment, Prompt):
        return {"write": segment.hint}
    if isinstance(segment, Text):
        return {"text": segment.text, "url": segment.url} if segment.url else segment.text
    value = None if segment.value is None else str(segment.value)
    return {
        "number": segment.text, "code": segment.code, "unit": segment.unit,
        "period": segment.period, "where": dict(segment.where), "value": value,
        "key": segment.key, "url": segment.url,
    }  # fmt: skip


def _read(kept: Any) -> Segment:
    if isinstance(kept, str):
        return Text(kept)
    if "write" in kept:
        return Prompt(kept["write"])
    if "number" not in kept:
        return Text(kept["text"], kept.get("url", ""))
    value = None if kept["value"] is None else Decimal(kept["value"])
    return Number(
        kept["number"], kept["code"], kept["unit"], kept["period"], kept["where"], value,
        kept["key"], kept["url"],
    )  # fmt: skip


_WORDS = re.compile(r"\d[\d.,]*\d|\d|[^\W\d]+|\s+|.", re.DOTALL)


def in_text(text: str, draft: Sequence[Phrase]) -> Phrase:
    """Edited text with the numbers of its draft that still stand where they stood, marked again.

    Where somebody wrote another number, the text stays text: it no longer comes from records.
    """
    pieces: list[tuple[str, Number | None]] = []
    for at, phrase in enumerate(draft):
        pieces += [("\n", None)] if at else []
        pieces += [(one.text, one if isinstance(one, Number) else None) for one in phrase.segments]
    before: list[str] = []
    spans: list[tuple[int, int, Number]] = []
    for piece, number in pieces:
        words = _WORDS.findall(piece)
        if number and words:
            spans.append((len(before), len(before) + len(words), number))
        before += words
    after = _WORDS.findall(text)
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    segments: list[Segment] = []
    done = 0
    for start, end, number in spans:
        moved = _place(start, end, before, blocks)
        if moved is None:
            continue
        if moved > done:
            segments.append(Text("".join(after[done:moved])))
        segments.append(number)
        done = moved + end - start
    if done < len(after):
        segments.append(Text("".join(after[done:])))
    return Phrase(tuple(segments))


def _place(start: int, end: int, before: Sequence[str], blocks: Iterable[Any]) -> int | None:
    """Where words went, when they stand there together with a word beside them; else None."""
    for block in blocks:
        if block.a <= start and end <= block.a + block.size:
            beside = [*before[block.a : start], *before[end : block.a + block.size]]
            return start - block.a + block.b if any(word.strip() for word in beside) else None
    return None


def lost_from(text: str, draft: Sequence[Phrase]) -> list[Number]:
    """The numbers of a draft that an edited text does not hold any more."""
    kept = in_text(text, draft).numbers
    return [number for phrase in draft for number in phrase.numbers if number not in kept]
