"""``manage.py demo``: An Giang with two years of invented work, or a scenario of the press."""

from __future__ import annotations

import secrets
from time import perf_counter
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Posting, User
from reporting import rollups
from reporting.demo import build
from reporting.demo.scenarios import scenarios
from reporting.demo.wording import wording
from reporting.verification import verify

PASSWORD = "hoc-so-an-giang-2026"  # noqa: S105  # of invented people, in a demonstration
SHORTEST_PASSWORD = 12
SIZES = (0.01, 2.0)


class Command(BaseCommand):
    """Builds the demonstration, once; or plays a scenario, once."""

    help = (
        "Build the demonstration province (An Giang: real communes, invented people and work), or "
        "a scenario whose records add up to published figures. Doing it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--fresh", action="store_true", help="take the demonstration away first"
        )
        parser.add_argument(
            "--discard-entered",
            action="store_true",
            help="with --fresh: also take away what people entered into the demonstration",
        )
        parser.add_argument(
            "--size", type=float, default=1.0, help="0.1 for a tenth; 1 is full size"
        )
        parser.add_argument("--scenario", metavar="NAME", help="play one scenario instead")
        parser.add_argument("--list", action="store_true", help="list the scenarios")
        parser.add_argument("--password", help="the password of all demonstration accounts")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            return self._list()
        if not SIZES[0] <= options["size"] <= SIZES[1]:
            raise CommandError(f"--size lies between {SIZES[0]} and {SIZES[1]}.")
        password = options["password"] or self._password()
        if len(password) < SHORTEST_PASSWORD:
            raise CommandError(f"The password needs {SHORTEST_PASSWORD} characters or more.")
        if options["fresh"]:
            self._refuse_real(may_discard=options["discard_entered"])
            build.clear()
        if options["scenario"]:
            return self._play(options["scenario"], password)
        return self._build(options["size"], password)

    # --- Parts --------------------------------------------------------------------------

    def _list(self) -> None:
        for scenario in scenarios().values():
            self.stdout.write(f"{scenario.name:<16} {scenario.about}")

    def _build(self, size: float, password: str) -> None:
        if build.is_built():
            self.stdout.write("The demonstration province is there already; nothing was changed.")
            self._introduce(password)
            return
        self._refuse_real(may_discard=False)
        if build.is_used():
            raise CommandError(
                "An Giang holds demonstration records of a scenario: begin anew with --fresh."
            )
        started = perf_counter()
        written = build.build(size=size, password=password)
        recorded = perf_counter()
        rollups.rebuild()
        written |= build.report(size=size)
        self._say(written, recorded - started, perf_counter() - recorded)
        self._compare()
        self._introduce(password)

    def _introduce(self, password: str) -> None:
        """Who can sign in, as what, and with which password where it is still the given one."""
        names = [player["username"] for player in wording("organisations")["cast"]]
        accounts = User.objects.filter(username__in=names, is_active=True).order_by("pk")
        changed = []
        for user in accounts:
            posting = Posting.unscoped.in_force().filter(user=user).select_related("unit").first()
            office = f"{posting.title} · {posting.unit.short_name}" if posting else "no posting"
            self.stdout.write(f"  {user.username:<6} {user.full_name:<20} {office}")
            if not check_password(password, user.password):
                changed.append(user.username)
        self.stdout.write(f"Password of everybody: {password}")
        if changed:
            self.stdout.write(f"  (not of {', '.join(changed)}: theirs was changed)")

    def _play(self, name: str, password: str) -> None:
        scenario = scenarios().get(name)
        if scenario is None:
            known = ", ".join(scenarios())
            raise CommandError(f"There is no scenario {name}. Known: {known}.")
        if build.is_played(scenario):
            self.stdout.write(f"{scenario.name} is there already; nothing was changed.")
            return
        self._refuse_real(may_discard=False)
        started = perf_counter()
        written = build.play(scenario, password)
        recorded = perf_counter()
        rollups.settle_all()
        self._say(written, recorded - started, perf_counter() - recorded)
        self.stdout.write(scenario.about)
        self.stdout.write(f"Sign in as {scenario.name}, password {password}")

    def _password(self) -> str:
        """A known password on a desk, an unknown one where the portal is in earnest."""
        return secrets.token_urlsafe(15) if settings.IS_PRODUCTION else PASSWORD

    def _refuse_real(self, *, may_discard: bool) -> None:
        found = build.real_records()
        if found and not (may_discard and build.is_demonstration()):
            listed = ", ".join(f"{number} {kind}" for kind, number in found.items())
            raise CommandError(
                f"This database holds records that are not demonstration data ({listed}). "
                "The demonstration needs a database of its own."
            )

    def _compare(self) -> None:
        """Work all figures out a second way, as every night, so that pages can say when."""
        run = verify()
        self.stdout.write(
            f"{run.cells:,} figures compared with the records in {run.seconds:.1f} s, "
            f"{run.differing} differed."
        )

    def _say(self, written: dict[str, int], recording: float, reckoning: float) -> None:
        rows = sum(written.values())
        self.stdout.write(
            f"{rows:,} records in {recording:.1f} s; their figures in {reckoning:.1f} s."
        )
