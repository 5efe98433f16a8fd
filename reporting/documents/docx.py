"""An official report as a Word file in the layout of Decree 30/2020/NĐ-CP.

The clerk gets it with blanks for the number, the day and the signer, and ordinary paragraphs,
headings and tables to go on working with.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from docx import Document
from docx.document import Document as DocumentFile
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.shared import Mm
from docx.table import _Cell

from reporting.documents import layout, lettering, wording
from reporting.documents import ooxml as mark
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
from reporting.documents.packing import repacked

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def write_docx(report: OfficialReport) -> bytes:
    """The report as a .docx; equal reports give equal bytes."""
    document = Document()
    mark.modernise(document)
    mark.set_styles(document)
    _describe(document, report)
    _lay_out(document, is_wide=False)
    _write_letterhead(document, report)
    _write_title(document, report)
    _write_blocks(document, report.sections, width=layout.TEXT_WIDTH, size=layout.TABLE)
    _write_foot(document, report)
    for heading, annex in report.numbered_annexes:
        _write_annex(document, report, heading, annex)
    buffer = io.BytesIO()
    document.save(buffer)
    return repacked(buffer.getvalue())


def _describe(document: DocumentFile, report: OfficialReport) -> None:
    """What the file says about itself: subject and issuer, and no moment but that of the report."""
    core, head = document.core_properties, report.letterhead
    core.title = " ".join((report.title, *report.subject))
    core.author = core.last_modified_by = " ".join(head.issuer_lines)
    core.comments = core.keywords = core.category = ""
    core.language = "vi-VN"
    core.revision = 1
    core.created = core.modified = datetime(head.year, head.month, 1)  # noqa: DTZ001


def _lay_out(document: DocumentFile, *, is_wide: bool) -> None:
    """Paper, margins and the page number of the last section."""
    section = document.sections[-1]
    width, height = reversed(layout.PAPER) if is_wide else layout.PAPER
    section.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.top_margin = mark.at_least(layout.MARGIN_TOP)
    section.bottom_margin = mark.at_least(layout.MARGIN_BOTTOM)
    section.left_margin = mark.at_least(layout.MARGIN_LEFT)
    section.right_margin = mark.at_least(layout.MARGIN_RIGHT)
    section.header_distance = section.footer_distance = Mm(layout.HEADER_DISTANCE)
    section.different_first_page_header_footer = True
    mark.number_pages(section, size=layout.PAGE_NUMBER)


def _write_letterhead(document: DocumentFile, report: OfficialReport) -> None:
    """The bodies on the left, state and motto on the right, number and date beneath."""
    head = report.letterhead
    table = mark.bare_table(document, rows=2, widths=layout.HEAD_COLUMNS)
    left, right = table.cell(0, 0), table.cell(0, 1)
    for line in head.superior_lines:
        mark.line(left, line, size=layout.ISSUER)
    for line in head.issuer_lines:
        mark.line(left, line, size=layout.ISSUER, bold=True)
    under = lettering.length(head.issuer_lines[-1], size=layout.ISSUER)
    width = min(under, layout.HEAD_COLUMNS[0]) * layout.RULE_SHARE
    mark.rule(left, length=width, room=layout.HEAD_COLUMNS[0])
    mark.line(right, wording.NATION, size=layout.NATION, bold=True)
    mark.line(right, wording.MOTTO, size=layout.MOTTO, bold=True)
    width = lettering.length(wording.MOTTO, size=layout.MOTTO)
    mark.rule(right, length=width, room=layout.HEAD_COLUMNS[1])
    mark.line(table.cell(1, 0), head.number_line, size=layout.NUMBER, before=6)
    mark.line(table.cell(1, 1), head.date_line, size=layout.PLACE_AND_DATE, italic=True, before=6)


def _write_title(document: DocumentFile, report: OfficialReport) -> None:
    """The kind of paper, its subject and the rule beneath."""
    mark.line(document, report.title, size=layout.TITLE, bold=True, before=18)
    for line in report.subject:
        mark.line(document, line, size=layout.SUBJECT, bold=True)
    last = report.subject[-1] if report.subject else report.title
    width = min(lettering.length(last, size=layout.SUBJECT), layout.TEXT_WIDTH)
    mark.rule(document, length=width * layout.RULE_SHARE, room=layout.TEXT_WIDTH, after=12)


def _write_blocks(
    document: DocumentFile, blocks: Sequence[tuple[str, Block]], *, width: float, size: float
) -> None:
    for ordinal, block in blocks:
        if isinstance(block, Heading):
            mark.heading(document, f"{ordinal} {block.text}", level=block.level)
        elif isinstance(block, Paragraph):
            _write_paragraph(document, block)
        else:
            _write_table(document, block, width=width, size=size)


def _write_paragraph(document: DocumentFile, block: Paragraph) -> None:
    written = document.add_paragraph(style=mark.TEXT)
    for run in block.runs:
        mark.add_run(written, run)


def _write_table(document: DocumentFile, block: Table, *, width: float, size: float) -> None:
    """A ruled table whose heading comes back on every page and whose rows do not break."""
    widths = [share * width for share in block.widths]
    table = mark.ruled_table(document, rows=len(block.lines) + 1, widths=widths)
    cells = mark.rows_of(table)
    for cell, column in zip(cells[0], block.columns, strict=True):
        _write_cell(cell, Run(column.title, bold=True), align="center", size=size)
    mark.repeat_as_heading(table.rows[0])
    for row, line in zip(cells[1:], block.lines, strict=True):
        for cell, shown in zip(row, line.cells, strict=True):
            run = shown.run
            _write_cell(cell, run, align=shown.align, size=size, bold=line.is_total or run.bold)
    mark.gap(document)


def _write_cell(
    cell: _Cell, run: Run, *, align: str, size: float, bold: bool | None = None
) -> None:
    place = cell.paragraphs[0]
    mark.stand(place, align)
    mark.add_run(place, run, size=size, bold=run.bold if bold is None else bold)


def _write_foot(document: DocumentFile, report: OfficialReport) -> None:
    """Recipients on the left, the signer on the right; both stay on one page."""
    mark.gap(document)
    table = mark.bare_table(document, rows=1, widths=layout.FOOT_COLUMNS)
    left, right = table.cell(0, 0), table.cell(0, 1)
    if report.recipients:
        mark.line(
            left, wording.RECIPIENTS, size=layout.RECIPIENTS, bold=True, italic=True, align="left"
        )
    for words in report.recipient_lines:
        mark.line(left, words, size=layout.RECIPIENT, align="left")
    for words in report.signature.authority:
        mark.line(right, words, size=layout.SIGNER, bold=True)
    mark.line(
        right, report.signature.name, size=layout.SIGNER, bold=True, before=layout.ROOM_TO_SIGN
    )


def _write_annex(
    document: DocumentFile, report: OfficialReport, heading: str, annex: PaperAnnex
) -> None:
    """An annex on pages of its own, counted from 1 as Part III, section I.4 asks."""
    document.add_section(WD_SECTION.NEW_PAGE)
    _lay_out(document, is_wide=annex.is_wide)
    mark.start_pages_at_one(document.sections[-1])
    width = layout.WIDE_TEXT_WIDTH if annex.is_wide else layout.TEXT_WIDTH
    mark.heading(document, heading, level=1, is_centred=True)
    mark.line(document, annex.title.upper(), size=layout.ANNEX, bold=True)
    mark.line(document, report.annex_reference, size=layout.ANNEX_REFERENCE, italic=True, before=2)
    mark.rule(document, length=width * 0.15, room=width, after=8)
    _write_blocks(document, list(counted(annex.body)), width=width, size=layout.ANNEX_TABLE)
