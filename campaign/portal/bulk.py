"""Writing many records at once: COPY and arrays on PostgreSQL, prepared statements on SQLite.

Records do not pass through Python code on the way: no ``save()``, no signals, no ``clean()``.
Whoever calls sees to scope, search keys and history. Constraints and database triggers work as
for any other insert.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection, models
from django.db.transaction import TransactionManagementError
from django.utils import timezone

ROWS_AT_ONCE = 10_000

_PLAIN = (
    models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey,
)  # fmt: skip
_BENT = re.compile(r"[\\\t\n\r]")
_STRAIGHT = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def insert_many(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> list[int]:
    """Insert rows, given as values in the order of the columns; return their ids in that order.

    ``columns`` are fields, a key by its name or its column (``unit`` or ``unit_id``, the value is
    the id). Fields not named get the model's defaults, creation and change times the present.
    It belongs to the caller's transaction, and fails as an insert would (``IntegrityError``).
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("insert_many() needs the transaction of its caller.")
    key = model._meta.pk
    named = [model._meta.get_field(name) for name in columns]
    if not isinstance(key, models.AutoField) or key in named:
        raise ValueError("The database gives the ids; the key is none of the columns.")
    others = [f for f in model._meta.concrete_fields if f not in (key, *named) and _is_ours(f)]
    encode, write = (_copied, _copy) if connection.vendor == "postgresql" else (_bound, _insert)
    now, left, found = timezone.now(), iter(rows), list[int]()
    while batch := list(islice(left, ROWS_AT_ONCE)):
        given: list[Sequence[Any]] = list(zip(*batch, strict=True))
        if len(given) != len(named):
            raise ValueError(f"{len(named)} columns, but {len(given)} values in a row.")
        ids = _next_ids(model, len(batch))
        pairs = zip([key, *named], [ids, *given], strict=True)
        values = [encode(field, column) for field, column in pairs]
        values += [encode(field, _defaults(field, len(batch), now)) for field in others]
        with connection.wrap_database_errors:
            write(model, [key, *named, *others], list(zip(*values, strict=True)))
        found += ids
    return found


def update_many(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Change many records, each in its own way: rows are (id, values in the order of the columns).

    Neither versions nor times of change follow by themselves; the caller names them.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("update_many() needs the transaction of its caller.")
    fields = [model._meta.pk, *(model._meta.get_field(name) for name in columns)]
    write = _set_from_arrays if connection.vendor == "postgresql" else _set_one_by_one
    left = iter(rows)
    while batch := list(islice(left, ROWS_AT_ONCE)):
        with connection.wrap_database_errors:
            write(model, fields, list(zip(*batch, strict=True)))


def _set_one_by_one(
    model: type[models.Model], fields: list[Any], given: list[Sequence[Any]]
) -> None:
    quote = connection.ops.quote_name
    key, *others = fields
    setting = ", ".join(f"{quote(field.column)} = %s" for field in others)
    statement = f"UPDATE {quote(model._meta.db_table)} SET {setting} WHERE {quote(key.column)} = %s"  # noqa: S608
    keys, *values = (_bound(field, column) for field, column in zip(fields, given, strict=True))
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*values, keys, strict=True)))


def _set_from_arrays(
    model: type[models.Model], fields: list[Any], given: list[Sequence[Any]]
) -> None:
    quote = connection.ops.quote_name
    key, *others = fields
    names = [f"v{number}" for number in range(len(fields))]
    setting = ", ".join(
        f"{quote(field.column)} = given.{name}::{field.db_type(connection)}"
        for field, name in zip(others, names[1:], strict=True)
    )
    arrays = ", ".join(["%s::text[]"] * len(fields))
    statement = (
        f"UPDATE {quote(model._meta.db_table)} AS record SET {setting} "  # noqa: S608
        f"FROM unnest({arrays}) AS given({', '.join(names)}) "
        f"WHERE record.{quote(key.column)} = given.v0::bigint"
    )
    texts = [
        _each(column, partial(_text_or_null, field))
        for field, column in zip(fields, given, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, texts)


def _is_ours(field: Any) -> bool:
    """Whether a field that is not given gets its value here, not from the database."""
    return not (field.generated or field.has_db_default())


def _defaults(field: Any, count: int, now: Any) -> Sequence[Any]:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return [now if isinstance(field, models.DateTimeField) else timezone.localdate(now)] * count
    if callable(field.default):
        return [field.get_default() for _row in range(count)]
    return [field.get_default()] * count


def _next_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids nobody else will get, as the database's own counter hands them out."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), model._meta.pk.column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        # Writing first takes SQLite's lock; the counter then is ours until the transaction ends.
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, table])
        if not cursor.rowcount:
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count]
            )
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()[0]
        return list(range(last - count + 1, last + 1))


def _table(model: type[models.Model], fields: list[Any]) -> str:
    """The table and its columns: names of the model, never what a person typed."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    return f"{quote(model._meta.db_table)} ({columns})"


# --- SQLite: one prepared statement


def _bound(field: Any, column: Sequence[Any]) -> Sequence[Any]:
    if isinstance(field, _PLAIN):
        return column
    if isinstance(field, models.JSONField):
        return _each(column, lambda value: None if value is None else _json(field, value))

    def bound(value: Any) -> Any:
        return None if value is None else field.get_db_prep_save(value, connection)

    return _each(column, bound)


def _insert(model: type[models.Model], fields: list[Any], rows: list[Sequence[Any]]) -> None:
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {_table(model, fields)} VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


# --- PostgreSQL: the text COPY reads


def _copied(field: Any, column: Sequence[Any]) -> Sequence[str]:
    """A column as COPY reads it, where NULL is another thing than the empty text."""
    if isinstance(field, models.BinaryField):
        return _each(column, lambda v: "\\N" if v is None else f"\\\\x{bytes(v).hex()}")
    if isinstance(field, _PLAIN):
        texts = [None if value is None else str(value) for value in column]
    else:
        texts = _each(column, partial(_text_or_null, field))
    if _BENT.search("".join(filter(None, texts))):
        texts = [text and _BENT.sub(lambda found: _STRAIGHT[found[0]], text) for text in texts]
    return ["\\N" if text is None else text for text in texts]


def _text_or_null(field: Any, value: Any) -> str | None:
    return None if value is None else _text(field, value)


def _text(field: Any, value: Any) -> str:
    if isinstance(field, _PLAIN):
        return str(value)
    if isinstance(field, models.JSONField):
        return _json(field, value)
    value = field.get_prep_value(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _json(field: Any, value: Any) -> str:
    if value == [] or value == {}:
        return "[]" if value == [] else "{}"
    return json.dumps(value, cls=field.encoder)


def _copy(model: type[models.Model], fields: list[Any], rows: list[Sequence[str]]) -> None:
    lines = "\n".join(map("\t".join, rows))
    with connection.cursor() as cursor:
        statement = f"COPY {_table(model, fields)} FROM STDIN"
        cursor.copy_expert(statement, io.StringIO(f"{lines}\n"), 1 << 18)


def _each(column: Sequence[Any], change: Callable[[Any], Any]) -> list[Any]:
    """Every value changed; a column of one value all the way down is changed once."""
    first = column[0]
    if all(value is first for value in column):
        return [change(first)] * len(column)
    return [change(value) for value in column]
