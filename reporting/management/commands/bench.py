"""``manage.py bench``: measure the portal on a synthetic province in a database of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Hand everything to ``python -m bench``, which never opens the portal's own database."""

    help = "Measure the portal against its goals: docs/benchmarks.md"

    def run_from_argv(self, argv: list[str]) -> None:
        command = [sys.executable, "-m", "bench", *argv[2:]]
        sys.exit(subprocess.call(command, cwd=settings.BASE_DIR))  # noqa: S603

    def handle(self, *args: Any, **options: Any) -> None:
        subprocess.run([sys.executable, "-m", "bench"], cwd=settings.BASE_DIR, check=True)
