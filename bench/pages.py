"""Whole pages through a real server with one worker, against the least a page can be."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from bench.measure import median, ms
from bench.places import ROOT
from bench.sections import MONTH, Bench


class Server:
    """One gunicorn worker on a free port of this machine."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [
            sys.executable, "-m", "gunicorn", "campaign.wsgi", "--bind", f"127.0.0.1:{self.port}",
            "--workers", "1", "--log-level", "error",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
        )

    def __enter__(self) -> Server:
        for _try in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("The server did not start.")

    def __exit__(self, *error: Any) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def get(self, path: str, cookie: str = "", gzip: bool = False) -> bytes:
        """One request on a connection of its own; the whole answer."""
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        head += f"Cookie: {cookie}\r\n" if cookie else ""
        head += "Accept-Encoding: gzip\r\n" if gzip else ""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall(head.encode() + b"\r\n")
            parts = []
            while part := line.recv(1 << 16):
                parts.append(part)
        return b"".join(parts)

    def rate(self, path: str, cookie: str, seconds: float, *, gzip: bool = False) -> float:
        """Answers a second, asked by two clients without a pause."""
        counts = [0, 0]
        began = time.perf_counter()

        def ask(number: int) -> None:
            while time.perf_counter() - began < seconds:
                self.get(path, cookie, gzip)
                counts[number] += 1

        clients = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        return sum(counts) / (time.perf_counter() - began)


def page(bench: Bench) -> None:
    """The provincial dashboard kept and built anew, hello, and the usual way to build a page."""
    client = Client()
    client.force_login(bench.leader.user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    cookie = f"{name}={client.cookies[name].value}"
    root = bench.province.pk
    asked = f"?period={MONTH.code}&show=all"
    paths = {
        "hello": ("/bench/hello/", "", False),
        "hello, signed in": ("/bench/hello/?who", cookie, False),
        "dashboard, kept": (reverse("dashboard_of", args=[root]) + asked, cookie, False),
        "kept, compressed": (reverse("dashboard_of", args=[root]) + asked, cookie, True),
        "dashboard, anew": (f"/bench/uncached/{root}/{asked}", cookie, False),
        "usual page": (f"/bench/reference/{root}/{asked}", cookie, False),
    }
    turn = 0.4 if bench.quick else 1.0
    rates: dict[str, list[float]] = {what: [] for what in paths}
    with Server() as server:
        sizes = {}
        for what, (path, jar, gzip) in paths.items():
            answer = server.get(path, jar, gzip)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{what}: {answer[:200]!r}")
            sizes[what] = len(server.get(path, jar, gzip))
        for _round in range(bench.rounds):
            for what, (path, jar, gzip) in paths.items():
                rates[what].append(server.rate(path, jar, turn, gzip=gzip))
        found = {what: median(times) for what, times in rates.items()}
        path, jar, _gzip = paths["dashboard, kept"]
        times = sorted(_timed(server, path, jar) for _turn in range(60 if bench.quick else 200))
    for what, per_second in found.items():
        bench.report.row(
            "page", what, a_second=f"{per_second:.0f}", kB=f"{sizes[what] / 1000:.0f}",
            to_hello=f"{per_second / found['hello']:.3f}",
        )  # fmt: skip
    p50, p90 = times[len(times) // 2], times[len(times) * 9 // 10]
    bench.report.row("page", "kept, one connection", p50_ms=ms(p50), p90_ms=ms(p90))
    kept = found["dashboard, kept"] / found["hello"]
    anew = found["dashboard, anew"] / found["usual page"]
    bench.report.goal("G12", f"kept {kept:.2f} x hello", kept >= 0.25)
    bench.report.goal("G12", f"anew {anew:.2f} x usual", anew >= 3)
    bench.report.goal("G12", f"p90 {p90 / p50:.1f} x p50", p90 <= 2 * p50)


def _timed(server: Server, path: str, cookie: str) -> float:
    start = time.perf_counter()
    server.get(path, cookie)
    return time.perf_counter() - start
