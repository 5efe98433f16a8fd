"""Old .xls files: how far cells reach and how much text they hold, then what they say.

The reader opens every sheet of an .xls at once and copies out each shared text, so both
are counted here first, from the records themselves.
"""

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import python_calamine as calamine

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.extent import Extent
from campaign.portal.workbooks.refusals import Limits

OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_NO_SECTOR = 0xFFFFFFF0
_BOF, _FILEPASS, _SST, _CONTINUE, _SHARED_LABEL = 0x0809, 0x002F, 0x00FC, 0x003C, 0x00FD
_ONE_CELL = {0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6}
_CELLS_IN_A_ROW = {0x00BD, 0x00BE}
_SHEET, _EXTERNAL_BOOK = 0x0085, 0x01AE

Record = tuple[int, bytes]

_FILE_ERRORS = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError, EOFError,
    RuntimeError, calamine.CalamineError, calamine.PasswordError, calamine.WorksheetNotFound,
    calamine.XmlError, calamine.ZipError,
)  # fmt: skip


@dataclass(frozen=True)
class OldSheet:
    """One sheet of an .xls, and whether people see it."""

    name: str
    is_hidden: bool


class OldFile:
    """An .xls that passed the guard; the reader holds all of its sheets at once."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        check_xls(content, limits)
        self.limits = limits
        self.workbook = _safely(
            lambda: calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        )
        worksheets = calamine.SheetTypeEnum.WorkSheet
        seen = calamine.SheetVisibleEnum.Visible
        self.sheets = [
            OldSheet(sheet.name, sheet.visible != seen)
            for sheet in self.workbook.sheets_metadata
            if sheet.typ == worksheets
        ]

    def rows(self, sheet: OldSheet) -> Iterator[tuple[int, list[Any]]]:
        """Yield each row that holds anything with its number, counting from 1."""
        found = _safely(lambda: self.workbook.get_sheet_by_name(sheet.name))
        if found.start is None:
            return
        left = [None] * found.start[1]
        rows = found.iter_rows()  # these begin in the first row, but in the first filled column
        for number in range(1, found.end[0] + 2):
            row = _safely(lambda: next(rows))
            values = [None if value == "" else value for value in row]
            if any(value is not None for value in values):
                yield number, left + values


def _safely(step: Callable[[], Any]) -> Any:
    """Take a step of the reader; whatever it trips over, the file is damaged."""
    try:
        return step()
    except _FILE_ERRORS as error:
        raise refusals.damaged() from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise refusals.damaged() from error
        raise


def check_xls(content: bytes, limits: Limits) -> None:
    """Walk the records of the workbook; raise WorkbookRefused if any could do harm."""
    try:
        streams = _Ole(content).streams()
        if "EncryptedPackage" in streams or "EncryptionInfo" in streams:
            raise refusals.protected()
        if any(name.startswith(("_VBA_PROJECT", "VBA", "Macros")) for name in streams):
            raise refusals.macros()
        workbook = streams.get("Workbook") or streams.get("Book")
        if not workbook:
            raise refusals.wrong_kind()
        _Scan(limits).walk(_records(workbook))
    except (struct.error, IndexError, ValueError) as error:
        raise refusals.damaged() from error


class _Ole:
    """The compound file around a workbook: just enough to list and read its streams."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in {9, 12} or mini_shift != 6:
            raise refusals.damaged()
        self.size = 1 << shift
        header = struct.unpack_from("<7I", content, 44)
        self.directory, self.mini_cutoff, self.mini_fat_at = header[1], header[3], header[4]
        self.fat = self._fat(extra=struct.unpack_from("<I", content, 68)[0])

    def streams(self) -> dict[str, bytes]:
        """Return the streams by name; storages are listed with nothing inside."""
        entries = list(self._entries(self._chain(self.directory, self.fat)))
        if not entries:
            raise refusals.damaged()
        mini = self._chain(entries[0][2], self.fat) if entries[0][2] < _NO_SECTOR else b""
        mini_fat = self._numbers(self._chain(self.mini_fat_at, self.fat))
        found = {}
        for name, kind, start, size in entries[1:]:
            if kind != 2 or not size or name not in {"Workbook", "Book"}:
                found[name] = b""
            elif size < self.mini_cutoff:
                found[name] = self._mini_chain(start, mini_fat, mini)[:size]
            else:
                found[name] = self._chain(start, self.fat)[:size]
        return found

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        return self.content[start : start + self.size]

    def _numbers(self, sectors: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(sectors) // 4}I", sectors[: len(sectors) // 4 * 4]))

    def _fat(self, extra: int) -> list[int]:
        """Return the table that says which sector follows which."""
        places = list(struct.unpack_from("<109I", self.content, 76))
        most = len(self.content) // self.size + 1
        for _round in range(most):
            if extra >= _NO_SECTOR:
                break
            *more, extra = self._numbers(self._sector(extra))
            places += more
        table = []
        for place in dict.fromkeys(places):
            if place < most:
                table += self._numbers(self._sector(place))
        return table[: most + 1]

    def _chain(self, start: int, table: list[int]) -> bytes:
        sectors, seen = [], set()
        while start < _NO_SECTOR:
            if start in seen or start >= len(table):
                raise refusals.damaged()
            seen.add(start)
            sectors.append(self._sector(start))
            start = table[start]
        return b"".join(sectors)

    def _mini_chain(self, start: int, table: list[int], mini: bytes) -> bytes:
        sectors, seen = [], set()
        while start < _NO_SECTOR:
            if start in seen or start >= len(table):
                raise refusals.damaged()
            seen.add(start)
            sectors.append(mini[start * 64 : start * 64 + 64])
            start = table[start]
        return b"".join(sectors)

    def _entries(self, directory: bytes) -> Iterator[tuple[str, int, int, int]]:
        for at in range(0, len(directory) - 127, 128):
            length = struct.unpack_from("<H", directory, at + 64)[0]
            kind = directory[at + 66]
            if kind and 2 <= length <= 64:
                name = directory[at : at + length - 2].decode("utf-16-le")
                start, size = struct.unpack_from("<II", directory, at + 116)
                yield name, kind, start, size


def _records(workbook: bytes) -> Iterator[Record]:
    at = 0
    while at + 4 <= len(workbook):
        kind, length = struct.unpack_from("<HH", workbook, at)
        yield kind, workbook[at + 4 : at + 4 + length]
        at += 4 + length


class _Scan:
    """Counts the cells of all sheets and the text they refer to."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.extent = Extent(limits)
        self.sheets = self.cells = self.text = 0
        self.shared: list[int] = []

    def walk(self, records: Iterator[Record]) -> None:
        pieces: list[bytes] = []
        for kind, body in records:
            if pieces and kind != _CONTINUE:
                self.shared, pieces = list(_text_lengths(pieces)), []
            if kind == _SST or (pieces and kind == _CONTINUE):
                pieces.append(body)
            elif kind in _ONE_CELL or kind in _CELLS_IN_A_ROW:
                self._cell(kind, body)
            else:
                self._other(kind, body)

    def _other(self, kind: int, body: bytes) -> None:
        if kind == _FILEPASS:
            raise refusals.protected()
        if kind == _SHEET:
            self._sheet(body)
        if kind == _EXTERNAL_BOOK and body[2:4] not in {b"\x01\x04", b"\x01\x3a"}:
            raise refusals.external_links()
        if kind == _BOF:
            self.cells += self.extent.cells
            self.extent = Extent(self.limits)
            if self.cells > self.limits.old_cells:
                raise refusals.too_many_cells()

    def _sheet(self, body: bytes) -> None:
        self.sheets += 1
        if body[5] in {1, 6}:
            raise refusals.macros()
        if self.sheets > self.limits.sheets:
            raise refusals.too_much_inside()

    def _cell(self, kind: int, body: bytes) -> None:
        row, column = struct.unpack_from("<HH", body)
        if kind in _CELLS_IN_A_ROW:
            column = struct.unpack_from("<H", body, len(body) - 2)[0]
        self.extent.add(row + 1, column + 1)
        if kind == _SHARED_LABEL:
            self.text += self.shared[struct.unpack_from("<I", body, 6)[0]]
        if self.text > self.limits.text or self.cells + self.extent.cells > self.limits.old_cells:
            raise refusals.too_many_cells()


def _text_lengths(pieces: list[bytes]) -> Iterator[int]:
    """Yield the length of each shared text, following texts cut between records."""
    reader = _Pieces(pieces)
    unique = struct.unpack("<II", reader.take(8))[1]
    for _number in range(unique):
        if reader.is_at_end:
            return
        length, flags = struct.unpack("<HB", reader.take(3))
        runs = struct.unpack("<H", reader.take(2))[0] if flags & 8 else 0
        extension = struct.unpack("<I", reader.take(4))[0] if flags & 4 else 0
        reader.skip_text(length, is_wide=bool(flags & 1))
        reader.take(runs * 4)
        reader.take(extension)
        yield length * 2


class _Pieces:
    """One long record stored in several; a text that is cut repeats its width flag."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces, self.piece, self.at = pieces, 0, 0

    @property
    def is_at_end(self) -> bool:
        while self.piece < len(self.pieces) and self.at >= len(self.pieces[self.piece]):
            self.piece, self.at = self.piece + 1, 0
        return self.piece >= len(self.pieces)

    def take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            if self.is_at_end:
                raise refusals.damaged()
            body = self.pieces[self.piece][self.at : self.at + count - len(taken)]
            self.at += len(body)
            taken += body
        return taken

    def skip_text(self, characters: int, *, is_wide: bool) -> None:
        while characters:
            left = len(self.pieces[self.piece]) - self.at
            fitting = min(characters, left // 2 if is_wide else left)
            self.at += fitting * (2 if is_wide else 1)
            characters -= fitting
            if characters:
                self.piece, self.at = self.piece + 1, 0
                is_wide = bool(self.pieces[self.piece][0] & 1)
                self.at = 1
