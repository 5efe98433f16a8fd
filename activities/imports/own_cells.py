"""Columns for the own fields of activity types, by their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activities import own_fields
from activities.models import ActivityType
from campaign.portal.imports.cells import CellReader, ChoiceCell, TextCell, WholeCell, YesCell
from campaign.portal.imports.fields import ImportField

PREFIX = own_fields.PREFIX


def own_columns() -> tuple[dict[str, ImportField], dict[tuple[int, str], str]]:
    """Columns for every own field of the types in use, and which column is whose field.

    Types that ask for one and the same thing share its column.
    """
    columns: dict[str, ImportField] = {}
    column_of: dict[tuple[int, str], str] = {}
    by_spec: dict[str, str] = {}
    for kind in ActivityType.objects.filter(is_archived=False):
        for spec in own_fields.kept_in_extra(kind.fields):
            asked = repr({name: value for name, value in spec.items() if name != "required"})
            if asked not in by_spec:
                name = PREFIX + spec["key"]
                name = f"{name}_{kind.code}" if name in columns else name
                by_spec[asked] = name
                columns[name] = _column(spec)
            column_of[kind.pk, spec["key"]] = by_spec[asked]
    return columns, column_of


def _column(spec: Mapping[str, Any]) -> ImportField:
    labels = [str(spec["label_vi"]), str(spec["label_en"])]
    number = spec["type"] == "number"
    return ImportField(
        own_fields.label_of(spec), _reader(spec), headings=labels,
        kind="int" if number else "text", width=14 if number else 24,
    )  # fmt: skip


def _reader(spec: Mapping[str, Any]) -> CellReader:
    match spec["type"]:
        case "number":
            return WholeCell(0, own_fields.MOST)
        case "flag":
            return YesCell()
        case "choice":
            words = {choice[0]: tuple(choice[1:]) for choice in spec.get("choices", [])}
            return ChoiceCell(dict(own_fields.choices_of(spec)), words)
        case _:
            return TextCell(own_fields.LONGEST_TEXT)
