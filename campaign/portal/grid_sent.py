"""What a table on a page sends: read, and refused where it is no table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaign.models import Draft
from campaign.portal.figures import num
from campaign.portal.imports.pasted import LONGEST_CELL, MOST_ROWS, Pasted, Unreadable
from campaign.portal.imports.resource import ImportResource, is_id
from campaign.portal.imports.rows import ROW_KEY, Decisions, Row


class NotATable(Exception):
    """A message of the page that is no table of this page."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def sent_table(request: HttpRequest) -> dict[str, Any]:
    """The JSON of a request."""
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise NotATable(_("This is no table."))
    return sent


def text_in(sent: Mapping[str, Any], name: str, longest: int) -> str:
    """A text of a message, of a sensible length."""
    text = sent.get(name, "")
    if not isinstance(text, str):
        raise NotATable(_("This is no table."))
    if len(text) > longest:
        raise Unreadable(_("This is too much to paste at once."), is_too_long=True)
    return text


def table_in(sent: Mapping[str, Any], resource: ImportResource) -> tuple[list[Row], Decisions]:
    """The rows of a message with what was decided about them; blank rows are left out."""
    rows = sent.get("rows")
    if not isinstance(rows, list):
        raise NotATable(_("This is no table."))
    if len(rows) > MOST_ROWS:
        message = _("A table has at most %(most)s rows; bring in more from a file.")
        raise NotATable(message % {"most": num(MOST_ROWS)}, 413)
    decisions, found, columns = Decisions(), [], resource.used_columns()
    for row in rows:
        number, cells, key = tidy(row, columns)
        if not key and not any(cells.values()):
            continue
        if key:
            cells[ROW_KEY] = key
        if isinstance(row.get("who"), int):
            decisions.people[number] = row["who"]
        if row.get("mine") is True:
            decisions.mine.add(number)
        found.append(Row(number, cells, is_whole=bool(key)))
    if len({row.number for row in found}) < len(found):
        raise NotATable(_("This is no table."))
    return found, decisions


def tidy(row: Any, columns: Mapping[str, Any]) -> tuple[int, dict[str, Any], str]:
    """(number, cells, key) of a row as the script sends it."""
    try:
        number, key, cells = row["n"], row.get("key") or "", row["cells"]
        if not (isinstance(number, int) and isinstance(key, str) and isinstance(cells, dict)):
            raise TypeError
        known = {name: cells[name] for name in columns if name in cells}
        if not 0 < number <= 10 * MOST_ROWS or not all(isinstance(c, str) for c in known.values()):
            raise TypeError
    except (TypeError, KeyError, AttributeError) as error:
        raise NotATable(_("This is no table.")) from error
    if max(map(len, [key, *known.values()]), default=0) > LONGEST_CELL:
        raise NotATable(
            _("A cell of row %(row)s is too long to be one.") % {"row": num(number)}, 413
        )
    return number, known, key


def uuid_in(value: Any) -> UUID:
    """The key of a submission."""
    try:
        return UUID(str(value))
    except ValueError as error:
        raise NotATable(_("This is no table.")) from error


def drafted(draft: Draft | None) -> list[dict[str, Any]]:
    """The rows of a draft, as the script sent them."""
    texts = draft.fields.get("rows") if draft else None
    try:
        rows = json.loads(texts[0] if isinstance(texts, list) else texts or "[]")
    except (ValueError, TypeError, IndexError):
        return []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def rows_of(read: Pasted) -> list[Row]:
    """Pasted rows as the walk takes them."""
    return [Row(n, cells) for n, cells in enumerate(read.rows, 1) if any(cells.values())]


def people_in(data: Any, rows: int) -> dict[int, int]:
    """What was decided about possible duplicates, from the answers of a form."""
    answers = {n: data.get(f"who-{n}", "") for n in range(1, rows + 1)}
    return {n: int(a) for n, a in answers.items() if is_id(a.removeprefix("-"))}
