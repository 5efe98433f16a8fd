"""The trigger that keeps snapshots as they are, whoever writes to the database."""

from __future__ import annotations

from typing import Any

NAME = "snapshot_stays"
COLUMNS = ("unit_id", "report_id", "occasion", "at", "content", "sha256", "figures")


def install(connection: Any) -> None:
    """Refuse every change of a snapshot. Who made it may be forgotten with the account."""
    if "reporting_snapshot" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in _postgresql() if connection.vendor == "postgresql" else _sqlite():
            cursor.execute(statement)


def remove(connection: Any) -> None:
    """Drop the trigger while the table is rebuilt."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {NAME}() CASCADE")
        else:
            cursor.execute(f"DROP TRIGGER IF EXISTS {NAME}")


def _postgresql() -> tuple[str, ...]:
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in COLUMNS)
    return (
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {changed} THEN RAISE EXCEPTION 'A snapshot never changes.'; END IF; "
        "RETURN NEW; END $$",
        f"DROP TRIGGER IF EXISTS {NAME} ON reporting_snapshot",
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON reporting_snapshot "
        f"FOR EACH ROW EXECUTE FUNCTION {NAME}()",
    )


def _sqlite() -> tuple[str, ...]:
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in COLUMNS)
    return (
        f"DROP TRIGGER IF EXISTS {NAME}",
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON reporting_snapshot FOR EACH ROW WHEN {changed} "
        "BEGIN SELECT RAISE(ABORT, 'A snapshot never changes.'); END",
    )
