"""Reading .xlsx files row by row, in memory that does not grow with the sheet.

Office, LibreOffice, WPS and Google write the same language in different accents: any
namespace prefix, the strict or the usual namespaces, rows and cells without references,
wrong <dimension> tags, texts shared or in the cell. The tags of cells are believed, what
the file says about itself is not.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.extent import Extent
from campaign.portal.workbooks.parts import Parts
from campaign.portal.workbooks.refusals import Limits
from campaign.portal.workbooks.serials import Look, look_of, number, usual_look, when
from campaign.portal.workbooks.values import CellError

_ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
_LETTERS = re.compile(r"[A-Z]{1,3}")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LAST_ROW = 1_048_576

Raw = Any
"""A cell's value before it is tidied: text may still be in an old font."""


@dataclass(frozen=True)
class SheetPart:
    """One worksheet: its name, the part it is in, and whether people see it."""

    name: str
    part: str
    is_hidden: bool


class XlsxFile:
    """An .xlsx that passed the guard; its sheets are read only when asked for."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self.limits = limits
        self.parts = Parts(content, limits)
        self._read_types()
        self.book = self._target("_rels/.rels", "officedocument")
        self.is_1904 = False
        self.sheets = self._read_book()
        self._texts: _SharedTexts | None = None
        self._looks: list[Look] | None = None

    def rows(self, sheet: SheetPart) -> Iterator[tuple[int, list[Raw]]]:
        """Yield each row that holds anything with its number, counting from 1."""
        reader = _SheetReader(self)
        for _step in self.parts.walk(sheet.part, reader.start, reader.end, reader.text):
            yield from reader.ready
            reader.ready.clear()

    @property
    def texts(self) -> "_SharedTexts":
        """The texts cells refer to by number."""
        if self._texts is None:
            self._texts = _SharedTexts(self.parts, self._related("sharedstrings"), self.limits)
        return self._texts

    @property
    def looks(self) -> list[Look]:
        """What each style makes of a number."""
        if self._looks is None:
            part = self._related("styles")
            self._looks = _read_looks(self.parts, part) if part else []
        return self._looks

    def _read_types(self) -> None:
        def seen(_tag: str, attributes: dict[str, str]) -> None:
            kind = attributes.get("ContentType", "").lower()
            if "macroenabled" in kind or "vbaproject" in kind:
                raise refusals.macros()

        self.parts.read("[Content_Types].xml", seen)

    def _target(self, relations: str, wanted: str) -> str:
        if relations not in self.parts:
            raise refusals.wrong_kind()
        for kind, _id, target in self._relations(relations, ""):
            if kind == wanted and target in self.parts:
                return target
        raise refusals.wrong_kind()

    def _relations(self, part: str, folder: str) -> list[tuple[str, str, str]]:
        """Return the relations of a part: kind, id and where each leads."""
        found: list[tuple[str, str, str]] = []

        def seen(tag: str, attributes: dict[str, str]) -> None:
            if tag != "Relationship":
                return
            kind = attributes.get("Type", "").lower().rpartition("/")[2]
            if kind == "vbaproject" or kind.endswith("xlmacrosheet"):
                raise refusals.macros()
            if kind in {"externallink", "externallinkpath", "attachedtemplate"}:
                raise refusals.external_links()
            target = attributes.get("Target", "").replace("\\", "/")
            place = posixpath.normpath(posixpath.join(f"/{folder}", target)).lstrip("/")
            found.append((kind, attributes.get("Id", ""), place))

        self.parts.read(part, seen)
        return found

    def _book_relations(self) -> list[tuple[str, str, str]]:
        folder, name = posixpath.split(self.book)
        part = f"{folder}/_rels/{name}.rels"
        return self._relations(part, folder) if part in self.parts else []

    def _related(self, wanted: str) -> str | None:
        """Return where the workbook keeps something, if it does."""
        related = (place for kind, _id, place in self.relations if kind == wanted)
        return next((place for place in related if place in self.parts), None)

    def _read_book(self) -> list[SheetPart]:
        self.relations = self._book_relations()
        places = {key: (kind, place) for kind, key, place in self.relations}
        sheets: list[SheetPart] = []

        def seen(tag: str, attributes: dict[str, str]) -> None:
            if tag == "workbookPr":
                self.is_1904 = attributes.get("date1904") in {"1", "true", "on"}
            if tag != "sheet":
                return
            if len(sheets) >= self.limits.sheets:
                raise refusals.too_much_inside()
            key = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            kind, place = places.get(key, ("worksheet", ""))
            is_hidden = attributes.get("state", "visible") != "visible"
            if kind == "worksheet":
                sheets.append(SheetPart(attributes.get("name", ""), place, is_hidden))

        self.parts.read(self.book, seen)
        if not sheets:
            raise refusals.damaged()
        return sheets


def _read_looks(parts: Parts, part: str) -> list[Look]:
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


class _SharedTexts:
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


class _SheetReader:
    """Puts the rows of one sheet together from its tags; finished ones are in ``ready``."""

    def __init__(self, file: XlsxFile) -> None:
        self.file = file
        self.extent = Extent(file.limits)
        self.ready: list[tuple[int, list[Raw]]] = []
        self.row: list[Raw] = []
        self.number = self.column = self.phonetic = 0
        self.digits: str | None = None
        self.kind = self.style = ""
        self.value: list[str] | None = None
        self.formula: list[str] | None = None
        self.taking: list[str] | None = None
        self.is_cell = False
        self.columns: dict[str, int] = {}
        self.values: dict[tuple[str, str], Raw] = {}
        self.starts: dict[str, Callable[[dict[str, str]], None]] = {
            "c": self._start_cell, "v": self._start_value, "t": self._start_text,
            "f": self._start_formula, "is": self._start_inline, "row": self._start_row,
            "rPh": self._start_phonetic,
        }  # fmt: skip

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in self.starts:
            self.starts[tag](attributes)

    def end(self, tag: str) -> None:
        if tag == "c":
            self._end_cell()
        elif tag in {"v", "t", "f"}:
            self.taking = None
        elif tag == "row":
            self._end_row()
        elif tag == "rPh":
            self.phonetic -= 1

    def text(self, text: str) -> None:
        if self.taking is not None:
            self.taking.append(text)

    def _start_row(self, attributes: dict[str, str]) -> None:
        self.digits = attributes.get("r")
        self._begin_row(self.digits)

    def _begin_row(self, digits: str | None) -> None:
        if digits is not None and not _ROW_NUMBER.fullmatch(digits):
            raise refusals.damaged()
        number = int(digits) if digits else self.number + 1
        if number <= self.number or number > _LAST_ROW:
            raise refusals.damaged()
        self.number, self.column = number, 0

    def _end_row(self) -> None:
        if self.row:
            self.ready.append((self.number, self.row))
            self.row = []

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self.is_cell = True
        self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
        self.value = self.formula = None
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        else:
            self._place(reference)

    def _place(self, reference: str) -> None:
        """Go to where a cell says it is; it must be in the row around it."""
        letters = reference.rstrip("0123456789")
        column = self.columns.get(letters)
        if column is None:
            column = self.columns[letters] = _column_number(letters)
        digits = reference[len(letters) :]
        if digits != self.digits:
            self._settle_row(digits)
        self.column = column

    def _settle_row(self, digits: str) -> None:
        if not _ROW_NUMBER.fullmatch(digits):
            raise refusals.damaged()
        if int(digits) > self.file.limits.last_row:
            raise refusals.too_many_rows(self.file.limits.rows)
        if self.digits is not None or self.row:
            raise refusals.damaged()
        self.number -= 1
        self._begin_row(digits)
        self.digits = digits

    def _start_value(self, _attributes: dict[str, str]) -> None:
        if self.is_cell:
            self.taking = self.value = []

    def _start_inline(self, _attributes: dict[str, str]) -> None:
        if self.is_cell:
            self.value = []

    def _start_text(self, _attributes: dict[str, str]) -> None:
        if self.is_cell and self.value is not None and not self.phonetic:
            self.taking = self.value

    def _start_formula(self, _attributes: dict[str, str]) -> None:
        if self.is_cell:
            self.taking = self.formula = []

    def _start_phonetic(self, _attributes: dict[str, str]) -> None:
        self.phonetic += 1

    def _end_cell(self) -> None:
        self.is_cell = False
        value = self._cell_value()
        if value is None or value == "":
            return
        column, row = self.column, self.row
        self.extent.add(self.number, column)
        if len(row) < column:
            row.extend([None] * (column - len(row)))
        elif row[column - 1] is not None:
            raise refusals.damaged()
        row[column - 1] = value

    def _cell_value(self) -> Raw:
        if self.value is None:
            return None if self.formula is None else CellError("=" + "".join(self.formula))
        written = "".join(self.value)
        if self.kind == "inlineStr" or self.kind == "str":
            return unescaped(written)
        key = (self.kind + self.style, written)
        if key in self.values:
            return self.values[key]
        value = self._meant(written)
        if len(self.values) < 50_000:
            self.values[key] = value
        return value

    def _meant(self, written: str) -> Raw:
        written = written.strip()
        if not written:
            return None
        try:
            if self.kind == "s":
                return self.file.texts[_index(written)]
            if self.kind == "b":
                return written in {"1", "true"}
            if self.kind == "e":
                return CellError(written)
            if self.kind == "d":
                return when(written)
            look = self.file.looks[_index(self.style)] if self.style else None
            return number(written, look, is_1904=self.file.is_1904)
        except (ValueError, IndexError) as error:
            raise refusals.damaged() from error


def _index(written: str) -> int:
    place = int(written)
    if place < 0:
        raise ValueError(written)
    return place


def _column_number(letters: str) -> int:
    if not _LETTERS.fullmatch(letters):
        raise refusals.damaged()
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


def unescaped(text: str) -> str:
    """Return text without Excel's way of writing control characters ("_x000D_")."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return escape[0] if "\ud800" <= character <= "\udfff" else character
