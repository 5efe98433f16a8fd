"""The door every uploaded spreadsheet passes before any reader sees it.

A valid file of five kilobytes can ask a reader for fifty gigabytes. The guard answers
with one exception, ``WorkbookRefused``, whatever is wrong with a file.
"""

from pathlib import PurePath
from typing import BinaryIO

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.refusals import DEFAULT_LIMITS, Limits, WorkbookRefused
from campaign.portal.workbooks.xls import OLE_SIGNATURE, check_xls
from campaign.portal.workbooks.xlsx import check_xlsx

__all__ = ["DEFAULT_LIMITS", "CheckedFile", "Limits", "WorkbookRefused", "check_workbook"]

_OTHER_FILES = (b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf")


class CheckedFile:
    """A file that passed the guard: its kind (xlsx, xls, csv) and its bytes."""

    def __init__(self, kind: str, content: bytes, *, shared_text: int = 0) -> None:
        self.kind = kind
        self.content = content
        self.shared_text = shared_text


def check_workbook(
    file: BinaryIO, *, filename: str, limits: Limits = DEFAULT_LIMITS
) -> CheckedFile:
    """Return the file's bytes and kind, or raise WorkbookRefused with the reason."""
    content = _bounded(file, limits)
    suffix = PurePath(filename).suffix.lower()
    if suffix in {".xlsm", ".xltm", ".xlam"}:
        raise refusals.macros()
    if content.startswith(OLE_SIGNATURE):
        check_xls(content, limits)
        return _of_kind("xls", suffix, content)
    if content.startswith(b"PK"):
        found = check_xlsx(content, limits)
        return _of_kind("xlsx", suffix, content, shared_text=found.shared_text)
    if suffix not in {".csv", ".txt", ".tsv"} or content.startswith(_OTHER_FILES):
        raise refusals.wrong_kind()
    return CheckedFile("csv", content)


def _bounded(file: BinaryIO, limits: Limits) -> bytes:
    content = file.read(limits.size + 1)
    if not content:
        raise refusals.empty_file()
    if len(content) > limits.size:
        raise refusals.too_large(limits.size)
    return content


def _of_kind(kind: str, suffix: str, content: bytes, *, shared_text: int = 0) -> CheckedFile:
    """Accept a spreadsheet named as the other kind (old exports often are), nothing else."""
    if suffix not in {".xlsx", ".xls"}:
        raise refusals.wrong_kind()
    return CheckedFile(kind, content, shared_text=shared_text)
