"""Reporting periods as people write them: "Tháng 9/2026", "Quý III/2026", "6 tháng đầu năm 2026"."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from campaign.models import CampaignSettings
from campaign.periods import Kind, Period
from campaign.portal.imports.cells import CellReader, Mend
from campaign.portal.imports.rows import Unclear, shown
from campaign.text import fold

_YEAR = r"(?: nam| of)? (?P<year>\d{4})"
#: folded words -> kind and number; a number that is missing is the group of the pattern
_SPOKEN: tuple[tuple[re.Pattern[str], Kind, int], ...] = (
    (re.compile(rf"(?:(?:6|sau) thang dau|first half){_YEAR}"), Kind.HALF, 1),
    (re.compile(rf"(?:(?:6|sau) thang cuoi|second half){_YEAR}"), Kind.HALF, 2),
    (re.compile(rf"(?:(?:9|chin) thang(?: dau)?|nine months){_YEAR}"), Kind.NINE, 1),
    (re.compile(rf"(?:quy|q|quarter) ?(?P<number>[1-4]|i{{1,3}}|iv){_YEAR}"), Kind.QUARTER, 0),
    (re.compile(rf"(?:thang|t|m|month)? ?(?P<number>0?[1-9]|1[0-2]){_YEAR}"), Kind.MONTH, 0),
    (re.compile(r"(?:nam |year )?(?P<year>\d{4})"), Kind.YEAR, 1),
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


class PeriodCell(CellReader):
    """A month, quarter, half, nine months or year, in the province's scheme."""

    def read(self, value: Any, mend: Mend) -> Period:
        scheme = CampaignSettings.current().scheme
        if isinstance(value, date):  # a month that Excel took for its first day
            if value.day != 1:
                raise self.unknown(shown(value))
            return Period.of(Kind.MONTH, value.year, value.month, scheme=scheme)
        text = shown(value).strip()
        try:
            return Period.parse(text.upper(), scheme)
        except ValueError:
            pass
        for pattern, kind, number in _SPOKEN:
            if match := pattern.fullmatch(fold(text)):
                found = number or _number(match["number"])
                try:
                    return Period.of(kind, int(match["year"]), found, scheme=scheme)
                except ValueError:
                    break
        raise self.unknown(text)

    @staticmethod
    def unknown(text: str) -> Unclear:
        """The refusal of what names no period."""
        return Unclear(
            _("“%(text)s” is not a period. Write for example 9/2026, quarter III/2026, or 2026.")
            % {"text": text},
            code="period",
        )

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(value.label) if isinstance(value, Period) else ""


def _number(text: str) -> int:
    return _ROMAN.get(text) or int(text)
