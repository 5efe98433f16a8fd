"""The door every uploaded spreadsheet passes before any reader sees it.

A valid file of five kilobytes can ask a reader for fifty gigabytes. The guard answers
with one exception, ``WorkbookRefused``, whatever is wrong with a file.
"""

from pathlib import PurePath
from typing import BinaryIO

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.delimited import DelimitedFile
from campaign.portal.workbooks.refusals import DEFAULT_LIMITS, Limits, WorkbookRefused
from campaign.portal.workbooks.xls import OLE_SIGNATURE, OldFile
from campaign.portal.workbooks.xlsx import XlsxFile

__all__ = ["DEFAULT_LIMITS", "Limits", "SpreadsheetFile", "WorkbookRefused", "open_workbook"]

SpreadsheetFile = XlsxFile | OldFile | DelimitedFile

_OTHER_FILES = (
    b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf",
    b"\x1f\x8b", b"\x7fELF", b"<!DOCTYPE", b"<html", b"<HTML", b"<?xml",
)  # fmt: skip


def open_workbook(
    file: BinaryIO, *, filename: str, limits: Limits = DEFAULT_LIMITS
) -> SpreadsheetFile:
    """Return the file ready to be read row by row, or raise WorkbookRefused with the reason."""
    content = _bounded(file, limits)
    suffix = PurePath(filename.strip()).suffix.lower()
    if suffix in {".xlsm", ".xltm", ".xlam"}:
        raise refusals.macros()
    if content.startswith(OLE_SIGNATURE):
        _refuse_other_names(suffix)
        return OldFile(content, limits)
    if content.startswith(b"PK"):
        _refuse_other_names(suffix)
        return XlsxFile(content, limits)
    if suffix not in {".csv", ".txt", ".tsv"} or content[:64].lstrip().startswith(_OTHER_FILES):
        raise refusals.wrong_kind()
    return DelimitedFile(content, limits)


def _bounded(file: BinaryIO, limits: Limits) -> bytes:
    content = file.read(limits.size + 1)
    if not content:
        raise refusals.empty_file()
    if len(content) > limits.size:
        raise refusals.too_large(limits.size)
    return content


def _refuse_other_names(suffix: str) -> None:
    """Accept a spreadsheet named as the other kind (old exports often are), nothing else."""
    if suffix not in {".xlsx", ".xls"}:
        raise refusals.wrong_kind()
