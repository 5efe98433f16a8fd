"""The benchmark itself works: figures equal the records, and every goal is printed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import goals

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One run on the smallest province, in a database file of its own."""
    folder = tmp_path_factory.mktemp("bench")
    result = folder / "result.json"
    surroundings = dict(os.environ)
    surroundings |= {"PORTAL_VAR_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""}
    command = [
        sys.executable, "-m", "bench", "--scale", "0.01", "--db", "sqlite", "--quick",
        "--json", str(result),
    ]  # fmt: skip
    for section in ("read", "custom", "settle", "page"):
        command += ["--section", section]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return {"printed": done.stdout, "result": json.loads(result.read_text(encoding="utf-8"))[0]}


def test_every_cell_of_the_synthetic_province_equals_its_records(run: dict[str, Any]) -> None:
    before, after = [row for row in run["result"]["rows"] if row["section"] == "equality"]
    assert before["cells"] > 5_000
    assert before["numbers"] > 100_000
    assert before["differing"] == after["differing"] == 0
    assert run["result"]["equal"]


def test_every_goal_is_printed_with_what_was_measured(run: dict[str, Any]) -> None:
    for code in goals.GOALS:
        assert f"| {code} |" in run["printed"]
    assert run["result"]["goals"].keys() >= {"G1", "G2", "G4", "G6", "G12"}


def test_the_machine_and_the_sizes_are_stated(run: dict[str, Any]) -> None:
    assert run["result"]["facts"].keys() >= {"cores", "python", "database", "attendances", "people"}


def test_a_difference_between_cells_and_records_fails_the_run() -> None:
    assert goals.verdict([("3 of 10 numbers differ", False)]) == "NOT met"
    assert goals.verdict([("0 of 10 numbers differ", True)]) == "met"
    assert goals.verdict([]) == "not measured"
