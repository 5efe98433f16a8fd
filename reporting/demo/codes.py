"""Codes of classes, the way people's own classes get theirs: DHO-26-0117."""

from __future__ import annotations

from datetime import date

from classes.models import TrainingClass
from classes.services import initials_of
from units.models import Unit


class Codes:
    """The next code of each series, without asking the database every time."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def next(self, unit: Unit, day: date) -> str:
        """The next code of the unit's initials and the year."""
        series = f"{initials_of(unit)}-{day:%y}-"
        if series not in self._last:
            taken = TrainingClass.unscoped.filter(code__startswith=series)
            numbers = [code.removeprefix(series) for code in taken.values_list("code", flat=True)]
            self._last[series] = max((int(n) for n in numbers if n.isdecimal()), default=0)
        self._last[series] += 1
        return f"{series}{self._last[series]:04}"
