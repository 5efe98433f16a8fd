"""One run on one database: generate, compare, measure."""

from __future__ import annotations

import argparse
import time
from typing import Any

from bench import measure, places

SECTIONS = (
    "read", "custom", "drill", "storage", "rebuild", "settle", "growth", "page", "write",
    "export", "bring_in",
)  # fmt: skip
COMPLETE_UP_TO = 0.1


def prepare(engine: str, scale: float, server: str, *, reuse: bool) -> dict[str, Any]:
    """Turn to the database of a scale, made from nothing unless there is one to use again."""
    from django.core.management import call_command

    from bench.generate import generate
    from reporting.rollups import rebuild, settle_all

    is_there = reuse and places.exists(engine, scale, server)
    if not is_there:
        places.turn_to(engine, scale)
        places.create(engine, scale, server)
    places.turn_to(engine, scale)
    facts: dict[str, Any] = {}
    if is_there:
        call_command("migrate", verbosity=0)
        settle_all()
        return facts
    start = time.monotonic()
    call_command("migrate", verbosity=0)
    facts |= generate(scale)
    facts["seconds to generate"] = round(time.monotonic() - start, 1)
    start = time.monotonic()
    rebuild()
    facts["seconds to first figures"] = round(time.monotonic() - start, 1)
    _vacuum()
    return facts


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def run(options: argparse.Namespace, engine: str, server: str) -> dict[str, Any]:
    """Everything asked for on one database; ``equal`` says whether figures agreed throughout."""
    import django

    django.setup()
    from django.db import connection

    from bench import exporting, importing, load, pages, sections

    report = measure.Report(engine, options.scale, 3 if options.quick else 5)
    asked = options.section or list(SECTIONS)
    print(f"\n{engine}, scale {options.scale:g}", flush=True)
    places.turn_to(engine, options.scale)
    if "growth" in asked and not options.quick:
        prepare(engine, round(options.scale / 10, 6), server, reuse=options.reuse)
    report.facts |= prepare(engine, options.scale, server, reuse=options.reuse)
    with connection.cursor() as cursor:
        report.facts |= measure.machine(cursor, connection.vendor)
    report.tell(", ".join(f"{name} {value}" for name, value in report.facts.items()))
    equal = compare(report, "before", complete=options.scale <= COMPLETE_UP_TO)
    if equal:
        bench = sections.Bench(engine, options.scale, server, report, options.quick)
        bench.prepare()
        if bench.duck is None:
            report.tell("DuckDB is not installed: its columns stay empty")
        for name in SECTIONS:
            if name in asked and not (name == "growth" and options.quick):
                _section(name, bench, (sections, load, pages, exporting, importing))
        equal = compare(report, "after", complete=False)
    return {
        "engine": engine, "scale": options.scale, "equal": equal, "facts": report.facts,
        "rows": report.rows, "goals": report.goals,
    }  # fmt: skip


def _section(name: str, bench: Any, modules: tuple[Any, ...]) -> None:
    for module in modules:
        if hasattr(module, name) and getattr(module, name).__module__ == module.__name__:
            getattr(module, name)(bench)
            return
    raise LookupError(name)


def compare(report: measure.Report, when: str, *, complete: bool) -> bool:
    """Equality of cells and records, told and noted."""
    from bench.equality import check

    start = time.monotonic()
    outcome = check(complete=complete, seed=1 if when == "before" else 2)
    report.row(
        "equality", f"{when}, {'every cell' if complete else 'a sample'}", cells=outcome.cells,
        numbers=outcome.numbers, differing=len(outcome.differing),
        seconds=f"{time.monotonic() - start:.1f}",
    )  # fmt: skip
    for line in outcome.differing[:10]:
        report.tell(f"DIFFERS {line}")
    cells = f"{len(outcome.differing)} of {outcome.numbers:,} numbers differ {when}"
    report.goal("G4", cells, not outcome.differing)
    return not outcome.differing
