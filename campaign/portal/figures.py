"""Figures as the reader writes them: ``1.583.911``, ``83,1%``, ``+4,3``, a dash for nothing."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

NOTHING = "–"
MINUS = "−"
#: no count has so many digits
LARGEST = 20


def as_decimal(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):  # no number, or longer than any number is
        return None
    return number if number.is_finite() and number.adjusted() < LARGEST else None


def written(number: Decimal, digits: int) -> str:
    """A rounded number as people here write it, with a real minus sign."""
    rounded = number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = number_format(abs(rounded), digits, use_l10n=True, force_grouping=True)
    return f"{MINUS}{text}" if rounded < 0 else text


def num(value: Any, digits: int = 0) -> str:
    """A count: ``1.583.911``. Nothing reported is a dash, never a zero."""
    number = as_decimal(value)
    return NOTHING if number is None else written(number, int(digits))


def pct(value: Any, digits: int = 1) -> str:
    """A percentage already worked out: 83.1 reads ``83,1%``. Just under 100 never reads as 100."""
    number = as_decimal(value)
    if number is None:
        return _("n/a")
    if 99 < number < 100:
        number = min(number, 100 - Decimal(1).scaleb(-int(digits)))
    return f"{written(number, int(digits))}%"


def delta(value: Any, digits: int = 1) -> str:
    """A difference with its sign: ``+4,3``, ``−3,3``, ``0,0``."""
    number = as_decimal(value)
    if number is None:
        return NOTHING
    text = written(number, int(digits))
    return f"+{text}" if number > 0 and any(digit in text for digit in "123456789") else text
