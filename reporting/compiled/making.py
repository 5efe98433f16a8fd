"""Writing the files of a version: the Word report and the workbook of its annexes."""

from __future__ import annotations

from reporting.compiled.versions import Version
from reporting.documents import annex_book, docx


def word_of(version: Version) -> bytes:
    """The Word file of a version; a locked one gives the same bytes for ever."""
    return docx.write_docx(version.papers.report)


def workbook_of(version: Version) -> bytes:
    """The workbook of a version's annexes."""
    papers = version.papers
    return annex_book.write_annexes([sheet.form for sheet in papers.sheets], facts=papers.facts)
