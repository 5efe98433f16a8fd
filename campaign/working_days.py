"""Working days: deadlines count them, reminders are sent on them."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.cache import cache
from django.db.models.signals import post_delete, post_save

from campaign.models import Holiday

CACHE_KEY = "public-holidays"
SATURDAY = 5
ONE_DAY = timedelta(days=1)


def holidays() -> dict[date, bool]:
    """The days that differ from the ordinary week, and whether they are worked."""
    found = cache.get(CACHE_KEY)
    if found is None:
        found = dict(Holiday.objects.values_list("day", "is_worked"))
        cache.set(CACHE_KEY, found, 60)
    return found


def forget(**kwargs: object) -> None:
    """Drop what is remembered after the calendar was edited."""
    cache.delete(CACHE_KEY)


post_save.connect(forget, sender=Holiday, dispatch_uid="holidays-saved")
post_delete.connect(forget, sender=Holiday, dispatch_uid="holidays-deleted")


def is_working_day(day: date) -> bool:
    """Whether offices work on a day: Monday to Friday, holidays apart."""
    return holidays().get(day, day.weekday() < SATURDAY)


def add_working_days(day: date, number: int) -> date:
    """The ``number``-th working day after a day; 0 is the day itself, working or not.

    Decree 09/2019/NĐ-CP, article 8: reports are due some working days after the cut-off.
    """
    while number > 0:
        day += ONE_DAY
        number -= is_working_day(day)
    return day


def working_days_between(first: date, last: date) -> int:
    """How many working days lie after ``first`` up to and with ``last``; 0 when none."""
    days = (last - first).days
    return sum(is_working_day(first + n * ONE_DAY) for n in range(1, days + 1))
