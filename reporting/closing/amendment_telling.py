"""An amendment in words: which fields, which figures, what it was before and after."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.figures import num
from classes.models import ClassSession
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.indicators import BY_CODE
from reporting.models import Amendment

Line = dict[str, Any]


def fields_of(amendment: Amendment) -> list[Line]:
    """Each field that was changed: its name, before, after."""
    own = {name: pair for name, pair in amendment.changes.items() if name and ":" not in name}
    lines = _lines(amendment.model, own)
    parts: dict[tuple[str, str], dict[str, Any]] = {}
    for name, pair in amendment.changes.items():
        model, colon, rest = name.partition(":")
        if colon:
            part, _colon, field = rest.partition(":")
            parts.setdefault((model, part), {})[field] = pair
    for (model, part), changes in parts.items():
        shown = _part(model, part)
        for line in _lines(model, changes):
            lines.append({**line, "label": f"{shown}: {line['label']}" if line["label"] else shown})
    return lines


def _part(model: str, name: str) -> str:
    if model == ClassSession._meta.label_lower:
        return _("Session %(number)s") % {"number": name}
    return name


def _lines(model: str, changes: dict[str, Any]) -> list[Line]:
    known = {name: [*map(_summed, pair)] for name, pair in changes.items() if name}
    lines = history.in_words(ChangeEntry(model=model, changes=known))
    if whole := changes.get(""):  # added or taken away as a whole
        word = dict(ChangeEntry.Action.choices).get(whole[1], whole[1])
        lines.append({"label": "", "before": "–", "after": str(word)})
    return lines


def _summed(value: Any) -> Any:
    """Rows of headcounts by how many people they come to; anything else as it is."""
    if not (isinstance(value, list) and value and all(isinstance(row, dict) for row in value)):
        return value
    if not all("people" in row for row in value):
        return value
    people = sum(row["people"] or 0 for row in value)
    words = ngettext("%(count)s row", "%(count)s rows", len(value)) % {"count": num(len(value))}
    return _("%(people)s people in %(rows)s") % {"people": num(people), "rows": words}


def figures_of(amendment: Amendment) -> list[Line]:
    """Each figure of the closed period that was moved: its name, before, after."""
    return [
        {"label": _figure(code), "before": _number(before), "after": _number(after)}
        for code, (before, after) in amendment.figures.items()
    ]


def _figure(code: str) -> str:
    about = BY_CODE.get(code) or DECLARED_BY_CODE.get(code)
    return str(getattr(about, "label", None) or getattr(about, "name", code))


def _number(value: Any) -> str:
    return "–" if value is None else num(value)


def in_short(lines: list[Line]) -> str:
    """Changes on one line, for lists and workbooks."""
    return "; ".join(f"{line['label']}: {line['before']} → {line['after']}" for line in lines)


def kind_of(amendment: Amendment) -> str:
    """What people call such a record."""
    name = str(apps.get_model(amendment.model)._meta.verbose_name)
    return name[:1].upper() + name[1:]


def page_of(amendment: Amendment, access: Access) -> str:
    """Where the record is read, if it is still there and the reader may open it."""
    model = apps.get_model(amendment.model)
    rows = getattr(model, "objects", None)
    kinds = getattr(model, "scope_kinds", ())
    if "view" not in kinds or not hasattr(model, "get_absolute_url"):
        return ""
    found = rows.within(access.view).filter(pk=amendment.record_id).first() if rows else None
    return found.get_absolute_url() if found else ""
