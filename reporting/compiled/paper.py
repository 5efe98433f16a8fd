"""The provincial report as an official paper, out of what was gathered and what was written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils import translation

from campaign.portal.figures import num, written
from reporting.compiled import wording
from reporting.compiled.annex_pages import columns_of, sheets_of
from reporting.compiled.content import Gathered, Missing, Part, count_of, moment_of, share, shown
from reporting.documents.official import (
    Block,
    Heading,
    Letterhead,
    OfficialReport,
    Paragraph,
    Run,
    Signature,
    Table,
    missing,
    number,
    paragraph,
)
from reporting.phrases import Number, Phrase, Prompt, in_text

MAIN = "attendances"
"""What units are compared by."""

TOP = 5
NAMED = 12
"""Units named inside a sentence; more are named in the annex alone."""


@dataclass(frozen=True)
class Section:
    """One narrative section: its heading, and what the province wrote."""

    code: str
    title: str
    text: str = ""
    is_required: bool = True

    @property
    def is_left_out(self) -> bool:
        """Whether it may be missing and is."""
        return not (self.is_required or self.text.strip())


@dataclass(frozen=True)
class Written:
    """A version: what was gathered, the rule for missing units, and what people added."""

    gathered: Gathered
    missing: str
    sections: tuple[Section, ...]
    #: a locked version is later than this one: the number of the supplement, 0 of the first report
    supplement: int = 0
    #: why it was locked although reports are missing
    reason: str = ""

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"gathered": self.gathered.kept()}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Written:
        """The version again."""
        sections = tuple(Section(**section) for section in kept["sections"])
        gathered = Gathered.read(kept["gathered"])
        return cls(gathered, kept["missing"], sections, kept["supplement"], kept["reason"])


def official(version: Written) -> OfficialReport:
    """The paper, in Vietnamese whatever the reader's language."""
    with translation.override("vi"):
        gathered, head = version.gathered, version.gathered.head
        at = moment_of(gathered.at)
        assert at is not None  # noqa: S101  (a version knows when it was read)
        return OfficialReport(
            letterhead=Letterhead(
                superior=head["superior"], issuer=head["issuer"], symbol=head["symbol"],
                place=head["place"], year=at.year, month=at.month,
            ),
            subject=subject(version), body=tuple(_body(version)),
            recipients=recipients(gathered), signature=Signature((wording.SIGNER,)),
            annexes=tuple(sheet.on_paper for sheet in sheets_of(gathered, version.missing)),
            issuer_in_words=head["issuer_in_words"],
        )  # fmt: skip


def subject(version: Written) -> tuple[str, ...]:
    """What the report is about."""
    gathered = version.gathered
    period = wording.period_words(gathered.days_meant)
    lines = (
        wording.SUBJECT.format(campaign=gathered.head["campaign"]),
        wording.SUBJECT_WHEN.format(period=period, province=wording.lowered(gathered.name)),
    )
    if not version.supplement:
        return lines
    return (*lines, f"({wording.SUPPLEMENT.format(number=version.supplement)})")


def recipients(gathered: Gathered) -> tuple[str, ...]:
    """Who gets it."""
    name = wording.lowered(gathered.name)
    return tuple(line.format(province=name) for line in wording.RECIPIENTS)


def _body(version: Written) -> list[Block]:
    blocks: list[Block] = []
    drafts = version.gathered.phrases
    results = results_of(version.sections)
    for section in version.sections:
        if section.is_left_out:
            continue
        blocks.append(Heading(1, section.title.upper(), anchor=section.code))
        paragraphs = told(section, drafts.get(section.code, []))
        if section.code != results:
            blocks += paragraphs
            continue
        blocks.append(Heading(2, wording.RESULTS_IN_ALL))
        blocks += paragraphs
        blocks += _units(version.gathered, version.missing)
        blocks += _discipline(version)
    return blocks


def results_of(sections: Sequence[Section]) -> str:
    """The section that figures stand in: II, or else the first."""
    codes = [section.code for section in sections]
    return wording.RESULTS if wording.RESULTS in codes else (codes or [""])[0]


def told(section: Section, draft: Sequence[Phrase]) -> list[Paragraph]:
    """What was written in a section, its numbers and gaps marked; a gap where nothing was.

    Each paragraph has an anchor of its own.
    """
    lines = [line for line in section.text.splitlines() if line.strip()]
    if not lines:
        gap = missing(wording.TO_WRITE, key=section.code)
        return [paragraph(gap, anchor=words_anchor(section.code, 1))]
    places = {id(one): at for at, one in enumerate(numbers_in(draft))}
    found = []
    for at, line in enumerate(lines, start=1):
        pieces = in_text(" ".join(line.split()), draft).segments
        runs = tuple(run for piece in pieces for run in _runs(piece, section.code, places))
        found.append(Paragraph(runs, anchor=words_anchor(section.code, at)))
    return found


def words_anchor(code: str, place: int) -> str:
    """The anchor of a written paragraph of a section, by its place."""
    return f"{code}-{place}"


def numbers_in(draft: Sequence[Phrase]) -> list[Number]:
    """The numbers of a drafted section, in order: a number is known by its place among them."""
    return [one for phrase in draft for one in phrase.numbers]


def _runs(piece: Any, code: str, places: Mapping[int, int]) -> list[Run]:
    if isinstance(piece, Number):
        return [number(piece.text, key=f"{code}:{places[id(piece)]}", url=piece.url)]
    if isinstance(piece, Prompt):
        return [missing(piece.hint, key=code)]
    return list(_gaps(piece.text, code))


def _gaps(text: str, code: str) -> list[Run]:
    """Words with what stands in square brackets as a gap."""
    runs: list[Run] = []
    while text:
        before, opened, rest = text.partition("[")
        hint, closed, after = rest.partition("]")
        if not (opened and closed and hint.strip()):
            return [*runs, Run(text)]
        runs += [Run(before)] if before else []
        runs.append(missing(hint, key=code))
        text = after
    return runs


# --- Results by unit ---------------------------------------------------------------------------


def _units(gathered: Gathered, rule: str) -> list[Block]:
    """The communes that are furthest with the plan of the year, where they have one."""
    parts = [one.part for one in gathered.said(rule) if one.part.is_commune and one.values]
    planned = [(part, done) for part in parts if (done := reached(part)) is not None]
    if len(planned) < 2:
        return []
    planned.sort(key=lambda pair: -pair[1])
    return [Heading(2, wording.RESULTS_OF_UNITS), *_by_plan(planned[:TOP])]


def reached(part: Part) -> Decimal | None:
    """How much of its plan of the year a unit has reached, in percent."""
    plan = part.plan.get(MAIN)
    return share(shown(MAIN, part.cumulative.get(MAIN)), Decimal(plan)) if plan else None


def _by_plan(rows: Sequence[tuple[Part, Decimal]]) -> list[Block]:
    columns = columns_of(wording.LEADING_COLUMNS, "0.5c 3l 1.4r 1.4r 1.3r")
    lines = tuple(
        (str(place), part.name, num(part.plan[MAIN]), num(count_of(part.cumulative.get(MAIN))),
         written(done, 1))
        for place, (part, done) in enumerate(rows, start=1)
    )  # fmt: skip
    return [sentence(wording.LEADING, count=wording.so_many(len(lines))), Table(columns, lines)]


# --- Reporting discipline ------------------------------------------------------------------------


def _discipline(version: Written) -> list[Block]:
    gathered = version.gathered
    if not gathered.asked:
        return []
    blocks: list[Block] = [Heading(2, wording.DISCIPLINE), _handed_in(gathered)]
    if gathered.missing:
        blocks.append(_missing(gathered, version.missing))
    if version.reason:
        reason = version.reason.strip().rstrip(".")
        units = wording.states_of(gathered.missing)
        blocks.append(sentence(wording.EXCEPTIONS, reason=reason, units=units))
    if gathered.changed:
        blocks.append(sentence(wording.CHANGED, count=_count(gathered.changed, "changed")))
    return blocks


def _handed_in(gathered: Gathered) -> Paragraph:
    communes = [part for part in gathered.asked if part.is_commune]
    others = [part for part in gathered.asked if not part.is_commune]
    words = {(True, True): wording.HANDED_IN, (True, False): wording.HANDED_IN_COMMUNES}.get(
        (bool(communes), bool(others)), wording.HANDED_IN_DEPARTMENTS
    )
    return sentence(
        words, communes=_share_of(communes, "communes"), departments=_share_of(others, "departments"),
        on_time=_count([part for part in gathered.asked if part.is_on_time], "on_time"),
        approved=_count(gathered.approved, "approved"),
    )  # fmt: skip


def _missing(gathered: Gathered, rule: str) -> Paragraph:
    """How many are missing, what is done about it, and who they are."""
    absent, treated = gathered.missing, wording.RULES[Missing(rule)]
    count = _count(absent, "missing")
    if len(absent) > NAMED:
        return sentence(wording.MISSING, count=count, rule=treated)
    return sentence(wording.MISSING_NAMED, count=count, rule=treated, units=wording.names(absent))


def _count(parts: Sequence[Part], key: str) -> Run:
    return number(num(len(parts)), key=f"units:{key}")


def _share_of(parts: Sequence[Part], key: str) -> Run:
    done = sum(part.is_handed_in for part in parts)
    return number(f"{num(done)}/{num(len(parts))}", key=f"units:{key}")


def sentence(words: str, **parts: str | Run) -> Paragraph:
    """A paragraph whose ``{names}`` stand for words or numbers."""
    pieces = SLOT.split(words)
    return paragraph(*(parts[piece] if at % 2 else piece for at, piece in enumerate(pieces)))


SLOT = re.compile(r"\{(\w+)\}")
