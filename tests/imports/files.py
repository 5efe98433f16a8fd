"""Workbooks as people make them, for tests of the importer."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile


def workbook(*rows: Sequence[Any], name: str = "danh-sach.xlsx", sheet: str = "Sheet1") -> Any:
    """An uploaded .xlsx with these rows, the headings among them."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return SimpleUploadedFile(name, target.getvalue())
