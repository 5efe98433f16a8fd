"""The person's own file back: what is wrong coloured, with a remark in the cell.

Put right and sent again it replaces only the rows that were wrong: a last column says which row
of the first file each row was, so that sorting or deleting rows does no harm.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from campaign.models import ImportBatch, ImportLine
from campaign.portal.access import Access
from campaign.portal.imports import batches, tables
from campaign.portal.imports.rows import KEPT_OUT, Outcome, Problem
from campaign.portal.workbooks.write import sheet_name

ALL_ROWS = 20_000
"""Files up to this many rows come back whole; longer ones with the rows to put right only."""

LOOKS = {
    "error": {"bg_color": "#FDECE9", "font_color": "#A8200F", "border": 1, "border_color": "#A8200F"},
    "hint": {"bg_color": "#FDF1D6", "font_color": "#7F5200"},
}  # fmt: skip


def marked_copy(batch: ImportBatch, *, access: Access) -> bytes:
    """The file of a batch as a workbook, its wrong cells coloured, a remark in each."""
    rows, table = tables.table_in(batch, access)
    headings = table.header_rows[-1] - 1 if table.header_rows else batch.header_row
    lines = {line.number: line for line in batches.lines_of(batch, *KEPT_OUT)}
    resource = batches.resource_of(batch, access)
    places = {name: int(place) for place, name in batch.columns.items()}
    whole = len(rows) <= ALL_ROWS
    target = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False, "remove_timezone": True, "nan_inf_to_errors": False,
        "default_date_format": "dd/mm/yyyy",
    }  # fmt: skip
    with xlsxwriter.Workbook(target, options) as workbook:
        sheet = workbook.add_worksheet(sheet_name(batch.sheet or _("Rows to fix"), set()))
        looks = {name: workbook.add_format(look) for name, look in LOOKS.items()}
        bold = workbook.add_format({"bold": True, "text_wrap": True})
        width = max((len(row) for row in rows), default=0)
        source = places.pop(tables.SOURCE_ROW, width)
        at = -1
        for place, row in enumerate(rows):
            line = lines.get(place + 1)
            if not whole and place > headings and line is None:
                continue
            at += 1
            is_header = place == headings
            for column, value in enumerate(row):
                if value is not None and column != source:
                    _write(sheet, at, column, value, bold if is_header else None)
            if is_header:
                sheet.write_string(at, source, str(tables.SOURCE_HEADING), bold)
                sheet.freeze_panes(at + 1, 0)
            elif place > headings and any(value is not None for value in row):
                sheet.write_number(at, source, line.number if line else place + 1)
            if line is not None:
                first = min(places.values(), default=0)
                _mark(sheet, at, line, row, places, first, looks, resource.label_of)
        sheet.set_column(0, width, 18)
    return target.getvalue()


def _write(sheet: Any, at: int, column: int, value: Any, look: Any) -> None:
    """Write one cell as it was; texts stay texts."""
    if isinstance(value, str):
        sheet.write_string(at, column, value[:32_767], look)
    else:
        sheet.write(at, column, value, look)


def _mark(
    sheet: Any,
    at: int,
    line: ImportLine,
    row: Sequence[Any],
    places: dict[str, int],
    first: int,
    looks: dict[str, Any],
    label_of: Any,
) -> None:
    """Colour what is wrong in one row and say why."""
    remarks: dict[int, list[str]] = {}
    for problem in map(Problem.from_plain, line.problems):
        column = places.get(problem.column, first)
        label = label_of(problem.column) if column == first else ""
        told = f"{label}: {problem.message}" if label else problem.message
        remarks.setdefault(column, []).append(told)
    if line.outcome == Outcome.DOUBTFUL:
        names = "; ".join(f"{c['label']} ({c.get('detail', '')})" for c in line.candidates[:3])
        remarks.setdefault(first, []).append(_("Possibly the same: %(names)s") % {"names": names})
    if line.outcome == Outcome.CONFLICT:
        remarks.setdefault(first, []).append(_("Changed by somebody else meanwhile."))
    look = looks["error" if line.outcome != Outcome.DOUBTFUL else "hint"]
    for column, messages in remarks.items():
        value = row[column] if column < len(row) else None
        if value is None:
            sheet.write_blank(at, column, None, look)
        else:
            _write(sheet, at, column, value, look)
        sheet.write_comment(at, column, "\n".join(messages)[:2_000], {"x_scale": 2})
