"""Frozen reports and explained differences as workbooks.

The workbook of a snapshot holds nothing but what was frozen, so that it comes out byte for byte
the same each time it is asked for.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaign.portal.workbooks import Column, NotesSpec, SheetSpec, write_workbook
from reporting.closing.frozen import Frozen
from reporting.closing.telling import Telling
from reporting.documents.packing import repacked
from reporting.models import Snapshot


def snapshot_book(snapshot: Snapshot, frozen: Frozen) -> bytes:
    """A frozen report: figures, what they are broken down by, declared figures, narrative."""
    at = timezone.localtime(snapshot.at)
    sheet = partial(
        SheetSpec,
        title=frozen.title,
        scope=f"{frozen.period.label} ({frozen.period.dates_label})",
        as_of=f"{snapshot.get_occasion_display()}, {date_format(at, 'DATETIME_FORMAT')}",
    )
    sheets = [
        sheet(
            name=_("Figures"), rows=list(_figures(frozen)),
            columns=[
                Column(_("Indicator"), "text", 46), Column(_("Unit of measure"), "text", 18),
                Column(_("Value"), "decimal", 14, decimals=2), Column(_("Numerator"), "int"),
                Column(_("Denominator"), "int"),
            ],
        ),
        sheet(
            name=_("Breakdowns"), rows=list(_breakdowns(frozen)),
            columns=[
                Column(_("Indicator"), "text", 46), Column(_("By"), "text", 26),
                Column(_("Value"), "text", 34), Column(_("Number"), "int"),
            ],
        ),
        sheet(
            name=_("Declared figures"),
            rows=[[one.name, one.shown, "\n".join(one.sources)] for one in frozen.declared],
            columns=[
                Column(_("Indicator"), "text", 46), Column(_("Declared"), "text", 30),
                Column(_("Source"), "text", 60),
            ],
        ),
        sheet(
            name=_("Narrative"),
            rows=[[code, title, text] for code, title, text in frozen.texts],
            columns=[
                Column(_("Code"), "code", 8), Column(_("Heading"), "text", 40),
                Column(_("Text"), "text", 100),
            ],
        ),
    ]  # fmt: skip
    facts = (
        (_("Unit"), frozen.unit_name), (_("Cut-off"), frozen.cut_off),
        (_("Frozen"), date_format(at, "DATETIME_FORMAT")), ("SHA-256", snapshot.sha256),
    )  # fmt: skip
    buffer = io.BytesIO()
    notes = NotesSpec(
        facts=facts, remarks=[_("An empty cell means that nothing was recorded; 0 is a real zero.")]
    )
    write_workbook(buffer, sheets=sheets, notes=notes, made_at=at.replace(tzinfo=None))
    return repacked(buffer.getvalue())


def _figures(frozen: Frozen) -> Iterator[list[Any]]:
    for line in frozen.lines:
        one, figure = line.indicator, line.figure
        noun = f"{one.unit_sign} {one.noun}".strip()
        yield [one.label, noun, figure.shown, figure.numerator, figure.denominator]


def _breakdowns(frozen: Frozen) -> Iterator[list[Any]]:
    for line in frozen.lines:
        for dim, values in line.parts:
            for word, number in values:
                yield [line.indicator.label, dim, word, number]


def changes_book(telling: Telling, *, scope: str, as_of: str) -> bytes:
    """Every contribution to every difference, one a row."""
    rows = [
        [
            line.label, one.title, one.difference.before, one.difference.after, told.kind.label,
            told.label, told.detail, told.amount, told.at, told.by, told.reason,
        ]
        for line in telling.lines for one in line.sums for told in one.told
    ]  # fmt: skip
    sheet = SheetSpec(
        name=_("Changes"), title=_("What changed"), scope=scope, as_of=as_of, rows=rows,
        columns=[
            Column(_("Indicator"), "text", 40), Column(_("Sum"), "text", 24),
            Column(_("Before"), "int"), Column(_("After"), "int"), Column(_("What happened"), "text", 24),
            Column(_("Record"), "text", 44), Column(_("Sessions or sites"), "text", 22),
            Column(_("Amount"), "int"), Column(_("When"), "datetime"), Column(_("Who"), "text", 24),
            Column(_("Reason"), "text", 40),
        ],
    )  # fmt: skip
    buffer = io.BytesIO()
    write_workbook(buffer, sheets=[sheet], notes=NotesSpec())
    return buffer.getvalue()
