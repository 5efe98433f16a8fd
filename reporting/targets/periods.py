"""The periods targets are set for: years most of all, and days of its own for a drive."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from campaign.models import CampaignSettings
from campaign.periods import Kind, Period, today
from campaign.portal.imports.cells import Mend, day_in, nothing_mended
from campaign.portal.imports.periods import PeriodCell
from campaign.portal.imports.rows import shown

_DAY = r"(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4})"
_RANGE = re.compile(rf"\D{{0,12}}?{_DAY}\D{{1,14}}{_DAY}\s*")


def periods_to_set() -> list[tuple[str, Any]]:
    """(code, label) of the periods to choose from: years, then the parts of this year and the next."""
    scheme = CampaignSettings.current().scheme
    year = Period.containing(today(), Kind.YEAR, scheme)
    found = [year.next(), year, year.previous(), year.previous().previous()]
    for one in (year, year.next()):
        found += [Period.of(Kind.HALF, one.year, n, scheme=scheme) for n in (1, 2)]
        found.append(Period.of(Kind.NINE, one.year, scheme=scheme))
        found += [Period.of(Kind.QUARTER, one.year, n, scheme=scheme) for n in (1, 2, 3, 4)]
    found += [Period.of(Kind.MONTH, year.year, n, scheme=scheme) for n in range(1, 13)]
    return [(period.code, period.label) for period in found]


def days_between(first: date, last: date) -> Period:
    """A period of its own days; ValueError where they are none."""
    return Period.between(first, last, CampaignSettings.current().scheme)


class TargetPeriodCell(PeriodCell):
    """A year, quarter, half, nine months or month; or days: "15/06/2026 – 30/09/2026"."""

    def read(self, value: Any, mend: Mend) -> Period:
        match = _RANGE.fullmatch(shown(value).strip()) if isinstance(value, str) else None
        if match is None:
            return super().read(value, mend)
        days = [day_in(text, nothing_mended) for text in match.groups()]
        try:
            return days_between(days[0], days[1])  # type: ignore[arg-type]
        except ValueError:
            raise self.unknown(shown(value)) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if not isinstance(value, Period):
            return ""
        if value.kind is not Kind.RANGE:
            return str(value.label)
        return _("%(first)s – %(last)s") % {
            "first": f"{value.start:%d/%m/%Y}", "last": f"{value.end:%d/%m/%Y}",
        }  # fmt: skip
