"""What a table on a page is told: words, columns, and what became of each of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.portal.figures import num
from campaign.portal.imports.fields import CLEARED
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import SAVED, Check, Line, Outcome, shown
from campaign.portal.imports.sentences import mended_in_words
from campaign.text import fold, strip_unit_prefix

MOST_CHOICES = 300
"""Words a cell offers while one types; longer lists are only checked."""


def words() -> dict[str, str]:
    """What the script says by itself."""
    return {
        "table": _("Rows"),
        "row": _("row"),
        "choose": _("Choose"),
        "open": _("Open"),
        "unsaved": _("Not saved yet"),
        "mended": _("Read from “{text}”"),
        "possibly": _("Possibly the same person:"),
        "same": _("The same person"),
        "other": _("Somebody else"),
        "conflict": _("Somebody else changed this meanwhile."),
        "clash": _("{column}: theirs “{theirs}”, yours “{mine}”."),
        "keep": _("Keep mine"),
        "take": _("Take theirs"),
        "many": _("The table would get too long; bring the rows in from a file."),
        "wizard": _("Import from a file"),
        "offline": _("No connection. The rows stay on this page; try again in a moment."),
        "ended": _(
            "Your session has ended. Nothing is lost: the rows stay on this page. Sign in, come back"
            " to this page, and save."
        ),
        "signIn": _("Sign in in a new tab"),
        "failed": _("This could not be done. The rows stay on this page; try again in a minute."),
        "why": _("Why are these records changed now?"),
        "amend": _("Save as an amendment"),
        "nothing": _("Nothing keeps the rows from being saved"),
        "nothingNew": _("Everything is saved already."),
        "restored": _("Rows you had not saved are here again."),
        "error": _("Error:"),
    }


def is_there(line: Line) -> bool:
    """Whether a row was saved just now, or says of a record what is kept already."""
    return line.is_saved or (line.outcome == Outcome.UNCHANGED and not line.row.is_whole)


def column_for(resource: ImportResource, name: str) -> dict[str, Any]:
    """What the script knows of a column."""
    field = resource.columns()[name]
    choices = resource.choices_of(name)
    return {
        "name": name,
        "label": resource.label_of(name),
        "kind": field.kind,
        "width": field.width,
        "required": field.required,
        "choices": choices if len(choices) <= MOST_CHOICES else [],
    }


def read_as(resource: ImportResource, line: Line) -> dict[str, str]:
    """{column: text} of the cells that were read as something else than they say."""
    wrong = {problem.column for problem in line.problems}
    found = {}
    for name in resource.used_columns():
        typed = shown(line.row.cells.get(name))
        if typed and name in line.values and name not in wrong:
            text = "" if line.values[name] is CLEARED else resource.text_read(name, line.values)
            if text and text != typed:
                found[name] = text
    return found


def is_mended(line: Line, cells: Mapping[str, str], name: str) -> bool:
    """Whether a cell says something else now, not only the same word as the list writes it."""
    typed, now = fold(shown(line.row.cells.get(name))), fold(cells[name])
    same = (now, strip_unit_prefix(now), " ".join(part.lstrip("0") for part in now.split()))
    return typed not in (same if " " in now else same[:2])


def summary_of(found: Check) -> dict[str, Any]:
    """How the table stands: what keeps rows out, what to look at, how many can be saved."""
    wrong = found.of(Outcome.ERROR, Outcome.CONFLICT)
    doubtful = found.of(Outcome.DOUBTFUL)
    good = len(found.of(*SAVED))
    title = ngettext(
        "%(count)s row to put right before saving", "%(count)s rows to put right before saving",
        len(wrong),
    ) % {"count": num(len(wrong))}  # fmt: skip
    label = ngettext(
        "Save the %(count)s right row first", "Save the %(count)s right rows first", good
    ) % {"count": num(good)}
    return {
        "title": title if wrong else "",
        "lines": [linked(line) for line in wrong],
        "look": [linked(line) for line in doubtful],
        "wrong": len(wrong),
        "doubtful": len(doubtful),
        "good": good,
        "save_good": label if good else "",
    }


def linked(line: Line) -> dict[str, Any]:
    """One line of the summary: which cell, and what about it."""
    words = {"row": num(line.row.number)}
    if line.errors:
        column = line.errors[0].column
        text = _("Row %(row)s: %(message)s") % {**words, "message": line.errors[0].message}
    elif line.outcome == Outcome.CONFLICT:
        column = ""
        text = _("Row %(row)s was changed by somebody else") % words
    else:
        column = ""
        name = line.candidates[0].get("label", "") if line.candidates else ""
        text = _("Row %(row)s: %(name)s is possibly known") % {**words, "name": name}
    return {"n": line.row.number, "column": column, "text": text}


def notice_of(found: Check, pasted: Any) -> dict[str, Any] | None:
    """What a paste came to: rows, columns, what was mended, what is left to do."""
    if not isinstance(pasted, dict):
        return None
    size = {name: num(int(pasted.get(name) or 0)) for name in ("rows", "columns")}
    told = [str(text)[:300] for text in pasted.get("told") or []]
    left = summary_of(found)
    words = [*mended_in_words(found.mended), *told]
    if left["wrong"]:
        words.append(
            ngettext(
                "%(count)s row is left to put right.", "%(count)s rows are left to put right.",
                left["wrong"],
            ) % {"count": num(left["wrong"])}
        )  # fmt: skip
    if left["doubtful"]:
        words.append(
            ngettext(
                "%(count)s person is possibly known.", "%(count)s people are possibly known.",
                left["doubtful"],
            ) % {"count": num(left["doubtful"])}
        )  # fmt: skip
    head = _("%(rows)s rows, %(columns)s columns pasted.") % size
    return {"head": head, "text": " ".join(words)}


def lines_of(resource: ImportResource, found: Check) -> dict[str, Any]:
    """What was found, for the page without the script."""
    names = list(resource.used_columns())
    return {
        "lines": [
            {
                "line": line,
                "cells": [shown(line.row.cells.get(name)) for name in names],
                "state": Outcome(line.outcome).label,
                "problems": [(resource.label_of(p.column), p) for p in line.problems],
                "who": line.outcome == Outcome.DOUBTFUL,
            }
            for line in found
        ],
        "summary": summary_of(found),
        "notes": mended_in_words(found.mended),
        "saved": sum(line.is_saved for line in found),
    }
