"""What the pages of a provincial report show: the paper by sections, the list of what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from campaign.portal.access import Access
from reporting.compiled import readiness, service
from reporting.compiled.content import Missing
from reporting.compiled.paper import words_anchor
from reporting.compiled.versions import Version, sections_of
from reporting.documents.official import Block, OfficialReport, Paragraph, Run
from reporting.documents.paper import Additions, report_html
from reporting.models import CompiledReport, CompiledText, ReportingCycle

TABS = ("report", "1", "2", "3", "4")


@dataclass(frozen=True)
class Editing:
    """The section that is being written: what is kept, and what somebody else kept meanwhile."""

    section: str
    text: str
    version: int
    is_draft: bool
    other: CompiledText | None = None


def paper(
    version: Version, request: Any, *, editing: Editing | None, is_open: bool, selected: str = ""
) -> SafeString:
    """The paper on the screen: its numbers lead to their source, its gaps to the editor."""
    report = linked(version.papers.report, is_open=is_open)
    tools, instead = {}, {}
    if is_open:
        for section in version.written.sections:
            if editing is None or editing.section != section.code:
                tools[section.code] = _part("compiled/_write.html", request, section=section)
    if editing is not None:
        words = [block.anchor for block in report.body if isinstance(block, Paragraph)]
        mine = [anchor for anchor in words if anchor.rpartition("-")[0] == editing.section]
        instead = dict.fromkeys(mine, SafeString(""))
        form = _part("compiled/_editor.html", request, row=version.row, editing=editing)
        instead[words_anchor(editing.section, 1)] = form
    return report_html(
        report, selected=selected, with_annexes=False, additions=Additions(tools, instead)
    )


def _part(template: str, request: Any, **context: Any) -> SafeString:
    return render_to_string(template, context, request=request)


def linked(report: OfficialReport, *, is_open: bool) -> OfficialReport:
    """The report with the addresses that its numbers and gaps have on this page."""
    return replace(report, body=tuple(_linked_block(block, is_open) for block in report.body))


def _linked_block(block: Block, is_open: bool) -> Block:
    if not isinstance(block, Paragraph):
        return block
    return replace(block, runs=tuple(_linked(run, is_open) for run in block.runs))


def _linked(run: Run, is_open: bool) -> Run:
    if run.is_number and run.key:
        return replace(run, url=f"?{urlencode({'number': run.key})}#source")
    if run.is_missing and is_open:
        return replace(run, url=f"?{urlencode({'edit': run.key})}#{run.key}")
    return run


@dataclass(frozen=True)
class Line:
    """One line of the list before signing, with its one button."""

    check: readiness.Check
    url: str = ""
    button: str = ""
    #: the rule for missing units is chosen here
    asks_rule: bool = False


def lines(version: Version, *, may_write: bool) -> list[Line]:
    """What is done and what is left, each with the way to it."""
    row = version.row
    checks = readiness.readiness(version.gathered, row.missing, version.unwritten)
    return [_line(check, version, may_write) for check in checks]


def _line(check: readiness.Check, version: Version, may_write: bool) -> Line:
    row, gathered = version.row, version.gathered
    here = reverse("compiled:detail", args=[row.pk])
    if check.key == "missing" and not check.is_done and may_write:
        return Line(check, asks_rule=True)
    if check.key == "narrative" and not check.is_done and may_write:
        first = version.unwritten[0]
        return Line(check, f"{here}?edit={first}#{first}", _("Go"))
    if check.key == "waiting" and not check.is_done:
        label = _("Approve") if may_write else _("Look")
        return Line(check, reverse("cycles:board", args=[row.cycle_id]), label)
    if check.key == "changed":
        part = gathered.changed[0]
        return Line(check, reverse("snapshots:changes", args=[part.report]), _("Look"))
    if check.key == "totals" and not check.is_done:
        return Line(check, f"{here}?tab=2", _("Look"))
    if check.key == "previous" and not check.is_done:
        return Line(
            check, reverse("compiled:of", args=[int(gathered.previous["cycle"])]), _("Look")
        )
    return Line(check)


def editing(row: CompiledReport, code: str) -> Editing | None:
    """The section an address asks to write in."""
    kept = row.texts.filter(section=code).first()
    return Editing(code, kept.text, kept.version, kept.is_draft) if kept else None


def crumbs(cycle: ReportingCycle, *more: tuple[str, str]) -> list[tuple[str, str | None]]:
    """The way down to the report of the province."""
    return [
        (_("Reporting cycles"), reverse("cycles:list")),
        (str(cycle.days_meant.label), cycle.get_absolute_url()),
        (_("Provincial report"), reverse("compiled:of", args=[cycle.pk]) if more else None),
        *more,
    ]


def rules() -> list[tuple[str, Any]]:
    """What can be done about units without an approved report."""
    return list(Missing.choices)


def missing_sections(version: Version) -> list[tuple[str, str]]:
    """Sections that may be left out and are, so that they can be written after all."""
    return [
        (section.code, section.title) for section in version.written.sections if section.is_left_out
    ]


def sections_to_write(version: Version) -> list[tuple[str, str]]:
    """Sections in which something is still to be written."""
    left = set(version.unwritten)
    sections = sections_of(version.row.cycle.template)
    return [(code, title) for code, title, _required in sections if code in left]


def history_of(rows: Iterable[CompiledReport], current: CompiledReport) -> list[dict[str, Any]]:
    """The versions, newest first, each with the one it is compared with."""
    ordered = list(rows)
    before = {row.number: row for row in ordered}
    return [
        {
            "row": row,
            "is_current": row.pk == current.pk,
            "before": before.get(row.number - 1),
        }
        for row in ordered
    ]


def is_open(row: CompiledReport, access: Access) -> bool:
    """Whether this person may change this version now."""
    may = access.may("review") and access.review.covers(row.unit.path)
    return may and row.locked_at is None and service.newest(row, access)
