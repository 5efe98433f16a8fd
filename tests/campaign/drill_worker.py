"""Keeps some processes that execute jobs alive, as a service manager does: who dies is replaced.

Run as ``python -m tests.campaign.drill_worker DIRECTORY HOW_MANY``. Each process leaves its number
in a file of the directory. They are forked from one that has everything loaded, so a new one is
there at once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

import celery.apps.beat  # noqa: E402  (loaded once, before the forks)
import celery.apps.worker  # noqa: E402
import celery.concurrency.solo  # noqa: E402, F401
import kombu.transport.redis  # noqa: E402, F401
from django.conf import settings  # noqa: E402

from campaign.celery import app  # noqa: E402
from campaign.portal import exports, jobs  # noqa: E402, F401
from tests.campaign import drill_jobs  # noqa: E402, F401


def thread_runner() -> None:
    """A web process of the single-process shape, as far as jobs are concerned."""
    jobs.keep_sweeping()
    while True:
        time.sleep(60)


def celery_worker() -> None:
    """A Celery worker, started as its command starts it."""
    app.Worker(
        hostname=f"drill-{os.getpid()}@here", pool="solo", loglevel="ERROR", quiet=True,
        without_gossip=True, without_mingle=True, without_heartbeat=True,
    ).start()  # fmt: skip


def celery_beat(directory: Path) -> None:
    """What sends the sweeper round."""
    app.Beat(loglevel="ERROR", schedule=str(directory / "beat"), max_interval=0.2).run()


def main() -> None:
    """Fork everybody, and fork again whoever dies, until told to stop."""
    directory, how_many = Path(sys.argv[1]), int(sys.argv[2])
    is_celery = settings.JOBS_RUNNER == "celery"
    duties: dict[str, Callable[[], None]] = {
        f"worker-{n}": celery_worker if is_celery else thread_runner for n in range(how_many)
    }
    if is_celery:
        duties["beat"] = lambda: celery_beat(directory)
    serving: dict[int, str] = {}

    def start(name: str) -> None:
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            duties[name]()
            os._exit(0)
        serving[pid] = name
        note = directory / f"{name}.new"
        note.write_text(str(pid))
        note.replace(directory / f"{name}.pid")

    def stop(*_signal: object) -> None:
        for pid in serving:
            os.kill(pid, signal.SIGKILL)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    for name in duties:
        start(name)
    while True:
        pid, _status = os.wait()
        start(serving.pop(pid))


if __name__ == "__main__":
    main()
