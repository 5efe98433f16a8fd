"""CSV files as Vietnamese offices make them: any of three encodings, four delimiters."""

import csv
import io
from collections import Counter

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.extent import Extent
from campaign.portal.workbooks.refusals import Limits

DELIMITERS = (",", ";", "\t", "|")
LINES_LOOKED_AT = 30


def read_delimited(content: bytes, limits: Limits) -> list[list[str]]:
    """Return the rows of a CSV file; every value stays text, as it is in the file."""
    text = decode(content)
    delimiter, text = find_delimiter(text)
    rows, extent = [], Extent(limits)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, ""), delimiter=delimiter), 1):
            filled = max((place for place, value in enumerate(row, 1) if value.strip()), default=0)
            if filled:
                extent.add(number, filled)
            elif number > 2 * limits.last_row:
                raise refusals.too_many_rows(limits.rows)
            rows.append(row[:filled])
    except csv.Error as error:
        raise refusals.damaged() from error
    return rows


def decode(content: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or Windows-1258, refusing binary files."""
    text = _decoded(content)
    if "\x00" in text:
        raise refusals.wrong_kind()
    return text


def _decoded(content: bytes) -> str:
    candidates: tuple[str, ...]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ("utf-16",)
    elif content[1:2] == b"\x00":
        candidates = ("utf-16-le",)
    elif content[:1] == b"\x00":
        candidates = ("utf-16-be",)
    else:
        candidates = ("utf-8-sig", "cp1258")
    for encoding in candidates:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refusals.unknown_encoding()


def find_delimiter(text: str) -> tuple[str, str]:
    """Return the delimiter and the text without Excel's "sep=;" line, if it has one."""
    first, _newline, rest = text.partition("\n")
    declared = first.strip().lower()
    if declared.startswith("sep=") and declared[4:] in DELIMITERS:
        return declared[4:], rest
    if first.rstrip("\r\n").lower() == "sep=\t":
        return "\t", rest
    lines = text.splitlines()[:LINES_LOOKED_AT]
    return max(DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter)), text


def _agreement(lines: list[str], delimiter: str) -> tuple[int, int]:
    """Tell how many lines agree on a number of columns above one, and on how many."""
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return 0, 0
    several = [(count, width) for width, count in widths.items() if width > 1]
    return max(several, default=(0, 0))
