"""What the page of a report shows: whose turn it is, what is written, and the one next step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.models import Draft
from campaign.portal.access import Access
from campaign.portal.figures import num
from reporting.models import Report, ReportComment, ReportEvent
from reporting.models.cycles import TemplateQuestion
from reporting.reports.changes import Compared
from reporting.reports.checks import Check, check
from reporting.reports.content import Content
from reporting.reports.saving import Saved, boxes
from reporting.reports.turn import Turn
from reporting.reports.writing import version_of
from reporting.targets.reading import targets_for

State = Report.State
EVENTS_SHOWN = 8


@dataclass
class Box:
    """One box of the page: its name, what it holds, and what is wrong with it."""

    name: str
    value: str = ""
    problem: str = ""
    conflict: Mapping[str, Any] | None = None


@dataclass
class Page(Turn):
    """One report as one person meets it now."""

    saved: Saved = field(default_factory=Saved)
    #: what was typed and could not be kept, over what is kept
    typed: Mapping[str, str] = field(default_factory=dict)
    draft: Draft | None = None
    refused: list[str] = field(default_factory=list)

    @cached_property
    def content(self) -> Content:
        """What the report says."""
        return Content(self.report, self.access)

    @cached_property
    def compared(self) -> Compared:
        """What differs from before."""
        return Compared(self.content)

    @property
    def may_declare_nothing(self) -> bool:
        """Whether "nothing happened" is offered: there are no records of the period."""
        known = [one for one in self.content.now.values() if one.indicator.kind != "stock"]
        return self.may_write and not any(one.value or one.numerator for one in known)

    # --- what is in the way -------------------------------------------------------------------

    @cached_property
    def checks(self) -> list[Check]:
        """What is to be put right or explained."""
        if self.report.state in Report.FROZEN:
            return []
        return check(self.report, self.access, content=self.content, now=self.now)

    @property
    def has_hard(self) -> bool:
        """Whether something must be put right, not only explained."""
        return any(one.is_hard for one in self.checks)

    @property
    def open_checks(self) -> int:
        """How many still keep it from being handed in."""
        return sum(one.is_open for one in self.checks)

    @property
    def sentences(self) -> list[tuple[Check, Box]]:
        """Warnings with a box for a sentence, unless they are answered in a note."""
        return [
            (one, self.box(f"why-{one.key}", self.report.explanations.get(one.key, one.said)))
            for one in self.checks
            if not one.is_hard
        ]

    # --- what is written ----------------------------------------------------------------------

    def box(self, name: str, value: Any = "") -> Box:
        """A box with what was typed in it, or what is kept."""
        shown = self.typed.get(name, "" if value is None else str(value))
        return Box(name, shown, self.saved.problems.get(name, ""), self.saved.conflicts.get(name))

    def version(self, name: str, kept: int | str) -> str:
        """The version a box was typed over, which may be older than what is kept now."""
        return self.typed.get(f"{name}-version", str(kept))

    @property
    def has_targets(self) -> bool:
        """Whether any figure of the report has a target."""
        return any(row["target"] for row in self.counted)

    @cached_property
    def counted(self) -> list[dict[str, Any]]:
        """The table of counted figures."""
        lines = self.content.counted
        targets = targets_for(
            [self.report.unit], self.content.codes, self.content.period, access=self.access
        )
        frozen = self.is_frozen
        found = []
        for line in lines:
            code = line.indicator.code
            cell = self.compared.cells.get(code)
            target = targets.get((self.report.unit_id, code))
            found.append(
                {
                    "line": line,
                    "shown": cell.before if frozen and cell else line.now,
                    "other": (line.now if frozen else cell.before) if cell else None,
                    "target": target,
                    "comments": self.remarks.get(code, []),
                    "digits": 1 if line.indicator.is_ratio else 0,
                }
            )
        return found

    @cached_property
    def declared(self) -> list[dict[str, Any]]:
        """The table of declared figures: boxes, the last values, remarks."""
        found = []
        for line in self.content.declared:
            code = line.indicator.code
            last = line.history[0].source if line.history else ""
            kept = boxes(line.own) if line.own else {"source": last}
            names = ("numerator", "denominator") if line.indicator.is_rate else ("value",)
            cell = self.compared.cells.get(f"d-{code}")
            found.append(
                {
                    "line": line,
                    "amounts": [self.box(f"d-{code}-{name}", kept.get(name, "")) for name in names],
                    "source": self.box(f"d-{code}-source", kept.get("source", "")),
                    "note": self.box(f"d-{code}-note", kept.get("note", "")),
                    "version": self.version(f"d-{code}", line.own.version if line.own else ""),
                    "words": line.indicator.in_words(line.amount.value, line.amount.denominator)
                    if line.amount
                    else "",
                    "cell": cell,
                    "comments": self.remarks.get(code, []),
                }
            )
        return found

    @cached_property
    def texts(self) -> list[dict[str, Any]]:
        """The narrative sections."""
        found = []
        for one in self.content.texts:
            name = f"text-{one.section.code}"
            found.append(
                {
                    "one": one,
                    "box": self.box(name, one.text),
                    "version": self.version(name, version_of(one.row)),
                    "cell": self.compared.cells.get(name),
                    "comments": self.remarks.get(one.section.code, []),
                }
            )
        return found

    @cached_property
    def questions(self) -> list[dict[str, Any]]:
        """The questions of a request."""
        found = []
        for asked in self.content.questions:
            name = f"answer-{asked.question.pk}"
            found.append(
                {
                    "asked": asked,
                    "box": self.box(name, said(asked.question, asked.row)),
                    "version": self.version(name, version_of(asked.row)),
                    "cell": self.compared.cells.get(name),
                }
            )
        return found

    # --- around it ----------------------------------------------------------------------------

    @cached_property
    def thread(self) -> list[ReportComment]:
        """All remarks, in their order."""
        return list(self.report.comments.select_related("by"))

    @cached_property
    def remarks(self) -> dict[str, list[ReportComment]]:
        """Remarks by what they are about."""
        found: dict[str, list[ReportComment]] = defaultdict(list)
        for one in self.thread:
            found[one.about].append(one)
        return found

    @property
    def asked(self) -> list[tuple[str, ReportComment]]:
        """What a returned report was flagged for: where it is on the page, and the comment."""
        since = self.report.submitted_at
        if self.report.state != Report.State.RETURNED or since is None:
            return []
        flagged = [one for one in self.thread if one.needs_answer and one.at > since]
        return [(self.place_of(one.about), one) for one in flagged]

    def place_of(self, code: str) -> str:
        """Where on the page a figure or section is."""
        if code in self.content.codes:
            return f"c-{code}"
        if any(code == line.indicator.code for line in self.content.declared):
            return f"d-{code}"
        return f"s-{code}" if code else "remarks"

    @cached_property
    def subjects(self) -> dict[str, str]:
        """What a remark may be about: codes and names."""
        found = {code: str(line.indicator.label) for code, line in self._by_code().items()}
        found |= {one.indicator.code: one.indicator.name for one in self.content.declared}
        return found | {one.section.code: str(one.section) for one in self.content.texts}

    def _by_code(self) -> dict[str, Any]:
        return {line.indicator.code: line for line in self.content.counted}

    @cached_property
    def events(self) -> list[ReportEvent]:
        """The last steps, the latest first."""
        rows = self.report.events.select_related("by", "on_behalf_of", "snapshot")
        rows = rows.defer("snapshot__content", "snapshot__figures").order_by("-at", "-pk")
        return list(rows[:EVENTS_SHOWN])

    @property
    def modified(self) -> str:
        """How much changed since it was handed in, for whoever checks it."""
        parts = []
        if self.report.state == State.SUBMITTED and len(self.compared.handed_in) > 1:
            count = len(self.compared.cells)
            words = ngettext(
                "%(count)s cell differs from what was submitted before.",
                "%(count)s cells differ from what was submitted before.", count,
            )  # fmt: skip
            parts.append(words % {"count": num(count)})
        if count := self.compared.since_handed_in:
            words = ngettext(
                "%(count)s cell was changed after it was submitted.",
                "%(count)s cells were changed after it was submitted.", count,
            )  # fmt: skip
            parts.append(words % {"count": num(count)})
        return " ".join(parts)

    @property
    def has_snapshots(self) -> bool:
        """Whether anything of it was frozen: handed in, or approved."""
        return any(one.snapshot_id for one in self.events)

    @cached_property
    def next_to_review(self) -> Report | None:
        """Another report that waits for approval: of the same cycle first, the longest waiting."""
        return next_to_review(self.report, self.access) if self.reviews else None

    @property
    def crumbs(self) -> list[tuple[Any, str]]:
        """The way down to the report."""
        cycle = self.report.cycle
        return [
            (_("Reports of units"), reverse("reports:list")),
            (str(cycle), cycle.get_absolute_url()),
            (self.report.unit.name, ""),
        ]


def next_to_review(report: Report, access: Access) -> Report | None:
    """Another report that waits for approval: of the same cycle first, the longest waiting."""
    waiting = Report.objects.within(access.review).filter(state=State.SUBMITTED)
    waiting = waiting.exclude(pk=report.pk).order_by("since", "pk")
    found: Report | None = waiting.filter(cycle=report.cycle_id).first() or waiting.first()
    return found


def said(question: TemplateQuestion, row: Any) -> str:
    """An answer as its box holds it."""
    if row is None:
        return ""
    if question.kind == TemplateQuestion.Kind.NUMBER:
        return "" if row.number is None else num(row.number)
    if question.kind == TemplateQuestion.Kind.DATE and row.text:
        return f"{datetime.fromisoformat(row.text):%d/%m/%Y}"
    return str(row.text)
