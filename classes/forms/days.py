"""Which days a class of the campaign can have."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaign.periods import today

FIRST_DAY = date(2020, 1, 1)
FURTHEST_AHEAD = timedelta(days=730)


def check_day(day: date | None) -> None:
    """Refuse a date no class of this campaign can have."""
    if day is not None and not FIRST_DAY <= day <= today() + FURTHEST_AHEAD:
        raise ValidationError(
            _("Not in %(year)s: classes are recorded from 2020 to two years ahead."),
            code="range",
            params={"year": str(day.year)},
        )
