"""What the units wrote, read beside the editor of the province's own narrative."""

from __future__ import annotations

from dataclasses import dataclass

from campaign.portal.access import Access
from campaign.text import fold
from reporting.models import Report, ReportingCycle, ReportText

SHOWN = 30


@dataclass(frozen=True)
class Narrative:
    """One unit's text in one section."""

    report: Report
    section: str
    text: str


@dataclass(frozen=True)
class Narratives:
    """The texts that were looked for: the first of them, and how many there are."""

    shown: tuple[Narrative, ...]
    total: int
    units: int

    @property
    def rest(self) -> int:
        """How many are not shown."""
        return self.total - len(self.shown)


def narratives(
    cycle: ReportingCycle, access: Access, *, section: str = "", unit: str = "", words: str = ""
) -> Narratives:
    """The narratives of reports that were handed in, in the order of the register.

    Marks and capitals do not matter to what is looked for.
    """
    reports = Report.objects.within(access.view).filter(cycle=cycle, state__in=Report.HANDED_IN)
    texts = ReportText.objects.filter(report__in=reports).exclude(text="")
    if section:
        texts = texts.filter(section=section)
    rows = texts.select_related("report__unit").order_by(
        "report__unit__level", "report__unit__sort_key", "report_id", "section"
    )
    asked_unit, asked_words = fold(unit), fold(words)
    found = [
        Narrative(row.report, row.section, row.text)
        for row in rows
        if asked_unit in fold(row.report.unit.name) and asked_words in fold(row.text)
    ]
    return Narratives(tuple(found[:SHOWN]), len(found), len({one.report.pk for one in found}))
