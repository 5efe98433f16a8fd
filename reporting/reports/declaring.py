"""Declared figures of a report: typed, pasted or sent, through the walk of the import.

The page, its paste and the API have no rule of their own: a declaration is read, judged, compared
and saved as a row of a file would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from campaign.portal.access import Access
from campaign.portal.imports.batches import one_at_a_time
from campaign.portal.imports.kinds import resource_for
from campaign.portal.imports.pasted import read_pasted
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import ROW_KEY, Check, Decisions, Line, Outcome, Row
from reporting.closing import locks
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.models import DeclaredFigure, Report
from reporting.reports.writing import writable

KIND = "declared"
COLUMNS = ("value", "numerator", "denominator", "source", "note")
SAVED = (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED)


def resource_of(report: Report, access: Access) -> ImportResource:
    """The import of declared figures, within the unit and the period of a report."""
    cycle = report.cycle
    context = {"unit": report.unit_id, "period": cycle.period, "scheme": cycle.scheme}
    return resource_for(KIND, access, context)


def save(
    report: Report, rows: Sequence[dict[str, Any]], access: Access, *, is_whole: bool = False
) -> Check:
    """Save declarations ({"indicator": code, "value": …, "source": …}), the right ones of them.

    A row may carry ``version``: what it was typed over; a newer one is a conflict, not a loss.
    Rows that are ``is_whole`` show a declaration as it is to be: what is empty is emptied.
    """
    with locks.saving(report.unit):
        writable(report, access)
        resource = resource_of(report, access)
        one_at_a_time(resource)
        told = _rows(report, rows, access, is_whole=is_whole)
        return resource.walk(told, Decisions(), save=True)


def judge(report: Report, rows: Sequence[dict[str, Any]], access: Access) -> Check:
    """What would become of declarations, without saving any."""
    return resource_of(report, access).walk(_rows(report, rows, access), Decisions(), save=False)


def pasted(report: Report, text: str, access: Access) -> list[dict[str, Any]]:
    """The rows of a block copied from a spreadsheet, by its headings or in the usual order."""
    read = read_pasted(text, resource_of(report, access))
    return [dict(row) for row in read.rows]


def _rows(
    report: Report, rows: Sequence[dict[str, Any]], access: Access, *, is_whole: bool = False
) -> list[Row]:
    kept = {
        one.indicator: one
        for one in DeclaredFigure.objects.within(access.edit).filter(
            unit=report.unit_id, scheme=report.cycle.scheme, period=report.cycle.period
        )
    }
    found = []
    for number, row in enumerate(rows, start=1):
        about = DECLARED_BY_CODE.get(str(row.get("indicator", "")))
        cells: dict[str, Any] = {"indicator": about.name if about else row.get("indicator")}
        cells |= {name: row[name] for name in COLUMNS if name in row}
        own = kept.get(about.code) if about else None
        version = row.get("version")
        if own is not None and version is not None and str(version).isdecimal():
            cells[ROW_KEY] = f"{own.pk}.{version}"
        kept_cells = {key: _cell(value) for key, value in cells.items()}
        found.append(Row(number, kept_cells, is_whole=is_whole))
    return found


def _cell(value: Any) -> Any:
    text = "" if value is None else str(value).strip()
    return text or None


def is_kept(line: Line) -> bool:
    """Whether what a row says is what the portal now has."""
    return line.outcome in SAVED
