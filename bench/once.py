"""One export or import in a process of its own, which says what it took: ``python -m bench.once``."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Do one thing once; the last line printed is what it took, as JSON."""
    parser = argparse.ArgumentParser(prog="bench.once", description=__doc__)
    parser.add_argument("section", choices=("exporting", "importing"))
    parser.add_argument("way")
    parser.add_argument("rows", type=int)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    import django

    django.setup()
    way = import_module(f"bench.{options.section}").WAYS[options.way]
    started, processor = time.perf_counter(), time.process_time()
    done = way(options.rows, options.file)
    print(
        json.dumps(
            {
                "rows": done,
                "seconds": time.perf_counter() - started,
                "cpu": time.process_time() - processor,
                "peak": peak_mb(),
                "file": options.file.stat().st_size / 1e6 if options.file.exists() else 0,
            }
        )
    )


def peak_mb() -> float:
    """The most memory this process has held, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage() tells begins with the memory of the parent
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
