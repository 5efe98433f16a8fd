"""The annexes as pages of the report: the same forms, laid out to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import translation

from campaign.portal.figures import num, written
from reporting.compiled import annexes, wording
from reporting.compiled.content import Gathered, moment_of
from reporting.documents.annexes import Annex, Figures, Measure, Ratio, number_of, share
from reporting.documents.annexes import Value as AnnexValue
from reporting.documents.official import Align, PaperAnnex, Table, TableColumn


@dataclass(frozen=True)
class Sheet:
    """One annex: as a form of the workbook, and how it is laid out on paper."""

    form: Annex
    table: Table
    is_wide: bool = True

    @property
    def on_paper(self) -> PaperAnnex:
        """The annex as pages of the report."""
        return PaperAnnex(self.form.title, (self.table,), is_wide=self.is_wide)


def sheets_of(gathered: Gathered, missing: str) -> tuple[Sheet, ...]:
    """The four annexes in their order, under a rule for missing units; in Vietnamese."""
    with translation.override("vi"):
        said = gathered.said(missing)
        results, units = annexes.results(gathered), annexes.by_unit(gathered, said)
        coverage, discipline = annexes.coverage(gathered, said), annexes.discipline(gathered)
        return (
            Sheet(results, _results_table(results)),
            Sheet(units, _units_table(units)),
            Sheet(coverage, _coverage_table(coverage), is_wide=False),
            Sheet(discipline, _discipline_table(gathered, discipline), is_wide=False),
        )


ALIGN: Mapping[str, Align] = {"l": "left", "c": "center", "r": "right"}


def columns_of(titles: Sequence[str], looks: str) -> tuple[TableColumn, ...]:
    """Columns by their titles, shares of the width and how they stand: ``0.5c 3l 1.2r``."""
    return tuple(
        TableColumn(title, float(look[:-1]), ALIGN[look[-1]])
        for title, look in zip(titles, looks.split(), strict=True)
    )


def _shown(value: AnnexValue, measure: Measure) -> str | None:
    number = number_of(value)
    if number is None:
        return None
    if measure.adds == "rate":
        return written(number * 100, 1)
    return num(number, measure.decimals)


def _percent(part: AnnexValue, whole: AnnexValue) -> str | None:
    found = share(part, whole)
    return None if found is None else written(found * 100, 1)


def _results_table(form: Annex) -> Table:
    columns = columns_of(wording.RESULT_COLUMNS, "0.65c 3.6l 1.3c" + 6 * " 1.25r")
    rows = []
    for place, measure in enumerate(form.measures, start=1):
        figures = form.total.get(measure.code, Figures())
        rows.append((
            str(place), measure.label, measure.unit,
            *(_shown(value, measure) for value in figures.values),
            _percent(figures.cumulative, figures.plan),
            _percent(figures.cumulative, figures.last_year),
        ))  # fmt: skip
    return Table(columns, tuple(rows))


def _units_table(form: Annex) -> Table:
    titles = [wording.PLACE, wording.UNIT]
    for measure in form.measures:
        titles += [wording.OF_THE_PERIOD.format(label=measure.label), wording.CUMULATIVE]
    titles.append(wording.NOTE)
    looks = "0.65c 3l" + len(form.measures) * " 1.2r 1.1r" + " 1.5l"
    rows: list[tuple[str | None, ...]] = []
    for unit in form.units:
        cells: list[str | None] = [str(len(rows) + 1), unit.name]
        for measure in form.measures:
            cells += _two(unit.figures.get(measure.code, Figures()), measure)
        notes = [figures.note for figures in unit.figures.values() if figures.note]
        cells.append(wording.NOTES["not_reported"] if unit.is_missing else "; ".join(notes))
        rows.append(tuple(cells))
    total: list[str | None] = ["", wording.WHOLE_PROVINCE]
    for measure in form.measures:
        total += _two(form.total[measure.code], measure)
    return Table(columns_of(titles, looks), tuple(rows), (*total, ""))


def _two(figures: Figures, measure: Measure) -> list[str | None]:
    return [_shown(figures.in_period, measure), _shown(figures.cumulative, measure)]


def _coverage_table(form: Annex) -> Table:
    titles = [
        wording.PLACE, wording.COMMUNES, *(measure.label for measure in form.measures[:-1]),
        wording.HAMLETS, wording.HAMLETS_WITH_TEAM, wording.PERCENT,
    ]  # fmt: skip
    looks = "0.65c 3l" + (len(form.measures) - 1) * " 1.5r" + 3 * " 1.2r"
    rows = tuple(
        (str(place), unit.name, *_coverage_cells(form, unit.figures))
        for place, unit in enumerate(form.units, start=1)
    )
    return Table(
        columns_of(titles, looks),
        rows,
        ("", wording.WHOLE_PROVINCE, *_coverage_cells(form, form.total)),
    )


def _coverage_cells(form: Annex, figures: Mapping[str, Figures]) -> list[str | None]:
    cells = [
        _shown(figures.get(measure.code, Figures()).in_period, measure)
        for measure in form.measures[:-1]
    ]
    ratio = figures.get("covered", Figures()).in_period
    if not isinstance(ratio, Ratio):
        return [*cells, None, None, None]
    return [*cells, num(ratio.denominator), num(ratio.numerator), _shown(ratio, form.measures[-1])]


def _discipline_table(gathered: Gathered, form: Annex) -> Table:
    columns = columns_of(wording.DISCIPLINE_COLUMNS, "0.65c 2.9l 1.25c 1.75c 0.9c 1.6l 1r")
    rows = []
    for place, part in enumerate(gathered.asked, start=1):
        due, handed_in = moment_of(part.due_at), moment_of(part.handed_in_at)
        on_time = ("x" if part.is_on_time else "") if part.is_handed_in else None
        rows.append((
            str(place), part.name, f"{due:%d/%m/%Y}" if due else None,
            f"{handed_in:%d/%m/%Y %H:%M}" if handed_in and part.is_handed_in else None,
            on_time, wording.STATES[part.state],
            f"{num(part.year.get('handed_in', 0))}/{num(part.year.get('asked', 1))}",
        ))  # fmt: skip
    handed_in_total = form.total["handed_in"]
    approved = wording.SO_MANY_APPROVED.format(count=num(form.total["approved"].in_period))
    total = (
        "", wording.TOGETHER, "", f"{num(handed_in_total.in_period)}/{num(len(rows))}",
        num(form.total["on_time"].in_period), approved,
        f"{num(handed_in_total.cumulative)}/{num(handed_in_total.plan)}",
    )  # fmt: skip
    return Table(columns, tuple(rows), total)
