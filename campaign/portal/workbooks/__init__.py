"""Reading and writing Excel and CSV files; nothing in here knows the portal's models."""

from campaign.portal.workbooks.guard import DEFAULT_LIMITS, Limits, WorkbookRefused, check_workbook
from campaign.portal.workbooks.read import Sheet, find_header, read_table
from campaign.portal.workbooks.write import (
    Column,
    NotesSpec,
    SheetSpec,
    safe_filename,
    write_workbook,
)

__all__ = [
    "DEFAULT_LIMITS",
    "Column",
    "Limits",
    "NotesSpec",
    "Sheet",
    "SheetSpec",
    "WorkbookRefused",
    "check_workbook",
    "find_header",
    "read_table",
    "safe_filename",
    "write_workbook",
]
