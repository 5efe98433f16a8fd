"""Timing: always side by side, round after round, and told as medians."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Call = Callable[[], Any]


def seconds(call: Call) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def interleaved(rounds: int, limit: float = 30.0, **calls: Call) -> dict[str, list[float]]:
    """Seconds of each call, round after round (A B C A B C ...), after one round to warm up.

    Short calls are repeated within their turn, so that each turn lasts some milliseconds. Rounds
    end early when ``limit`` seconds are spent; no call is measured fewer than three times.
    """
    repeats = {
        name: max(1, min(50, int(0.02 / max(seconds(call), 1e-5)))) for name, call in calls.items()
    }
    found: dict[str, list[float]] = {name: [] for name in calls}
    began = time.perf_counter()
    for number in range(rounds):
        for name, call in calls.items():
            times = [seconds(call) for _ in range(repeats[name])]
            found[name].append(statistics.median(times))
        if number >= 2 and time.perf_counter() - began > limit:
            break
    return found


def median(times: list[float]) -> float:
    """The middle of some measurements."""
    return statistics.median(times)


def ms(value: float) -> str:
    """Seconds as milliseconds, three figures."""
    return f"{value * 1000:.3g}" if value < 10 else f"{value * 1000:,.0f}"


def share(value: float) -> str:
    """A ratio: 1/350 below one, otherwise 2.10."""
    if value <= 0:
        return "0"
    return f"1/{1 / value:,.1f}" if value < 0.1 else f"{value:.2f}"


@dataclass
class Report:
    """What one run on one database found."""

    engine: str
    scale: float
    rounds: int
    facts: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    #: {"G1": (what was measured, whether the goal is met or None)}
    goals: dict[str, list[tuple[str, bool | None]]] = field(default_factory=dict)

    def tell(self, text: str) -> None:
        """Say something while the run goes on."""
        print(f"  {text}", flush=True)

    def row(self, section: str, what: str, **figures: Any) -> None:
        """Keep and show one line of a section."""
        self.rows.append({"section": section, "what": what, **figures})
        shown = " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
        self.tell(f"{section:<10} {what:<34} {shown}")

    def goal(self, code: str, measured: str, met: bool | None) -> None:
        """Note what was measured for a goal; several notes of one goal must all hold."""
        self.goals.setdefault(code, []).append((measured, met))


def machine(cursor: Any, vendor: str) -> dict[str, str]:
    """Where this was measured."""
    cursor.execute("SHOW server_version" if vendor == "postgresql" else "SELECT sqlite_version()")
    database = f"{vendor} {cursor.fetchone()[0]}"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return {
        "cores": str(os.cpu_count()),
        "python": sys.version.split()[0],
        "database": database,
        "system": platform.platform(terse=True),
        "load before": f"{load:.1f}",
    }
