"""What people write in cells, and how it is read: widgets of the import resources.

Each reads one kind of cell as it is meant and mends what Excel spoils (lost zeros, serial
dates); what could mean two things is refused with the answers to choose from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _
from import_export.widgets import Widget

from campaign.periods import today
from campaign.portal.access import Access
from campaign.portal.answers import whole_number
from campaign.portal.figures import num
from campaign.portal.imports.rows import Fix, Unclear, shown
from campaign.text import BadPhone, clean_name, fold, normal_phone, offered_name

Mend = Callable[[str], None]

FEW = 8
"""Words on a list that are all told to who wrote another one."""

_FIRST_SERIAL, _LAST_SERIAL = 3_654, 73_050  # 1910-01-01 and 2099-12-31 in Excel's count of days
_EPOCH = date(1899, 12, 30)
_DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})(?:\s+00:00(?::00)?)?")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_RUN_TOGETHER = re.compile(r"(\d{2})(\d{2})(\d{4})")
_SPOKEN = re.compile(
    r"(?:(?:hon|tren|gan|khoang|over|more than|about|>=?|≥)\s*)?"
    r"(\d+(?:[.,]\d+)*)\s*(nghin|ngan|tram|trieu|k|thousand|million)?\s*"
    r"(?:nguoi|luot|ho|lop|buoi|people)?"
)
_TIMES = {"nghin": 1000, "ngan": 1000, "k": 1000, "thousand": 1000, "tram": 100,
          "trieu": 1_000_000, "million": 1_000_000}  # fmt: skip
_YES = frozenset({"x", "co", "yes", "1", "dung", "true", "y"})
_NO = frozenset({"khong", "no", "0", "sai", "false", "k", "n"})


def nothing_mended(_what: str) -> None:
    """The mending nobody asked to hear of."""


class CellReader(Widget):
    """Reads one kind of cell. ``clean`` gives the value, or raises Unclear with its fixes.

    ``mend`` is told what was put right by itself. Blank cells never reach a reader. It sees its
    cell alone and the columns it ``looks_at``: cells that are equal in these are read once. What
    the rest of the row decides belongs into ``ImportResource.complete``. ``options`` is what the
    person said of the file as a whole.
    """

    looks_at: tuple[str, ...] = ()
    options: Mapping[str, Any] = MappingProxyType({})

    def clean(
        self, value: Any, row: Any = None, *, mend: Mend = nothing_mended, **kwargs: Any
    ) -> Any:
        return self.read(value, mend)

    def use(self, access: Access, context: Mapping[str, Any]) -> None:
        """Learn on whose behalf cells are read, and within which record."""

    def read(self, value: Any, mend: Mend) -> Any:
        """The value of a cell that is not blank."""
        raise NotImplementedError

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return shown(value)

    def tell(self, value: Any) -> str:
        """A cell for the reader, as it stands in the file."""
        return shown(value)

    def tell_mended(self, value: Any) -> str:
        """A cell for the reader, as it was understood; as it stands in the file if it was not."""
        try:
            return self.render(self.read(value, nothing_mended))
        except ValidationError:
            return shown(value)


class TextCell(CellReader):
    """Text of at most ``longest`` characters, spaces squeezed."""

    def __init__(self, longest: int = 200) -> None:
        super().__init__()
        self.longest = longest

    def read(self, value: Any, mend: Mend) -> str:
        text = clean_name(shown(value))
        if len(text) > self.longest:
            raise Unclear(
                _("At most %(longest)d characters; this has %(length)d.")
                % {"longest": self.longest, "length": len(text)},
                code="long",
            )
        return text


class PersonNameCell(TextCell):
    """A person's name: kept as written; one in capitals is offered in small letters."""

    def __init__(self, longest: int = 120) -> None:
        super().__init__(longest)

    def read(self, value: Any, mend: Mend) -> str:
        name = super().read(value, mend)
        if not any(map(str.isalpha, name)):
            raise Unclear(_("“%(text)s” is not a name.") % {"text": name}, code="name")
        offered = offered_name(name)
        if offered != name:
            mend("capitals")
        return offered


#: letters of a number that somebody may have written in words
LONGEST_NUMBER = 60


class WholeCell(CellReader):
    """A whole number from ``least`` to ``most``: 52000, 52.000 and 52,000 are the same."""

    def __init__(self, least: int = 0, most: int = 9_999_999) -> None:
        super().__init__()
        self.least, self.most = least, most

    def read(self, value: Any, mend: Mend) -> int:
        number = self._number(value)
        if not self.least <= number <= self.most:
            raise Unclear(
                _("Write a number from %(least)s to %(most)s.")
                % {"least": num(self.least), "most": num(self.most)},
                code="range",
            )
        return number

    def _number(self, value: Any) -> int:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value == int(value):
                return int(value)
            raise self._not_whole(value)
        text = shown(value)
        try:
            return int(whole_number(text))
        except (ValidationError, ValueError):
            raise self._spoken(text) from None

    @staticmethod
    def _not_whole(value: float) -> Unclear:
        """A number with decimals: perhaps thousands that Excel took for decimals."""
        text = f"{value:.10f}".rstrip("0")
        decimals = text.partition(".")[2]
        meant = round(value * 1000)
        fixes = [Fix(num(meant), str(meant))] if len(decimals) <= 3 and value < 1000 else []
        return Unclear(
            _("%(text)s is not a whole number.") % {"text": text.replace(".", ",")},
            code="whole", fixes=fixes,
        )  # fmt: skip

    @staticmethod
    def _spoken(text: str) -> Unclear:
        """A number in words ("hơn 52 nghìn"): asks for the number itself."""
        plain = fold(text.replace(",", "\x1f").replace(".", "\x1f")) if text else ""
        folded = re.sub(r"(?<=\d) (?=\d)", ",", plain)
        match = _SPOKEN.fullmatch(folded)
        if match is None or len(folded) > LONGEST_NUMBER:
            return Unclear(
                _("“%(text)s” is not a number. Write a whole number, for example 15 or 1.200.")
                % {"text": text[:LONGEST_NUMBER]},
                code="number",
            )
        times = _TIMES.get(match[2] or "", 1)
        if times == 1 and re.fullmatch(r"\d{1,3}(?:,\d{3})+", match[1]):
            meant = int(match[1].replace(",", ""))
        else:
            meant = int(Decimal(match[1].replace(",", ".", 1).replace(",", "")) * times)
        return Unclear(
            _("“%(text)s”: write the exact number.") % {"text": text},
            code="spoken", fixes=[Fix(num(meant), str(meant))],
        )  # fmt: skip


class DecimalCell(CellReader):
    """A number that may have decimals: 1,5 and 1.5; 1.500 could be two things and is asked."""

    def __init__(self, least: int = 0, most: int = 9_999_999, places: int = 1) -> None:
        super().__init__()
        self.least, self.most, self.places = least, most, places

    def read(self, value: Any, mend: Mend) -> Decimal:
        number = self._number(value)
        if not self.least <= number <= self.most:
            raise Unclear(
                _("Write a number from %(least)s to %(most)s.")
                % {"least": num(self.least), "most": num(self.most)},
                code="range",
            )
        return number

    def _number(self, value: Any) -> Decimal:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return round(Decimal(str(value)), self.places)
        text = re.sub(r"[\s%]", "", shown(value))
        if re.fullmatch(r"[+-]?\d{1,3}[.,]\d{3}", text):
            whole, decimals = re.split(r"[.,]", text)
            raise Unclear(
                _("“%(text)s” can be read in two ways.") % {"text": text},
                code="ambiguous",
                fixes=[
                    Fix(num(int(whole + decimals)), whole + decimals),
                    Fix(f"{whole},{decimals}".rstrip("0").rstrip(","),
                        f"{whole},{decimals}".rstrip("0").rstrip(",")),
                ],
            )  # fmt: skip
        if re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?", text):
            return round(Decimal(text.replace(",", ".")), self.places)
        if re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+", text):
            return round(Decimal(text.replace(".", "").replace(",", ".")), self.places)
        if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+", text):
            return round(Decimal(text.replace(",", "")), self.places)
        raise Unclear(
            _("“%(text)s” is not a number. Write a number, for example 2 or 1,5.") % {"text": text},
            code="number",
        )


class DayCell(CellReader):
    """A day, day first; Excel's serial numbers are mended, 12/13/1969 is asked."""

    tell = CellReader.tell_mended

    def read(self, value: Any, mend: Mend) -> date:
        day = day_in(value, mend)
        if day is None:
            raise Unclear(
                _("“%(text)s” is not a date. Write day, month and year, for example 05/03/2026.")
                % {"text": shown(value)},
                code="day",
            )
        return day


class BirthCell(CellReader):
    """A birth date or a birth year: gives (year, day or None)."""

    tell = CellReader.tell_mended

    def __init__(self) -> None:
        super().__init__()
        self._this_year = 0

    def read(self, value: Any, mend: Mend) -> tuple[int, date | None]:
        text = shown(value)
        last = self._this_year = self._this_year or today().year
        if re.fullmatch(r"\d{4}", text) and 1900 <= int(text) <= last:
            return int(text), None
        if re.fullmatch(r"\d{2}", text):
            meant = 1900 + int(text) if int(text) > last % 100 else 2000 + int(text)
            raise Unclear(
                _("“%(text)s”: write the year with four digits.") % {"text": text},
                code="short_year", fixes=[Fix(str(meant), str(meant))],
            )  # fmt: skip
        day = day_in(value, mend, birth=True)
        if day is None or not 1900 <= day.year <= last:
            raise Unclear(
                _("“%(text)s” is not a birth date. Write 25/04/1962, or the year alone.")
                % {"text": text},
                code="birth",
            )
        return day.year, day

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return shown(value[1] or value[0] if isinstance(value, tuple) else value)


def day_in(value: Any, mend: Mend, *, birth: bool = False) -> date | None:
    """The day a cell names, None when it names none; raises Unclear for days that cannot be."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, (time, timedelta, bool)):
        return None
    text = shown(value).strip()
    if re.fullmatch(r"\d{4,5}(?:\.0+)?", text) and _FIRST_SERIAL <= float(text) <= _LAST_SERIAL:
        mend("serial_day")
        return _EPOCH + timedelta(days=int(float(text)))
    if match := _ISO_DAY.fullmatch(text):
        return _real(int(match[3]), int(match[2]), int(match[1]), text, birth)
    match = _DAY.fullmatch(text) or _RUN_TOGETHER.fullmatch(text)
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    if year < 100:
        this = today().year % 100
        year += 2000 if year <= this + (0 if birth else 5) else 1900
    return _real(day, month, year, text, birth)


def _real(day: int, month: int, year: int, text: str, birth: bool) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        pass
    fixes = []
    if month > 12 and day <= 12:
        swapped = f"{month:02d}/{day:02d}/{year}"
        fixes.append(Fix(swapped, swapped))
        message = _("“%(text)s”: there is no month %(month)d. Day and month swapped?")
    else:
        message = _("%(text)s is not a real date.")
    if birth:
        fixes.append(Fix(_("Only the year %(year)d") % {"year": year}, str(year)))
    raise Unclear(message % {"text": text, "month": month}, code="not_real", fixes=fixes)


class TimeCell(CellReader):
    """A time of the day: 7:30, 7h30, 7h."""

    def read(self, value: Any, mend: Mend) -> time:
        if isinstance(value, datetime):
            return value.time()
        if isinstance(value, time):
            return value
        if isinstance(value, float) and 0 <= value < 1:
            minutes = round(value * 24 * 60)
            return time(minutes // 60 % 24, minutes % 60)
        match = re.fullmatch(r"(\d{1,2})\s*[:hHgG]\s*(\d{2})?(?::\d{2})?", shown(value).strip())
        if match and int(match[1]) < 24 and int(match[2] or 0) < 60:
            return time(int(match[1]), int(match[2] or 0))
        raise Unclear(
            _("“%(text)s” is not a time. Write hour and minutes, for example 07:30.")
            % {"text": shown(value)},
            code="time",
        )


class PhoneCell(CellReader):
    """A mobile number as ten digits: +84 and the zero Excel took away are mended."""

    tell = CellReader.tell_mended

    def read(self, value: Any, mend: Mend) -> str:
        text = shown(value)
        try:
            number = normal_phone(text)
        except BadPhone as bad:
            raise Unclear(bad.message, code=bad.code, fixes=[Fix(_("Leave it empty"), "")]) from bad
        if text != number and len(re.sub(r"\D", "", text)) == 9:
            mend("phone_zero")
        return number


class YesCell(CellReader):
    """Yes or no: x, có, 1 against không, 0."""

    def read(self, value: Any, mend: Mend) -> bool:
        if isinstance(value, bool):
            return value
        text = fold(shown(value))
        if text in _YES:
            return True
        if text in _NO:
            return False
        raise Unclear(
            _("“%(text)s”: write x for yes; leave it empty for no.") % {"text": shown(value)},
            code="yes_no", fixes=[Fix("x", "x")],
        )  # fmt: skip

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else _("Yes") if value else _("No")


class ChoiceCell(CellReader):
    """One of a few words; ``choices`` gives {value: label} anew for each import.

    Labels are compared without marks; ``synonyms`` are other words for a value. What is nearly
    a label is refused with the label as the fix.
    """

    def __init__(
        self,
        choices: Callable[[], Mapping[Any, Any]] | Mapping[Any, Any],
        synonyms: Mapping[Any, Iterable[str]] | None = None,
    ) -> None:
        super().__init__()
        self._choices = choices
        self._synonyms = synonyms or {}
        self._labels: dict[Any, str] | None = None
        self._by_word: dict[str, Any] = {}

    def labels(self) -> dict[Any, str]:
        """{value: label} as it was when the import began."""
        if self._labels is None:
            choices = self._choices() if callable(self._choices) else self._choices
            self._labels = {value: str(label) for value, label in choices.items()}
            self._by_word = {fold(label): key for key, label in self._labels.items()}
            for key, words in self._synonyms.items():
                self._by_word |= {fold(word): key for word in words}
        return self._labels

    def read(self, value: Any, mend: Mend) -> Any:
        labels = self.labels()
        text = clean_name(shown(value))
        folded = fold(text)
        if folded in self._by_word:
            return self._by_word[folded]
        raise no_such_choice(text, labels.values())

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(value) if isinstance(value, Model) else self.labels().get(value, "")


def no_such_choice(text: str, labels: Iterable[str], message: Any = None) -> Unclear:
    """The refusal of a word that is on no list, with the nearest ones as fixes."""
    labels = list(labels)
    near = nearest(text, labels)
    if message is None:
        message = _("“%(text)s” is not on the list.") % {"text": text}
        if len(labels) <= FEW and not near:
            message = _("“%(text)s” is none of these: %(known)s.") % {
                "text": text, "known": ", ".join(labels),
            }  # fmt: skip
    return Unclear(message, code="unknown", fixes=[Fix(label, label) for label in near])


def nearest(text: str, labels: Iterable[str], *, most: int = 3) -> list[str]:
    """The labels that differ from a text by two letters at most, or contain it; nearest first."""
    wanted = fold(text)
    if not wanted:
        return []
    found = []
    for label in labels:
        folded = fold(label)
        far = distance(wanted, folded, 2)
        if far <= 2 and far < max(len(wanted), 2):
            found.append((far, label))
        elif len(wanted) > 3 and (wanted in folded or folded in wanted):
            found.append((3, label))
    return [label for _far, label in sorted(found)[:most]]


@lru_cache(maxsize=20_000)
def distance(one: str, other: str, most: int) -> int:
    """How many letters differ between two texts (Levenshtein); above ``most``: ``most + 1``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, second in enumerate(other, 1):
            current.append(
                min(
                    previous[column] + 1,
                    current[-1] + 1,
                    previous[column - 1] + (letter != second),
                )
            )
        if min(current) > most:
            return most + 1
        previous = current
    return min(previous[-1], most + 1)
