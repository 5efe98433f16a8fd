"""Where the numbers of sentences come from: read now on somebody's behalf, or kept by a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from reporting.phrases.asks import Answer, Ask


class Numbers(Protocol):
    """Answers questions, many at once."""

    def answers(self, asks: Iterable[Ask]) -> Mapping[str, Answer]:
        """{key of the question: answer}; what is left out is unknown."""
        ...


class Frozen:
    """Numbers as a snapshot kept them: the same sentences for ever, whatever happens to records."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self.kept = kept

    def answers(self, asks: Iterable[Ask]) -> Mapping[str, Answer]:
        """What was answered then."""
        found = {}
        for ask in asks:
            if (answer := self.kept.get(ask.key)) is not None:
                found[ask.key] = Answer.thawed(answer)
        return found


class Kept:
    """Passes questions on and keeps every answer, for a snapshot."""

    def __init__(self, source: Numbers) -> None:
        self.source = source
        self.known: dict[str, Answer] = {}

    def answers(self, asks: Iterable[Ask]) -> Mapping[str, Answer]:
        """What the source answers; a question is passed on once."""
        asks = list(asks)
        if missing := [ask for ask in asks if ask.key not in self.known]:
            self.known.update(self.source.answers(missing))
        return {ask.key: self.known[ask.key] for ask in asks if ask.key in self.known}

    def frozen(self) -> dict[str, Any]:
        """All answers as JSON, in a fixed order: ``Frozen`` says the same from it."""
        return {key: self.known[key].frozen() for key in sorted(self.known)}
