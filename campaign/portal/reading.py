"""Reading long lists: in constant memory, without a query for a row or more work than needed.

A column of a list is a function of a record. Most look at one thing of it: ``c.title``,
``c.get_mode_display()``, ``c.place.name if c.place else ""``. What is a plain value is read as
one, what depends on a related row is asked once for each such row; records are made only for the
other columns, and without the work Django does to make new ones.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice, pairwise
from types import SimpleNamespace
from typing import Any

from django.db import connection, models
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable, prefetch_related_objects
from django.db.models.query_utils import DeferredAttribute

ROWS_AT_ONCE = 2_000
KEPT = 20_000
"""How many related rows of a kind are remembered from one part of a list to the next."""

LEFT_OUT = frozenset({"search_key", "sort_key", "name_key", "version", "created_at", "updated_at"})
"""What a record keeps to be found, sorted and locked by; few columns of lists show it."""

CALLED = "()"
FOLLOWING = ("LOAD_ATTR", "LOAD_METHOD")

Value = Callable[[Any], Any]
#: a part of a list, column by column: {"unit_id": (3, 3, 7), ...}
Part = Mapping[str, Sequence[Any]]


def read_values(
    queryset: models.QuerySet[Any], columns: Sequence[Value]
) -> Iterator[Sequence[Any]]:
    """What the columns say of every record of a queryset, row by row.

    Units, topics and the like are read once and shared.
    """
    if not _is_plain(queryset):
        for record in queryset.iterator(chunk_size=ROWS_AT_ONCE):
            yield [column(record) for column in columns]
        return
    reader = _Reader(queryset, columns)
    plain = queryset.prefetch_related(None).select_related(None).values_list(*reader.names)
    rows = _planned_for_all(plain.iterator(chunk_size=ROWS_AT_ONCE))
    while part := list(islice(rows, ROWS_AT_ONCE)):
        yield from reader.values(dict(zip(reader.names, zip(*part, strict=True), strict=True)))


def path_of(column: Value) -> list[str]:
    """The names a function follows from its argument, if that is all it does."""
    path: list[str] = []
    for step in _steps_of(column):
        if step.opname in FOLLOWING:
            path.append(step.argval)
        elif step.opname == "CALL" and step.arg == 0:
            path.append(CALLED)
        elif step.opname not in ("RESUME", "LOAD_FAST", "PRECALL", "RETURN_VALUE"):
            return []
    return path


def looks_at(column: Value) -> set[str]:
    """The attributes of its argument that a function reads; none if it uses it in another way."""
    steps = _steps_of(column)
    argument = column.__code__.co_varnames[0] if steps else ""
    found = set()
    for step, following in pairwise(steps):
        names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        if argument not in names or step.opname in (*FOLLOWING, "LOAD_CONST", "LOAD_GLOBAL"):
            continue
        if step.opname != "LOAD_FAST" or following.opname not in FOLLOWING:
            return set()
        found.add(following.argval)
    return found


def _steps_of(column: Value) -> list[dis.Instruction]:
    code = getattr(column, "__code__", None)
    return list(dis.get_instructions(code)) if code and code.co_argcount == 1 else []


def _planned_for_all(rows: Iterator[Any]) -> Iterator[Any]:
    """Let PostgreSQL plan for the whole list; by itself it plans a cursor for the first tenth."""
    if connection.vendor != "postgresql":
        return rows
    with connection.cursor() as cursor:
        cursor.execute("SET cursor_tuple_fraction = 1")
        first = list(islice(rows, 1))
        cursor.execute("RESET cursor_tuple_fraction")
    return chain(first, rows)


def _is_plain(queryset: Any) -> bool:
    """Whether a queryset gives whole records, with no relations but keys of their own."""
    query = queryset.query
    if query.select_related is True:
        return False
    followed = [queryset.model._meta.get_field(name) for name in query.select_related or ()]
    return (
        queryset._iterable_class is ModelIterable
        and not queryset._known_related_objects
        and not query.combinator
        and not query.extra
        and query.deferred_loading == (frozenset(), True)
        and all(isinstance(field, models.ForeignKey) for field in followed)
    )


class _Reader:
    """Turns parts of a list, as they come from the database, into what its columns say."""

    def __init__(self, queryset: Any, columns: Sequence[Value]) -> None:
        self.model = queryset.model
        self.alias = queryset.db
        self.lookups = queryset._prefetch_related_lookups
        self.fields = {field.name: field for field in self.model._meta.concrete_fields}
        self.annotations = list(queryset.query.annotation_select)
        self.relations = {
            name: _Relation(self.fields[name], further)
            for name, further in (queryset.query.select_related or {}).items()
        }
        self.used = {self.model._meta.pk.attname}
        self.columns = [(column, self._shortened(column)) for column in columns]
        self.makes_records = any(short is None for _column, short in self.columns)
        everything = [f.attname for f in self.fields.values() if f.attname not in LEFT_OUT]
        everything += self.annotations
        #: what is read from the database
        everything += sorted(self.used & LEFT_OUT)  # a file asks for the version of its rows
        self.names = [n for n in everything if self.makes_records or n in self.used]

    def values(self, part: Part) -> Iterator[Sequence[Any]]:
        """What the columns say of each record of a part."""
        records = self._records(part) if self.makes_records else []
        found = [
            short(part) if short else [column(record) for record in records]
            for column, short in self.columns
        ]
        return zip(*found, strict=True)

    def _shortened(self, column: Value) -> Callable[[Part], Sequence[Any]] | None:
        """How to read a column without records, where it is known what it looks at."""
        seen = looks_at(column)
        key = self.fields.get(min(seen)) if len(seen) == 1 else None
        if isinstance(key, models.ForeignKey):
            self.used.add(key.attname)
            relation = self.relations.setdefault(key.name, _Relation(key, {}))
            return partial(relation.read, column)
        name, *further = path_of(column) or [""]
        field = self.fields.get(self.model._meta.pk.name if name == "pk" else name)
        if further == [CALLED]:
            return self._words(name)
        if further or (
            field and (field.is_relation or field.descriptor_class != DeferredAttribute)
        ):
            return None
        name = field.attname if field else name
        if not (field or name in self.annotations):
            return None
        self.used.add(name)
        return lambda part: part[name]

    def _words(self, method: str) -> Callable[[Part], Sequence[Any]] | None:
        """``get_<field>_display()``: the words for the choices of a field."""
        name = method.removeprefix("get_").removesuffix("_display")
        field = self.fields.get(name)
        if method != f"get_{name}_display" or field is None or not field.flatchoices:
            return None
        words = {value: str(word) for value, word in field.flatchoices}
        self.used.add(name)
        return lambda part: [words.get(value, value) for value in part[name]]

    def _records(self, part: Part) -> list[Any]:
        """The records of a part with their relations, as the queryset would give them."""
        records = []
        for row in zip(*part.values(), strict=True):
            record = self.model.__new__(self.model)
            state = ModelState()
            state.adding, state.db, state.fields_cache = False, self.alias, {}  # type: ignore[misc]
            record.__dict__.update(zip(part, row, strict=True), _state=state)
            records.append(record)
        for relation in self.relations.values():
            relation.attach(records, part)
        if self.lookups:
            prefetch_related_objects(records, *self.lookups)
        return records


class _Relation:
    """One key of a list and the rows it leads to, each read once."""

    def __init__(self, field: models.ForeignKey[Any, Any], further: dict[str, Any]) -> None:
        self.field, self.target = field, field.target_field.attname
        # The way Django itself takes from a record to the row its key names.
        rows = field.remote_field.model._base_manager.all()
        self.rows = rows.select_related(*_paths(further)) if further else rows
        self.known: dict[Any, Any] = {None: None}

    def read(self, column: Value, part: Part) -> Sequence[Any]:
        """What a column says that looks at the key alone, asked once for each row it names."""
        self._know(part)
        keys = part[self.field.attname]
        name = self.field.name
        said = {key: column(SimpleNamespace(**{name: self.known[key]})) for key in set(keys)}
        return [said[key] for key in keys]

    def attach(self, records: list[Any], part: Part) -> None:
        """Give each record of a part the row its key names."""
        self._know(part)
        for record, key in zip(records, part[self.field.attname], strict=True):
            record._state.fields_cache[self.field.name] = self.known[key]

    def _know(self, part: Part) -> None:
        keys = set(part[self.field.attname])
        if len(self.known) > KEPT:
            self.known = {None: None}
        if missing := keys - self.known.keys():
            rows = self.rows.filter(**{f"{self.target}__in": missing})
            self.known |= {getattr(row, self.target): row for row in rows}


def _paths(tree: dict[str, Any], before: str = "") -> Iterator[str]:
    for name, further in tree.items():
        yield f"{before}{name}"
        yield from _paths(further, f"{before}{name}__")
