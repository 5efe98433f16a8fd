"""Writing lists as CSV for whoever wants the data alone: one header, no end to the rows."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.utils import timezone

from campaign.portal.workbooks.write import Column, SheetSpec

ROWS_AT_ONCE = 500
_COMMANDS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a text for a formula by."""


def write_csv(target: str | os.PathLike[str] | IO[bytes], *, sheet: SheetSpec) -> int:
    """Write the columns and rows of a list in UTF-8, days first; return how many rows it has."""
    if isinstance(target, str | os.PathLike):
        with Path(target).open("wb") as file:
            return write_csv(file, sheet=sheet)
    rows, count = iter(sheet.rows), 0
    target.write("\ufeff".encode() + _lines([[column.title for column in sheet.columns]]))
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        target.write(_lines([_plain(row, sheet.columns) for row in batch]))
        count += len(batch)
    return count


def _lines(rows: Sequence[Sequence[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode("utf-8", "ignore")


def _plain(row: Sequence[Any], columns: Sequence[Column]) -> list[Any]:
    return [_value(value, column) for value, column in zip(row, columns, strict=True)]


def _value(value: Any, column: Column) -> Any:
    """A value as CSV has it: a text that looks like a formula begins with an apostrophe."""
    if value is None or isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime):
        at = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{at:%d/%m/%Y}" if column.kind == "date" else f"{at:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.startswith(_COMMANDS) else text
