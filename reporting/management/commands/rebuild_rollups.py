"""Work all figures out from the records, from nothing, and compare them with the records."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from reporting.rollups import rebuild
from reporting.verification import verify


class Command(BaseCommand):
    help = "Throw all figures away and work them out from the records (after a restore, TRUNCATE)."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        cells = rebuild()
        self.stdout.write(f"{cells} cells rebuilt in {time.monotonic() - started:.1f} s.")
        run = verify()
        self.stdout.write(f"{run.cells} compared with the records, {run.differing} differing.")
