"""An explained difference as one reader may read it: records out of scope keep their names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.portal.access import Access
from campaign.portal.figures import delta, num
from reporting.closing.content import in_chunks
from reporting.closing.difference import (
    DENOMINATOR,
    NUMERATOR,
    Contribution,
    Difference,
    Explained,
)
from reporting.closing.frozen import shown
from reporting.closing.tracing import Kind, Ref
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.indicators import BY_CODE, indicator

#: records named beneath one number; a workbook names them all
SHOWN = 20


@dataclass(frozen=True)
class Told:
    """One contribution in words."""

    label: str
    url: str
    kind: Kind
    amount: int
    #: sessions or sites of the record
    detail: str = ""
    at: datetime | None = None
    by: str = ""
    reason: str = ""


@dataclass
class Sum:
    """One sum before and after, with all that moved it."""

    title: str
    difference: Difference
    told: list[Told] = field(default_factory=list)

    @property
    def by_kind(self) -> list[tuple[Kind, int, int]]:
        """(kind, how many records, what they come to), in the order of the kinds."""
        records: Counter[str] = Counter(one.kind.value for one in self.told)
        amounts: Counter[str] = Counter()
        for one in self.told:
            amounts[one.kind.value] += one.amount
        return [(kind, records[kind], amounts[kind]) for kind in Kind if records[kind]]

    @property
    def shown(self) -> list[Told]:
        """The contributions a page names, the largest first."""
        return sorted(self.told, key=lambda one: -abs(one.amount))[:SHOWN]

    @property
    def more(self) -> int:
        """How many it does not."""
        return len(self.told) - SHOWN if len(self.told) > SHOWN else 0


@dataclass(frozen=True)
class FigureLine:
    """One figure before and after."""

    label: str
    noun: str
    before: str
    after: str
    amount: str
    is_change: bool
    sums: list[Sum]

    @property
    def records(self) -> int:
        """How many contributions there are."""
        return sum(len(one.told) for one in self.sums)


class Telling:
    """What one reader is told of an explained difference."""

    def __init__(self, explained: Explained, access: Access) -> None:
        self.explained = explained
        self.access = access

    @cached_property
    def lines(self) -> list[FigureLine]:
        """Every figure in the order of the report, those that differ first."""
        sums: dict[str, list[Sum]] = defaultdict(list)
        for one in self.explained.differences:
            told = [self._told(contribution) for contribution in one.contributions]
            sums[one.code].append(Sum(_title(one), one, told))
        lines = [self._line(code, found) for code, found in sums.items()]
        return sorted(lines, key=lambda line: not line.is_change)

    def _line(self, code: str, sums: list[Sum]) -> FigureLine:
        is_change = any(one.difference.is_change for one in sums)
        if code in DECLARED_BY_CODE:
            about = DECLARED_BY_CODE[code]
            before, after = (
                about.in_words(*values) if values[0] is not None else num(None)
                for values in _declared_values(sums)
            )
            amount = delta(sums[0].difference.amount, 0)
            return FigureLine(about.name, about.measure, before, after, amount, is_change, sums)
        one = indicator(code)
        old, new = self.explained.figures(code)
        moved = (
            None if old.shown is None and new.shown is None else (new.shown or 0) - (old.shown or 0)
        )
        return FigureLine(
            str(one.label), str(one.noun), shown(old), shown(new),
            delta(moved, 1 if one.is_ratio else 0), is_change, sums,
        )  # fmt: skip

    # --- Names ------------------------------------------------------------------------------

    @cached_property
    def _urls(self) -> dict[Ref, str]:
        """The addresses of the records the reader may see."""
        wanted: dict[str, set[int]] = defaultdict(set)
        for one in self.explained.differences:
            for contribution in one.contributions:
                wanted[contribution.ref.kind].add(contribution.ref.pk)
        found = {}
        for kind, ids in wanted.items():
            scope = self.access.people if kind == "person" else self.access.view
            for some in in_chunks(ids):
                rows = Ref(kind, 0).model.objects.within(scope).filter(pk__in=some)
                holder = {"team_members": "team", "population": "unit"}.get(kind)
                for row in rows.select_related(holder) if holder else rows:
                    found[Ref(kind, row.pk)] = (
                        getattr(row, holder, row).get_absolute_url()
                        if holder
                        else row.get_absolute_url()
                    )
        return found

    def _told(self, one: Contribution) -> Told:
        url = self._urls.get(one.ref, "")
        if one.ref.kind == "person":
            return Told(
                _("A participant"), url, one.kind, one.amount, "", one.trace.at, one.trace.by
            )
        if not url and not one.is_gone:
            return Told(_("A record of another unit"), "", one.kind, one.amount)
        return Told(
            _named(one), url, one.kind, one.amount, _detail(one),
            one.trace.at, one.trace.by, one.trace.reason,
        )  # fmt: skip

    @property
    def texts(self) -> list[str]:
        """Headings of the narrative sections that read otherwise."""
        sections = self.explained.said[0]["names"]["sections"]
        return [
            sections[code][1] if code in sections else code for code in self.explained.changed_texts
        ]


def _named(one: Contribution) -> str:
    if one.ref.kind == "team_members":
        return _("A member of %(team)s") % {"team": one.label}
    if one.ref.kind == "population":
        return _("Population, %(year)s") % {"year": one.label}
    return one.label or f"#{one.ref.pk}"


def _detail(one: Contribution) -> str:
    if not one.rows:
        return ""
    if one.ref.kind == "class":
        words = ngettext("session %(which)s", "sessions %(which)s", len(one.rows))
        return words % {"which": ", ".join(sorted(one.rows, key=int))}
    return ", ".join(one.rows)


def _title(one: Difference) -> str:
    """Which of the two sums of a ratio it is; nothing for a plain number."""
    if one.code in DECLARED_BY_CODE:
        declared = DECLARED_BY_CODE[one.code]
        if one.part == DENOMINATOR:
            return declared.base_name
        return declared.value_name if declared.is_rate else ""
    if one.part not in (NUMERATOR, DENOMINATOR):
        return ""
    about = BY_CODE[one.code]
    code = about.numerator if one.part == NUMERATOR else about.denominator
    return _("Population") if code == "population" else str(indicator(code).label)


def _declared_values(sums: Iterable[Sum]) -> list[tuple[Any, Any]]:
    """(value, denominator) before and after."""
    values = {one.difference.part: one.difference for one in sums}
    base = values.get(DENOMINATOR)
    one = values["value"]
    return [(one.before, base.before if base else None), (one.after, base.after if base else None)]
