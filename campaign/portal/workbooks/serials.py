"""Numbers of a spreadsheet that are dates and times: serials, and the formats that say so."""

import re
from datetime import date, datetime, time, timedelta
from typing import Literal

Look = Literal["number", "date", "duration"]

_NOT_CODE = re.compile(
    r'"[^"]*"?|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE | re.DOTALL
)
_DURATION = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_DATE_CODE = re.compile(r"[ymdhs]|a/p", re.IGNORECASE)
_DATES = {*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)}
_LAST_SERIAL = 2_958_466
_DAY = 24 * 60 * 60
_CALENDARS = {
    False: datetime.fromisoformat("1899-12-30"),
    True: datetime.fromisoformat("1904-01-01"),
}
_LEAP_DAY_1900 = 60


def look_of(code: str) -> Look:
    """Tell what a number format makes of a number."""
    bare = _NOT_CODE.sub("", code)
    if _DURATION.search(bare):
        return "duration"
    first = bare.partition(";")[0]
    if first.strip().lower() in {"general", "standard"}:
        return "number"
    return "date" if _DATE_CODE.search(first) else "number"


def usual_look(key: str) -> Look:
    """Tell the same of a format every spreadsheet program knows by number."""
    if key == "46":
        return "duration"
    return "date" if key.isdecimal() and int(key) in _DATES else "number"


def number(
    written: str, look: Look | None, *, is_1904: bool
) -> int | float | date | datetime | time | timedelta:
    """Return a number as it is shown: a date or time if its format says so."""
    value: int | float
    try:
        value = int(written) if len(written) < 16 else float(written)
    except ValueError:
        value = float(written)
    if look == "date" and 0 <= value < _LAST_SERIAL:
        return _date_of(value, is_1904=is_1904)
    if look == "duration" and abs(value) < _LAST_SERIAL:
        return timedelta(seconds=round(value * _DAY))
    return value


def _date_of(serial: float, *, is_1904: bool) -> datetime | time:
    """Return the moment of a serial; the first calendar has a 29 February 1900 of its own."""
    days = int(serial)
    seconds = round((serial - days) * _DAY)
    if not days and serial:
        return (_CALENDARS[False] + timedelta(seconds=seconds % _DAY)).time()
    start = _CALENDARS[is_1904]
    if not is_1904 and days < _LEAP_DAY_1900:
        days += 1
    return start + timedelta(days=days, seconds=seconds)


def when(written: str) -> date | datetime:
    """Return the date of a cell that holds it in ISO form."""
    return datetime.fromisoformat(written).replace(tzinfo=None)
