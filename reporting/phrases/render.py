"""From templates to sentences: collect every question, ask once, and tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from reporting.figures.breakdowns import CHOICES, VOCABULARIES
from reporting.indicators import Dim
from reporting.phrases.asks import Answer, Ask, Frame
from reporting.phrases.counts import Count
from reporting.phrases.language import Node, Part, Placeholder, unknown
from reporting.phrases.numbers import Numbers
from reporting.phrases.phrase import Phrase, Prompt, Segment, Text
from reporting.phrases.slots import understood
from reporting.phrases.told import Known, Slot, Telling, Told


def render(
    sources: Iterable[str | tuple[str, str]], frame: Frame, numbers: Numbers, language: str
) -> list[Phrase]:
    """The sentences of some templates (texts, or pairs of code and text) in a language.

    What has nothing to say is left out. All numbers are read together.
    """
    coded = [("", source) if isinstance(source, str) else source for source in sources]
    answers = numbers.answers(asks_of((source for _code, source in coded), frame))
    found = [one(source, frame, answers, language, code) for code, source in coded]
    return [phrase for phrase in found if phrase is not None]


def asks_of(sources: Iterable[str], frame: Frame) -> list[Ask]:
    """Every question some templates ask, each once."""
    found: dict[str, Ask] = {}
    for source in sources:
        for slot in understood(source)[1].values():
            found |= {ask.key: ask for ask in slot.asks(frame)}
    return list(found.values())


def one(
    source: str, frame: Frame, answers: Mapping[str, Answer], language: str, code: str = ""
) -> Phrase | None:
    """One sentence out of answers; None where there is nothing to say."""
    template, slots = understood(source)
    with translation.override(language):
        telling = Telling(frame, answers, language)
        told = [_tell(node, slots, telling) for node in template.nodes]
        known = {one.known for one in told} - {Known.WORDS}
        if known and max(known) < Known.YES:
            telling = replace(telling, is_zero=Known.ZERO in known)
            told = [_tell(Part(template.otherwise), slots, telling)]
    segments = _joined([segment for one in told for segment in one.segments])
    return Phrase(segments, code) if any(segment.text.strip() for segment in segments) else None


def _tell(node: Node, slots: Mapping[Placeholder, Slot], telling: Telling) -> Told:
    if isinstance(node, str):
        return Told((Text(node),))
    if isinstance(node, Placeholder):
        return slots[node].tell(telling)
    inner = [_tell(one, slots, telling) for one in node.nodes]
    if any(one.known not in (Known.WORDS, Known.YES) for one in inner):
        return Told(())
    return Told(tuple(segment for one in inner for segment in one.segments))


def _joined(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Neighbouring words as one piece; sentences begin with a capital."""
    found: list[Segment] = []
    before = ""
    for segment in segments:
        if not segment.text:
            continue
        if _begins(before) and not isinstance(segment, Prompt):
            segment = replace(segment, text=_raised(segment.text))
        before = (before + segment.text)[-3:]
        last = found[-1] if found else None
        if isinstance(segment, Text) and isinstance(last, Text) and not (segment.url or last.url):
            found[-1] = Text(last.text + segment.text)
        else:
            found.append(segment)
    return tuple(found)


def _begins(before: str) -> bool:
    return not before.strip() or before.endswith((". ", "\n"))


def _raised(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- Templates people write -------------------------------------------------------------------


def check(source: str) -> None:
    """Refuse a template that cannot be understood, or names words the vocabulary does not have."""
    _template, slots = understood(source)
    for place, slot in slots.items():
        if isinstance(slot, Count):
            for dim, word in slot.where:
                _check_word(place.source, dim, word)


def _check_word(source: str, dim: str, word: str) -> None:
    if dim in CHOICES:
        codes = [str(value) for value in CHOICES[Dim(dim)].values]
    else:
        model = VOCABULARIES[Dim(dim)]
        codes = list(model._default_manager.values_list("code", flat=True))
    if word not in codes:
        raise unknown(_("%(source)s: “%(typed)s” is not in the vocabulary."), word, codes,
                      source=source)  # fmt: skip


def check_lines(text: str) -> None:
    """Refuse a text of templates, one a line; every bad line is named by its number."""
    errors = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            check(line)
        except ValidationError as error:
            words = {"number": number, "message": " ".join(error.messages)}
            errors.append(ValidationError(_("Line %(number)s: %(message)s") % words))
    if errors:
        raise ValidationError(errors)


def lines_of(text: str) -> list[str]:
    """The templates of a text: one a line, blank lines left out."""
    return [line.strip() for line in text.splitlines() if line.strip()]


__all__ = ["Part", "asks_of", "check", "check_lines", "lines_of", "one", "render"]
