"""The campaign's calendar: reporting periods and the half-month slices they are made of.

Administrative reports (practice under Decree 09/2019/NĐ-CP) close on the 14th: month 9
runs from 15 August to 14 September, and year 2026 from 15 December 2025 to 14 December
2026. Sectors that follow statistics use calendar months. Both schemes, with all their
quarters, halves and years, are exact unions of the same slices: the 1st to the 14th, and
the 15th to the end of a month.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import partial

from django.db import models
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

LAST_ADMIN_DAY = 14
"""The day on which an administrative month closes; the next one begins the day after."""

FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Years outside these are typing errors, never reporting years."""

LONGEST_RANGE = 366 * 20
"""Days a free range may hold."""

ONE_DAY = timedelta(days=1)


class Scheme(models.TextChoices):
    """Which days a month of reporting holds."""

    ADMIN = "admin", _("Administrative (15th to 14th)")
    CALENDAR = "calendar", _("Calendar months")


class Kind(StrEnum):
    """How long a period is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    NINE = "nine"
    YEAR = "year"
    RANGE = "range"


KIND_LABELS = {
    Kind.WEEK: _("Week"),
    Kind.MONTH: _("Month"),
    Kind.QUARTER: _("Quarter"),
    Kind.HALF: _("Half-year"),
    Kind.NINE: _("Nine months"),
    Kind.YEAR: _("Year"),
    Kind.RANGE: _("Chosen days"),
}

MONTHS_IN = {Kind.MONTH: 1, Kind.QUARTER: 3, Kind.HALF: 6, Kind.NINE: 9, Kind.YEAR: 12}
"""Months in a period of each month-based kind."""

NUMBERS_OF = {Kind.MONTH: 12, Kind.QUARTER: 4, Kind.HALF: 2, Kind.NINE: 1, Kind.YEAR: 1}
"""How many periods of each month-based kind a year has."""

_CODES = (
    (Kind.MONTH, re.compile(r"(?P<year>\d{4})-M(?P<number>0[1-9]|1[0-2])")),
    (Kind.QUARTER, re.compile(r"(?P<year>\d{4})-Q(?P<number>[1-4])")),
    (Kind.HALF, re.compile(r"(?P<year>\d{4})-H(?P<number>[12])")),
    (Kind.NINE, re.compile(r"(?P<year>\d{4})-9M")),
    (Kind.YEAR, re.compile(r"(?P<year>\d{4})")),
    (Kind.WEEK, re.compile(r"(?P<year>\d{4})-W(?P<number>\d{2})")),
    (Kind.RANGE, re.compile(r"(?P<start>\d{4}-\d{2}-\d{2})\.\.(?P<end>\d{4}-\d{2}-\d{2})")),
)
_CODE_OF = {
    Kind.MONTH: "{p.year}-M{p.number:02}",
    Kind.QUARTER: "{p.year}-Q{p.number}",
    Kind.HALF: "{p.year}-H{p.number}",
    Kind.NINE: "{p.year}-9M",
    Kind.YEAR: "{p.year}",
    Kind.WEEK: "{p.year}-W{p.number:02}",
    Kind.RANGE: "{p.start}..{p.end}",
}
_ROMAN = ("", "I", "II", "III", "IV")

Edge = tuple[date, date] | None
"""Days of a period outside its whole slices: first and last day, or nothing."""


def today() -> date:
    """Return the date in Vietnam, where every deadline is kept."""
    return timezone.localdate()


def slice_key(day: date) -> int:
    """Return the number of the half-month a day lies in; consecutive slices count up."""
    return day.year * 24 + (day.month - 1) * 2 + (0 if day.day <= LAST_ADMIN_DAY else 1)


def slice_bounds(key: int) -> tuple[date, date]:
    """Return the first and the last day of a slice."""
    year, half_month = divmod(key, 24)
    month, is_second_half = half_month // 2 + 1, half_month % 2
    if is_second_half:
        return date(year, month, LAST_ADMIN_DAY + 1), _last_day_of_month(year, month)
    return date(year, month, 1), date(year, month, LAST_ADMIN_DAY)


@dataclass(frozen=True)
class Period:
    """The days one report or one chart is about; both ends belong to it."""

    scheme: Scheme
    kind: Kind
    year: int
    number: int
    start: date
    end: date

    # --- Making one ---------------------------------------------------------------------

    @classmethod
    def of(
        cls,
        kind: Kind | str,
        year: int,
        number: int = 1,
        *,
        scheme: Scheme | str = Scheme.ADMIN,
    ) -> "Period":
        """Return the month, quarter, half, nine months, year or week of that number."""
        kind, scheme = Kind(kind), Scheme(scheme)
        _refuse_year(year)
        if kind is Kind.WEEK:
            start = _monday(year, number)
            return cls(scheme, kind, year, number, start, start + 6 * ONE_DAY)
        if kind is Kind.RANGE or not 1 <= number <= NUMBERS_OF[kind]:
            raise ValueError(f"No {kind} {number} in a year.")
        months = MONTHS_IN[kind]
        last = number * months
        start, end = _month_start(scheme, year, last - months + 1), _month_end(scheme, year, last)
        return cls(scheme, kind, year, number, start, end)

    @classmethod
    def between(cls, start: date, end: date, scheme: Scheme | str = Scheme.ADMIN) -> "Period":
        """Return a free range of days, both ends included."""
        _refuse_year(start.year)
        _refuse_year(end.year)
        if not 0 <= (end - start).days < LONGEST_RANGE:
            raise ValueError("A range ends on or after its first day, within twenty years.")
        return cls(Scheme(scheme), Kind.RANGE, start.year, 0, start, end)

    @classmethod
    def containing(
        cls,
        day: date,
        kind: Kind | str = Kind.MONTH,
        scheme: Scheme | str = Scheme.ADMIN,
    ) -> "Period":
        """Return the period of that kind in which a day lies.

        Nine months leave the year's last quarter out: a day in it gets the nine months
        of its year, the ones people then speak of.
        """
        kind, scheme = Kind(kind), Scheme(scheme)
        if kind is Kind.RANGE:
            return cls.between(day, day, scheme)
        if kind is Kind.WEEK:
            iso = day.isocalendar()
            return cls.of(kind, iso.year, iso.week, scheme=scheme)
        year, month = _reporting_month(day, scheme)
        number = min((month - 1) // MONTHS_IN[kind] + 1, NUMBERS_OF[kind])
        return cls.of(kind, year, number, scheme=scheme)

    @classmethod
    def parse(cls, code: str, scheme: Scheme | str = Scheme.ADMIN) -> "Period":
        """Return the period an address names; raises ValueError on anything else.

        Codes are 2026-M09, 2026-Q3, 2026-H1, 2026-9M, 2026, 2026-W35 and
        2026-08-01..2026-09-10.
        """
        for kind, pattern in _CODES:
            if code.isascii() and (match := pattern.fullmatch(code)):
                found = match.groupdict()
                if kind is Kind.RANGE:
                    first, last = map(date.fromisoformat, (found["start"], found["end"]))
                    return cls.between(first, last, scheme)
                return cls.of(kind, int(found["year"]), int(found.get("number", 1)), scheme=scheme)
        raise ValueError(f"Not a period: {code!r}.")

    # --- Naming one ---------------------------------------------------------------------

    @property
    def code(self) -> str:
        """The period's name in addresses and files; ``parse`` reads it back."""
        return _CODE_OF[self.kind].format(p=self)

    @property
    def label(self) -> str:
        """The period's name as official documents write it, in the reader's language."""
        return _lazy_text(partial(_label, self))

    @property
    def short_label(self) -> str:
        """The period's name under a chart: 9/2026, IV/2026, 2026, or its days 24/08–30/08."""
        if self.kind is Kind.MONTH:
            return f"{self.number}/{self.year}"
        if self.kind is Kind.QUARTER:
            return f"{_ROMAN[self.number]}/{self.year}"
        if self.kind is Kind.YEAR:
            return str(self.year)
        first = f"{self.start:%d/%m}"
        return first if self.days == 1 else f"{first}–{self.end:%d/%m}"

    @property
    def dates_label(self) -> str:
        """First and last day: 15/11/2025–14/12/2025; a single day stands alone."""
        if self.start == self.end:
            return f"{self.start:%d/%m/%Y}"
        return f"{self.start:%d/%m/%Y}–{self.end:%d/%m/%Y}"

    @property
    def cutoff_label(self) -> str:
        """When the figures of this period are closed."""
        return _lazy_text(
            lambda: gettext("Figures up to %(day)s") % {"day": f"{self.end:%d/%m/%Y}"}
        )

    @property
    def kind_label(self) -> str:
        """What sort of period this is: Month, Quarter, Year."""
        return str(KIND_LABELS[self.kind])

    def __str__(self) -> str:
        return str(self.label)

    # --- Its days -----------------------------------------------------------------------

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.end - self.start).days + 1

    def contains(self, day: date) -> bool:
        """Tell whether a day lies in the period."""
        return self.start <= day <= self.end

    def __contains__(self, day: date) -> bool:
        return self.contains(day)

    @property
    def is_over(self) -> bool:
        """Tell whether the period's last day has passed."""
        return self.end < today()

    # --- Its neighbours -----------------------------------------------------------------

    def previous(self) -> "Period":
        """Return the period just before: as many days for a range, last year's for nine months."""
        return self._step(-1)

    def next(self) -> "Period":
        """Return the period just after."""
        return self._step(1)

    def same_last_year(self) -> "Period":
        """Return the same period a year before ("cùng kỳ"), to compare like with like."""
        if self.kind is Kind.RANGE:
            start, end = _year_before(self.start), _year_before(self.end)
            return Period.between(start, end, self.scheme)
        if self.kind is Kind.WEEK:
            week = min(self.number, _weeks_in(self.year - 1))
            return Period.of(self.kind, self.year - 1, week, scheme=self.scheme)
        return Period.of(self.kind, self.year - 1, self.number, scheme=self.scheme)

    def _step(self, direction: int) -> "Period":
        if self.kind is Kind.RANGE:
            shift = direction * self.days * ONE_DAY
            return Period.between(self.start + shift, self.end + shift, self.scheme)
        if self.kind is Kind.WEEK:
            return Period.containing(self.start + direction * 7 * ONE_DAY, self.kind, self.scheme)
        place = self.year * NUMBERS_OF[self.kind] + self.number - 1 + direction
        year, number = divmod(place, NUMBERS_OF[self.kind])
        return Period.of(self.kind, year, number + 1, scheme=self.scheme)

    # --- Its parts ----------------------------------------------------------------------

    def slices(self) -> tuple[range, Edge, Edge]:
        """Return the whole slices of the period and the days before and after them.

        Month-based periods have no edges. A range inside one slice has no whole slice:
        its days are the leading edge.
        """
        first, last = slice_key(self.start), slice_key(self.end)
        first_end, last_start = slice_bounds(first)[1], slice_bounds(last)[0]
        leading = trailing = None
        starts_whole = self.start == slice_bounds(first)[0]
        ends_whole = self.end == slice_bounds(last)[1]
        if first == last and not (starts_whole and ends_whole):
            return range(first, first), (self.start, self.end), None
        if not starts_whole:
            leading, first = (self.start, first_end), first + 1
        if not ends_whole:
            trailing, last = (last_start, self.end), last - 1
        return range(first, last + 1), leading, trailing

    def months(self) -> list["Period"]:
        """Return the reporting months that touch this period, whole, in order."""
        month, found = Period.containing(self.start, Kind.MONTH, self.scheme), []
        while month.start <= self.end:
            found.append(month)
            month = month.next()
        return found

    def parts(self) -> list["Period"]:
        """Return the points of a trend: months, or days and weeks for what is shorter.

        They tile the period: months of a quarter, half, nine months or year; weeks of a
        month; days of a week. A range is cut by days, weeks or months by its length, its
        first and last part clipped to it.
        """
        if self.kind in {Kind.QUARTER, Kind.HALF, Kind.NINE, Kind.YEAR}:
            return self.months()
        if self.days <= 14:
            return [
                Period.between(self.start + n * ONE_DAY, self.start + n * ONE_DAY, self.scheme)
                for n in range(self.days)
            ]
        return self._clipped(Kind.WEEK if self.days <= 92 else Kind.MONTH)

    def _clipped(self, kind: Kind) -> list["Period"]:
        part, found = Period.containing(self.start, kind, self.scheme), []
        while part.start <= self.end:
            is_whole = self.start <= part.start and part.end <= self.end
            start, end = max(part.start, self.start), min(part.end, self.end)
            found.append(part if is_whole else Period.between(start, end, self.scheme))
            part = part.next()
        return found


def months_of(period: Period) -> list[Period]:
    """Return the reporting months that touch a period."""
    return period.months()


# --- Words ----------------------------------------------------------------------------------


def _label(period: Period) -> str:
    """Return a period's name in the language in use now."""
    words = {
        "year": str(period.year),
        "number": str(period.number),
        "start": f"{period.start:%d/%m/%Y}",
        "end": f"{period.end:%d/%m/%Y}",
    }
    if period.kind is Kind.QUARTER:
        words["number"] = _ROMAN[period.number]
    return words["start"] if _is_one_day(period) else _sentence(period) % words


def _is_one_day(period: Period) -> bool:
    return period.kind is Kind.RANGE and period.days == 1


def _sentence(period: Period) -> str:
    if period.kind is Kind.HALF:
        return (
            gettext("First half of %(year)s")
            if period.number == 1
            else gettext("Second half of %(year)s")
        )
    return {
        Kind.WEEK: gettext("Week %(number)s of %(year)s"),
        Kind.MONTH: gettext("Month %(number)s of %(year)s"),
        Kind.QUARTER: gettext("Quarter %(number)s of %(year)s"),
        Kind.NINE: gettext("Nine months of %(year)s"),
        Kind.YEAR: gettext("Year %(year)s"),
        Kind.RANGE: gettext("From %(start)s to %(end)s"),
    }[period.kind]


def _called(make: Callable[[], str]) -> str:
    return make()


_lazy_text = lazy(_called, str)


# --- Days -----------------------------------------------------------------------------------


def _refuse_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{year} is not a year of the campaign.")


def _reporting_month(day: date, scheme: Scheme) -> tuple[int, int]:
    """Return year and month to whose report a day belongs."""
    if scheme is Scheme.CALENDAR or day.day <= LAST_ADMIN_DAY:
        return day.year, day.month
    return (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)


def _month_start(scheme: Scheme, year: int, month: int) -> date:
    if scheme is Scheme.CALENDAR:
        return date(year, month, 1)
    if month == 1:
        return date(year - 1, 12, LAST_ADMIN_DAY + 1)
    return date(year, month - 1, LAST_ADMIN_DAY + 1)


def _month_end(scheme: Scheme, year: int, month: int) -> date:
    if scheme is Scheme.CALENDAR:
        return _last_day_of_month(year, month)
    return date(year, month, LAST_ADMIN_DAY)


def _last_day_of_month(year: int, month: int) -> date:
    following = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    return following - ONE_DAY


def _year_before(day: date) -> date:
    """Return the same day of the year before; 29 February becomes the 28th."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


def _weeks_in(year: int) -> int:
    return date(year, 12, 28).isocalendar().week


def _monday(year: int, week: int) -> date:
    if not 1 <= week <= _weeks_in(year):
        raise ValueError(f"{year} has no week {week}.")
    return date.fromisocalendar(year, week, 1)
