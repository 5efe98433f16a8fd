"""The versions of a provincial report: what each says, read from its row or from its snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils import translation

from reporting.closing.snapshots import canonical, content_of
from reporting.compiled import kept, wording
from reporting.compiled.annex_pages import Sheet, sheets_of
from reporting.compiled.annexes import by_unit
from reporting.compiled.content import Gathered, moment_of
from reporting.compiled.paper import Section, Written, official
from reporting.documents.annexes import Annex
from reporting.documents.official import OfficialReport
from reporting.models import CompiledReport, ReportTemplate

FORMAT = 1


@dataclass(frozen=True)
class Papers:
    """The documents of a version, before they are written as files."""

    report: OfficialReport
    sheets: tuple[Sheet, ...]
    #: every indicator of the report by unit: what the province's own form is filled from
    by_unit: Annex
    #: what the notes of the workbook say first
    facts: tuple[tuple[str, str | date], ...]


class Version:
    """One version: a draft is worked out from its row, a locked one is what its snapshot says."""

    def __init__(self, row: CompiledReport) -> None:
        self.row = row

    @cached_property
    def content(self) -> dict[str, Any] | None:
        """What was frozen; None of a draft."""
        return content_of(self.row.snapshot) if self.row.snapshot else None

    @cached_property
    def written(self) -> Written:
        """What was gathered and written."""
        if self.content is not None:
            return Written.read(self.content["written"])
        texts = dict(self.row.texts.values_list("section", "text"))
        sections = tuple(
            Section(code, title, texts.get(code, ""), is_required)
            for code, title, is_required in sections_of(self.row.cycle.template)
        )
        gathered = Gathered.read(self.row.gathered)
        return Written(gathered, self.row.missing, sections, self.row.supplement)

    @property
    def gathered(self) -> Gathered:
        """What it is written from."""
        return self.written.gathered

    @cached_property
    def papers(self) -> Papers:
        """Its documents."""
        if self.content is None:
            return papers_of(self.written)
        frozen = self.content["papers"]
        return Papers(
            kept.thawed(frozen["report"]), kept.thawed(frozen["sheets"]),
            kept.thawed(frozen["by_unit"]), kept.thawed(frozen["facts"]),
        )  # fmt: skip

    @cached_property
    def unwritten(self) -> list[str]:
        """The numbers of the sections in which something is still to be written."""
        return [run.key or "" for run in self.papers.report.gaps]


def sections_of(template: ReportTemplate) -> list[tuple[str, str, bool]]:
    """Code, Vietnamese heading and whether it is required, of each section of the report."""
    found = [(s.code, s.title_vi, s.is_required) for s in template.sections.all()]
    return found or [(wording.RESULTS, wording.SECTIONS[wording.RESULTS], True)]


def papers_of(written: Written) -> Papers:
    """The documents of what was written."""
    gathered, rule = written.gathered, written.missing
    with translation.override("vi"):
        whole = by_unit(gathered, gathered.said(rule), gathered.codes)
    return Papers(official(written), sheets_of(gathered, rule), whole, facts_of(written))


def facts_of(written: Written) -> tuple[tuple[str, str | date], ...]:
    """What the figures rest on, and who is missing, for the notes of the workbook."""
    gathered = written.gathered
    facts: list[tuple[str, str | date]] = [
        (wording.PERIOD, wording.period_words(gathered.days_meant)),
        (wording.FIGURES_AS_OF, f"{moment_of(gathered.at):%d/%m/%Y %H:%M}"),
        (wording.REPORTS_APPROVED, f"{len(gathered.approved)}/{len(gathered.asked)}"),
    ]
    if written.reason:
        facts.append((wording.WITH_EXCEPTIONS, written.reason))
    facts += [
        (wording.NOT_APPROVED.format(place=place), wording.states_of([part]))
        for place, part in enumerate(gathered.missing, start=1)
    ]
    return tuple(facts)


def text_of(row: CompiledReport, written: Written) -> bytes:
    """Everything a locked version is, as canonical text: documents are made from it alone."""
    papers = papers_of(written)
    return canonical(
        {
            "format": FORMAT,
            "cycle": row.cycle_id,
            "template": row.cycle.template.code,
            "number": row.number,
            "written": written.kept(),
            "papers": {
                "report": kept.frozen(papers.report), "sheets": kept.frozen(papers.sheets),
                "by_unit": kept.frozen(papers.by_unit), "facts": kept.frozen(papers.facts),
            },
        }
    )  # fmt: skip
