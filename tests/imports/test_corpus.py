"""Every nasty file of the corpus is refused by name, or read to the last cell."""

import io

import pytest

from campaign.portal.workbooks import WorkbookRefused, inspect, read_table, table_of
from tests.imports.corpus import CORPUS

LETTERS = {"d": "data", "b": "blank", "h": "header", "t": "total", "s": "section", "n": "note"}


def names_of(cases):
    return [case.name for case in cases]


REFUSED = [case for case in CORPUS if case.code]
READ = [case for case in CORPUS if case.rows is not None]
TABLES = [case for case in CORPUS if case.kinds or case.titles]


def test_the_corpus_is_large_and_its_names_differ():
    assert len(set(names_of(CORPUS))) == len(CORPUS) >= 70


@pytest.mark.parametrize("case", REFUSED, ids=names_of(REFUSED))
def test_a_file_is_refused_by_name(case):
    for read in (read_table, inspect):
        with pytest.raises(WorkbookRefused) as refused:
            read(io.BytesIO(case.make()), filename=case.filename)
        assert refused.value.code == case.code
        assert refused.value.message


@pytest.mark.parametrize("case", READ, ids=names_of(READ))
def test_a_file_is_read_to_the_last_cell(case):
    content = case.make()
    table = read_table(io.BytesIO(content), filename=case.filename)
    assert table.rows == case.rows
    assert [[type(v) for v in row] for row in plain(table.rows)] == [
        [type(v) for v in row] for row in case.rows
    ]
    book = inspect(io.BytesIO(content), case.filename, preview=2)
    sheet = next((sheet for sheet in book.sheets if sheet.name == table.name), None)
    width = max(map(len, case.rows), default=0)
    assert (sheet.rows, sheet.columns) == (len(case.rows), width)
    assert [row for row in sheet.preview if row] == [
        row[: len(sheet.preview[0])] for row in case.rows[: len(sheet.preview)]
    ]


def plain(rows):
    return [[str(value) if isinstance(value, str) else value for value in row] for row in rows]


@pytest.mark.parametrize("case", TABLES, ids=names_of(TABLES))
def test_the_rows_of_a_table_are_told_apart(case):
    sheet = read_table(io.BytesIO(case.make()), filename=case.filename)
    table = table_of(sheet.rows)
    assert [line.kind for line in table.rows] == [LETTERS[letter] for letter in case.kinds]
    if case.titles:
        assert tuple(title for _place, title in table.columns) == case.titles
    first = table.header_rows[-1] if table.header_rows else 0
    assert [line.number for line in table.rows] == list(range(first + 1, len(sheet.rows) + 1))
    assert [line.values for line in table.rows] == sheet.rows[first:]
