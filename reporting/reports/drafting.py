"""First drafts of narrative sections: what the figures say, and what people must still add.

A draft is live until somebody writes in its section or the report is handed in. What only people
know (directives, difficulties, tasks) is a hint beside the box, never a sentence of the portal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from campaign.portal.access import Access
from reporting.models import Report, ReportText
from reporting.phrases import Frame, Live, Phrase, Prompt
from reporting.phrases.narrative import as_text
from reporting.phrases.narrative import drafts as phrases_of


@dataclass(frozen=True)
class Draft:
    """The draft of one section: sentences out of figures, and hints at what is missing."""

    phrases: tuple[Phrase, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The sentences as the box holds them, one a line."""
        return as_text(self.phrases)


NO_DRAFT = Draft()


def drafts(report: Report, access: Access) -> dict[str, Draft]:
    """The draft of every section, in the language of official reports."""
    language = settings.LANGUAGE_CODE
    own = {
        section.code: section.phrases_en if language == "en" else section.phrases_vi
        for section in report.cycle.template.sections.all()
    }
    if not own:
        return {}
    frame = Frame.of(report.unit, report.cycle.days_meant)
    found = phrases_of(frame, Live(access), language, own)
    first = next(iter(own))
    return {code: draft_of(phrases, is_first=code == first) for code, phrases in found.items()}


def draft_of(phrases: Sequence[Phrase], *, is_first: bool = False) -> Draft:
    """Sentences without what people must write.

    An announcement that nothing follows is left out; that of the first section announces the
    whole report.
    """
    told = [phrase for phrase in phrases if not phrase.is_prompt]
    while told and not is_first and told[-1].text.rstrip().endswith(":"):
        told.pop()
    hints = [
        piece.hint for phrase in phrases for piece in phrase.segments if isinstance(piece, Prompt)
    ]
    return Draft(tuple(told), tuple(hints))


def keep_drafts(report: Report, access: Access) -> None:
    """Keep the drafted sections nobody has touched, as they are read at this moment."""
    kept = set(report.texts.values_list("section", flat=True))
    asked = set(report.cycle.template.sections.values_list("code", flat=True))
    if asked <= kept:
        return
    for section, draft in drafts(report, access).items():
        if section not in kept and draft.text.strip():
            ReportText.objects.create(
                report=report, section=section, text=draft.text, is_draft=True, by=access.user
            )
