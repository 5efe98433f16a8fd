"""``manage.py load_units --province 91``: the units of a province, real and dated."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from units.codes import restored
from units.loading import UnknownProvince, load_province, province_codes
from units.models import Unit


class Command(BaseCommand):
    """Loads provinces with their communes, former units, successions and events."""

    help = "Load the administrative units of one or more provinces. Loading again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        chosen = parser.add_mutually_exclusive_group(required=True)
        chosen.add_argument(
            "--province",
            action="append",
            default=[],
            metavar="CODE",
            help="official code of a province since 01/07/2025, such as 91; may be repeated",
        )
        chosen.add_argument("--all", action="store_true", help="all 34 provinces")

    def handle(self, *args: Any, **options: Any) -> None:
        codes = province_codes() if options["all"] else options["province"]
        for code in codes:
            started = perf_counter()
            try:
                loaded = load_province(restored(code, Unit.Level.PROVINCE))
            except UnknownProvince as error:
                known = ", ".join(province_codes())
                raise CommandError(f"There is no province {error}. Codes: {known}.") from error
            if options["verbosity"]:
                self.stdout.write(
                    f"{loaded.names[0]}: {loaded.communes} communes, {loaded.former} former units, "
                    f"{loaded.successions} successions, {loaded.events} events added; "
                    f"{loaded.changed} units changed ({perf_counter() - started:.1f} s)"
                )
