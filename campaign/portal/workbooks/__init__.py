"""Reading and writing Excel and CSV files; nothing in here knows the portal's models."""

from campaign.portal.workbooks.guard import DEFAULT_LIMITS, Limits, WorkbookRefused
from campaign.portal.workbooks.read import Book, Sheet, SheetInfo, find_header, inspect, read_table
from campaign.portal.workbooks.tables import Line, Table, match_columns, table_of
from campaign.portal.workbooks.values import CellError, Value
from campaign.portal.workbooks.write import (
    Column,
    NotesSpec,
    SheetSpec,
    safe_filename,
    write_workbook,
)

__all__ = [
    "DEFAULT_LIMITS",
    "Book",
    "CellError",
    "Column",
    "Limits",
    "Line",
    "NotesSpec",
    "Sheet",
    "SheetInfo",
    "SheetSpec",
    "Table",
    "Value",
    "WorkbookRefused",
    "find_header",
    "inspect",
    "match_columns",
    "read_table",
    "safe_filename",
    "table_of",
    "write_workbook",
]
