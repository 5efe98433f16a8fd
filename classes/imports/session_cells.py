"""Cells about the sessions of a class: their days, and one value for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from campaign.portal.imports.cells import CellReader, Mend, day_in, nothing_mended
from campaign.portal.imports.rows import Unclear, shown
from classes.models import ClassSession
from classes.rules import MOST_LAID_OUT

Moment = tuple[date, time | None]
NOTHING = frozenset({"", "-", "–", "—"})
_CLOCK = re.compile(r"\b(\d{1,2})\s*[:hHgG]\s*(\d{2})?(?!\d)")
_SEPARATORS = re.compile(r"[;\n]|,(?=\s)")
_LIST_SIGN = re.compile(r"^\s*(?:\d{1,2}\s*[.)]|[-+•])\s+(?=\d)")


class SessionsCell(CellReader):
    """The days of a class: "12/3/2026; 14/3/2026 18:30", or how many sessions it has."""

    def read(self, value: Any, mend: Mend) -> int | list[Moment]:
        if isinstance(value, datetime):
            return [(value.date(), value.time() if value.time() != time() else None)]
        if isinstance(value, date):
            return [(value, None)]
        text = shown(value).strip()
        if re.fullmatch(r"\d{1,2}", text):
            return self._count(int(text))
        parts = [part for part in _SEPARATORS.split(text) if part.strip()]
        return [self._moment(part.strip(), mend) for part in parts]

    @staticmethod
    def _count(count: int) -> int:
        if not 1 <= count <= MOST_LAID_OUT:
            raise Unclear(
                _("From 1 to %(most)d sessions; write the days of more.") % {"most": MOST_LAID_OUT},
                code="range",
            )
        return count

    @staticmethod
    def _moment(part: str, mend: Mend) -> Moment:
        at = None
        if clock := _CLOCK.search(part):
            if int(clock[1]) > 23 or int(clock[2] or 0) > 59:
                raise Unclear(
                    _("“%(text)s” is not a time. Write hour and minutes, for example 07:30.")
                    % {"text": clock[0]},
                    code="time",
                )
            at = time(int(clock[1]), int(clock[2] or 0))
            part = (part[: clock.start()] + " " + part[clock.end() :]).strip()
        day = day_in(_LIST_SIGN.sub("", part), mend)
        if day is None:
            raise Unclear(
                _("“%(text)s” is no list of days. Write 12/03/2026; 14/03/2026 18:30.")
                % {"text": part},
                code="days",
            )
        return day, at


class EachCell(CellReader):
    """One value for each session, in their order: "30; 28; –"; a value alone stands for itself."""

    def __init__(self, one: CellReader) -> None:
        super().__init__()
        self.one = one

    def read(self, value: Any, mend: Mend) -> list[Any]:
        if not isinstance(value, str):
            return [self.one.read(value, mend)]
        parts = _SEPARATORS.split(value)
        if len(parts) == 1:
            return [self.one.read(value, mend)]
        return [
            None if part.strip() in NOTHING else self.one.read(part.strip(), nothing_mended)
            for part in parts
        ]


def in_order(sessions: Iterable[ClassSession]) -> list[ClassSession]:
    """The sessions that were not called off, as cells list them: by day and time."""
    active = [s for s in sessions if s.status != ClassSession.Status.CANCELLED]
    return sorted(active, key=lambda s: (s.held_on, str(s.starts_at or ""), s.number))


def days_text(moments: Sequence[Moment]) -> str:
    """Days and times as ``SessionsCell`` reads them."""
    return "; ".join(f"{day:%d/%m/%Y}" + (f" {at:%H:%M}" if at else "") for day, at in moments)


def each_text(values: Sequence[Any]) -> str:
    """One value for each session as ``EachCell`` reads them; nothing when there is none."""
    if all(value is None for value in values):
        return ""
    return "; ".join("–" if value is None else _plain(value) for value in values)


def alike_text(values: Sequence[Any]) -> str:
    """As ``each_text``, a value that all of them have only once."""
    return each_text(values[:1]) if len(set(values)) == 1 else each_text(values)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}".replace(".", ",")
    return str(value)
