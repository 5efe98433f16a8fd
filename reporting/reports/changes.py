"""Which cells of a report differ from what it said before: since it was returned, or approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reporting.closing import snapshots
from reporting.figures import Figure
from reporting.models import Report, Snapshot
from reporting.reports.content import Content

State = Report.State


@dataclass(frozen=True)
class Cell:
    """What one cell said before; ``place`` is its code, ``d-`` code or ``text-`` section."""

    place: str
    before: Any


class Compared:
    """A report beside one of its snapshots."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.report = content.report

    @cached_property
    def handed_in(self) -> list[Snapshot]:
        """What was submitted, the latest first."""
        kept = self.report.snapshots.filter(occasion=Snapshot.Occasion.SUBMITTED)
        return list(kept.order_by("-at", "-pk")[:2])

    @cached_property
    def base(self) -> Snapshot | None:
        """What the page is compared with.

        A report that was handed in again: its submission before. Being corrected: its latest
        submission. Approved: what was approved.
        """
        if self.report.state in Report.FROZEN:
            kept = self.report.snapshots.filter(occasion=Snapshot.Occasion.APPROVED)
            return kept.order_by("-at", "-pk").first()
        if self.report.state == State.SUBMITTED:
            return self.handed_in[-1] if self.handed_in else None
        return self.handed_in[0] if self.handed_in else None

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """The cells that differ from the base, by their place."""
        return self.differing(self.base)

    @cached_property
    def since_handed_in(self) -> int:
        """How many cells were changed after the report was handed in last."""
        if self.report.state != State.SUBMITTED or not self.handed_in:
            return 0
        return len(self.differing(self.handed_in[0]))

    def differing(self, snapshot: Snapshot | None) -> dict[str, Cell]:
        """The cells that say something else now than in a snapshot."""
        if snapshot is None:
            return {}
        kept = snapshots.content_of(snapshot)
        ways = (_counted, _declared, _texts, _answers)
        return {cell.place: cell for way in ways for cell in way(kept, self.content)}


def _counted(kept: dict[str, Any], content: Content) -> Iterator[Cell]:
    for code, now in content.now.items():
        if code in kept["figures"]:
            before = _figure(code, kept["figures"][code])
            if before != now:
                yield Cell(code, before)


def _declared(kept: dict[str, Any], content: Content) -> Iterator[Cell]:
    for line in content.declared:
        told = kept["declared"].get(line.indicator.code)
        before = (told["value"], told["denominator"]) if told else None
        now = (line.amount.value, line.amount.denominator) if line.amount else None
        if before != now:
            words = line.indicator.in_words(*before) if before else ""
            yield Cell(f"d-{line.indicator.code}", words)


def _texts(kept: dict[str, Any], content: Content) -> Iterator[Cell]:
    for one in content.texts:
        before = kept["texts"].get(one.section.code, {}).get("text", "")
        if before != one.text:
            yield Cell(f"text-{one.section.code}", before)


def _answers(kept: dict[str, Any], content: Content) -> Iterator[Cell]:
    nothing = {"number": None, "text": ""}
    for asked in content.questions:
        before = kept["answers"].get(str(asked.question.pk), nothing)
        row = asked.row
        if before != ({"number": row.number, "text": row.text} if row else nothing):
            yield Cell(f"answer-{asked.question.pk}", before["text"] or before["number"])


def _figure(code: str, kept: dict[str, int | None]) -> Figure:
    return Figure(code, kept.get("value"), kept.get("numerator"), kept.get("denominator"))
