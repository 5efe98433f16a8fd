"""What is measured, section by section; each leaves the figures equal to the records."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.db import connection

from accounts.access import Access
from accounts.models import User
from bench import duck, live, places
from bench.generate import KEEPER, LEADER
from bench.measure import Report, interleaved, median, ms, seconds, share
from campaign.periods import Kind, Period, Scheme
from classes.models import TrainingClass
from reporting import figures, rollups
from units.models import Unit

MONTH = Period.of(Kind.MONTH, 2025, 9, scheme=Scheme.ADMIN)
YEAR = Period.of(Kind.YEAR, 2025, scheme=Scheme.ADMIN)
RAGGED = Period.between(date(2025, 1, 9), date(2026, 8, 5))
"""Nineteen months with ragged ends."""
CODES = ("classes_and_support", "attendances", *live.ADDITIVE, *live.DISTINCT)
ROLLUPS = ("reporting_rollupfact", "reporting_rollupcell", "reporting_rolluptrait")


@dataclass
class Bench:
    """One prepared database and what was found on it so far."""

    engine: str
    scale: float
    server: str
    report: Report
    quick: bool = False
    duck: Callable[[str], list[Any]] | None = None
    #: medians other sections compare with: {"live communes year": seconds}
    known: dict[str, float] = field(default_factory=dict)

    def prepare(self) -> None:
        """Find the people and units every section asks about."""
        self.leader = Access.of(User.objects.get(username=LEADER))
        self.keeper = Access.of(User.objects.get(username=KEEPER))
        self.province = Unit.unscoped.get(level=Unit.Level.PROVINCE)
        self.communes = list(Unit.unscoped.communes().order_by("sort_key"))
        self.duck = duck.copy() if self.duck is None else self.duck

    @property
    def rounds(self) -> int:
        """How often each thing is measured."""
        return self.report.rounds

    def cells(self, units: list[Unit], period: Period) -> Any:
        """The figures a page asks for, through the portal's own reader."""
        return figures.figures(CODES, axis="place", units=units, period=period, access=self.leader)


def select_one() -> None:
    """The shortest question a database can answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def read(bench: Bench) -> None:
    """Standard pages: cells against live SQL, DuckDB and an empty round trip."""
    questions = {
        "province, month": ([bench.province], MONTH, "province"),
        "province, year": ([bench.province], YEAR, "province"),
        "communes, month": (bench.communes, MONTH, "top"),
        "communes, year": (bench.communes, YEAR, "top"),
    }
    ratios: dict[str, tuple[float, float | None, float]] = {}
    for what, (units, period, level) in questions.items():
        asked = {"first": period.start, "last": period.end, "axis": "place", "level": level}
        calls: dict[str, Callable[[], Any]] = {
            "cells": partial(bench.cells, units, period),
            "live": partial(live.figures, live.on_django, **asked),
            "one": select_one,
        }
        if bench.duck:
            calls["duck"] = partial(live.figures, bench.duck, **asked)
        found = {name: median(t) for name, t in interleaved(bench.rounds, 25, **calls).items()}
        bench.known[f"live {what}"] = found["live"]
        bench.known[f"cells {what}"] = found["cells"]
        fast = found["cells"]
        duck_ratio = fast / found["duck"] if bench.duck else None
        ratios[what] = (fast / found["live"], duck_ratio, fast / found["one"])
        bench.report.row(
            "read", what, cells_ms=ms(fast), live_ms=ms(found["live"]),
            duckdb_ms=ms(found["duck"]) if bench.duck else "-", select_1_ms=ms(found["one"]),
            to_live=share(fast / found["live"]),
            to_duckdb=share(duck_ratio) if duck_ratio else "-",
        )  # fmt: skip
    _split(bench)
    limit = 1 / 3000 if bench.engine == "sqlite" else 1 / 1000
    year = ratios["communes, year"]
    bench.report.goal("G1", share(year[0]), year[0] <= limit)
    for what, target in (
        ("province, month", 30), ("communes, month", 30),
        ("province, year", 200), ("communes, year", 200),
    ):  # fmt: skip
        _live, to_duck, to_one = ratios[what]
        if to_duck is not None:
            bench.report.goal("G2", f"{what} {share(to_duck)}", to_duck <= 1 / target)
        bench.report.goal("G2", f"{to_one:.0f} x SELECT 1", to_one <= 20)


def _split(bench: Bench) -> None:
    """The province's attendances by audience, a year."""
    asked = {"axis": "place", "unit": bench.province, "period": YEAR, "access": bench.leader}
    calls = {
        "cells": partial(figures.breakdown, "attendances", "audience", **asked),
        "live": partial(live.audience_split, live.on_django, YEAR.start, YEAR.end),
    }
    found = {name: median(t) for name, t in interleaved(bench.rounds, 15, **calls).items()}
    bench.report.row(
        "read", "by audience, year", cells_ms=ms(found["cells"]), live_ms=ms(found["live"]),
        to_live=share(found["cells"] / found["live"]),
    )  # fmt: skip


def custom(bench: Bench) -> None:
    """Any range of days: whole half-months from bitmaps, ragged ends from facts."""
    for what, units, level, target in (
        ("province", [bench.province], "province", 4.0), ("by commune", bench.communes, "top", 2.5),
    ):  # fmt: skip
        asked = {"first": RAGGED.start, "last": RAGGED.end, "axis": "place", "level": level}
        calls: dict[str, Callable[[], Any]] = {
            "cells": partial(bench.cells, units, RAGGED),
            "live": partial(live.figures, live.on_django, **asked),
        }
        if bench.duck:
            calls["duck"] = partial(live.figures, bench.duck, **asked)
        found = {name: median(t) for name, t in interleaved(bench.rounds, 30, **calls).items()}
        fast = found["cells"]
        to_duck = fast / found["duck"] if bench.duck else None
        bench.report.row(
            "custom", f"{what}, 19 months", cells_ms=ms(fast), live_ms=ms(found["live"]),
            duckdb_ms=ms(found["duck"]) if bench.duck else "-",
            to_live=share(fast / found["live"]), to_duckdb=share(to_duck) if to_duck else "-",
        )  # fmt: skip
        if to_duck is not None:
            bench.report.goal("G3", f"{what} {share(to_duck)}", to_duck <= 1 / target)


def drill(bench: Bench) -> None:
    """Pages of the rows behind a number, against the count a paginator begins with."""
    counts = {"attendances": live.count_attendances, "people": live.count_people}
    worst_count, worst_deep = 0.0, 0.0
    for code, axis, unit in (
        ("attendances", "place", bench.province), ("attendances", "place", bench.communes[0]),
        ("people", "owner", bench.province), ("people", "owner", bench.communes[0]),
    ):  # fmt: skip
        asked = {"axis": axis, "unit": unit, "period": YEAR, "access": bench.keeper}
        deep = min(2000, max(figures.rows(code, **asked).pages() - 1, 1))
        calls = {
            "first": lambda code=code, asked=asked: figures.rows(code, **asked).page(1),
            "deep": lambda code=code, asked=asked, deep=deep: figures.rows(code, **asked).page(
                deep
            ),
            "count": partial(counts[code], live.on_django, YEAR.start, YEAR.end),
        }
        found = {name: median(t) for name, t in interleaved(bench.rounds, 15, **calls).items()}
        bench.report.row(
            "drill", f"{code}, {unit.level}", page_1_ms=ms(found["first"]),
            deep_page=deep, deep_ms=ms(found["deep"]), count_ms=ms(found["count"]),
            to_count=share(found["first"] / found["count"]),
        )  # fmt: skip
        if unit is bench.province:
            worst_count = max(worst_count, found["first"] / found["count"])
            worst_deep = max(worst_deep, found["deep"] / found["first"])
    bench.report.goal("G9", f"page {share(worst_count)} of the count", worst_count <= 0.01)
    bench.report.goal("G9", f"deep page {worst_deep:.2f} x page 1", worst_deep <= 1.5)


def storage(bench: Bench) -> None:
    """What facts and cells take beside the attendances they are made from."""
    kept = places.size_of(list(ROLLUPS))
    source = places.size_of(["classes_attendance"])
    enrolments = places.size_of(["classes_enrolment"])
    if not (kept and source and enrolments):
        bench.report.row("storage", "facts and cells", note="this database does not tell sizes")
        return
    sizes = {name: places.size_of([name]) or 0 for name in ROLLUPS}
    bench.report.row(
        "storage", "MB", attendances=f"{source / 1e6:.1f}", enrolments=f"{enrolments / 1e6:.1f}",
        facts=f"{sizes[ROLLUPS[0]] / 1e6:.1f}", cells=f"{sizes[ROLLUPS[1]] / 1e6:.1f}",
        traits=f"{sizes[ROLLUPS[2]] / 1e6:.1f}", share=f"{100 * kept / source:.0f} %",
    )  # fmt: skip
    bench.report.goal("G8", f"{100 * kept / source:.0f} %", kept / source <= 0.15)


def rebuild(bench: Bench) -> None:
    """Everything from nothing, and the comparison of everything with the records."""
    from reporting.verification import verify

    reference = bench.known.get("live communes, year") or seconds(
        partial(live.figures, live.on_django, YEAR.start, YEAR.end, "place", "top")
    )
    took = seconds(rollups.rebuild)
    run: list[Any] = []
    checked = seconds(lambda: run.append(verify(repair=False)))
    bench.report.row(
        "rebuild", "from nothing", seconds=f"{took:.1f}", cells=run[0].cells,
        live_years=f"{took / reference:.1f}",
    )  # fmt: skip
    bench.report.row(
        "verify", "every cell", seconds=f"{checked:.1f}", differing=run[0].differing,
        live_years=f"{checked / reference:.1f}",
    )  # fmt: skip
    limit = 3 if bench.engine == "sqlite" else 8
    bench.report.goal("G7", f"rebuild {took / reference:.1f} live years", took / reference <= limit)
    bench.report.goal("G7", f"verify {checked / reference:.1f}", checked / reference <= 2)
    bench.report.goal("G4", f"verification: {run[0].differing} differ", not run[0].differing)


def settle(bench: Bench) -> None:
    """Some changed classes settled, and the province's month read at once."""
    chosen = random.Random(7)
    sheets = TrainingClass.unscoped.counted().exclude(counting="headcount")
    classes = list(sheets.values_list("pk", flat=True))
    reference = bench.known.get("live province, month") or seconds(
        partial(live.figures, live.on_django, MONTH.start, MONTH.end, "place", "province")
    )
    for number in (1, 10, 100):
        times = []
        for _round in range(bench.rounds):
            _touch(chosen.sample(classes, min(number, len(classes))))
            times.append(
                seconds(lambda: (rollups.settle_all(), bench.cells([bench.province], MONTH)))
            )
        took = median(times)
        bench.report.row(
            "settle", f"{number} changed classes + read", ms=ms(took),
            to_live=share(took / reference), a_class_ms=ms(took / number),
        )  # fmt: skip
        if number == 100:
            bench.report.goal(
                "G6", f"settle 100: {share(took / reference)} of live", took / reference <= 0.25
            )


def _touch(pks: list[int]) -> None:
    """Change one attendance sheet of each of some classes: one person was not there after all."""
    marks = ", ".join(map(str, pks))
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM classes_attendance WHERE id IN (SELECT max(a.id) FROM classes_attendance a "
            "JOIN classes_classsession s ON s.id = a.session_id "
            f"WHERE s.training_class_id IN ({marks}) GROUP BY s.training_class_id)"
        )


def growth(bench: Bench) -> None:
    """The same questions on a tenth of the records, side by side."""
    small = round(bench.scale / 10, 6)
    times: dict[str, dict[float, list[float]]] = {}
    asked = {
        "province, month": [bench.province], "communes, year": bench.communes,
    }  # fmt: skip
    periods = {"province, month": MONTH, "communes, year": YEAR}
    for _round in range(bench.rounds + 1):
        for scale in (small, bench.scale):
            places.turn_to(bench.engine, scale)
            for what, units in asked.items():
                bench.cells(units, periods[what])
                few = [seconds(partial(bench.cells, units, periods[what])) for _ in range(9)]
                times.setdefault(what, {}).setdefault(scale, []).append(median(few))
    for what, found in times.items():
        before, now = median(found[small]), median(found[bench.scale])
        bench.report.row(
            "growth",
            what,
            **{f"at_{small:g}": ms(before), f"at_{bench.scale:g}": ms(now)},
            times=f"{now / before:.2f}",
        )
        bench.report.goal("G13", f"{what} {now / before:.2f} x", now / before <= 2)


def waiting(limit: float = 60) -> None:
    """Settle until nothing waits, however much the load has left."""
    end = time.monotonic() + limit
    while rollups.is_due() and time.monotonic() < end:
        rollups.settle_all(seconds=10)
