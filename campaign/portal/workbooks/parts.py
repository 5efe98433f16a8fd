"""The parts inside an .xlsx file: unpacked piece by piece, walked without believing them.

Nothing the file says about itself is believed: sizes are counted while unpacking, XML with
a doctype is refused at its start, and a part nobody asks for is never unpacked.
"""

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Protocol
from xml.parsers import expat

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.plain_rows import PlainRows, RowReader
from campaign.portal.workbooks.refusals import Limits

CHUNK = 64 * 1024

LONGEST_TOKEN = 256 * 1024
"""Bytes without a "<": longer than any tag or any text Excel allows in one cell."""

DEEPEST = 60
"""Levels of XML elements; real workbooks stay under twenty."""

MOST_TAGS = 1000
"""Different elements in one part; the whole language of spreadsheets has fewer."""

PACKED_TIGHT = 16 * 1024 * 1024
"""From this size on, a part that unpacks to far more than lists do is not unpacked."""

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class CellReader(RowReader, Protocol):
    """Whoever takes the elements of a sheet by their names as written."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Some text inside the element."""


_LOCAL_ENTRY, _CENTRAL_ENTRY, _END_RECORD = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_WIDE_XML = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_MACRO_PARTS = re.compile(r"vbaproject|macrosheets/|dialogsheets/", re.IGNORECASE)
_LINK_PARTS = re.compile(r"xl/(externallinks/|connections\.xml|querytables/)")
_EMBEDDED_PARTS = re.compile(r"xl/(embeddings/|activex/)")
_OTHER_KINDS = {"xl/workbook.bin", "content.xml", "mimetype", "word/document.xml"}

ZIP_ERRORS = (
    expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError,
    NotImplementedError, RuntimeError, LookupError, OverflowError,
)  # fmt: skip


class Parts:
    """The parts of one .xlsx file by name; refuses archives that could do harm."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self.limits, self.room = limits, limits.unzipped
        _refuse_strange_zip(content, limits)
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
            members = self.archive.infolist()
        except ZIP_ERRORS as error:
            raise refusals.damaged() from error
        self.members = {_plain_name(member.filename): member for member in members}
        self._refuse_strange_members(members)

    def __contains__(self, name: str) -> bool:
        return _plain_name(name) in self.members

    def walk(self, name: str, start: Start, end: End, text: Text | None = None) -> Iterator[None]:
        """Walk the XML of a part, a piece at each step."""
        feed = _Feed(_parser(start, end, text, self.limits))
        with self._opened(name) as chunks:
            for chunk in chunks:
                feed.parse(chunk)
                yield
            feed.close()
            yield

    def walk_cells(self, name: str, reader: "CellReader") -> Iterator[None]:
        """Walk a sheet, a piece at each step, with a reader that minds the limits itself."""
        feed = _Feed(_bare_parser(reader.start, reader.end, reader.text))
        rows = PlainRows(reader, feed.parse)
        decoder = codecs.getincrementaldecoder("utf-8")()
        with self._opened(name) as chunks:
            for chunk in chunks:
                rows.feed(decoder.decode(chunk))
                yield
            rows.feed(decoder.decode(b"", True))
            rows.close()
            feed.close()
            yield

    def read(self, name: str, start: Start) -> None:
        """Walk a whole part whose elements say everything by their attributes."""
        for _step in self.walk(name, start, lambda _tag: None):
            pass

    def check(self, seen: Start) -> None:
        """Walk every part as strictly as a list is read, before another program takes the file.

        ``seen`` hears of each element by its local name.
        """
        for name in self.members:
            if name.endswith((".xml", ".rels", ".vml")):
                self.read(name, seen)

    @contextmanager
    def _opened(self, name: str) -> Iterator[Iterator[bytes]]:
        """Open a part; whatever is wrong with it, the file is damaged."""
        member = self.members.get(_plain_name(name))
        if member is None:
            raise refusals.damaged()
        try:
            with self.archive.open(member) as stream:
                yield self._chunks(stream)
        except ZIP_ERRORS as error:
            raise refusals.damaged() from error

    def _chunks(self, stream: IO[bytes]) -> Iterator[bytes]:
        """Unpack a part piece by piece, stopping when there is no room left."""
        room = self.room
        while chunk := stream.read(CHUNK):
            if room == self.room and chunk.startswith(_WIDE_XML):
                raise refusals.damaged()
            room -= len(chunk)
            if room < 0:
                raise refusals.too_much_inside()
            yield chunk

    def _refuse_strange_members(self, members: list[zipfile.ZipInfo]) -> None:
        if any(member.flag_bits & 0x1 for member in members):
            raise refusals.protected()
        if "[content_types].xml" not in self.members or _OTHER_KINDS.intersection(self.members):
            raise refusals.wrong_kind()
        if len(self.members) < len(members):
            raise refusals.damaged()
        for name in self.members:
            _refuse_part_by_name(name)
        if sum(member.file_size for member in members) > self.limits.unzipped:
            raise refusals.too_much_inside()
        for member in members:
            if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise refusals.damaged()
            if member.file_size > max(PACKED_TIGHT, member.compress_size * self.limits.ratio):
                raise refusals.too_much_inside()


class _Feed:
    """Feeds a parser, unless it is made to hold a token without an end."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser, self.run = parser, 0

    def parse(self, piece: bytes) -> None:
        last = piece.rfind(b"<")
        self.run = self.run + len(piece) if last < 0 else len(piece) - last
        if self.run > LONGEST_TOKEN:
            raise refusals.too_much_inside()
        self.parser.Parse(piece, False)

    def close(self) -> None:
        self.parser.Parse(b"", True)


def _plain_name(name: str) -> str:
    """Return the name as parts are compared: some programs write "XL\\Workbook.xml"."""
    return name.replace("\\", "/").lstrip("/").lower()


def _refuse_strange_zip(content: bytes, limits: Limits) -> None:
    """Refuse archives that two programs could read in two ways, and those with many parts."""
    if content.count(_CENTRAL_ENTRY) > limits.parts:
        raise refusals.too_much_inside()
    end = content.rfind(_END_RECORD)
    comment = int.from_bytes(content[end + 20 : end + 22], "little")
    is_single = content.startswith(_LOCAL_ENTRY) and content.count(_END_RECORD) == 1
    if not is_single or end + 22 + comment != len(content):
        raise refusals.damaged()


def _refuse_part_by_name(name: str) -> None:
    if _MACRO_PARTS.search(name):
        raise refusals.macros()
    if _LINK_PARTS.match(name):
        raise refusals.external_links()
    if _EMBEDDED_PARTS.match(name):
        raise refusals.embedded_objects()


def _parser(start: Start, end: End, text: Text | None, limits: Limits) -> expat.XMLParserType:
    """Return a parser that hands over elements by their local names, never declarations."""
    depth = seen = 0
    local: dict[str, str] = {}

    def started(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, seen
        depth += 1
        seen += 1
        if depth > DEEPEST or seen > limits.elements:
            raise refusals.too_much_inside()
        name = local.get(tag)
        if name is None:
            if len(local) >= MOST_TAGS:
                raise refusals.too_much_inside()
            name = local[tag] = tag.rpartition(":")[2]
        start(name, attributes)

    def ended(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(local[tag])

    return _bare_parser(started, ended, text)


def _bare_parser(start: Start, end: End, text: Text | None) -> expat.XMLParserType:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _declared
    parser.EntityDeclHandler = _declared
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text
    return parser


def _declared(*_declaration: object) -> None:
    raise refusals.entities()
