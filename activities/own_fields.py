"""The own fields of an activity type: how they are asked, kept and shown.

A type is data, and so are its fields: ``ActivityType.fields`` lists them. A field of type
``column`` asks for one of the activity's own columns; every other one is kept in
``Activity.extra`` under its key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

#: columns of an activity that only some types ask for
COLUMNS = ("chaired_by", "items", "households_visited", "households_reached", "teams_trained")
KINDS = ("text", "number", "choice", "flag")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,30}")
PREFIX = "own_"
MOST = 2_000_000_000
LONGEST_TEXT = 200


def label_of(spec: Mapping[str, Any]) -> str:
    """The field's name in the reader's language."""
    return str(spec["label_en" if get_language() == "en" else "label_vi"])


def choices_of(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(value, label in the reader's language) of a choice."""
    side = 2 if get_language() == "en" else 1
    return [(choice[0], choice[side]) for choice in spec.get("choices", [])]


def kept_in_extra(fields: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The fields that are not columns of the activity."""
    return [spec for spec in fields if spec["type"] != "column"]


def asked_columns(fields: Iterable[Mapping[str, Any]]) -> dict[str, bool]:
    """{column: whether it is required} of the columns a type asks for."""
    return {
        spec["key"]: bool(spec.get("required"))
        for spec in fields
        if spec["type"] == "column" and spec["key"] in COLUMNS
    }


def form_field(spec: Mapping[str, Any]) -> forms.Field:
    """The form field that asks for one own field and checks its answer."""
    common: dict[str, Any] = {
        "label": label_of(spec),
        "required": bool(spec.get("required")) and spec["type"] != "flag",
    }
    match spec["type"]:
        case "number":
            return forms.IntegerField(min_value=0, max_value=MOST, localize=True, **common)
        case "choice":
            blank = _("— choose —") if common["required"] else _("— not stated —")
            return forms.ChoiceField(choices=[("", blank), *choices_of(spec)], **common)
        case "flag":
            return forms.BooleanField(**common)
        case _:
            return forms.CharField(max_length=LONGEST_TEXT, **common)


def shown(spec: Mapping[str, Any], value: Any) -> Any:
    """A kept answer as a reader sees it: choices by their label, flags as yes or no."""
    if spec["type"] == "choice":
        return dict(choices_of(spec)).get(value, value)
    if spec["type"] == "flag":
        return _("Yes") if value else _("No")
    return value


def problem_with(fields: Any) -> str:
    """What is wrong with the own fields somebody wrote for a type ('' when nothing is)."""
    if not isinstance(fields, list) or not all(isinstance(spec, dict) for spec in fields):
        return gettext("a list of fields is expected.")
    seen: set[str] = set()
    for spec in fields:
        key, kind = str(spec.get("key", "")), spec.get("type")
        if not _KEY.fullmatch(key) or key in seen:
            return gettext("every field needs a key of its own: a-z, 0-9 and _.")
        seen.add(key)
        if kind == "column":
            if key not in COLUMNS:
                return gettext("%(key)s is not a column of activities.") % {"key": key}
            continue
        if kind not in KINDS:
            return gettext("%(key)s: the type is text, number, choice, flag or column.") % {
                "key": key
            }
        if key in COLUMNS or not (spec.get("label_vi") and spec.get("label_en")):
            return gettext("%(key)s needs a name in both languages.") % {"key": key}
        choices = spec.get("choices") or []
        if kind == "choice" and not (choices and all(len(choice) == 3 for choice in choices)):
            return gettext("%(key)s: every choice is [value, Vietnamese, English].") % {"key": key}
    return ""
