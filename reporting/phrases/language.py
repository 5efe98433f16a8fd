"""The language of phrase templates: plain text, ``{placeholders|with:filters}`` and ``[parts]``.

    Trong kỳ đã mở {classes} lớp[, trong đó {online_sessions} buổi trực tuyến]. || Chưa {none} lớp nào.

A part in square brackets falls away when a number in it is unknown or zero. What follows ``||``
is said instead when all numbers outside brackets are. A doubled brace or bracket stands for itself.
Nothing is ever evaluated: a template is read into the nodes below, and what is not known is refused
with the nearest thing that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

OTHERWISE = "||"
LONGEST = 4000


@dataclass(frozen=True)
class Filter:
    """One filter of a placeholder: ``of:audience=pupils``."""

    name: str
    argument: str = ""


@dataclass(frozen=True)
class Placeholder:
    """``{name:argument:argument|filter|filter:argument}``, with its own text for messages."""

    name: str
    arguments: tuple[str, ...]
    filters: tuple[Filter, ...]
    source: str


@dataclass(frozen=True)
class Part:
    """Text in square brackets."""

    nodes: tuple[Node, ...]


Node = str | Placeholder | Part


@dataclass(frozen=True)
class Template:
    """One paragraph, and what is said instead of it when its numbers are unknown or zero."""

    nodes: tuple[Node, ...]
    otherwise: tuple[Node, ...] = ()

    def placeholders(self) -> Iterator[Placeholder]:
        """Every placeholder, in order."""
        yield from _placeholders(self.nodes)
        yield from _placeholders(self.otherwise)


def _placeholders(nodes: Iterable[Node]) -> Iterator[Placeholder]:
    for node in nodes:
        if isinstance(node, Placeholder):
            yield node
        elif isinstance(node, Part):
            yield from _placeholders(node.nodes)


def refused(message: str, **words: object) -> ValidationError:
    """A refusal people can act on."""
    return ValidationError(message % words, code="phrase")


def unknown(message: str, typed: str, known: Iterable[str], **words: object) -> ValidationError:
    """Something nobody knows, with the nearest thing that is known."""
    near = get_close_matches(typed, list(known), n=1, cutoff=0.5)
    text = message % ({"typed": typed} | words)
    if near:
        text += " " + _("Did you mean “%(near)s”?") % {"near": near[0]}
    return ValidationError(text, code="phrase")


def parse(source: str) -> Template:
    """Read one paragraph; ValidationError says what is wrong and where."""
    if len(source) > LONGEST:
        raise refused(
            _("A phrase has at most %(longest)s characters."), longest=LONGEST
        )  # fmt: skip
    first, divider, second = source.partition(OTHERWISE)
    if OTHERWISE in second:
        raise refused(_("“||” stands at most once in a phrase."))
    instead = _Reader(second.strip()).all() if divider else ()
    return Template(_Reader(first.strip()).all(), instead)


class _Reader:
    """Walks through a template once, character by character."""

    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0

    def all(self) -> tuple[Node, ...]:
        return self.nodes(inside=False)

    def nodes(self, *, inside: bool) -> tuple[Node, ...]:
        """Nodes up to the end, or up to the bracket that closes the part."""
        found: list[Node] = []
        text = ""
        while self.at < len(self.source):
            sign = self.source[self.at]
            if sign in "{}[]" and self.source[self.at + 1 : self.at + 2] == sign:
                text, self.at = text + sign, self.at + 2
                continue
            if sign == "]" and inside:
                break
            if sign in "{[":
                found += [text] if text else []
                text = ""
                found.append(self.opened[sign]())
                continue
            if sign in "}]":
                raise self.stray(sign)
            text, self.at = text + sign, self.at + 1
        else:
            if inside:
                raise refused(_("A part opened with “[” is not closed: “%(text)s”."), text=text)
        return (*found, text) if text else tuple(found)

    @property
    def opened(self) -> dict[str, Callable[[], Node]]:
        """What begins with a sign."""
        return {"{": self.placeholder, "[": self.part}

    def stray(self, sign: str) -> ValidationError:
        before = self.source[max(0, self.at - 20) : self.at + 1]
        return refused(
            _("“%(sign)s” closes nothing: “…%(text)s”. Write it twice to mean the sign itself."),
            sign=sign, text=before,
        )  # fmt: skip

    def part(self) -> Part:
        self.at += 1
        nodes = self.nodes(inside=True)
        self.at += 1
        part = Part(nodes)
        if not any(_placeholders(nodes)):
            raise refused(
                _("The part “[%(text)s]” has no number; text in brackets depends on one."),
                text="".join(node for node in nodes if isinstance(node, str)),
            )
        return part

    def placeholder(self) -> Placeholder:
        end = self.source.find("}", self.at)
        inner = self.source[self.at + 1 : end] if end > 0 else ""
        if end < 0 or "{" in inner:
            text = self.source[self.at : self.at + 30]
            raise refused(_("A placeholder opened with “{” is not closed: “%(text)s”."), text=text)
        self.at = end + 1
        return placeholder(inner)


def placeholder(inner: str) -> Placeholder:
    """Read what stands between braces."""
    head, *rest = [piece.strip() for piece in inner.split("|")]
    name, *arguments = [piece.strip() for piece in head.split(":")]
    if name == "write":  # the hint is free text
        arguments = [head.partition(":")[2].strip()]
    filters = []
    for piece in rest:
        word, _colon, argument = piece.partition(":")
        filters.append(Filter(word.strip(), argument.strip()))
    return Placeholder(name, tuple(arguments), tuple(filters), "{" + inner + "}")
