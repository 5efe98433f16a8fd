"""An official report on the screen: the same paper as the Word file, with numbers that answer.

The page puts it on a desk: ``<div class="desk">{{ paper }}</div>``. Printed from the browser it is
the same A4 as the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reporting.documents import wording
from reporting.documents.official import (
    Block,
    Heading,
    OfficialReport,
    PaperAnnex,
    Paragraph,
    Run,
    Table,
    counted,
)


@dataclass(frozen=True)
class ShownCell:
    """A cell with its words ready for the page; ``align`` is the class it carries."""

    text: SafeString
    align: str


@dataclass(frozen=True)
class ShownLine:
    """A row of a table."""

    cells: list[ShownCell]
    is_total: bool


@dataclass(frozen=True)
class Shown:
    """A block as the page writes it: h3 to h5, p or table; a table's text is its caption.

    ``html`` is what a page puts in the place of a paragraph; ``tools`` stand beside a heading.
    """

    kind: str
    text: str
    anchor: str = ""
    tools: str = ""
    table: Table | None = None
    lines: Sequence[ShownLine] = ()

    @property
    def widths(self) -> list[int]:
        """The columns' widths in whole per cent."""
        return [round(100 * width) for width in self.table.widths] if self.table else []


@dataclass(frozen=True)
class ShownAnnex:
    """An annex as the page writes it."""

    heading: str
    title: str
    is_wide: bool
    blocks: list[Shown]


@dataclass(frozen=True)
class Additions:
    """What a page adds to the paper, by anchors: beside headings, in the place of paragraphs."""

    tools: Mapping[str, SafeString] = field(default_factory=dict)
    instead: Mapping[str, SafeString] = field(default_factory=dict)


NO_ADDITIONS = Additions()


def report_html(
    report: OfficialReport, *, selected: str = "", with_annexes: bool = True,
    additions: Additions = NO_ADDITIONS,
) -> SafeString:  # fmt: skip
    """The report as HTML; ``selected`` is the key of the figure whose source is being shown.

    A number with a ``url`` is a link of class "fx" carrying ``data-key``; a gap has class "fy" and
    is a link where it has a ``url``.
    """
    annexes = report.numbered_annexes if with_annexes else []
    return render_to_string(
        "reporting/documents/paper.html",
        {
            "report": report,
            "nation": wording.NATION,
            "motto": wording.MOTTO,
            "recipients": wording.RECIPIENTS,
            "body": list(_shown(report.sections, selected, additions=additions)),
            "annexes": [_annex(heading, annex, selected) for heading, annex in annexes],
        },
    )


def annex_html(report: OfficialReport, number: int, *, selected: str = "") -> SafeString:
    """One annex of the report as HTML; the first is number 1."""
    heading, annex = report.numbered_annexes[number - 1]
    shown = [_annex(heading, annex, selected)]
    return render_to_string(
        "reporting/documents/annexes.html", {"report": report, "annexes": shown}
    )


def _annex(heading: str, annex: PaperAnnex, selected: str) -> ShownAnnex:
    blocks = list(_shown(counted(annex.body), selected, annex.title))
    return ShownAnnex(heading, annex.title.upper(), annex.is_wide, blocks)


def _shown(
    blocks: Iterable[tuple[str, Block]], selected: str, caption: str = "",
    additions: Additions = NO_ADDITIONS,
) -> Iterator[Shown]:  # fmt: skip
    """The blocks in order; a table is called by the heading or the words above it."""
    for ordinal, block in blocks:
        if isinstance(block, Heading):
            caption = block.text
            tools = additions.tools.get(block.anchor, "")
            yield Shown(f"h{block.level + 2}", f"{ordinal} {block.text}", block.anchor, tools)
        elif isinstance(block, Paragraph):
            caption = block.text
            if block.anchor in additions.instead:
                yield Shown("html", additions.instead[block.anchor], block.anchor)
                continue
            yield Shown("p", _written(block.runs, selected), block.anchor)
        else:
            lines = _lines(block, selected)
            yield Shown("table", caption, block.anchor, table=block, lines=lines)


def _lines(table: Table, selected: str) -> list[ShownLine]:
    return [
        ShownLine(
            [ShownCell(_written([cell.run], selected), cell.align) for cell in line.cells],
            line.is_total,
        )
        for line in table.lines
    ]


def _written(runs: Iterable[Run], selected: str) -> SafeString:
    return format_html_join("", "{}", ((_run(run, selected),) for run in runs))


def _run(run: Run, selected: str) -> SafeString:
    text = _with_looks(run)
    if run.is_missing and run.url:
        return format_html('<a class="fy" href="{}">{}</a>', run.url, text)
    if run.is_missing:
        return format_html('<span class="fy">{}</span>', text)
    if not run.is_number or not (run.key or run.url):
        return text
    name = "fx on" if run.key and run.key == selected else "fx"
    if run.url:
        return format_html(
            '<a class="{}" href="{}" data-key="{}">{}</a>', name, run.url, run.key, text
        )
    return format_html('<span class="{}" data-key="{}">{}</span>', name, run.key, text)


def _with_looks(run: Run) -> SafeString:
    text = format_html("{}", run.text)
    if run.italic:
        text = format_html("<i>{}</i>", text)
    return format_html("<b>{}</b>", text) if run.bold else text
