"""What the cells of an .xlsx share: texts they refer to by number, and looks of numbers."""

import re

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.parts import Parts
from campaign.portal.workbooks.refusals import Limits
from campaign.portal.workbooks.serials import Look, look_of, usual_look

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_looks(parts: Parts, part: str) -> list[Look]:
    """Return what each style of the workbook makes of a number."""
    formats: dict[str, str] = {}
    styles: list[str] = []
    is_inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal is_inside
        if tag == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            is_inside = True
        elif tag == "xf" and is_inside:
            styles.append(attributes.get("numFmtId", "0"))

    def end(tag: str) -> None:
        nonlocal is_inside
        if tag == "cellXfs":
            is_inside = False

    for _step in parts.walk(part, start, end):
        pass
    looks = {key: look_of(code) for key, code in formats.items()}
    return [looks.get(key) or usual_look(key) for key in styles]


class SharedTexts:
    """The workbook's shared texts, read only as far as cells ask for them."""

    def __init__(self, parts: Parts, part: str | None, limits: Limits) -> None:
        self.known: list[str] = []
        self.room = limits.text
        self.pieces: list[str] | None = None
        self.is_text = False
        self.phonetic = 0
        self.steps = parts.walk(part, self._start, self._end, self._text) if part else iter(())

    def __getitem__(self, place: int) -> str:
        while place >= len(self.known):
            try:
                next(self.steps)
            except StopIteration:
                raise refusals.damaged() from None
        return self.known[place]

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        if tag == "si":
            self.pieces = []
        elif tag == "rPh":
            self.phonetic += 1
        elif tag == "t":
            self.is_text = not self.phonetic

    def _end(self, tag: str) -> None:
        if tag == "t":
            self.is_text = False
        elif tag == "rPh":
            self.phonetic -= 1
        elif tag == "si" and self.pieces is not None:
            text = unescaped("".join(self.pieces))
            self.room -= len(text) + 60
            if self.room < 0:
                raise refusals.too_much_inside()
            self.known.append(text)
            self.pieces = None

    def _text(self, text: str) -> None:
        if self.is_text and self.pieces is not None:
            self.pieces.append(text)


def unescaped(text: str) -> str:
    """Return text without Excel's way of writing control characters ("_x000D_")."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return escape[0] if "\ud800" <= character <= "\udfff" else character
