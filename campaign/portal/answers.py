"""How typed answers are read, and what is said beside a field that cannot be read.

One place for every form: whole numbers may be grouped the Vietnamese or the English way and are
never taken for decimals, decimals may have a comma, and a refusal names the remedy.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaign.portal.figures import num

#: no count of people, households or things in a province is larger
MOST = 9_999_999
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([. ,])\d{3})(?:\1\d{3})*")
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2}|\d{4})")
_SPACES = re.compile(r"[\s\u00a0\u202f]+")

MESSAGES: dict[type[forms.Field], dict[str, Any]] = {
    forms.IntegerField: {
        "invalid": _("Write a whole number, for example 15 or 1.200."),
        "min_value": _("Write %(limit_value)s or more."),
        "max_value": _("Write %(limit_value)s or less."),
    },
    forms.DecimalField: {
        "invalid": _("Write a number, for example 2 or 1,5."),
        "min_value": _("Write %(limit_value)s or more."),
        "max_value": _("Write %(limit_value)s or less."),
    },
    forms.DateField: {"invalid": _("Write day, month and year, for example 05/03/2026.")},
    forms.TimeField: {"invalid": _("Write hour and minutes, for example 07:30.")},
    forms.EmailField: {"invalid": _("Write an e-mail address, for example ten@donvi.gov.vn.")},
    forms.ChoiceField: {
        "required": _("Choose one."),
        "invalid_choice": _("Choose one from the list."),
    },
    forms.ModelChoiceField: {
        "required": _("Choose one."),
        "invalid_choice": _("Choose one from the list."),
    },
    forms.CharField: {
        "max_length": _("At most %(limit_value)d characters; this has %(show_value)d."),
        "min_length": _("At least %(limit_value)d characters; this has %(show_value)d."),
    },
    forms.Field: {"required": _("Fill this in.")},
}
NOT_REAL = _("%(day)s is not a real date.")


def read_plainly(field: forms.Field) -> None:
    """Let a field of a form read what people type, and say how to put it right."""
    _word(field)
    if type(field) is forms.IntegerField:
        _read_whole(field)
    elif isinstance(field, forms.DecimalField):
        _show_as_text(field, "decimal")
        _read_before(field, decimal_point)
    elif type(field) is forms.DateField:
        _read_before(field, real_day)


def whole_number(value: Any) -> Any:
    """``1.200``, ``1,200`` and ``1 200`` are 1200; ``1.5`` and ``1.20`` are no whole numbers."""
    if not isinstance(value, str):
        return value
    text = _SPACES.sub(" ", value).strip()
    if _GROUPED.fullmatch(text):
        return re.sub(r"[. ,]", "", text)
    if text and not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValidationError(MESSAGES[forms.IntegerField]["invalid"], code="invalid")
    return text


def decimal_point(value: Any) -> Any:
    """``1,5`` is ``1.5`` and ``1.200,5`` is ``1200.5``: a comma before the last digits is the mark."""
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"-?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+", text):
        return text.replace(".", "").replace(",", ".")
    return value


def real_day(value: Any) -> Any:
    """Refuse a day the calendar does not have, by its name."""
    match = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        day, month, year = (int(part) for part in match.groups())
        try:
            date(year if year > 99 else 2000 + year, month, day)
        except ValueError:
            raise ValidationError(
                NOT_REAL, code="not_real", params={"day": value.strip()}
            ) from None
    return value


def _word(field: forms.Field) -> None:
    """Put our words where the field still has the ones it was born with."""
    for kind in type(field).__mro__:
        for code, message in MESSAGES.get(kind, {}).items():  # type: ignore[call-overload]
            if _is_untouched(field, code):
                field.error_messages[code] = message


def _is_untouched(field: forms.Field, code: str) -> bool:
    now = field.error_messages.get(code)
    for kind in type(field).__mro__:
        if code in getattr(kind, "__dict__", {}).get("default_error_messages", {}):
            return (
                kind.__module__.startswith("django.") and now is kind.default_error_messages[code]  # type: ignore[attr-defined]
            )  # type: ignore[attr-defined]
    return now is None


def _show_as_text(field: forms.Field, inputmode: str) -> None:
    """Take a text box: a browser's number box reads 1.000 as one, and refuses 1,5."""
    if isinstance(field.widget, forms.NumberInput):
        attrs = {k: v for k, v in field.widget.attrs.items() if k not in ("min", "max", "step")}
        widget = forms.TextInput(attrs | {"inputmode": inputmode})
        widget.is_required = field.required
        widget.is_localized = field.localize or inputmode == "decimal"
        field.widget = widget


def _read_whole(field: forms.IntegerField) -> None:
    _show_as_text(field, "numeric")
    if field.max_value is None:
        field.max_value = MOST
        field.validators.append(_at_most(MOST))
    _read_before(field, whole_number)


def _at_most(limit: int) -> Any:
    def check(value: int) -> None:
        if value > limit:
            raise ValidationError(
                MESSAGES[forms.IntegerField]["max_value"],
                code="max_value", params={"limit_value": num(limit)},
            )  # fmt: skip

    return check


def _read_before(field: forms.Field, reader: Any) -> None:
    """Have a reader look at the text before the field does."""
    to_python, has_changed = field.to_python, field.has_changed

    def read(value: Any) -> Any:
        return to_python(reader(value))

    def changed(initial: Any, data: Any) -> bool:
        try:
            return has_changed(initial, reader(data))
        except ValidationError:
            return True

    field.to_python = read  # type: ignore[method-assign]
    field.has_changed = changed  # type: ignore[method-assign]
