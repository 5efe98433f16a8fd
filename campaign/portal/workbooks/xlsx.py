"""The pre-flight check of .xlsx files: every part is read once, in bounded memory.

Nothing the file says about itself is believed: sizes are counted while unpacking, the
reach of a sheet while reading its cells, and XML with a doctype is refused at its start.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.extent import Extent
from campaign.portal.workbooks.refusals import Limits

CHUNK = 64 * 1024

LONGEST_TOKEN = 256 * 1024
"""Bytes without a "<": longer than any tag or any text Excel allows in one cell."""

DEEPEST = 60
"""Levels of XML elements; real workbooks stay under twenty."""

_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
_LOCAL_ENTRY, _CENTRAL_ENTRY, _END_RECORD = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_MACRO_PARTS = re.compile(r"vbaproject|macrosheets/|dialogsheets/", re.IGNORECASE)
_LINK_PARTS = re.compile(r"xl/(externallinks/|connections\.xml|querytables/)", re.IGNORECASE)
_EMBEDDED_PARTS = re.compile(r"xl/(embeddings/|activex/)", re.IGNORECASE)
_OTHER_KINDS = {"xl/workbook.bin", "content.xml", "mimetype", "word/document.xml"}


class Findings:
    """What the check learnt that the reader needs to choose its way."""

    def __init__(self) -> None:
        self.longest_shared_text = 0
        self.shared_cells = 0

    @property
    def shared_text(self) -> int:
        """Bytes of text at most, if every reference to a shared text is copied out."""
        return self.longest_shared_text * self.shared_cells


def check_xlsx(content: bytes, limits: Limits) -> Findings:
    """Read every part of the file once; raise WorkbookRefused if any could do harm."""
    _refuse_strange_zip(content, limits)
    findings = Findings()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _refuse_strange_parts(parts, limits)
            _read_parts(archive, parts, findings, limits)
    except expat.ExpatError as error:
        raise refusals.damaged() from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise refusals.damaged() from error
    except (NotImplementedError, RuntimeError) as error:
        raise refusals.damaged() from error
    return findings


def _refuse_strange_zip(content: bytes, limits: Limits) -> None:
    """Refuse archives that two programs could read in two ways, and those with many parts."""
    if content.count(_CENTRAL_ENTRY) > limits.parts:
        raise refusals.too_much_inside()
    end = content.rfind(_END_RECORD)
    comment = int.from_bytes(content[end + 20 : end + 22], "little")
    is_single = content.startswith(_LOCAL_ENTRY) and content.count(_END_RECORD) == 1
    if not is_single or end + 22 + comment != len(content):
        raise refusals.damaged()


def _refuse_strange_parts(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [part.filename for part in parts]
    if any(part.flag_bits & 0x1 for part in parts):
        raise refusals.protected()
    if "[Content_Types].xml" not in names or _OTHER_KINDS.intersection(names):
        raise refusals.wrong_kind()
    if len({name.lower() for name in names}) < len(names):
        raise refusals.damaged()
    for name in names:
        _refuse_part_by_name(name)
    if "xl/workbook.xml" not in names:
        raise refusals.wrong_kind()
    if sum(part.file_size for part in parts) > limits.unzipped:
        raise refusals.too_much_inside()
    if any(part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for part in parts):
        raise refusals.damaged()


def _refuse_part_by_name(name: str) -> None:
    if _MACRO_PARTS.search(name):
        raise refusals.macros()
    if _LINK_PARTS.match(name):
        raise refusals.external_links()
    if _EMBEDDED_PARTS.match(name):
        raise refusals.embedded_objects()


def _read_parts(
    archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], findings: Findings, limits: Limits
) -> None:
    room = limits.unzipped
    for part in parts:
        if part.is_dir():
            continue
        with archive.open(part) as stream:
            room -= _read_part(part.filename, _chunks(stream, room), findings, limits)


def _chunks(stream: IO[bytes], room: int) -> Iterator[bytes]:
    """Unpack a part piece by piece, stopping when there is no room left."""
    while chunk := stream.read(CHUNK):
        room -= len(chunk)
        if room < 0:
            raise refusals.too_much_inside()
        yield chunk


def _read_part(name: str, chunks: Iterator[bytes], findings: Findings, limits: Limits) -> int:
    """Read a part to its end and return its size; XML is looked into."""
    size, scanner, run = 0, None, 0
    for chunk in chunks:
        if size == 0 and _is_xml(name, chunk):
            scanner = _PartScanner(findings, limits)
        size += len(chunk)
        if scanner:
            last = chunk.rfind(b"<")
            run = run + len(chunk) if last < 0 else len(chunk) - last
            if run > LONGEST_TOKEN:
                raise refusals.too_much_inside()
            scanner.feed(chunk)
    if scanner:
        scanner.close()
    elif name.lower().endswith((".xml", ".rels")):
        raise refusals.damaged()
    return size


def _is_xml(name: str, beginning: bytes) -> bool:
    if name.lower().endswith((".xml", ".rels")):
        if beginning.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
            raise refusals.damaged()
        return True
    if name.lower().endswith(".vml"):
        if b"<!DOCTYPE" in beginning or b"<!ENTITY" in beginning:
            raise refusals.entities()
        return False
    return beginning.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


class _PartScanner:
    """Walks one XML part: filled cells, shared texts, sheets, macro and link types."""

    def __init__(self, findings: Findings, limits: Limits) -> None:
        self.findings, self.limits = findings, limits
        self.extent = Extent(limits)
        self.row = self.column = self.depth = self.sheets = 0
        self.text_start = -1
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.filled = {"v", "is", "f"}
        self.starts = {
            "c": self._cell,
            "row": self._row,
            "si": self._shared_text,
            "sheet": self._sheet,
            "Override": self._content_type,
            "Default": self._content_type,
            "Relationship": self._relationship,
        }

    def feed(self, chunk: bytes) -> None:
        self.parser.Parse(chunk, False)

    def close(self) -> None:
        self.parser.Parse(b"", True)

    def _doctype(self, *_declaration: object) -> None:
        raise refusals.entities()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise refusals.too_much_inside()
        name = tag.rpartition(":")[2]
        if name in self.filled:
            if self.column:
                self.extent.add(self.row, self.column)
        elif name in self.starts:
            self.starts[name](attributes)

    def _end(self, tag: str) -> None:
        self.depth -= 1
        if self.text_start >= 0 and tag.rpartition(":")[2] == "si":
            length = self.parser.CurrentByteIndex - self.text_start
            findings = self.findings
            findings.longest_shared_text = max(findings.longest_shared_text, length)
            self.text_start = -1

    def _cell(self, attributes: dict[str, str]) -> None:
        if attributes.get("t") == "s":
            self.findings.shared_cells += 1
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
            self.row = max(self.row, 1)
            return
        if not (match := _CELL.fullmatch(reference)):
            raise refusals.damaged()
        self.column = 0
        for letter in match[1]:
            self.column = self.column * 26 + ord(letter) - 64
        self.row = int(match[2])

    def _row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        if number is not None and not _ROW_NUMBER.fullmatch(number):
            raise refusals.damaged()
        self.row = int(number) if number else self.row + 1
        self.column = 0

    def _shared_text(self, _attributes: dict[str, str]) -> None:
        self.text_start = self.parser.CurrentByteIndex

    def _sheet(self, _attributes: dict[str, str]) -> None:
        self.sheets += 1
        if self.sheets > self.limits.sheets:
            raise refusals.too_much_inside()

    def _content_type(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType", "").lower()
        if "macroenabled" in kind or "vbaproject" in kind:
            raise refusals.macros()

    def _relationship(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("Type", "").lower()
        if kind.endswith("vbaproject"):
            raise refusals.macros()
        if kind.endswith(("externallink", "externallinkpath", "attachedtemplate")):
            raise refusals.external_links()
