"""Cells with words of the vocabulary, with several words, with counts that are lower bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import Choices
from django.utils import translation
from django.utils.translation import gettext as _

from campaign.models import VocabularyModel
from campaign.portal.access import Access
from campaign.portal.figures import num
from campaign.portal.imports.cells import (
    CellReader,
    ChoiceCell,
    Mend,
    TextCell,
    WholeCell,
    YesCell,
    nothing_mended,
)
from campaign.portal.imports.rows import Fix, Unclear, shown
from campaign.text import fold, nfc

AT_LEAST = "≥"
LANGUAGES = ("vi", "en")


class WordCell(ChoiceCell):
    """A word of a vocabulary in use, by its Vietnamese or English name or its code."""

    def __init__(self, model: type[VocabularyModel]) -> None:
        super().__init__({})
        self.model = model

    def labels(self) -> dict[Any, str]:
        if self._labels is None:
            words = list(self.model._default_manager.filter(is_archived=False))
            self._labels = {word: word.name for word in words}
            for word in reversed(words):
                for text in (word.code, word.name_en, word.name_vi):
                    self._by_word[fold(text)] = word
        return self._labels

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.name if value else ""


class EnumCell(ChoiceCell):
    """One of the words of a fixed list, in either language."""

    def __init__(
        self, choices: type[Choices], synonyms: Mapping[Any, tuple[str, ...]] | None = None
    ) -> None:
        super().__init__(lambda: dict(choices.choices), synonyms)  # type: ignore[attr-defined]
        self.list = choices

    def labels(self) -> dict[Any, str]:
        if self._labels is None:
            labels = super().labels()
            for language in LANGUAGES:
                with translation.override(language):
                    for value, label in self.list.choices:  # type: ignore[attr-defined]
                        self._by_word.setdefault(fold(str(label)), value)
            return labels
        return self._labels


class NoteCell(TextCell):
    """Text of several lines, kept as it is written."""

    def __init__(self, longest: int = 10_000) -> None:
        super().__init__(longest)

    def read(self, value: Any, mend: Mend) -> str:
        super().read(value, mend)
        return nfc(shown(value)).replace("\r\n", "\n").strip()


class SeveralCell(CellReader):
    """Several values in one cell, with semicolons or on lines of their own: each once."""

    def __init__(self, one: CellReader) -> None:
        super().__init__()
        self.one = one
        self.looks_at = one.looks_at

    def use(self, access: Access, context: Mapping[str, Any]) -> None:
        self.one.options = self.options
        self.one.use(access, context)

    def clean(
        self, value: Any, row: Any = None, *, mend: Mend = nothing_mended, **kwargs: Any
    ) -> list[Any]:
        found: dict[Any, None] = {}
        parts = [part for part in re.split(r"[;\n]", shown(value)) if part.strip()]
        for place, part in enumerate(parts):
            try:
                found[self.one.clean(part.strip(), row=row, mend=mend)] = None
            except Unclear as unclear:
                before, after = parts[:place], parts[place + 1 :]
                unclear.fixes = tuple(
                    Fix(fix.label, "; ".join(p.strip() for p in [*before, fix.text, *after] if p))
                    for fix in unclear.fixes
                )
                raise
        return list(found)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "; ".join(self.one.render(one) for one in value or ())


class BoundCell(YesCell):
    """Whether a count is a lower bound: the sign of a list, or a word."""

    def read(self, value: Any, mend: Mend) -> bool:
        return shown(value).strip() == AT_LEAST or super().read(value, mend)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return AT_LEAST if value else ""


class AtLeast(int):
    """A count that is a lower bound."""


class CountCell(WholeCell):
    """A count of people; "≥30" is a lower bound, and "hơn 30" is asked which of the two it is."""

    def read(self, value: Any, mend: Mend) -> int:
        text = shown(value).strip()
        if text.startswith(AT_LEAST):
            return AtLeast(super().read(text.removeprefix(AT_LEAST).strip(), mend))
        try:
            return super().read(value, mend)
        except Unclear as unclear:
            if unclear.code != "spoken" or not _is_bound(text):
                raise
            meant = unclear.fixes[0].text
            raise Unclear(
                _("“%(text)s”: is that exactly so many, or a lower bound?") % {"text": text},
                code="bound",
                fixes=[
                    Fix(f"{AT_LEAST} {num(int(meant))}", f"{AT_LEAST}{meant}"),
                    Fix(_("exactly %(number)s") % {"number": num(int(meant))}, meant),
                ],
            ) from unclear


def _is_bound(text: str) -> bool:
    return fold(text).startswith(("hon ", "tren ", "over ", "more than ")) or text[:1] == ">"
