"""Databases of the benchmark's own: ``bench_<scale>``, never the portal's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("PORTAL_VAR_DIR", str(ROOT / "var"))) / "bench"
ENGINES = ("sqlite", "postgres")


def name_of(scale: float) -> str:
    """The database of a scale: ``bench_0_1``."""
    return "bench_" + f"{scale:g}".replace(".", "_")


def url_of(engine: str, scale: float, server: str) -> str:
    """Where the database of a scale is; ``server`` is the address of any PostgreSQL database."""
    if engine == "sqlite":
        FOLDER.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{FOLDER / name_of(scale)}.sqlite3"
    return urlunsplit(urlsplit(server)._replace(path=f"/{name_of(scale)}"))


def location(engine: str, scale: float) -> str:
    """The value of Django's NAME for the database of a scale."""
    return str(FOLDER / f"{name_of(scale)}.sqlite3") if engine == "sqlite" else name_of(scale)


def discard(engine: str, scale: float, server: str) -> None:
    """Remove the database of a scale, if there is one."""
    if engine == "sqlite":
        for tail in ("", "-wal", "-shm", "-journal"):
            Path(location(engine, scale) + tail).unlink(missing_ok=True)
        return
    _on_server(server, f'DROP DATABASE IF EXISTS "{name_of(scale)}" WITH (FORCE)')


def create(engine: str, scale: float, server: str) -> None:
    """Make an empty database for a scale."""
    discard(engine, scale, server)
    if engine == "postgres":
        _on_server(server, f'CREATE DATABASE "{name_of(scale)}"')


def exists(engine: str, scale: float, server: str) -> bool:
    """Whether there is a database of that scale."""
    if engine == "sqlite":
        return Path(location(engine, scale)).exists()
    found = _on_server(server, "SELECT datname FROM pg_database")
    return (name_of(scale),) in found


def _on_server(server: str, sql: str) -> list[Any]:
    import psycopg2

    connection = psycopg2.connect(server)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def turn_to(engine: str, scale: float) -> None:
    """Let Django's one connection speak with the database of another scale from now on."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = location(engine, scale)


def size_of(tables: list[str]) -> int | None:
    """Bytes of some tables with their indexes; None where the database cannot tell."""
    from django.db import DatabaseError, connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(%s::text[]) t",
                [tables],
            )
        else:
            marks = ", ".join(["%s"] * len(tables))
            try:
                cursor.execute(
                    "SELECT sum(d.pgsize) FROM dbstat d JOIN sqlite_master m ON m.name = d.name "
                    f"WHERE d.aggregate AND m.tbl_name IN ({marks})",
                    tables,
                )
            except DatabaseError:
                return None
        return int(cursor.fetchone()[0] or 0)
