"""``python -m bench``: measure the portal against its goals. See docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import goals, places
from bench.run import SECTIONS

SERVER = "postgres://postgres@127.0.0.1:5432/postgres"


def parser() -> argparse.ArgumentParser:
    """What may be asked for."""
    found = argparse.ArgumentParser(prog="bench", description=__doc__)
    found.add_argument("--scale", type=float, default=0.1, help="0.01, 0.1 (default), 1 or 4")
    found.add_argument("--db", choices=(*places.ENGINES, "both"), default="both")
    found.add_argument("--section", action="append", choices=SECTIONS, help="only this (repeat)")
    found.add_argument("--quick", action="store_true", help="three short rounds, no growth")
    found.add_argument("--reuse", action="store_true", help="use a province that already stands")
    found.add_argument("--json", type=Path, metavar="FILE", help="write everything measured")
    return found


def environment(options: argparse.Namespace, engine: str, server: str) -> dict[str, str]:
    """The surroundings of a run on one database: never the portal's own."""
    surroundings = dict(os.environ)
    surroundings["DATABASE_URL"] = places.url_of(engine, options.scale, server)
    surroundings["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    surroundings["BENCH_CACHE_PREFIX"] = f"bench-{engine}-{os.getpid()}"
    surroundings["LOG_LEVEL"] = "WARNING"
    if engine == "sqlite":
        surroundings.pop("REDIS_URL", None)
    return surroundings


def main() -> int:
    """Run on each database asked for, in a process of its own; then the table of goals."""
    options = parser().parse_args()
    server = os.environ.get("BENCH_SERVER") or os.environ.get("DATABASE_URL", "")
    server = server if server.startswith("postgres") else SERVER
    if os.environ.get("BENCH_ENGINE"):
        from bench.run import run

        result = run(options, os.environ["BENCH_ENGINE"], server)
        Path(os.environ["BENCH_RESULT"]).write_text(json.dumps(result), encoding="utf-8")
        return 0 if result["equal"] else 1
    runs: list[dict[str, Any]] = []
    for engine in places.ENGINES if options.db == "both" else (options.db,):
        with tempfile.TemporaryDirectory() as folder:
            result_file = Path(folder) / "result.json"
            surroundings = environment(options, engine, server) | {
                "BENCH_ENGINE": engine, "BENCH_SERVER": server, "BENCH_RESULT": str(result_file),
            }  # fmt: skip
            command = [sys.executable, "-m", "bench", *sys.argv[1:]]
            code = subprocess.call(command, env=surroundings, cwd=places.ROOT)
            if result_file.exists():
                runs.append(json.loads(result_file.read_text(encoding="utf-8")))
            if code:
                print(f"The run on {engine} failed.", file=sys.stderr)
                return code
    print("\n" + goals.table(runs))
    if options.json:
        options.json.write_text(json.dumps(runs, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
