"""What "my work" is made of: piles of things of one kind, each thing a sentence with one button."""

from __future__ import annotations

from dataclasses import dataclass, field

SHOWN = 6  # of each kind; the rest is one click away


@dataclass(frozen=True)
class Task:
    """One thing to do: a sentence, what it is about, and the one button."""

    sentence: str
    about: str
    url: str
    button: str


@dataclass(frozen=True)
class Act:
    """One thing to do with many things of a pile at once."""

    label: str
    url: str


@dataclass(frozen=True)
class Pile:
    """Things of one kind: how many there are, the first of them, where the others are."""

    title: str
    icon: str
    tone: str
    total: int
    tasks: list[Task] = field(default_factory=list)
    rest_url: str = ""
    acts: list[Act] = field(default_factory=list)

    @property
    def rest(self) -> int:
        """How many are not shown."""
        return self.total - len(self.tasks)
