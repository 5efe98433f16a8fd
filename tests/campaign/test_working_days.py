"""Deadlines count working days, over holidays and worked Saturdays."""

from __future__ import annotations

from datetime import date

import pytest

from campaign.models import Holiday
from campaign.working_days import add_working_days, is_working_day, working_days_between

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("cut_off", "days", "deadline"),
    [
        (date(2026, 9, 14), 2, date(2026, 9, 16)),
        # 14 February 2026 is the Saturday before a week of holidays
        (date(2026, 2, 14), 2, date(2026, 2, 24)),
        # 31 August is off in exchange for Saturday 22 August, then National Day
        (date(2026, 8, 28), 1, date(2026, 9, 3)),
        (date(2026, 8, 21), 1, date(2026, 8, 22)),
        (date(2026, 6, 14), 0, date(2026, 6, 14)),
    ],
)
def test_deadlines(cut_off: date, days: int, deadline: date) -> None:
    assert add_working_days(cut_off, days) == deadline
    if days:
        assert working_days_between(cut_off, deadline) == days


def test_the_calendar_is_data() -> None:
    day = date(2026, 6, 15)
    assert is_working_day(day)
    holiday = Holiday.objects.create(day=day, name_vi="Nghỉ", name_en="Off")
    assert not is_working_day(day)
    holiday.delete()
    assert is_working_day(day)
