"""Why an uploaded workbook is not opened, and how large one may be."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

HEADER_ROOM = 50
"""Rows a sheet may have above its data: titles, filters in words, the header."""


@dataclass(frozen=True)
class Limits:
    """How much one uploaded file may hold; sizes in bytes.

    ``ratio``: how often its packed size a large part may unpack to. ``old_cells``: cells of
    an .xls, all sheets together, for they are all read at once.
    """

    size: int = 25 * 1024 * 1024
    unzipped: int = 256 * 1024 * 1024
    ratio: int = 200
    parts: int = 500
    sheets: int = 100
    rows: int = 100_000
    columns: int = 200
    cells: int = 6_000_000
    old_cells: int = 1_800_000
    elements: int = 16_000_000
    text: int = 64 * 1024 * 1024

    @property
    def last_row(self) -> int:
        """The last row of the sheet that may hold anything."""
        return self.rows + HEADER_ROOM


DEFAULT_LIMITS = Limits()


class WorkbookRefused(Exception):
    """An uploaded file the portal does not open; ``message`` is for the person who sent it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def empty_file() -> WorkbookRefused:
    return WorkbookRefused("empty", _("The file is empty."))


def wrong_kind() -> WorkbookRefused:
    message = _("This is not an Excel or CSV file. Save it as .xlsx or .csv and send it again.")
    return WorkbookRefused("kind", message)


def damaged() -> WorkbookRefused:
    message = _("The file is damaged. Open it in Excel, save it again as .xlsx and send that.")
    return WorkbookRefused("damaged", message)


def macros() -> WorkbookRefused:
    message = _("The file contains macros. Save it as an Excel workbook (.xlsx) without macros.")
    return WorkbookRefused("macro", message)


def protected() -> WorkbookRefused:
    message = _("The file is protected by a password. Remove the password and send it again.")
    return WorkbookRefused("protected", message)


def too_large(size: int) -> WorkbookRefused:
    message = _("The file is larger than %(size)s MB. Split it and send the parts.")
    return WorkbookRefused("size", message % {"size": size // (1024 * 1024)})


def too_much_inside() -> WorkbookRefused:
    message = _("The file holds far more than a list does. Copy the list into a new workbook.")
    return WorkbookRefused("bomb", message)


def too_many_rows(rows: int) -> WorkbookRefused:
    message = _("A sheet has more than %(rows)s rows. Split it and send the parts.")
    return WorkbookRefused("rows", message % {"rows": rows})


def too_many_columns(columns: int) -> WorkbookRefused:
    message = _("A sheet has more than %(columns)s columns. Keep only the columns of the list.")
    return WorkbookRefused("columns", message % {"columns": columns})


def too_many_cells() -> WorkbookRefused:
    message = _("A sheet has too many cells. Keep only the columns of the list, or split it.")
    return WorkbookRefused("cells", message)


def entities() -> WorkbookRefused:
    message = _("The file declares entities, which no spreadsheet program writes.")
    return WorkbookRefused("entities", message)


def external_links() -> WorkbookRefused:
    message = _("The file links to other files. Paste the cells as values and send it again.")
    return WorkbookRefused("links", message)


def embedded_objects() -> WorkbookRefused:
    message = _("The file has other documents embedded in it. Remove them and send it again.")
    return WorkbookRefused("embedded", message)


def unknown_encoding() -> WorkbookRefused:
    message = _("The letters of this CSV file cannot be read. Save it as “CSV UTF-8”.")
    return WorkbookRefused("encoding", message)


def unknown_sheet() -> WorkbookRefused:
    return WorkbookRefused("sheet", _("The workbook has no such sheet."))
