"""A workbook to fill in: headings, drop-downs with what this person may write, how to fill it."""

from __future__ import annotations

from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name

from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.resource import KEY_LABEL, ImportResource
from campaign.portal.imports.rows import ROW_KEY
from campaign.portal.workbooks.write import sheet_name

EMPTY_ROWS = 500
"""Rows below the headings that have drop-downs and formats."""

HEADER = 3
FORMATS = {"date": "dd/mm/yyyy", "int": "#,##0", "decimal": "#,##0.0"}


def write_template(target: Any, resource: ImportResource) -> None:
    """Write the template of a kind for one person: only what is theirs to write is in it."""
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(target, options) as workbook:
        workbook.set_properties({"title": str(resource.label), "author": "", "company": ""})
        taken: set[str] = set()
        sheet = workbook.add_worksheet(sheet_name(resource.label, taken))
        lists = workbook.add_worksheet(sheet_name(_("Lists"), taken))
        guide = workbook.add_worksheet(sheet_name(_("How to fill it in"), taken))
        columns = resource.used_columns()
        known = resource.template_rows()
        has_keys = any(row.get(ROW_KEY) for row in known)
        _write_sheet(workbook, sheet, resource, columns, known, has_keys)
        _write_lists(workbook, sheet, lists, resource, columns, len(known))
        _write_guide(workbook, guide, resource, columns)
        sheet.activate()


def _write_sheet(
    workbook: Any,
    sheet: Any,
    resource: ImportResource,
    columns: dict[str, ImportField],
    known: list[dict[str, Any]],
    has_keys: bool,
) -> None:
    """The sheet to fill in; keys of known records are locked, everything else is free."""
    title = workbook.add_format({"bold": True, "font_size": 14})
    quiet = workbook.add_format({"font_color": "#616D7B"})
    must = workbook.add_format(
        {"bold": True, "bg_color": "#FBF1D8", "border": 1, "text_wrap": True}
    )
    may = workbook.add_format({"bold": True, "bg_color": "#EFF5FC", "border": 1, "text_wrap": True})
    locked = workbook.add_format({"font_color": "#858F9A", "num_format": "@", "locked": True})
    sheet.write_string(0, 0, str(resource.label), title)
    sheet.write_string(
        1, 0, _("Yellow columns must be filled in. Choose from the drop-downs where there are any."),
        quiet,
    )  # fmt: skip
    for place, (name, field) in enumerate(columns.items()):
        sheet.write_string(HEADER, place, resource.label_of(name), must if field.required else may)
        number_format = FORMATS.get(field.kind, "@" if field.kind in ("code", "phone") else "")
        look = {"locked": False, **({"num_format": number_format} if number_format else {})}
        free = workbook.add_format(look)
        sheet.set_column(place, place, field.width, free)
        for at, row in enumerate(known, start=HEADER + 1):
            value = row.get(name)
            if value not in (None, ""):
                if isinstance(value, str):
                    sheet.write_string(at, place, value, free)
                else:
                    sheet.write(at, place, value, free)
    if has_keys:
        place = len(columns)
        sheet.write_string(HEADER, place, str(KEY_LABEL), may)
        sheet.set_column(place, place, 14, locked)
        for at, row in enumerate(known, start=HEADER + 1):
            sheet.write_string(at, place, str(row.get(ROW_KEY) or ""), locked)
        sheet.protect(
            "",
            {"insert_rows": True, "delete_rows": True, "sort": True, "autofilter": True,
             "format_columns": True, "format_cells": True},
        )  # fmt: skip
    sheet.freeze_panes(HEADER + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(HEADER)


def _write_lists(
    workbook: Any,
    sheet: Any,
    lists: Any,
    resource: ImportResource,
    columns: dict[str, ImportField],
    known: int,
) -> None:
    """The lists behind the drop-downs, one column each; and the drop-downs."""
    bold = workbook.add_format({"bold": True})
    last = HEADER + known + EMPTY_ROWS
    at = 0
    for place, name in enumerate(columns):
        choices = resource.choices_of(name)
        if not choices:
            continue
        lists.write_string(0, at, resource.label_of(name), bold)
        lists.set_column(at, at, 34)
        for row, choice in enumerate(choices, start=1):
            lists.write_string(row, at, choice)
        letter = xl_col_to_name(at, col_abs=True)
        sheet.data_validation(
            HEADER + 1, place, last, place,
            {
                "validate": "list",
                "source": f"='{lists.get_name()}'!{letter}$2:{letter}${len(choices) + 1}",
                "error_type": "warning",
                "error_title": str(resource.label_of(name))[:32],
                "error_message": _("Choose from the list, or write it as in the list.")[:255],
            },
        )  # fmt: skip
        at += 1


def _write_guide(
    workbook: Any, guide: Any, resource: ImportResource, columns: dict[str, ImportField]
) -> None:
    """What each column takes, with an example."""
    bold = workbook.add_format({"bold": True, "bottom": 1})
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    for place, (heading, width) in enumerate(
        [(_("Column"), 28), (_("Must be filled in"), 16), (_("How to write it"), 60), (_("Example"), 28)]
    ):  # fmt: skip
        guide.write_string(0, place, heading, bold)
        guide.set_column(place, place, width, wrap)
    for at, (name, field) in enumerate(columns.items(), start=1):
        cells = (
            resource.label_of(name),
            _("yes") if field.required else "",
            str(field.hint),
            str(field.example),
        )
        for place, text in enumerate(cells):
            guide.write_string(at, place, text)
    remarks = [
        _("Leave a cell empty to keep what the portal has; write - to empty it."),
        _("The order of columns is free; columns with other headings are left out."),
        _("The same file twice changes nothing."),
        _("Made for %(name)s on %(day)s.")
        % {"name": resource.access.user, "day": f"{timezone.localdate():%d/%m/%Y}"},
    ]
    for at, remark in enumerate(remarks, start=len(columns) + 3):
        guide.write_string(at, 0, remark)
