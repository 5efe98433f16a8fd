"""Writers: people checked in one by one, and attendance sheets of 80, from many clients at once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

from bench import places
from bench.measure import median, ms
from bench.sections import Bench, waiting
from reporting import rollups, triggers

CLIENTS = {"postgres": 50, "sqlite": 4}
SHEET = 80
SHEETS = 400
CHECK_INS_A_SECOND = 200
SETTLE_EVERY = 5.0

CHECK_IN = """INSERT INTO classes_attendance (session_id, enrolment_id, recorded_at)
SELECT session_id, enrolment_id, {now} FROM bench_checkin WHERE id = {number}
ON CONFLICT DO NOTHING"""
#: every client has sheets of its own; each is written anew as a whole
SHEET_OUT = """DELETE FROM classes_attendance
WHERE session_id = (SELECT session_id FROM bench_sheet WHERE id = {number})"""
SHEET_IN = f"""INSERT INTO classes_attendance (session_id, enrolment_id, recorded_at)
SELECT b.session_id, e.id, {{now}} FROM bench_sheet b
JOIN classes_enrolment e ON e.training_class_id = b.training_class_id
WHERE b.id = {{number}} ORDER BY e.id LIMIT {SHEET}"""


# --- Records to write on -----------------------------------------------------------------------


@contextmanager
def playground() -> Iterator[tuple[int, int]]:
    """Sessions nobody attended yet: (number of possible check-ins, number of sheets)."""
    auto = "serial" if connection.vendor == "postgresql" else "integer"
    now = "now()" if connection.vendor == "postgresql" else "datetime('now')"
    session = (
        "INSERT INTO classes_classsession (training_class_id, number, held_on, status, note, "
        f"version, created_at, updated_at) SELECT id, {{number}}, '{date(2026, 9, 20)}', 'held', "
        f"'bench', 1, {now}, {now} FROM classes_trainingclass WHERE cancelled_at IS NULL AND id IN "
        "(SELECT training_class_id FROM classes_enrolment GROUP BY 1 HAVING {having} "
        "ORDER BY 1 LIMIT {limit})"
    )
    with connection.cursor() as cursor:
        _clear(cursor)
        cursor.execute(session.format(number=98, having="count(*) >= 1", limit=4000))
        cursor.execute(session.format(number=99, having=f"count(*) >= {SHEET}", limit=SHEETS))
        if not _found(cursor, "SELECT count(*) FROM classes_classsession WHERE number = 99"):
            cursor.execute(session.format(number=99, having="count(*) >= 20", limit=SHEETS))
        cursor.execute(
            f"CREATE TABLE bench_checkin (id {auto} PRIMARY KEY, "
            "session_id bigint, enrolment_id bigint)"
        )
        cursor.execute(
            "INSERT INTO bench_checkin (session_id, enrolment_id) SELECT s.id, e.id "
            "FROM classes_classsession s JOIN classes_enrolment e "
            "ON e.training_class_id = s.training_class_id WHERE s.number = 98"
        )
        cursor.execute(
            f"CREATE TABLE bench_sheet (id {auto} PRIMARY KEY, "
            "session_id bigint, training_class_id bigint)"
        )
        cursor.execute(
            "INSERT INTO bench_sheet (session_id, training_class_id) "
            "SELECT id, training_class_id FROM classes_classsession WHERE number = 99"
        )
        check_ins = _found(cursor, "SELECT count(*) FROM bench_checkin")
        sheets = _found(cursor, "SELECT count(*) FROM bench_sheet")
    try:
        yield check_ins, sheets
    finally:
        triggers.install(connection)
        with connection.cursor() as cursor:
            _clear(cursor)
        waiting()


def _found(cursor: Any, sql: str) -> int:
    cursor.execute(sql)
    return int(cursor.fetchone()[0])


def _clear(cursor: Any) -> None:
    """Take the playground away; its classes are marked by the sessions that go."""
    inside = "(SELECT id FROM classes_classsession WHERE number IN (98, 99))"
    cursor.execute("DROP TABLE IF EXISTS bench_checkin")
    cursor.execute("DROP TABLE IF EXISTS bench_sheet")
    cursor.execute(f"DELETE FROM classes_attendance WHERE session_id IN {inside}")
    cursor.execute("DELETE FROM classes_classsession WHERE number IN (98, 99)")


def _forget_check_ins() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM classes_attendance WHERE session_id IN "
            "(SELECT id FROM classes_classsession WHERE number = 98)"
        )
        cursor.execute("DELETE FROM reporting_dirtymark")


# --- Clients ----------------------------------------------------------------------


def pgbench() -> str | None:
    """The load generator that comes with PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    return shutil.which("pgbench") or (str(found[-1]) if found else None)


def statements(kind: str, number: str, vendor: str) -> list[str]:
    """What one transaction of a writer does."""
    now = "now()" if vendor == "postgres" else "datetime('now')"
    texts = [CHECK_IN] if kind == "check-in" else [SHEET_OUT, SHEET_IN]
    return [text.format(now=now, number=number) for text in texts]


def postgres_rate(
    bench: Bench, kind: str, amount: int, clients: int, seconds: float, at_rate: int = 0
) -> float:
    """Transactions a second of some clients writing without a pause (or at a rate)."""
    program = pgbench()
    assert program
    own = max(1, amount // clients)
    lines = [f"\\set n random(1, {own}) * {clients} - :client_id"]
    if kind == "check-in":
        lines = [f"\\set n random(1, {amount})"]
    lines += ["BEGIN;", *(f"{text};" for text in statements(kind, ":n", "postgres")), "END;"]
    server = urlsplit(bench.server)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("\n".join(line.replace("\n", " ") for line in lines))
        script.flush()
        command = [
            program, "-n", "-h", server.hostname or "127.0.0.1", "-p", str(server.port or 5432),
            "-U", server.username or "postgres", "-c", str(clients), "-j", "2", "-T",
            str(max(1, round(seconds))), "-f", script.name, "-M", "prepared",
        ]  # fmt: skip
        if at_rate:
            command += ["-R", str(at_rate)]
        command.append(places.name_of(bench.scale))
        environ = os.environ | ({"PGPASSWORD": server.password} if server.password else {})
        done = subprocess.run(command, capture_output=True, text=True, env=environ, check=True)
    return float(re.findall(r"tps = ([\d.]+)", done.stdout)[-1])


def sqlite_rate(
    bench: Bench, kind: str, amount: int, clients: int, seconds: float, at_rate: int = 0
) -> float:
    """The same with processes of our own: SQLite lets one write at a time."""
    connection.close()
    path = places.location("sqlite", bench.scale)
    texts = statements(kind, "{number}", "sqlite")
    workers = [
        subprocess.Popen(
            [
                sys.executable, "-m", "bench.writer", path, str(seconds), str(seed), str(amount),
                *texts,
            ],
            stdout=subprocess.PIPE, text=True, cwd=places.ROOT,
        )
        for seed in range(clients)
    ]  # fmt: skip
    return sum(int(worker.communicate(timeout=seconds + 60)[0]) for worker in workers) / seconds


# --- The section ----------------------------------------------------------------------


def write(bench: Bench) -> None:
    """Transactions a second with the triggers that mark changes, and without."""
    if bench.engine == "postgres" and not pgbench():
        bench.report.row("write", "not measured", note="pgbench is not installed")
        return
    rate = postgres_rate if bench.engine == "postgres" else sqlite_rate
    clients, turn = CLIENTS[bench.engine], 1.0 if bench.quick else 2.0
    with playground() as (check_ins, sheets):
        for kind, amount, target in (("check-in", check_ins, 0.75), ("roster", sheets, 0.9)):
            rates: dict[bool, list[float]] = {True: [], False: []}
            for number in range(bench.rounds):
                for marked in (True, False) if number % 2 else (False, True):
                    _forget_check_ins()
                    (triggers.install if marked else triggers.remove)(connection)
                    rates[marked].append(rate(bench, kind, amount, clients, turn))
            triggers.install(connection)
            pairs = [on / off for on, off in zip(rates[True], rates[False], strict=True)]
            ratio = median(pairs)
            bench.report.row(
                "write", f"{kind}, {clients} clients", with_marks=f"{median(rates[True]):.0f}/s",
                without=f"{median(rates[False]):.0f}/s", ratio=f"{ratio:.2f}",
                pairs=" ".join(f"{pair:.2f}" for pair in pairs),
            )  # fmt: skip
            bench.report.goal("G5", f"{kind} {ratio:.2f}", ratio >= target)
        if bench.engine == "postgres":
            _forget_check_ins()
            _settler_share(bench, check_ins)


def _settler_share(bench: Bench, check_ins: int) -> None:
    """How busy the settler is while people check in all day."""
    waiting()
    lasts = 6 if bench.quick else 15
    writer = threading.Thread(
        target=postgres_rate,
        args=(bench, "check-in", min(check_ins, 300 * 60), 10, lasts, CHECK_INS_A_SECOND),
    )
    writer.start()
    began, worked, cpu, passes = time.perf_counter(), 0.0, 0.0, []
    while writer.is_alive():
        writer.join(SETTLE_EVERY)
        start, used = time.perf_counter(), time.process_time()
        rollups.settle_all()
        passes.append(time.perf_counter() - start)
        worked += passes[-1]
        cpu += time.process_time() - used
    total = time.perf_counter() - began
    bench.report.row(
        "settler", f"{CHECK_INS_A_SECOND} check-ins/s, every {SETTLE_EVERY:g} s",
        busy=f"{100 * worked / total:.0f} %", own_processor=f"{100 * cpu / total:.0f} %",
        a_pass_ms=ms(median(passes)),
    )  # fmt: skip
    bench.report.goal("G6", f"settler busy {100 * worked / total:.0f} %", worked / total <= 0.10)
