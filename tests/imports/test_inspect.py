"""What the portal says about a file before anybody chose a sheet or a row of headings."""

import io

from campaign.portal.workbooks import inspect, read_table, table_of
from tests.imports.corpus import LIST, TCVN3, TCVN3_READ, csv_of
from tests.imports.spreadsheets import book_of, sheets_of


def test_every_sheet_is_named_with_its_size_and_first_rows():
    content = sheets_of(
        {"Lớp 1": ("visible", LIST), "Mã": ("hidden", [["a"]] * 90), "Trống": ("visible", [])}
    )
    book = inspect(io.BytesIO(content), "a.xlsx", preview=2)
    assert [(sheet.name, sheet.rows, sheet.columns, sheet.is_hidden) for sheet in book.sheets] == [
        ("Lớp 1", 3, 4, False),
        ("Mã", 90, 1, True),
        ("Trống", 0, 0, False),
    ]
    assert [sheet.preview for sheet in book.sheets] == [LIST[:2], [["a"]] * 2, []]
    assert (book.encoding, book.delimiter, book.legacy) == (None, None, None)


def test_a_csv_says_its_encoding_and_delimiter():
    book = inspect(io.BytesIO(csv_of(LIST, "utf-16", ";")()), "a.csv")
    assert (book.encoding, book.delimiter, book.legacy) == ("utf-16", ";", None)
    book = inspect(io.BytesIO(csv_of(TCVN3, "latin-1")()), "a.csv")
    assert (book.encoding, book.legacy) == ("latin-1", "tcvn3")


def test_old_text_is_shown_converted_unless_somebody_wants_it_as_it_is():
    content = book_of(*TCVN3)
    assert inspect(io.BytesIO(content), "a.xlsx").legacy == "tcvn3"
    assert inspect(io.BytesIO(content), "a.xlsx").sheets[0].preview == TCVN3_READ
    as_it_is = read_table(io.BytesIO(content), filename="a.xlsx", legacy=None)
    assert (as_it_is.legacy, as_it_is.rows[1][1]) == (None, "NguyÔn ThÞ B¶y")
    forced = read_table(io.BytesIO(book_of(["B¶y"])), filename="a.xlsx", legacy="tcvn3")
    assert forced.rows == [["Bảy"]]


def test_somebody_may_say_that_there_are_no_headings():
    table = table_of(LIST, -1)
    assert (table.header_rows, len(table.data)) == ((), 3)
    assert [line.kind for line in table.rows] == ["data"] * 3
    assert [title for _place, title in table.columns] == ["Cột A", "Cột B", "Cột C", "Cột D"]
