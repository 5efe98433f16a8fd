"""An official report on the screen: the same paper as the Word file, with numbers that answer.

The page puts it on a desk: ``<div class="desk">{{ paper }}</div>``. Printed from the browser it is
the same A4 as the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reporting.documents import wording
from reporting.documents.official import (
    Block,
    Heading,
    OfficialReport,
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
    """A block as the page writes it: h3 to h5, p or table; a table's text is its caption."""

    kind: str
    text: str
    anchor: str = ""
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


def report_html(
    report: OfficialReport, *, selected: str = "", with_annexes: bool = True
) -> SafeString:
    """The report as HTML; ``selected`` is the key of the figure whose source is being shown.

    A number with a ``url`` is a link of class "fx" carrying ``data-key``; a gap has class "fy".
    """
    annexes = report.numbered_annexes if with_annexes else []
    return render_to_string(
        "reporting/documents/paper.html",
        {
            "report": report,
            "nation": wording.NATION,
            "motto": wording.MOTTO,
            "recipients": wording.RECIPIENTS,
            "body": list(_shown(report.sections, selected)),
            "annexes": [
                ShownAnnex(
                    heading,
                    annex.title.upper(),
                    annex.is_wide,
                    list(_shown(counted(annex.body), selected, annex.title)),
                )
                for heading, annex in annexes
            ],
        },
    )


def _shown(
    blocks: Iterable[tuple[str, Block]], selected: str, caption: str = ""
) -> Iterator[Shown]:
    """The blocks in order; a table is called by the heading or the words above it."""
    for ordinal, block in blocks:
        if isinstance(block, Heading):
            caption = block.text
            yield Shown(f"h{block.level + 2}", f"{ordinal} {block.text}", block.anchor)
        elif isinstance(block, Paragraph):
            caption = block.text
            yield Shown("p", _written(block.runs, selected), block.anchor)
        else:
            yield Shown("table", caption, block.anchor, block, _lines(block, selected))


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
