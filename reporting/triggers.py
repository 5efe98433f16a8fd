"""Database triggers that note every change figures depend on, whoever makes it.

A mark is written in the same transaction as the change: bulk writes, imports, the admin, raw SQL
are all covered, and a rollback takes the mark away with the change. PostgreSQL marks once a
statement (transition tables), SQLite once a row. Emptying a table with TRUNCATE is not noticed:
run ``rebuild_rollups`` after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Watch:
    """What a change in one table makes stale.

    ``refs`` selects (kind, ref) from ``{rows}``, the changed rows; ``columns`` are those it uses.
    With ``only``, an update matters when one of those columns changed.
    """

    table: str
    refs: str
    columns: tuple[str, ...]
    on: tuple[str, ...] = ("INSERT", "UPDATE", "DELETE")
    only: tuple[str, ...] = ()


_CLASS_OF_SESSION = (
    "SELECT 'class', s.training_class_id FROM {rows} r "
    "JOIN classes_classsession s ON s.id = r.session_id"
)
_CLASSES = "SELECT 'class', c.id FROM {rows} r JOIN classes_trainingclass c ON "
_ACTIVITIES = "SELECT 'activity', a.id FROM {rows} r JOIN activities_activity a ON "

WATCHED = (
    Watch("classes_trainingclass", "SELECT 'class', r.id FROM {rows} r", ("id",)),
    Watch(
        "classes_classsession", "SELECT 'class', r.training_class_id FROM {rows} r",
        ("training_class_id",),
    ),
    Watch("classes_sessionheadcount", _CLASS_OF_SESSION, ("session_id",)),
    Watch("classes_attendance", _CLASS_OF_SESSION, ("session_id",)),
    # A session moved to another class keeps the enrolments of the first: mark both.
    Watch(
        "classes_enrolment",
        "SELECT 'class', r.training_class_id FROM {rows} r UNION "
        "SELECT 'class', s.training_class_id FROM {rows} r "
        "JOIN classes_attendance a ON a.enrolment_id = r.id "
        "JOIN classes_classsession s ON s.id = a.session_id",
        ("id", "training_class_id"),
    ),
    Watch(
        "classes_participant", "SELECT 'person', r.id FROM {rows} r", ("id",),
        only=("birth_year", "sex", "audience_id", "minority", "disability", "merged_into_id"),
    ),
    Watch("activities_activity", "SELECT 'activity', r.id FROM {rows} r", ("id",)),
    Watch(
        "activities_activityheadcount", "SELECT 'activity', r.activity_id FROM {rows} r",
        ("activity_id",),
    ),
    Watch(
        "activities_activitysite", "SELECT 'activity', r.activity_id FROM {rows} r",
        ("activity_id",),
    ),
    Watch(
        "activities_activity_teams_trained", "SELECT 'activity', r.activity_id FROM {rows} r",
        ("activity_id",),
    ),
    Watch(
        "activities_activitytype",
        f"{_ACTIVITIES} a.type_id = r.id", ("id",), on=("UPDATE",), only=("counts_as",),
    ),
    # A moved subtree rewrites the path of every unit in it.
    Watch(
        "units_unit",
        " UNION ".join(
            (
                f"{_CLASSES} c.unit_id = r.id", f"{_CLASSES} c.place_id = r.id",
                f"{_ACTIVITIES} a.unit_id = r.id", f"{_ACTIVITIES} a.place_id = r.id",
                "SELECT 'activity', t.activity_id FROM {rows} r "
                "JOIN activities_activitysite t ON t.unit_id = r.id",
            )
        ),
        ("id",), on=("UPDATE",), only=("path",),
    ),
)  # fmt: skip


def install(connection: Any) -> None:
    """Create the triggers, replacing those that stand. Safe to run at any time."""
    present = set(connection.introspection.table_names())
    watched = [watch for watch in WATCHED if watch.table in present]
    if "reporting_dirtymark" not in present:
        return
    write = _postgresql if connection.vendor == "postgresql" else _sqlite
    with connection.cursor() as cursor:
        for watch in watched:
            for statement in write(watch):
                cursor.execute(statement)


def remove(connection: Any) -> None:
    """Drop the triggers; figures then stay as they are."""
    with connection.cursor() as cursor:
        for watch in WATCHED:
            for operation in watch.on:
                name = _name(watch, operation)
                if connection.vendor == "postgresql":
                    cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
                else:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _name(watch: Watch, operation: str) -> str:
    return f"mark_{watch.table}_{operation.lower()}"


def _marks(watch: Watch, *rows: str) -> str:
    """The statement that marks what some sets of rows make stale, each once."""
    # Every value is a constant of this module, never something a person typed.
    found = " UNION ".join(watch.refs.format(rows=part) for part in rows)
    return f"INSERT INTO reporting_dirtymark (kind, ref) SELECT * FROM ({found}) AS found"  # noqa: S608


def _postgresql(watch: Watch) -> Iterator[str]:
    columns = ", ".join(watch.columns)
    tables = {
        "INSERT": ("REFERENCING NEW TABLE AS new_rows", ("new_rows",)),
        "DELETE": ("REFERENCING OLD TABLE AS old_rows", ("old_rows",)),
        "UPDATE": (
            "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows", ("old_rows", "new_rows"),
        ),
    }  # fmt: skip
    for operation in watch.on:
        name = _name(watch, operation)
        referencing, rows = tables[operation]
        if operation == "UPDATE" and watch.only:
            changed = " OR ".join(f"n.{c} IS DISTINCT FROM o.{c}" for c in watch.only)
            picked = ", ".join(f"n.{c}" for c in watch.columns)
            joined = "FROM new_rows n JOIN old_rows o ON o.id = n.id"
            rows = (f"(SELECT {picked} {joined} WHERE {changed})",)
        else:
            rows = tuple(f"(SELECT {columns} FROM {table})" for table in rows)  # noqa: S608
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {_marks(watch, *rows)}; RETURN NULL; END $$"
        )
        yield f"DROP TRIGGER IF EXISTS {name} ON {watch.table}"
        yield (
            f"CREATE TRIGGER {name} AFTER {operation} ON {watch.table} {referencing} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def _sqlite(watch: Watch) -> Iterator[str]:
    sides = {"INSERT": ("NEW",), "DELETE": ("OLD",), "UPDATE": ("OLD", "NEW")}
    for operation in watch.on:
        name = _name(watch, operation)
        rows = tuple(
            f"(SELECT {', '.join(f'{side}.{c} AS {c}' for c in watch.columns)})"
            for side in sides[operation]
        )
        condition = ""
        if operation == "UPDATE" and watch.only:
            condition = "WHEN " + " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in watch.only)
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield (
            f"CREATE TRIGGER {name} AFTER {operation} ON {watch.table} FOR EACH ROW {condition} "
            f"BEGIN {_marks(watch, *rows)}; END"
        )
