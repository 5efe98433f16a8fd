"""What an official code names. A code alone names nothing: it needs a day (Decision 19/2025)."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from units.models import Unit, UnitQuerySet

REARRANGED_ON = date(2025, 7, 1)
WIDTHS = {Unit.Level.PROVINCE: 2, Unit.Level.COMMUNE: 5}


class UnknownCode(ValueError):
    """No unit had this code on that day, or it was not said which day is meant."""


def code_system_on(day: date) -> str:
    """The code system in force on a day."""
    system = Unit.CodeSystem
    return (system.QD19_2025 if day >= REARRANGED_ON else system.QD124_2004).value


def restored(code: object, level: str = Unit.Level.COMMUNE) -> str:
    """The code as text, with the zeros in front that a spreadsheet took away."""
    text = str(code).strip()
    return text.zfill(WIDTHS.get(Unit.Level(level), 0)) if text.isdecimal() else text


def resolve_code(
    code: object,
    *,
    on: date | None,
    level: str = Unit.Level.COMMUNE,
    among: UnitQuerySet | None = None,
) -> Unit:
    """The unit that had this official code on a day; ``among`` narrows whose units are asked.

    Raises UnknownCode without a day: most codes named another unit before 1 July 2025.
    """
    if on is None:
        raise UnknownCode(
            _("Say the day: the code %(code)s may name other units before and after 01/07/2025.")
            % {"code": code}
        )
    units = Unit.unscoped.all() if among is None else among
    text = restored(code, level)
    wanted = units.filter(code_system=code_system_on(on), level=level).in_force(on)
    found = wanted.filter(code=text).first()
    if found is None and text != str(code).strip():  # island districts had three digits
        found = wanted.filter(code=str(code).strip()).first()
    if found is None:
        raise UnknownCode(
            _("No unit had the code %(code)s on %(day)s.") % {"code": text, "day": f"{on:%d/%m/%Y}"}
        )
    return found
