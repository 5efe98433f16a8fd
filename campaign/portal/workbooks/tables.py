"""Where the table of a sheet begins and ends, and what each of its rows is.

Offices put titles above a list, headings in two storeys, totals and villages between its
rows, and signatures below. Nothing is dropped here: every row below the headings comes
back once, with its kind, so that rows of the file = data + rows passed over, by kind.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median_high
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _

from campaign.portal.workbooks.values import CellError, Value
from campaign.text import fold, nfc

Kind = Literal["data", "blank", "header", "total", "section", "note"]

HEADER_ROWS = 40
"""How far down the headings may stand, below titles and filters in words."""

MOST_STOREYS = 3
LONGEST_HEADING = 200
JOINT = " / "
"""Between an upper and a lower heading: "Học viên / Họ tên"."""

_COMMON_HEADINGS = frozenset(
    (Path(__file__).parents[2] / "data" / "common_headings.txt").read_text("utf-8").splitlines()
)
_TOTAL = re.compile(
    r"(?:tổng (?:cộng|số)|(?:grand |sub ?-?)total|total|cộng dồn|lũy kế|luỹ kế|tong cong|tong so"
    r"|cộng (?:trang|nhóm|xã|phường|ấp|khóm|lớp|tổ|thôn)|mang sang|chuyển sang)\b"
)
_SHORT_TOTAL = re.compile(r"(?:tổng|cộng|tong|cong)\s*(?:[:.(=].*|\d.*)?")
_SECTION = re.compile(
    r"(?:[IVXLC]+|[A-Z]|\d{1,3})\s*[.)/\-:]\s*\S.*"
    r"|(?i:(?:ấp|khóm|thôn|tổ|khu phố|khu|xã|phường|đặc khu|thị trấn|lớp|buổi|nhóm|tổ dân phố"
    r"|buôn|bản|làng|xóm|phần|mục|đợt|khóa|khoá)\s+\S.*)"
)
_SECTION_NUMBER = re.compile(r"[IVXLC]+\.?|[A-Z]\.?")
_SIGNATURE = re.compile(
    r"nguoi lap(?: bieu| bang| danh sach)?$|lap bieu$|(?:tm|kt|tl|tuq) (?:uy ban|ubnd|chu tich"
    r"|giam doc|ban)|thu truong|noi nhan|xac nhan cua|(?:pho )?(?:chu tich|giam doc|bi thu)$"
    r"|ky (?:va )?(?:ten|ghi ro)|(?:truong|pho) (?:ap|khom|thon|phong)$|to truong$|giao vien$"
    r"|giang vien$|nguoi (?:bao cao|tong hop|kiem tra|duyet)$|can bo (?:phu trach|tong hop)$"
    r"|ke toan$|.{0,60}\bngay (?:\d{1,2}|) ?thang (?:\d{1,2}|) ?nam(?: \d{4})?$"
)
_REMARK = re.compile(r"(?i:ghi chú|ghi chu|lưu ý|nguồn|chú thích|\*|danh sách (?:này )?(?:có|gồm))")
_DIGIT = re.compile(r"\d")
_COLUMN_NUMBER = re.compile(r"[(\[]?(?:\d{1,2}|[A-Z])[)\]]?(?:\s*=.*)?")


class Line(NamedTuple):
    """One row below the headings: its number in the spreadsheet, its values, what it is."""

    number: int
    values: list[Value]
    kind: Kind


@dataclass(frozen=True)
class Table:
    """A list inside a sheet; row numbers are the spreadsheet's, columns count from 0."""

    header_rows: tuple[int, ...]
    columns: list[tuple[int, str]]
    rows: list[Line]

    def count(self, kind: Kind) -> int:
        """How many rows are of this kind."""
        return sum(line.kind == kind for line in self.rows)

    @property
    def data(self) -> list[Line]:
        """The rows that say something about somebody."""
        return [line for line in self.rows if line.kind == "data"]


def table_of(rows: Sequence[Sequence[Value]], header: int | None = None) -> Table:
    """Return the table of a sheet; ``header`` is the place (from 0) of its topmost headings.

    Without it the headings are looked for. A sheet that has none (say so with -1) is all
    data, and its columns go by their letters.
    """
    found = find_heading_rows(rows) if header is None else _storeys_from(rows, header)
    columns = _columns(rows, found)
    below = rows[found.stop :]
    lines = _Reader([rows[place] for place in found], columns, below).lines(found.stop + 1)
    return Table(tuple(place + 1 for place in found), columns, lines)


def match_columns(
    columns: Iterable[tuple[int, str]], known: Mapping[str, Iterable[str]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return which column is which, by folded synonyms, and the headings nobody knows.

    "Học viên / Họ tên (*)" is found as it is, without its remark, and by its lowest storey.
    """
    meant = {fold(word): key for key, words in known.items() for word in words}
    found: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for place, title in columns:
        key = next((meant[word] for word in readings(title) if word in meant), None)
        if key is not None and key not in found:
            found[key] = place
        else:
            unknown.setdefault(title, place)
    return found, unknown


def readings(heading: str) -> Iterator[str]:
    """Yield the ways to read a heading: as it is, without remarks in brackets, its lowest part."""
    for part in dict.fromkeys((heading, heading.rpartition(JOINT)[2])):
        yield fold(part)
        yield fold(re.sub(r"[(\[].*?[)\]]", " ", part))


# --- Headings -------------------------------------------------------------------------------


def find_heading_rows(rows: Sequence[Sequence[Value]]) -> range:
    """Return the places of the rows of headings, topmost first; an empty range if none is."""
    scored = [(_likeness(row), -place) for place, row in enumerate(rows[:HEADER_ROWS])]
    score, place = max(scored, default=(0, 0))
    if score <= 0:
        return range(0)
    top = bottom = -place
    while top and bottom - top + 1 < MOST_STOREYS and _is_above(rows[top - 1], rows[top]):
        top -= 1
    return _with_lower(rows, top, bottom)


def _storeys_from(rows: Sequence[Sequence[Value]], header: int) -> range:
    if not 0 <= header < len(rows):
        return range(0)
    return _with_lower(rows, header, header)


def _with_lower(rows: Sequence[Sequence[Value]], top: int, bottom: int) -> range:
    while (
        bottom + 1 < len(rows)
        and bottom - top + 1 < MOST_STOREYS
        and _is_above(rows[bottom], rows[bottom + 1])
    ):
        bottom += 1
    return range(top, bottom + 1)


def _likeness(row: Sequence[Value]) -> int:
    """Tell how much a row looks like headings: different short texts, best if usual ones."""
    filled = [value for value in row if value is not None]
    texts = {fold(str(value)) for value in filled if _is_heading(value)}
    if not texts:
        return 0
    usual = sum(
        any(word in _COMMON_HEADINGS for word in readings(value))
        for value in filled
        if isinstance(value, str)
    )
    if len(texts) < 2 and not (usual and len(filled) == 1):
        return 0
    return len(texts) + 3 * usual - 2 * (len(filled) - len(texts))


def _is_heading(value: Value) -> bool:
    if not isinstance(value, str) or isinstance(value, CellError):
        return False
    return len(value) <= LONGEST_HEADING and any(c.isalpha() for c in value)


def _is_above(upper: Sequence[Value], lower: Sequence[Value]) -> bool:
    """Tell whether two rows are storeys of one heading, as merged cells leave them.

    The lower row is filled only under headings that reach over several columns, and at
    least one heading beside them stands alone.
    """
    below = [place for place, value in enumerate(lower) if value is not None]
    if not below or not all(_is_heading(lower[place]) for place in below):
        return False
    named = [place for place, value in enumerate(upper) if value is not None]
    if len(named) < 2 or not all(_is_heading(upper[place]) for place in named):
        return False
    lone = [place for place in named if place >= len(lower) or lower[place] is None]
    return (
        bool(lone)
        and any(_at(upper, place) is None and place > named[0] for place in below)
        and all(_at(upper, place) is None or _reaches_on(upper, lower, place) for place in below)
    )


def _reaches_on(upper: Sequence[Value], lower: Sequence[Value], place: int) -> bool:
    return _at(upper, place + 1) is None and _at(lower, place + 1) is not None


def _at(row: Sequence[Value], place: int) -> Value:
    return row[place] if place < len(row) else None


def _columns(rows: Sequence[Sequence[Value]], header: range) -> list[tuple[int, str]]:
    """Return every column that has a heading or values below, with what it is called."""
    width = max((len(row) for row in rows), default=0)
    storeys = [_spread(rows, header, level) for level in header]
    columns = []
    used: set[int] | None = None
    for place in range(width):
        parts = [text for storey in storeys if (text := _at(storey, place)) is not None]
        title = JOINT.join(dict.fromkeys(_one_line(part) for part in parts))
        if title:
            columns.append((place, title))
            continue
        if used is None:
            used = _used(rows[header.stop :])
        if place in used:
            columns.append((place, _("Column %(letter)s") % {"letter": column_letter(place)}))
    return columns


def _used(rows: Sequence[Sequence[Value]]) -> set[int]:
    return {place for row in rows for place, value in enumerate(row) if value is not None}


def _spread(rows: Sequence[Sequence[Value]], header: range, level: int) -> list[Value]:
    """Return one storey with its texts repeated over the columns they reach across."""
    row = list(rows[level])
    lower = [rows[place] for place in header if place > level]
    for place in range(1, len(row)):
        under_it = any(_at(other, place) is not None for other in lower)
        if (
            row[place] is None
            and under_it
            and not any(_at(rows[above], place) is not None for above in header if above < level)
        ):
            row[place] = row[place - 1]
    return row


def _one_line(value: Value) -> str:
    if isinstance(value, date | datetime):
        return f"{value:%d/%m/%Y}"
    return " ".join(str(value).split())


def column_letter(place: int) -> str:
    """Return the letter of a column that counts from 0: A, B … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# --- Rows below the headings ----------------------------------------------------------------


class _Reader:
    """Tells the rows of one table apart."""

    def __init__(
        self,
        headings: Sequence[Sequence[Value]],
        columns: Sequence[tuple[int, str]],
        rows: Sequence[Sequence[Value]],
    ) -> None:
        self.headings = [[_folded(value) for value in row] for row in headings]
        self.titles = {_plain(value) for row in headings for value in row if value is not None}
        self.columns, self.rows = columns, rows
        counts = [count for row in rows[:2000] if (count := _filled(row))]
        self.usual = median_high(counts) if counts else 0
        self.numbered = self._is_numbered()

    def lines(self, first: int) -> list[Line]:
        kinds = [self._kind(row, place) for place, row in enumerate(self.rows)]
        for place in range(self._foot(kinds), len(kinds)):
            if kinds[place] not in {"blank", "total"}:
                kinds[place] = "note"
        return [
            Line(first + place, row if isinstance(row, list) else list(row), kind)
            for place, (row, kind) in enumerate(zip(self.rows, kinds, strict=True))
        ]

    def _kind(self, row: Sequence[Value], place: int) -> Kind:
        filled = [value for value in row if value is not None]
        if not filled:
            return "blank"
        if self._repeats_header(row, filled) or (place < 2 and self._numbers_columns(filled)):
            return "header"
        label = next((value for value in filled if _is_label(value)), None)
        if label is not None and _is_total(str(label), filled):
            return "total"
        if self._is_section(row, filled):
            return "section"
        return "data"

    def _repeats_header(self, row: Sequence[Value], filled: Sequence[Value]) -> bool:
        """Tell the headings written again, or those of another table below the first."""
        first = filled[0]
        if not isinstance(first, str) or not self.headings:
            return False
        if _plain(first) in self.titles:
            return any(self._is_like(row, heading) for heading in self.headings)
        if len(filled) < 3 or not all(isinstance(value, str) for value in filled):
            return False
        if _DIGIT.search("".join(map(str, filled))):
            return False
        usual = sum(_folded(value) in _COMMON_HEADINGS for value in filled)
        return usual >= 3 and usual >= 0.6 * len(filled)

    def _is_like(self, row: Sequence[Value], heading: Sequence[str | None]) -> bool:
        texts = [_folded(value) for value in row]
        same = sum(a is not None and a == b for a, b in zip(texts, heading, strict=False))
        return same >= min(2, len(self.columns)) and same >= 0.6 * _filled(row)

    def _numbers_columns(self, filled: Sequence[Value]) -> bool:
        """Tell the row "(1) (2) (3)" or "A B 1 2" below official headings."""
        texts = [_one_line(value) for value in filled]
        if len(texts) < max(3, len(self.columns) - 2):
            return False
        if not all(_COLUMN_NUMBER.fullmatch(text) for text in texts):
            return False
        numbers = [int(n) for text in texts if (n := re.sub(r"\D.*", "", text.strip("([")))]
        return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False

    def _is_section(self, row: Sequence[Value], filled: Sequence[Value]) -> bool:
        """Tell a heading between rows: "I. Ấp Hòa Út" across the table, nothing beside it."""
        if len(self.columns) < 3:
            return False
        texts = [value for value in filled if isinstance(value, str)]
        if len(texts) < len(filled):
            return False
        if len(texts) == 2:
            return bool(_SECTION_NUMBER.fullmatch(texts[0]))
        if len(set(texts)) > 1:
            return False
        first = next(place for place, value in enumerate(row) if value is not None)
        return bool(_SECTION.fullmatch(texts[0])) or (first == 0 and self.numbered)

    def _is_numbered(self) -> bool:
        """Tell whether the first column counts the rows."""
        firsts = [row[0] for row in self.rows[:2000] if _filled(row) > 1 and row[0] is not None]
        return bool(firsts) and 2 * sum(_is_count(value) for value in firsts) > len(firsts)

    def _foot(self, kinds: Sequence[Kind]) -> int:
        """Return the place where signatures and remarks below the table begin."""
        foot = len(kinds)
        for place in range(len(kinds) - 1, -1, -1):
            row = self.rows[place]
            if kinds[place] in {"blank", "total"}:
                continue
            if self._begins_foot(row):
                foot = place
            elif kinds[place] != "section" and self._is_convincing(row):
                break
        return foot

    def _begins_foot(self, row: Sequence[Value]) -> bool:
        texts = [str(value) for value in row if isinstance(value, str)]
        if not texts or len(texts) < _filled(row) or _filled(row) > max(3, self.usual // 2):
            return False
        signs = [bool(_SIGNATURE.match(fold(text))) for text in texts]
        # a person whose post is "trưởng ấp" is no signature: that row says as much as the others
        if all(signs) or (signs[0] and _filled(row) < self.usual):
            return True
        return bool(_REMARK.match(nfc(texts[0]))) and _filled(row) <= 2

    def _is_convincing(self, row: Sequence[Value]) -> bool:
        """Tell a row that is surely about somebody, so that the table goes on below it."""
        if self.numbered:
            return _is_count(row[0]) and _filled(row) > 1
        return _filled(row) >= max(2, -(-3 * self.usual // 4))


def _filled(row: Sequence[Value]) -> int:
    return sum(value is not None for value in row)


def _folded(value: Value) -> str | None:
    return None if value is None else fold(_one_line(value))


def _plain(value: Value) -> str:
    return nfc(_one_line(value)).casefold()


def _is_count(value: Value) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, str) and value.strip(". ").isdecimal())


def _is_label(value: Value) -> bool:
    return isinstance(value, str) and sum(c.isalpha() for c in value) > 1


def _is_total(label: str, filled: Sequence[Value]) -> bool:
    text = " ".join(nfc(label).lower().split())
    if _TOTAL.match(text):
        return True
    others = (value for value in filled if value is not label)
    return bool(_SHORT_TOTAL.fullmatch(text)) and not any(
        isinstance(value, str) and value.isalpha() for value in others
    )
