"""A province's form as it was sent: opened behind the guard, and no larger than a form is."""

from __future__ import annotations

import io

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.guard import Limits, WorkbookRefused, open_workbook
from campaign.portal.workbooks.xlsx import XlsxFile

LIMITS = Limits(
    size=5 * 1024 * 1024, unzipped=40 * 1024 * 1024, sheets=40, rows=2000, columns=100, cells=60_000,
    elements=1_000_000,
)  # fmt: skip
"""A form is a page or two, not a list."""

MERGED = 60_000
"""Cells that merged ranges and links may cover: openpyxl makes an object of each."""

_COVERING = {"mergeCell", "hyperlink"}
_SHAPES = {"sp", "grpSp", "cxnSp"}


def open_form(content: bytes, *, filename: str) -> tuple[Workbook, list[str]]:
    """The workbook, and what the person should know about it; ValidationError if it is refused."""
    looked_at = _LookedAt()
    try:
        file = open_workbook(io.BytesIO(content), filename=filename, limits=LIMITS)
        if not isinstance(file, XlsxFile):
            raise ValidationError(_("Save the form as .xlsx and send it again."), code="kind")
        file.parts.check(looked_at.see)
        for sheet in file.sheets:
            for _row in file.rows(sheet):
                pass
        book = _loaded(content)
    except WorkbookRefused as refused:
        raise ValidationError(refused.message, code=refused.code) from refused
    for sheet in book.worksheets:
        _cut(sheet)
    remark = _("Text boxes and drawn shapes of the form are not kept: write such texts in cells.")
    return book, [remark] if looked_at.has_shapes else []


class _LookedAt:
    """What the elements of all parts say that the guard does not ask about."""

    def __init__(self) -> None:
        self.has_shapes, self.covered = False, 0

    def see(self, tag: str, attributes: dict[str, str]) -> None:
        """Count the cells that ranges cover; notice shapes, which openpyxl drops."""
        self.has_shapes |= tag in _SHAPES
        if tag in _COVERING and ":" in attributes.get("ref", ""):
            self.covered += _area(attributes["ref"])
        if self.covered > MERGED:
            raise refusals.too_many_cells()


def _area(span: str) -> int:
    try:
        found = CellRange(span)
    except ValueError as error:
        raise refusals.damaged() from error
    return int(found.size["rows"] * found.size["columns"])


def _loaded(content: bytes) -> Workbook:
    """The workbook as openpyxl reads it; whatever it stumbles over, the file is damaged."""
    try:
        return load_workbook(io.BytesIO(content), rich_text=True)
    except Exception as error:
        raise refusals.damaged() from error


def _cut(sheet: Worksheet) -> None:
    """Forget empty cells far from the form: a dressed cell in the last row makes a million rows."""
    for place, cell in list(sheet._cells.items()):
        row, column = place
        if cell.value is None and (row > LIMITS.last_row or column > LIMITS.columns):
            del sheet._cells[place]
