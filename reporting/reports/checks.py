"""What stands in the way of a report, and what looks wrong in it.

Hard checks keep a report from being handed in; soft ones need a sentence each. The rules about
single figures are those of every other door (``reporting.declared.rules``, ``doubts``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaign.models import AgeBand
from campaign.periods import today
from campaign.portal.access import Access
from campaign.portal.figures import num
from reporting import figures
from reporting.declared.rules import doubts_of
from reporting.declared.sums import of_one_unit
from reporting.models import Axis, Report
from reporting.reports.content import Content, DeclaredLine
from reporting.reports.doubts import (
    PER_CLASS,
    PER_COMMUNICATION,
    Doubt,
    Measured,
    above,
    crowded,
    doubts_about,
)


@dataclass(frozen=True)
class Check:
    """One thing to put right (hard) or to explain (soft); ``url`` is where that is done."""

    key: str
    is_hard: bool
    text: str
    url: str
    #: the code of the indicator or section it is about
    about: str = ""
    #: the sentence that was given, for soft ones
    said: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still keeps the report from being handed in."""
        return self.is_hard or not self.said


def check(
    report: Report,
    access: Access,
    *,
    explanations: dict[str, str] | None = None,
    content: Content | None = None,
    now: datetime | None = None,
) -> list[Check]:
    """Everything to put right or to explain before a report is handed in, hard ones first."""
    content = content or Content(report, access)
    said = report.explanations | (explanations or {})
    found = [
        *([nothing_happened(content)] if report.is_zero else [*sections(content)]),
        *questions(content),
        *([] if report.is_zero else parts(content)),
        *too_early(content, now),
        *([] if report.is_zero else counted(content)),
        *([] if report.is_zero else declared(content)),
    ]
    told = [
        Check(c.key, c.is_hard, c.text, c.url, c.about, c.said or said.get(c.key, "").strip())
        for c in found
        if c
    ]
    return sorted(told, key=lambda c: not c.is_hard)


def hard(found: Iterable[Check]) -> list[Check]:
    """Those nothing but putting right helps."""
    return [one for one in found if one.is_hard]


def soft(found: Iterable[Check]) -> list[Check]:
    """Those that need a sentence."""
    return [one for one in found if not one.is_hard]


def page_of(report: Report, place: str = "") -> str:
    """The report's page, at the place something is about."""
    url = report.get_absolute_url()
    return f"{url}#{place}" if place else url


# --- What must be right -----------------------------------------------------------------------


def nothing_happened(content: Content) -> Check | None:
    """A unit that says nothing happened has no records of the period."""
    known = [
        line
        for line in content.now.values()
        if not line.indicator.is_ratio and line.value and line.indicator.kind != "stock"
    ]
    if not known:
        return None
    text = _("“Nothing happened” does not agree with the records: %(figures)s.")
    shown = ", ".join(f"{one.indicator.label}: {num(one.value)}" for one in known[:3])
    return Check("zero", True, text % {"figures": shown}, page_of(content.report, "figures"))


def sections(content: Content) -> Iterator[Check]:
    """Required sections say something."""
    for one in content.texts:
        if one.section.is_required and one.is_empty:
            text = _("Section %(code)s (%(title)s) is empty.")
            words = {"code": one.section.code, "title": one.section.title}
            code = one.section.code
            yield Check(
                f"section:{code}", True, text % words, page_of(content.report, f"s-{code}"), code
            )


def questions(content: Content) -> Iterator[Check]:
    """Required questions are answered."""
    for one in content.questions:
        if one.question.is_required and not one.is_answered:
            place = f"q-{one.question.pk}"
            text = _("Not answered: %(question)s") % {"question": one.question.label}
            yield Check(place, True, text, page_of(content.report, place))


def parts(content: Content) -> Iterator[Check]:
    """What was declared for the period agrees with what was declared for the months in it."""
    for line in content.declared:
        own, inside = line.own, of_one_unit(line.indicator, line.parts)
        days = sum(one.days for one in inside)
        if own is None or not line.indicator.adds_up or days < own.days:
            continue
        total = sum(one.value for one in inside)
        bases = sum(one.denominator or 0 for one in inside)
        if (total, bases) == (own.value, own.denominator or 0):
            continue
        text = _("%(name)s: the parts of the period add up to %(sum)s, the period says %(total)s.")
        words = {
            "name": line.indicator.name,
            "sum": line.indicator.in_words(total, bases or None),
            "total": own.in_words,
        }
        code = line.indicator.code
        yield Check(f"parts:{code}", True, text % words, page_of(content.report, f"d-{code}"), code)


# --- What needs a sentence --------------------------------------------------------------------


def too_early(content: Content, now: datetime | None) -> Iterator[Check]:
    """A report handed in before its cut-off leaves out what is still to come."""
    report = content.report
    day = timezone.localtime(now).date() if now else today()
    last = min(report.cycle.ends_on, timezone.localtime(report.due_at).date())
    if day < last and not content.template.is_request:
        text = _(
            "The period runs until %(day)s: what happens until then will not be in the report."
        )
        words = {"day": date_format(report.cycle.ends_on, "SHORT_DATE_FORMAT")}
        yield Check("early", False, text % words, page_of(report, "figures"))


def counted(content: Content) -> Iterator[Check]:
    """Counted figures beside their own past, and beside the people there are."""
    quiet = []
    for code, past in content.past.items():
        history = [one.value for one in past if one.value is not None]
        figure = content.now[code]
        # a period without any record is a period in which nothing was done
        value = figure.value or 0
        before = (past[0].value or 0) if history else None
        found = doubts_about(Measured(value, before, history))
        if all(doubt.rule == "zero" for doubt in found):
            quiet += [figure.indicator.label for _doubt in found]
            continue
        for doubt in found:
            text = f"{figure.indicator.label}: {doubt.text}"
            yield _soft(content, f"{doubt.rule}:{code}", text, f"c-{code}", code)
    if quiet:
        text = _("Zero for two periods, after other values before: %(names)s.")
        yield _soft(content, "quiet", text % {"names": ", ".join(map(str, quiet))}, "figures")
    yield from groups(content)


def groups(content: Content) -> Iterator[Check]:
    """Groups larger than their population, and events larger than events are."""
    profile = content.profile
    asked = ["people", "attendances", "classes_and_support", "communications"]
    found = content.figures_of([*asked, "communication_reach"], content.period)
    value = {code: one.value for code, one in found.items()}
    doubts: list[tuple[str, str, Doubt | None]] = []
    if profile is not None:
        residents = above(value["people"], profile.population, _("residents"))
        doubts.append(("people", str(found["people"].indicator.label), residents))
        if profile.elderly and value["attendances"]:
            aged = elderly(content)
            limit = above(aged, profile.elderly, _("people aged 60 and over"))
            doubts.append(("attendances", _("Attendances aged 60 and over"), limit))
    each_class = crowded(
        value["attendances"], value["classes_and_support"], PER_CLASS,
        _("%(each)s attendances a class; %(usual)s are usual."),
    )  # fmt: skip
    each_event = crowded(
        value["communication_reach"], value["communications"], PER_COMMUNICATION,
        _("%(each)s people a communication activity; %(usual)s are usual."),
    )  # fmt: skip
    doubts.append(("attendances", str(found["attendances"].indicator.label), each_class))
    doubts.append(
        ("communication_reach", str(found["communication_reach"].indicator.label), each_event)
    )
    for code, label, doubt in doubts:
        if doubt:
            place = f"c-{code}" if code in content.codes else "figures"
            yield _soft(content, f"{doubt.rule}:{code}", f"{label}: {doubt.text}", place, code)


def elderly(content: Content) -> int:
    """Attendances of people aged 60 and over."""
    ages = figures.breakdown(
        "attendances", "age_band", axis=Axis.OWNER, unit=content.report.unit,
        period=content.period, access=content.access,
    )  # fmt: skip
    return sum(part.value for part in ages if part.key == AgeBand.FROM_60)


def declared(content: Content) -> Iterator[Check]:
    """Declared figures that look wrong (their note is the sentence), and those left out."""
    for line in content.declared:
        yield from _declared(content, line)
    missing = [line.indicator.name for line in content.expected if line.amount is None]
    if missing:
        text = _("Not declared for this period: %(names)s.") % {"names": "; ".join(missing)}
        yield _soft(content, "undeclared", text, "declared")


def _declared(content: Content, line: DeclaredLine) -> Iterator[Check]:
    own, code = line.own, line.indicator.code
    if own is None:
        return
    found = doubts_of(
        line.indicator, own.value, own.denominator, content.period, line.history, content.profile
    )
    for doubt in found:
        text = f"{line.indicator.name}: {doubt.text}"
        yield _soft(content, f"{doubt.rule}:{code}", text, f"d-{code}", code, own.note)


def _soft(
    content: Content, key: str, text: str, place: str, about: str = "", said: Any = ""
) -> Check:
    return Check(key, False, text, page_of(content.report, place), about, str(said).strip())
