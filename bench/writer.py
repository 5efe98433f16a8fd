"""One writing process on a SQLite file: ``python -m bench.writer FILE SECONDS SEED AMOUNT SQL...``.

Prints how many transactions it finished. ``{number}`` in the SQL is drawn anew for each.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import time


def main() -> None:
    """Write without a pause, a transaction at a time, as long as told."""
    path, seconds, seed, amount, *texts = sys.argv[1:]
    chosen = random.Random(int(seed))
    own = sqlite3.connect(path, timeout=20, isolation_level=None)
    own.execute("PRAGMA synchronous=NORMAL")
    own.execute("PRAGMA foreign_keys=ON")
    done, end = 0, time.monotonic() + float(seconds)
    while time.monotonic() < end:
        own.execute("BEGIN IMMEDIATE")
        number = str(chosen.randint(1, int(amount)))
        for text in texts:
            own.execute(text.replace("{number}", number))
        own.execute("COMMIT")
        done += 1
    own.close()
    print(done)


if __name__ == "__main__":
    main()
