"""Writing many rows at once: facts and cells go to the database without a model instance each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

from django.db import connection, models

#: rows in one statement on PostgreSQL; SQLite is quicker with one statement run many times
PAGE = 200


def write_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    unique: Sequence[str] = (),
) -> None:
    """Insert rows, given as the values of ``columns``; days and JSON as text.

    With ``unique``, a row that is there already under these columns is overwritten.
    """
    # Every name is a column of our own models, never something a person typed.
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    into = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES"
    conflict = ""
    if unique:
        taken_over = ", ".join(
            f"{quote(column)} = excluded.{quote(column)}"
            for column in columns if column not in unique
        )  # fmt: skip
        keys = ", ".join(quote(column) for column in unique)
        conflict = f" ON CONFLICT ({keys}) DO UPDATE SET {taken_over}"
    one = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(f"{into} {one}{conflict}", list(rows))
            return
        rows = iter(rows)
        while page := list(islice(rows, PAGE)):
            values = ", ".join([one] * len(page))
            cursor.execute(f"{into} {values}{conflict}", list(chain.from_iterable(page)))
