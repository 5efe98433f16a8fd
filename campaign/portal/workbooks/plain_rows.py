"""Rows as nearly every program writes them, taken without an XML parser, which costs most.

What is written in any other way goes through the parser, and so does everything once a
comment or an instruction was seen among the rows: inside one, nothing is a row.
"""

import re
from collections.abc import Callable
from typing import Protocol

LONGEST_ROW = 1024 * 1024
"""Characters of a row that are waited for; longer ones go through the parser at once."""

_CELL = (
    r'(?: s="{number}")?(?: t="{word}")?(?:/>|>(?:'
    r"(?:<f[^<>]*+(?:(?<=/)>|>[^<]*+</f>))?<v>{value}</v>"
    r'|<is><t(?: xml:space="preserve")?>{text}</t></is>)?</c>)'
)
_SHAPE = _CELL.format(number=r"\d{1,9}", word=r"\w{1,9}", value="[^<&]++", text="[^<&]*+")
_ROW = re.compile(
    r'<row r="([1-9]\d{0,6})"[^<>]*+>(?:(?<=/>)|((?:<c r="[A-Z]{1,3}\1"' + _SHAPE + r")*+)</row>)",
    re.ASCII,
)
CELLS = re.compile(
    r'<c r="([A-Z]+)\d+"'
    + _CELL.format(number=r"(\d+)", word=r"(\w+)", value="([^<&]+)", text="([^<&]*)"),
    re.ASCII,
)
"""Finds, in the cells of a row taken: letters, style, type, value, text in the cell."""


class RowReader(Protocol):
    """Whoever puts a sheet together from its rows."""

    is_among_rows: bool
    is_between_rows: bool

    def take_row(self, digits: str, cells: str) -> None:
        """A whole row: its number, and its cells as they are written."""


class PlainRows:
    """Hands plain rows to the reader, and the rest to the parser."""

    def __init__(self, reader: RowReader, parse: Callable[[bytes], None]) -> None:
        self.reader, self.parse = reader, parse
        self.is_plain = True
        self.rest = ""

    def feed(self, text: str) -> None:
        """Take the next piece of the sheet; the beginning of a row waits for its end."""
        text, at = self.rest + text, 0
        while at < len(text):
            if self.is_plain and self.reader.is_between_rows and (row := _ROW.match(text, at)):
                self.reader.take_row(row[1], row[2] or "")
                at = row.end()
                continue
            end = self._end(text, at)
            if end < 0:
                break
            self._parse(text[at:end])
            at = end
        self.rest = text[at:]

    def close(self) -> None:
        """Take what is left at the end of the part."""
        if self.rest:
            self._parse(self.rest)
            self.rest = ""

    def _end(self, text: str, at: int) -> int:
        """Return where the parser must stop for the reader to be between rows, -1 to wait."""
        if not self.is_plain:
            return len(text)
        if not self.reader.is_among_rows:
            begins = text.find("<sheetData", at)
            return (begins >= 0 and text.find(">", begins) + 1) or len(text)
        end = text.find("</row>", at)
        if end >= 0:
            return end + len("</row>")
        return len(text) if len(text) - at > LONGEST_ROW else -1

    def _parse(self, piece: str) -> None:
        if self.reader.is_among_rows and ("<!" in piece or "<?" in piece):
            self.is_plain = False
        self.parse(piece.encode())
