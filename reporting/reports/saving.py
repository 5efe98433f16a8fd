"""What arrives from the page of a report: whatever is named in it is saved, each part by itself.

The script sends what was just typed, the form without it sends everything; both come here.
Names: ``text-II``, ``answer-7`` and ``d-<indicator>-value`` (with ``…-version`` beside each), and
``why-<check>`` for a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaign.portal.access import Access
from campaign.portal.figures import num
from campaign.portal.imports.pasted import Unreadable
from campaign.portal.imports.rows import Line, Outcome
from campaign.portal.pages import id_in
from campaign.text import fold
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.models import Report
from reporting.reports import declaring, writing
from reporting.reports.declaring import COLUMNS


@dataclass
class Saved:
    """What became of what was sent, by the names of the boxes."""

    versions: dict[str, int] = field(default_factory=dict)
    #: what the portal made of a value: "1240" is kept, and shown, as "1.240"
    shown: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    #: what somebody else wrote meanwhile: {name: {"theirs", "version", "by", "at"}}
    conflicts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_fine(self) -> bool:
        """Whether all of it is kept now."""
        return not (self.problems or self.conflicts)


def save(report: Report, data: Mapping[str, str], access: Access) -> Saved:
    """Save every part that is named."""
    saved = Saved()
    for section in report.cycle.template.sections.all():
        name = f"text-{section.code}"
        if name in data and not _is_untouched(report, section.code, data[name], data):
            _one(saved, name, data, writing.save_text, report, section.code, access)
    for question in report.cycle.template.questions.all():
        name = f"answer-{question.pk}"
        if name in data:
            _one(saved, name, data, writing.save_answer, report, question.pk, access)
    _declared(saved, report, data, access)
    said = {key.removeprefix("why-"): data[key] for key in data if key.startswith("why-")}
    if said:
        writing.explain(report, said, access)
    return saved


def _is_untouched(report: Report, code: str, text: str, data: Mapping[str, str]) -> bool:
    """A draft nobody has changed is not kept: it goes on following the figures."""
    if data.get(f"text-{code}-version") not in ("0", ""):
        return False
    return fold(data.get(f"text-{code}-draft", "")) == fold(text)


def _one(
    saved: Saved, name: str, data: Mapping[str, str], keep: Any, report: Report, key: Any,
    access: Access,
) -> None:  # fmt: skip
    version = id_in(data.get(f"{name}-version"))
    try:
        row = keep(report, key, data[name], version, access)
    except writing.Changed as changed:
        saved.conflicts[name] = _theirs(changed.row)
    except ValidationError as error:
        if getattr(error, "code", "") in ("role", "state"):
            raise
        saved.problems[name] = " ".join(error.messages)
    else:
        saved.versions[name] = row.version


def _theirs(row: Any) -> dict[str, Any]:
    shown = row.text if not getattr(row, "number", None) else str(row.number)
    return {
        "theirs": shown,
        "version": row.version,
        "by": row.by.full_name if row.by else "",
        "at": date_format(timezone.localtime(row.updated_at), "TIME_FORMAT"),
    }


# --- Declared figures -------------------------------------------------------------------------


def _declared(saved: Saved, report: Report, data: Mapping[str, str], access: Access) -> None:
    rows = []
    for code in report.cycle.template.declared:
        row = {
            name: data[f"d-{code}-{name}"].strip()
            for name in (*COLUMNS, "version")
            if f"d-{code}-{name}" in data
        }
        has_amount = any(row.get(name) for name in ("value", "numerator", "denominator"))
        if not row or (not has_amount and not row.get("version")):
            continue
        if not has_amount:
            saved.problems[f"d-{code}-{_main(code)}"] = _(
                "Write 0 where there was nothing. To take a declaration back, open it."
            )
            continue
        rows.append({"indicator": code, **row})
    if rows:
        for line, row in zip(
            declaring.save(report, rows, access, is_whole=True), rows, strict=True
        ):
            _tell(saved, str(row["indicator"]), line)


def paste(report: Report, text: str, access: Access) -> Saved:
    """Save a block copied from a spreadsheet, row by row; what cannot be read is told."""
    saved = Saved()
    try:
        rows = declaring.pasted(report, text, access)
    except Unreadable as wrong:
        saved.problems["paste"] = str(wrong.message)
        return saved
    found = declaring.save(report, rows, access)
    asked = set(report.cycle.template.declared)
    for line in found:
        code = str(line.values.get("indicator", "")) if line.values else ""
        if code in asked:
            _tell(saved, code, line)
        elif line.problems:
            told = "; ".join(problem.message for problem in line.problems)
            saved.problems[f"paste-{line.row.number}"] = _("Row %(row)s: %(problems)s") % {
                "row": line.row.number,
                "problems": told,
            }
    return saved


def _main(code: str) -> str:
    return "numerator" if DECLARED_BY_CODE[code].is_rate else "value"


def _tell(saved: Saved, code: str, line: Line) -> None:
    for problem in line.problems:
        name = problem.column if problem.column in COLUMNS else _main(code)
        saved.problems.setdefault(f"d-{code}-{name}", problem.message)
    if line.outcome == Outcome.CONFLICT:
        told = "; ".join(f"{one.column}: {one.before}" for one in line.changes)
        saved.conflicts[f"d-{code}-{_main(code)}"] = {"theirs": told, "version": line.version}
    elif declaring.is_kept(line) and line.record is not None:
        saved.versions[f"d-{code}"] = line.record.version
        saved.shown |= {f"d-{code}-{name}": text for name, text in boxes(line.record).items()}


def boxes(figure: Any) -> dict[str, str]:
    """What the boxes of a declaration hold."""
    is_rate = figure.about.is_rate
    return {
        "value": "" if is_rate else num(figure.value),
        "numerator": num(figure.value) if is_rate else "",
        "denominator": num(figure.denominator) if figure.denominator is not None else "",
        "source": figure.source,
        "note": figure.note,
    }
