"""DuckDB over a copy of the same tables: a fast column engine as reference. Optional."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

TABLES = {
    "units_unit": "id, path",
    "classes_participant": "id, sex, birth_year, audience_id, minority, disability, merged_into_id",
    "classes_trainingclass": (
        "id, unit_id, place_id, form, topic_id, audience_id, mode, counting, cancelled_at"
    ),
    "classes_classsession": "id, training_class_id, held_on, status",
    "classes_sessionheadcount": (
        "session_id, audience_id, sex, age_band, minority, disability, people"
    ),
    "classes_enrolment": "id, training_class_id, participant_id, completed_on",
    "classes_attendance": "session_id, enrolment_id",
    "activities_activitytype": "id, counts_as",
    "activities_activity": (
        "id, unit_id, place_id, type_id, starts_on, households_visited, households_reached, "
        "cancelled_at"
    ),
    "activities_activityheadcount": "activity_id, people",
    "activities_activitysite": "activity_id, unit_id, is_connected, people",
    "activities_activity_teams_trained": "activity_id",
}
KINDS = {
    "path": "VARCHAR", "sex": "VARCHAR", "minority": "VARCHAR", "disability": "VARCHAR",
    "age_band": "VARCHAR", "form": "VARCHAR", "mode": "VARCHAR", "counting": "VARCHAR",
    "status": "VARCHAR", "counts_as": "VARCHAR", "cancelled_at": "VARCHAR", "held_on": "DATE",
    "completed_on": "DATE", "starts_on": "DATE", "is_connected": "BOOLEAN",
}  # fmt: skip


def copy() -> Callable[[str], list[Any]] | None:
    """Copy the records into DuckDB, one thread; returns how to ask it, or None without DuckDB."""
    try:
        import duckdb
    except ImportError:
        return None
    duck = duckdb.connect()
    duck.execute("SET threads = 1")
    with tempfile.TemporaryDirectory() as folder:
        for table, columns in TABLES.items():
            names = columns.split(", ")
            kinds = ", ".join(f"{name} {KINDS.get(name, 'BIGINT')}" for name in names)
            duck.execute(f"CREATE TABLE {table} ({kinds})")
            path = Path(folder) / f"{table}.csv"
            _write(table, columns, path)
            duck.execute(
                f"COPY {table} FROM '{path}' (FORMAT csv, HEADER false, NULLSTR '~', QUOTE '\"')"
            )
    return lambda sql: duck.execute(sql).fetchall()


def _write(table: str, columns: str, path: Path) -> None:
    from django.db import connection

    with path.open("w", encoding="utf-8", newline="") as lines:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.copy_expert(
                    f"COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT csv, NULL '~')", lines
                )
            return
        connection.ensure_connection()
        rows = connection.connection.execute(f"SELECT {columns} FROM {table}")
        writer = csv.writer(lines)
        for row in rows:
            writer.writerow(["~" if value is None else value for value in row])
