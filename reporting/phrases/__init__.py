"""Sentences with live numbers: a small language of phrases, where its numbers come from, drafts.

A template is plain text with placeholders (``slots``). ``render`` collects what templates ask, has
it answered by a source of numbers - ``Live`` on somebody's behalf, ``Frozen`` from a snapshot - and
gives phrases whose numbers know their figure, exact value and rows. ``narrative`` has the default
phrases of official reports. Why it is so: docs/decisions/0010-phrases.md.
"""

from reporting.phrases.asks import Answer, Ask, Frame, Item, Of
from reporting.phrases.live import Live
from reporting.phrases.numbers import Frozen, Kept, Numbers
from reporting.phrases.phrase import Number, Phrase, Prompt, Text, in_text, lost_from
from reporting.phrases.render import asks_of, check, check_lines, lines_of, render

__all__ = [
    "Answer", "Ask", "Frame", "Frozen", "Item", "Kept", "Live", "Number", "Numbers", "Of", "Phrase",
    "Prompt", "Text", "asks_of", "check", "check_lines", "in_text", "lines_of", "lost_from",
    "render",
]  # fmt: skip
