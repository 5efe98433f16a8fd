"""Reading .xlsx files row by row, in memory that does not grow with the sheet.

Office, LibreOffice, WPS and Google write the same language in different accents: any
namespace prefix, the strict or the usual namespaces, rows and cells without references,
wrong <dimension> tags, texts shared or in the cell. The tags of cells are believed, what
the file says about itself is not.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.extent import Extent
from campaign.portal.workbooks.parts import DEEPEST, MOST_TAGS, Parts
from campaign.portal.workbooks.plain_rows import CELLS
from campaign.portal.workbooks.refusals import Limits
from campaign.portal.workbooks.serials import Look, number, when
from campaign.portal.workbooks.shared import SharedTexts, read_looks, unescaped
from campaign.portal.workbooks.values import CellError

_ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
_LETTERS = re.compile(r"[A-Z]{1,3}")
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
        self._texts: SharedTexts | None = None
        self._looks: list[Look] | None = None

    def rows(self, sheet: SheetPart) -> Iterator[tuple[int, list[Raw]]]:
        """Yield each row that holds anything with its number, counting from 1."""
        reader = _SheetReader(self)
        for _step in self.parts.walk_cells(sheet.part, reader):
            yield from reader.ready
            reader.ready.clear()

    @property
    def texts(self) -> SharedTexts:
        """The texts cells refer to by number."""
        if self._texts is None:
            self._texts = SharedTexts(self.parts, self._related("sharedstrings"), self.limits)
        return self._texts

    @property
    def looks(self) -> list[Look]:
        """What each style makes of a number."""
        if self._looks is None:
            part = self._related("styles")
            self._looks = read_looks(self.parts, part) if part else []
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
        if not sheets or len({sheet.part for sheet in sheets}) < len(sheets):
            raise refusals.damaged()
        return sheets


class _SheetReader:
    """Puts the rows of one sheet together from its tags; finished ones are in ``ready``.

    Its three handlers run for every cell, so they do little and call little.
    """

    def __init__(self, file: XlsxFile) -> None:
        self.file, self.limits = file, file.limits
        self.extent = Extent(file.limits)
        self.ready: list[tuple[int, list[Raw]]] = []
        self.row: list[Raw] = []
        self.number = self.column = self.depth = self.seen = self.phonetic = 0
        self.digits: str | None = None
        self.is_cell = self.is_taking = self.is_formula = False
        self.is_among_rows = self.is_between_rows = False
        self.cell: dict[str, str] = {}
        self.written: str | None = None
        self.formula: str | None = None
        self.tags: dict[str, str] = {}
        self.columns: dict[str, int] = {}
        self.values: dict[tuple[str, str, str], Raw] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.seen += 1
        kind = self.tags.get(tag)
        if kind == "c":
            self.is_cell, self.cell = True, attributes
            self.written = self.formula = None
        elif kind == "v" or kind == "t":
            if self.is_cell and not self.phonetic:
                self.is_taking = True
                self.written = self.written or ""
        elif kind == "row":
            self._start_row(attributes)
        elif kind:
            self._start_other(kind)
        else:
            self._learn(tag)
            self.start(tag, attributes)

    def text(self, text: str) -> None:
        if self.is_taking:
            self.written += text  # type: ignore[operator]
        elif self.is_formula:
            self.formula += text  # type: ignore[operator]

    def end(self, tag: str) -> None:
        kind = self.tags[tag]
        if kind == "c":
            if self.written or self.formula is not None:
                self._end_cell()
            elif "r" not in self.cell:
                self.column += 1
            self.is_cell = False
        elif kind == "v" or kind == "t":
            self.is_taking = False
        elif kind == "row":
            self.is_between_rows = self.is_among_rows
            if self.row:
                self.ready.append((self.number, self.row))
                self.row = []
        else:
            self._end_other(kind)

    def _learn(self, tag: str) -> None:
        if len(self.tags) >= MOST_TAGS:
            raise refusals.too_much_inside()
        self.tags[tag] = tag.rpartition(":")[2]

    def _start_other(self, kind: str) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise refusals.too_much_inside()
        if kind == "f" and self.is_cell:
            self.is_formula, self.formula = True, ""
        elif kind == "sheetData":
            self.is_among_rows = self.is_between_rows = True
        elif kind == "rPh":
            self.phonetic += 1

    def _end_other(self, kind: str) -> None:
        self.depth -= 1
        if kind == "f":
            self.is_formula = False
        elif kind == "sheetData":
            self.is_among_rows = self.is_between_rows = False
        elif kind == "rPh":
            self.phonetic -= 1

    def take_row(self, digits: str, cells: str) -> None:
        """Take a whole row as nearly every program writes it."""
        self.digits = digits
        self._begin_row(digits)
        row: list[Raw] = []
        width = 0
        for letters, style, kind, written, text in CELLS.findall(cells):
            if not (written or text):
                continue
            value = self.values.get((kind, style, written))
            if value is None:
                value = self._value(kind, style, written or text)
                if value is None or value == "":
                    continue
            column = self.columns.get(letters) or self._learn_column(letters)
            if column == width + 1:
                row.append(value)
                width = column
            elif column > width:
                row.extend([None] * (column - 1 - width))
                row.append(value)
                width = column
            else:
                self._fill_gap(row, column, value)
        if width:
            self.extent.add(self.number, width)
            self.ready.append((self.number, row))

    def _learn_column(self, letters: str) -> int:
        column = self.columns[letters] = _column_number(letters)
        return column

    def _start_row(self, attributes: dict[str, str]) -> None:
        if self.row or self.seen > self.limits.elements:
            raise refusals.too_much_inside()
        self.is_between_rows = False
        self.digits = attributes.get("r")
        self._begin_row(self.digits)

    def _begin_row(self, digits: str | None) -> None:
        if digits is not None and not _ROW_NUMBER.fullmatch(digits):
            raise refusals.damaged()
        number = int(digits) if digits else self.number + 1
        if number <= self.number or number > _LAST_ROW:
            raise refusals.damaged()
        self.number, self.column = number, 0

    def _place(self, reference: str) -> int:
        """Return the column of a cell; it must be in the row around it."""
        letters = reference.rstrip("0123456789")
        digits = reference[len(letters) :]
        if digits != self.digits:
            self._settle_row(digits)
        return self._learn_column(letters)

    def _settle_row(self, digits: str) -> None:
        """Take a row's number from its first cell; a cell elsewhere is no spreadsheet's."""
        if not _ROW_NUMBER.fullmatch(digits):
            raise refusals.damaged()
        if int(digits) > self.limits.last_row:
            raise refusals.too_many_rows(self.limits.rows)
        if self.digits is not None or self.row:
            raise refusals.damaged()
        self.number -= 1
        self._begin_row(digits)
        self.digits = digits

    def _end_cell(self) -> None:
        reference, column, row = self.cell.get("r"), None, self.row
        if reference is None:
            column = self.column + 1
        elif self.digits and reference.endswith(self.digits):
            column = self.columns.get(reference[: -len(self.digits)])
        self.column = column = column or self._place(reference or "")
        value = self._cell_value()
        if value is None or value == "":
            return
        self.extent.add(self.number, column)
        missing = column - 1 - len(row)
        if missing < 0:
            self._fill_gap(row, column, value)
            return
        if missing:
            row.extend([None] * missing)
        row.append(value)

    def _fill_gap(self, row: list[Raw], column: int, value: Raw) -> None:
        """Keep a cell that comes after one to its right, as few programs write them."""
        if row[column - 1] is not None:
            raise refusals.damaged()
        row[column - 1] = value

    def _cell_value(self) -> Raw:
        kind = self.cell.get("t", "")
        if not self.written:
            return None if kind == "str" else CellError(f"={self.formula}")
        return self._value(kind, self.cell.get("s", ""), self.written)

    def _value(self, kind: str, style: str, written: str) -> Raw:
        if kind == "inlineStr" or kind == "str":
            return unescaped(written)
        key = (kind, style, written)
        value = self.values.get(key)
        if value is None:
            value = self._meant(written.strip(), kind, style)
            if len(self.values) < 100_000:
                self.values[key] = value
        return value

    def _meant(self, written: str, kind: str, style: str) -> Raw:
        if not written:
            return None
        try:
            if kind == "s":
                return self.file.texts[_index(written)]
            if kind == "b":
                return written in {"1", "true"}
            if kind == "e":
                return CellError(written)
            if kind == "d":
                return when(written)
            look = self.file.looks[_index(style)] if style else None
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
