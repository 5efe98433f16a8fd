"""Compare all figures with the records."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reporting.verification import verify


class Command(BaseCommand):
    help = "Work every cell out a second way, from the records, and compare."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-repair", action="store_true", help="Only report differences.")

    def handle(self, *args: Any, **options: Any) -> None:
        run = verify(repair=not options["no_repair"])
        found = f"{run.cells} cells, {run.differing} differing, {run.repaired} repaired"
        if not run.is_ok:
            raise CommandError(f"{found}.")
        self.stdout.write(f"{found}, {run.seconds:.1f} s.")
