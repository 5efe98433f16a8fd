"""The tables inside an uploaded file: its sheets, its headings, its rows, none of them lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from xlsxwriter.utility import xl_col_to_name

from campaign.models import ImportBatch, ImportLine
from campaign.portal import uploads
from campaign.portal.access import Access
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import WHOLE_ROW, Line, Outcome, Problem, Row, shown
from campaign.portal.workbooks import Sheet, Value, find_header, read_table
from campaign.portal.workbooks.refusals import WorkbookRefused
from campaign.text import fold

SOURCE_ROW = "source_row"
"""The column of an error workbook that says which row of the first file a row is."""

SOURCE_HEADING = gettext_lazy("Row of the first file")
SOURCE_HEADINGS = ("Dòng trong tệp gốc", "Row of the first file")


@dataclass(frozen=True)
class Book:
    """A file that was read: its sheets by name (one nameless sheet for text files)."""

    sheets: dict[str, Sheet]

    def sheet(self, name: str) -> Sheet:
        """One sheet; raises WorkbookRefused for a name the file does not have."""
        if name not in self.sheets:
            raise WorkbookRefused("sheet", _("The workbook has no such sheet."))
        return self.sheets[name]


def look_into(file: BinaryIO, filename: str) -> Book:
    """Read a file behind the guard."""
    first = read_table(file, filename=filename)
    sheets = {first.name: first}
    for name in first.names[1:]:
        file.seek(0)
        sheets[name] = read_table(file, filename=filename, sheet=name)
    return Book(sheets)


def look_into_kept(kept: uploads.Upload) -> Book:
    """Read a file that was uploaded before."""
    with kept.open() as file:
        return look_into(file, kept.name)


def likeliest(book: Book, headings: Mapping[str, Iterable[str]]) -> tuple[str, int]:
    """The sheet and the row of headings that name the most columns."""
    best, chosen = -1, ("", 0)
    for name, sheet in book.sheets.items():
        header = find_header(sheet.rows, headings)
        known = len(header.columns) if header else 0
        if known > best and sheet.rows:
            best, chosen = known, (name, header.row if header else _first_filled(sheet.rows))
    return chosen


def _first_filled(rows: Sequence[Sequence[Value]]) -> int:
    return next((n for n, row in enumerate(rows) if sum(v is not None for v in row) > 1), 0)


def titles_of(book: Book, sheet: str, header: int) -> list[str]:
    """The headings of a sheet."""
    rows = book.sheet(sheet).rows
    return [shown(value) for value in rows[header]] if header < len(rows) else []


def source_column(titles: Sequence[str]) -> int | None:
    """Where an error workbook says which row of the first file a row is."""
    known = {fold(str(SOURCE_HEADING)), *(fold(title) for title in SOURCE_HEADINGS)}
    return next((place for place, title in enumerate(titles) if fold(title) in known), None)


def legacy_of(book: Book, sheet: str) -> str:
    """The legacy font whose letters a sheet is written in; '' for Unicode."""
    return ""


def row_count(batch: ImportBatch, access: Access) -> int:
    """How many rows a batch has below its headings."""
    book = look_into_kept(uploads.kept(batch.upload_key, user=access.user))
    return max(0, len(book.sheet(batch.sheet).rows) - batch.header_row - 1)


def rows_of(
    batch: ImportBatch, resource: ImportResource, access: Access
) -> tuple[list[Row], list[Line]]:
    """The rows of a batch's table, and those that are no data, each with the reason."""
    book = look_into_kept(uploads.kept(batch.upload_key, user=access.user))
    rows = book.sheet(batch.sheet).rows
    places = {int(place): name for place, name in batch.columns.items()}
    found: list[Row] = []
    left_out: list[Line] = []
    done = _saved_before(batch)
    carried = [name for name, field in resource.used_columns().items() if field.carries_down]
    above: dict[str, Any] = {}
    for place in range(batch.header_row + 1, len(rows)):
        cells = {
            name: rows[place][at] if at < len(rows[place]) else None for at, name in places.items()
        }
        source = cells.pop(SOURCE_ROW, None)
        if all(value is None for value in rows[place]):
            continue
        section = resource.section(rows[place])
        if section:
            above.update(section)
            left_out.append(
                _left_out(Row(place + 1, cells), "section", _("It heads the rows below."))
            )
            continue
        _carry_down(cells, above, carried)
        row = Row(place + 1, cells)
        if done is not None and _is_done(source, row.number, places, done):
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
    wrong = (Outcome.ERROR, Outcome.DOUBTFUL, Outcome.CONFLICT)
    return set(lines.filter(outcome__in=wrong).values_list("number", flat=True))


def _is_done(source: Any, number: int, places: Mapping[int, str], wrong: set[int]) -> bool:
    """Whether a row of a corrected file was none of those to put right."""
    if SOURCE_ROW not in places.values():
        return number not in wrong
    text = shown(source)
    return bool(text) and not (text.isdecimal() and int(text) in wrong)


# --- For the page that matches columns -------------------------------------------------------


def letter_of(place: int) -> str:
    """A column as Excel names it: 0 is A, 26 is AA."""
    return str(xl_col_to_name(place))


def samples_of(book: Book, batch: ImportBatch, most: int = 3) -> dict[int, list[str]]:
    """{place: a few different values below the heading}."""
    found: dict[int, list[str]] = {}
    for row in book.sheet(batch.sheet).rows[batch.header_row + 1 : batch.header_row + 60]:
        for place, value in enumerate(row):
            text = shown(value)
            known = found.setdefault(place, [])
            if text and len(known) < most and text not in known:
                known.append(text)
    return {place: texts for place, texts in found.items() if texts}


def first_rows(book: Book, sheet: str, most: int) -> list[tuple[int, list[str]]]:
    """The first rows of a sheet as text, with their numbers from 0."""
    rows = book.sheet(sheet).rows[:most]
    return [(number, [shown(value) for value in row]) for number, row in enumerate(rows)]
