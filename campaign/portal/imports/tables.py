"""The tables inside an uploaded file: its sheets, its headings, its rows, none of them lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import ImportBatch, ImportLine
from campaign.portal import uploads
from campaign.portal.access import Access
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import KEPT_OUT, WHOLE_ROW, Line, Outcome, Problem, Row, shown
from campaign.portal.workbooks import (
    Book,
    Limits,
    SheetInfo,
    Table,
    Value,
    WorkbookRefused,
    find_header,
    inspect,
    match_columns,
    read_table,
    table_of,
)
from campaign.portal.workbooks.read import Fonts
from campaign.text import fold

LIMITS = Limits()

ROOM = 200
"""Rows a table may have beyond the limit of its kind: totals, sections, signatures."""

SOURCE_ROW = "source_row"
"""The column of an error workbook that says which row of the first file a row is."""

SOURCE_HEADING = gettext_lazy("Row of the first file")
SOURCE_HEADINGS = ("Dòng trong tệp gốc", "Row of the first file")


LEFT_OUT = {
    "header": gettext_lazy("The headings once more."),
    "total": gettext_lazy("A total: the portal adds up by itself."),
    "section": gettext_lazy("It heads the rows below."),
    "note": gettext_lazy("A remark or signature below the table."),
}
"""Why a row below the headings is no row of data."""


def look_into_kept(kept: uploads.Upload) -> Book:
    """The sheets of a file that was uploaded before, with their first rows."""
    with kept.open() as file:
        return inspect(file, kept.name, limits=LIMITS)


def sheet_of(book: Book, name: str) -> SheetInfo:
    """One sheet; raises WorkbookRefused for a name the file does not have."""
    found = next((sheet for sheet in book.sheets if sheet.name == name), None)
    if found is None:
        raise WorkbookRefused("sheet", _("The workbook has no such sheet."))
    return found


def likeliest(
    sheets: Iterable[SheetInfo], headings: Mapping[str, Iterable[str]]
) -> tuple[str, int]:
    """The sheet and the row of headings (from 0) that name the most columns."""
    best, chosen = -1, ("", 0)
    for sheet in sheets:
        table = table_of(sheet.preview)
        places = [row - 1 for row in table.header_rows[:1]] or [0]
        if header := find_header(sheet.preview, headings):
            places.append(header.row)
        for place in places:
            known = len(match_columns(table_of(sheet.preview, place).columns, headings)[0])
            score = 2 * known - sheet.is_hidden
            if score > best and sheet.preview:
                best, chosen = score, (sheet.name, place)
    return chosen


def titles_of(book: Book, sheet: str, header: int) -> dict[int, str]:
    """{place: heading} of the columns of a sheet."""
    return dict(table_of(sheet_of(book, sheet).preview, header).columns)


def source_column(titles: Mapping[int, str]) -> int | None:
    """Where an error workbook says which row of the first file a row is."""
    known = {fold(str(SOURCE_HEADING)), *(fold(title) for title in SOURCE_HEADINGS)}
    return next((place for place, title in titles.items() if fold(title) in known), None)


def table_in(batch: ImportBatch, access: Access) -> tuple[Sequence[Sequence[Value]], Table]:
    """All rows of a batch's sheet, and the table among them."""
    kept = uploads.kept(batch.upload_key, user=access.user)
    font: Fonts = None if batch.options.get("as_written") else "detect"
    with kept.open() as file:
        rows = read_table(
            file, filename=kept.name, sheet=batch.sheet or None, legacy=font, limits=LIMITS
        ).rows
    return rows, table_of(rows, batch.header_row)


def rows_of(
    batch: ImportBatch, resource: ImportResource, access: Access
) -> tuple[list[Row], list[Line]]:
    """The rows of a batch's table, and those that are no data, each with the reason."""
    places = {int(place): name for place, name in batch.columns.items()}
    found: list[Row] = []
    left_out: list[Line] = []
    done = _saved_before(batch)
    carried = [name for name, field in resource.used_columns().items() if field.carries_down]
    above: dict[str, Any] = {}
    for number, values, kind in table_in(batch, access)[1].rows:
        if kind == "blank":
            continue
        cells = {name: values[at] if at < len(values) else None for at, name in places.items()}
        source = cells.pop(SOURCE_ROW, None)
        row = Row(number, cells)
        if section := resource.section(values):
            above.update(section)
            kind = "section"
        if kind != "data":
            left_out.append(_left_out(row, kind, str(LEFT_OUT[kind])))
            continue
        _carry_down(cells, above, carried)
        if done is not None and _is_done(source, number, places, done):
            left_out.append(_left_out(row, "saved_before", _("Not among the rows to put right.")))
        else:
            found.append(row)
    return found, left_out


def _carry_down(cells: dict[str, Any], above: dict[str, Any], carried: Iterable[str]) -> None:
    """Fill the blank cells of columns that carry down from the rows above."""
    for name in carried:
        if cells.get(name) is not None:
            above[name] = cells[name]
        elif name in above:
            cells[name] = above[name]


def _left_out(row: Row, code: str, message: str) -> Line:
    return Line(row, Outcome.SKIPPED, [Problem(WHOLE_ROW, code, message, level="hint")])


def _saved_before(batch: ImportBatch) -> set[int] | None:
    """The rows of the file this one corrects that were to be put right; None for a first file."""
    if batch.again_id is None:
        return None
    lines = ImportLine.objects.filter(batch_id=batch.again_id)
    return set(lines.filter(outcome__in=KEPT_OUT).values_list("number", flat=True))


def _is_done(source: Any, number: int, places: Mapping[int, str], wrong: set[int]) -> bool:
    """Whether a row of a corrected file was none of those to put right."""
    if SOURCE_ROW not in places.values():
        return number not in wrong
    text = shown(source)
    return bool(text) and not (text.isdecimal() and int(text) in wrong)


# --- For the page that matches columns -------------------------------------------------------


def samples_of(book: Book, batch: ImportBatch, most: int = 3) -> dict[int, list[str]]:
    """{place: a few different values below the heading}."""
    found: dict[int, list[str]] = {}
    table = table_of(sheet_of(book, batch.sheet).preview, batch.header_row)
    for line in table.data:
        for place, value in enumerate(line.values):
            text = shown(value)
            known = found.setdefault(place, [])
            if text and len(known) < most and text not in known:
                known.append(text)
    return {place: texts for place, texts in found.items() if texts}


def first_rows(book: Book, sheet: str, most: int) -> list[tuple[int, list[str]]]:
    """The first rows of a sheet as text, with their numbers from 0."""
    rows = sheet_of(book, sheet).preview[:most]
    return [(number, [shown(value) for value in row]) for number, row in enumerate(rows)]
