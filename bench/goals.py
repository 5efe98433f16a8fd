"""The goals of performance, each a ratio to a named reference of the same run."""

from __future__ import annotations

from typing import Any

#: goal -> what it asks for; the targets are set for scale 1
GOALS = {
    "G1": "figures of all communes in a year: at most 1/1,000 of live SQL (SQLite 1/3,000)",
    "G2": "standard page against DuckDB, 1 thread: month 1/30, year 1/200; at most 20 x SELECT 1",
    "G3": "any range of days against DuckDB, 1 thread: province 1/4, by commune 1/2.5",
    "G4": "no cell differs from the records, before and after the load of this run",
    "G5": "transactions a second, triggers on against off: check-in 0.75, roster 0.9",
    "G6": "settle 100 changes and read: 1/4 of one live province month; settler 10 % of a core",
    "G7": "rebuild: 8 live by-commune years (SQLite 3); verification: 2",
    "G8": "facts and cells: 15 % of attendances with their indexes",
    "G9": "any page of rows: 1/100 of counting them; page 2,000 at most 1.5 x page 1",
    "G10": "export of 100,000: 0.2 x XlsxWriter, 2.5 x fetching alone; peak at 1 M 1.2 x at 100,000",
    "G11": "import of 100,000 people: 0.4 x validate and bulk_create, 3 x parsing alone",
    "G12": "one worker: kept page 0.25 x hello, built anew 3 x the usual page; p90 2 x p50",
    "G13": "ten times the records: province page at most twice the time; communes by rows shown",
}


def verdict(notes: list[tuple[str, bool | None]]) -> str:
    """Whether all parts of a goal are met."""
    known = [met for _text, met in notes if met is not None]
    if not known:
        return "not measured"
    return "met" if all(known) else "NOT met" if not any(known) else "partly"


def table(runs: list[dict[str, Any]]) -> str:
    """Goals against what some runs measured, as a Markdown table."""
    lines = ["| goal | target (scale 1) | run | measured | met? |", "|---|---|---|---|---|"]
    for code, target in GOALS.items():
        for number, run in enumerate(runs):
            notes = run["goals"].get(code, [])
            measured = "; ".join(
                f"{text}{'' if met is None else ' ✓' if met else ' ✗'}" for text, met in notes
            )
            head = f"| {code} | {target} |" if number == 0 else "| | |"
            lines.append(
                f"{head} {run['engine']} {run['scale']:g} | {measured or '-'} | {verdict(notes)} |"
            )
    return "\n".join(lines)
