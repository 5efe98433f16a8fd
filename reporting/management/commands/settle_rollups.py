"""Bring figures up to date now."""

from typing import Any

from django.core.management.base import BaseCommand

from reporting.rollups import settle_all


class Command(BaseCommand):
    help = "Work out anew whatever changed since figures were last settled."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{settle_all()} changes settled.")
