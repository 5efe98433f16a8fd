"""What an official report says, apart from how it looks on paper or on the screen.

An ``OfficialReport`` is put together once and written by ``docx.write_docx`` (for the clerk) and
``paper.report_html`` (for the page where it is compiled)::

    OfficialReport(
        letterhead=Letterhead(
            superior="ỦY BAN NHÂN DÂN TỈNH AN GIANG", issuer="SỞ KHOA HỌC VÀ CÔNG NGHỆ",
            symbol="BC-SKHCN", place="An Giang", year=2026, month=6,
        ),
        subject=("Kết quả phong trào “Bình dân học vụ số”", "Quý II năm 2026"),
        body=(
            Heading(1, "Kết quả thực hiện"),
            paragraph("Toàn tỉnh có ", number("1.035", key="teams"), " tổ."),
            paragraph(missing("Nhận xét của đơn vị đầu mối")),
        ),
        recipients=("Như trên", "Lưu: VT, CĐS"),
        signature=Signature(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")),
    )

Texts are complete as they will be read: numbers come written (``1.583.911``), sections are counted
by the writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from reporting.documents import wording

Align = Literal["left", "center", "right"]
Level = Literal[1, 2, 3]


@dataclass(frozen=True)
class Run:
    """A piece of a sentence; a number may know where it comes from, a gap what is missing.

    ``key`` and ``url`` matter on the screen only: the figure's name, and where its rows are.
    """

    text: str
    bold: bool = False
    italic: bool = False
    is_number: bool = False
    is_missing: bool = False
    key: str = ""
    url: str = ""


@dataclass(frozen=True)
class Heading:
    """A section: level 1 is counted I., II.; level 2 is 1., 2.; level 3 is a), b).

    ``anchor`` is the place on the screen that a list of things to do can point to.
    """

    level: Level
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Some sentences; ``paragraph()`` makes one from words and runs."""

    runs: tuple[Run, ...]
    anchor: str = ""

    @property
    def text(self) -> str:
        """What the paragraph says, without its looks."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class TableColumn:
    """A column: its heading, its share of the width beside the others, and how its cells stand."""

    title: str
    share: float = 1
    align: Align = "left"


@dataclass(frozen=True)
class Table:
    """Rows under a heading that is repeated on every page; ``total`` is the last row, in bold.

    A cell is a text, a run, or None where nothing was reported.
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[str | Run | None, ...], ...]
    total: tuple[str | Run | None, ...] | None = None
    anchor: str = ""

    def __post_init__(self) -> None:
        lines = [*self.rows, *([self.total] if self.total is not None else [])]
        if any(len(line) != len(self.columns) for line in lines):
            raise ValueError("Every row of a table has a cell for each of its columns.")

    @property
    def lines(self) -> list[TableLine]:
        """All rows, top to bottom, with their cells as runs."""
        made = [TableLine(self._cells(row), is_total=False) for row in self.rows]
        if self.total is not None:
            made.append(TableLine(self._cells(self.total), is_total=True))
        return made

    def _cells(self, row: Sequence[str | Run | None]) -> tuple[TableCell, ...]:
        return tuple(
            TableCell(_as_run(wording.NOTHING if value is None else value), column.align)
            for value, column in zip(row, self.columns, strict=True)
        )

    @property
    def widths(self) -> list[float]:
        """The columns' parts of the whole width, together 1."""
        whole = sum(column.share for column in self.columns)
        return [column.share / whole for column in self.columns]


@dataclass(frozen=True)
class TableCell:
    """One cell as it is shown."""

    run: Run
    align: Align


@dataclass(frozen=True)
class TableLine:
    """One row as it is shown."""

    cells: tuple[TableCell, ...]
    is_total: bool


Block = Heading | Paragraph | Table


@dataclass(frozen=True)
class Letterhead:
    """Who reports, under which symbol, where and when; number and day are the clerk's.

    A commune has no superior line; names that need two lines are parted by a line break.
    """

    issuer: str
    symbol: str
    place: str
    year: int
    month: int
    superior: str = ""
    number: str = ""
    day: int | None = None

    @property
    def number_line(self) -> str:
        return wording.number_line(self.number, self.symbol)

    @property
    def date_line(self) -> str:
        return wording.place_and_date(self.place, year=self.year, month=self.month, day=self.day)

    @property
    def issuer_lines(self) -> list[str]:
        return self.issuer.split("\n")

    @property
    def superior_lines(self) -> list[str]:
        return self.superior.split("\n") if self.superior else []


@dataclass(frozen=True)
class Signature:
    """On whose behalf, as what, and by whom: ``KT. GIÁM ĐỐC``, ``PHÓ GIÁM ĐỐC``, a blank name."""

    authority: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True)
class PaperAnnex:
    """An annex of the report, on pages of its own; ``is_wide`` lays them across."""

    title: str
    body: tuple[Block, ...]
    is_wide: bool = True


@dataclass(frozen=True)
class OfficialReport:
    """A report as Decree 30/2020/NĐ-CP wants it, from the letterhead to the last annex.

    ``issuer_in_words`` is the issuing body inside a sentence: "Sở Khoa học và Công nghệ".
    """

    letterhead: Letterhead
    subject: tuple[str, ...]
    body: tuple[Block, ...]
    recipients: tuple[str, ...]
    signature: Signature
    annexes: tuple[PaperAnnex, ...] = ()
    title: str = wording.REPORT
    issuer_in_words: str = ""

    @property
    def recipient_lines(self) -> list[str]:
        """``- Như trên;`` … ``- Lưu: VT, CĐS.``"""
        return recipient_lines(self.recipients)

    @property
    def sections(self) -> list[tuple[str, Block]]:
        """The body with the number of each heading, ended by the mark that nothing follows."""
        return list(counted(ended(self.body)))

    @property
    def numbered_annexes(self) -> list[tuple[str, PaperAnnex]]:
        """The annexes under the names the report calls them by."""
        is_only = len(self.annexes) == 1
        return [
            (wording.annex_heading(ordinal, is_only=is_only), annex)
            for ordinal, annex in enumerate(self.annexes, 1)
        ]

    @property
    def annex_reference(self) -> str:
        """Which paper an annex belongs to, in brackets."""
        head = self.letterhead
        return wording.annex_reference(
            number=head.number,
            symbol=head.symbol,
            date=wording.date_words(year=head.year, month=head.month, day=head.day),
            issuer=self.issuer_in_words,
        )

    @property
    def gaps(self) -> list[Run]:
        """What still has to be written, in the order of reading."""
        blocks = (*self.body, *(block for annex in self.annexes for block in annex.body))
        return [run for run in runs_of(blocks) if run.is_missing]

    @property
    def numbers(self) -> list[Run]:
        """Every number that knows where it comes from."""
        return [run for run in runs_of(self.body) if run.is_number and (run.key or run.url)]


def number(text: str, *, key: str = "", url: str = "", bold: bool = False) -> Run:
    """A figure of the portal inside a sentence, as it is read: ``1.583.911``."""
    return Run(text, bold=bold, is_number=True, key=key, url=url)


def missing(what: str, *, key: str = "") -> Run:
    """A gap that a person must fill: ``[Nhận xét của đơn vị đầu mối]``."""
    return Run(f"[{what}]", is_missing=True, key=key)


def bold(text: str) -> Run:
    """Words in bold."""
    return Run(text, bold=True)


def italic(text: str) -> Run:
    """Words in italics."""
    return Run(text, italic=True)


def paragraph(*parts: str | Run, anchor: str = "") -> Paragraph:
    """A paragraph from words and runs, in the order of reading."""
    return Paragraph(tuple(_as_run(part) for part in parts), anchor=anchor)


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """What a person typed into a box: a paragraph for each line that says something."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(paragraph(line) for line in lines if line)


def counted(blocks: Sequence[Block]) -> Iterator[tuple[str, Block]]:
    """Each block with its number: ``I.``, ``1.``, ``a)`` for headings, nothing for the rest."""
    places = [0, 0, 0]
    for block in blocks:
        if not isinstance(block, Heading):
            yield "", block
            continue
        places[block.level - 1] += 1
        places[block.level :] = [0] * (3 - block.level)
        yield _ordinal(block.level, places[block.level - 1]), block


def _ordinal(level: Level, place: int) -> str:
    if level == 1:
        return f"{wording.roman(place)}."
    if level == 2:
        return f"{place}."
    letters = wording.POINTS
    return f"{letters[(place - 1) % len(letters)]})"


def ended(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks with ``./.`` after the last sentence."""
    if not blocks or not isinstance(blocks[-1], Paragraph) or not blocks[-1].runs:
        return (*blocks, paragraph(wording.END_MARK))
    *before, last = blocks[-1].runs
    words = last.text.rstrip()
    if words.endswith(wording.END_MARK):
        return tuple(blocks)
    if last.is_number or last.is_missing:
        runs = (*before, last, Run(wording.END_MARK))
    else:
        runs = (*before, replace(last, text=words.removesuffix(".") + wording.END_MARK))
    return (*blocks[:-1], replace(blocks[-1], runs=runs))


def recipient_lines(recipients: Sequence[str]) -> list[str]:
    """The recipients, each after a dash, the last one ended by a full stop."""
    endings = [";"] * (len(recipients) - 1) + ["."]
    return [
        f"- {recipient.strip().rstrip('.;')}{ending}"
        for recipient, ending in zip(recipients, endings, strict=False)
    ]


def runs_of(blocks: Sequence[Block]) -> Iterator[Run]:
    """Every run of some blocks, tables included, in the order of reading."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from block.runs
        elif isinstance(block, Table):
            yield from (cell.run for line in block.lines for cell in line.cells)


def _as_run(part: str | Run) -> Run:
    return part if isinstance(part, Run) else Run(part)
