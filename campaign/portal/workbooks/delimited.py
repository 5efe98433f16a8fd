"""CSV files as Vietnamese offices make them: Unicode or older letters, four delimiters."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator

from campaign.portal.workbooks import legacy, refusals
from campaign.portal.workbooks.extent import Extent
from campaign.portal.workbooks.refusals import Limits
from campaign.text import nfc

DELIMITERS = (",", ";", "\t", "|")
LINES_LOOKED_AT = 30
PIECE = 256 * 1024


class DelimitedFile:
    """A CSV file: its encoding, its delimiter, the old font its letters come from, if any."""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self.content, self.limits = content, limits
        self.encoding, self.font = find_encoding(content)
        beginning = "".join(line for _n, line in zip(range(200), self._lines(), strict=False))
        self.delimiter, self.skipped = find_delimiter(beginning)

    def rows(self) -> Iterator[tuple[int, list[str | None]]]:
        """Yield each row that holds anything; every value stays text, as it is in the file."""
        extent, lines = Extent(self.limits), self._lines()
        for _line in range(self.skipped):
            next(lines)
        try:
            for number, row in enumerate(csv.reader(lines, delimiter=self.delimiter), 1):
                filled = max((n for n, value in enumerate(row, 1) if value.strip()), default=0)
                if filled:
                    extent.add(number, filled)
                    yield number, [value or None for value in row[:filled]]
                elif number > 2 * self.limits.last_row:
                    raise refusals.too_many_rows(self.limits.rows)
        except csv.Error as error:
            raise refusals.damaged() from error

    def _lines(self) -> Iterator[str]:
        return iter(io.TextIOWrapper(io.BytesIO(self.content), self.encoding, newline=""))


def find_encoding(content: bytes) -> tuple[str, legacy.Legacy | None]:
    """Return how letters are written, and in which old font; refuses binary files."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif content[1:2] == b"\x00":
        candidates = ["utf-16-le"]
    elif content[:1] == b"\x00":
        candidates = ["utf-16-be"]
    else:
        candidates = ["utf-8-sig"]
    for encoding in candidates:
        if _is_written_in(content, encoding):
            return encoding, None
    if candidates == ["utf-16"]:
        raise refusals.unknown_encoding()
    if candidates != ["utf-8-sig"]:
        raise refusals.wrong_kind()
    return _older_encoding(content)


def _is_written_in(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for at in range(0, len(content) + 1, PIECE):
            piece = decoder.decode(content[at : at + PIECE], at + PIECE > len(content))
            if "\x00" in piece:
                raise refusals.wrong_kind()
    except UnicodeDecodeError:
        return False
    return True


def _older_encoding(content: bytes) -> tuple[str, legacy.Legacy | None]:
    """Tell Windows-1258 from the bytes of TCVN3 and VNI by which gives Vietnamese syllables."""
    if b"\x00" in content:
        raise refusals.wrong_kind()
    sample = content[:PIECE]
    unicode = [c for c in content.decode("utf-8", "replace") if c > "\x7f"]
    if 2 * unicode.count("\ufffd") < len(unicode):
        raise refusals.unknown_encoding()
    modern = legacy.words_with_marks(nfc(sample.decode("cp1258", "replace")))
    share = {"cp1258": legacy.share_of_syllables(modern)}
    plain = legacy.words_with_marks(sample.decode("latin-1"))
    for font in legacy.FONTS:
        converted = [legacy.convert(word, font) for word in plain]
        share[font] = legacy.share_of_syllables(converted)
    font = max(legacy.FONTS, key=lambda each: share[each])
    if share[font] > max(share["cp1258"], legacy.SURE_BEFORE):
        return "latin-1", font
    if _is_written_in(content, "cp1258"):
        return "cp1258", None
    raise refusals.unknown_encoding()


def find_delimiter(beginning: str) -> tuple[str, int]:
    """Return the delimiter and how many lines only say so ("sep=;", as Excel writes)."""
    first = beginning.partition("\n")[0]
    declared = first.strip().lower()
    if declared.startswith("sep=") and declared[4:] in DELIMITERS:
        return declared[4:], 1
    if first.rstrip("\r\n").lower() == "sep=\t":
        return "\t", 1
    lines = beginning.splitlines()[:LINES_LOOKED_AT]
    return max(DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter)), 0


def _agreement(lines: list[str], delimiter: str) -> tuple[int, int]:
    """Tell how many lines agree on a number of columns above one, and on how many."""
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return 0, 0
    several = [(count, width) for width, count in widths.items() if width > 1]
    return max(several, default=(0, 0))
