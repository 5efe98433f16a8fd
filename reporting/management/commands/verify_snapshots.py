"""Check that frozen reports are what was frozen."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting.closing.verifying import verify_all


class Command(BaseCommand):
    """Check hashes, add figures up from the frozen facts, build closed periods again."""

    help = (
        "Check every snapshot: its hash, its figures from its own facts, and, where the period is "
        "closed and nothing was amended, that the records still give the same text."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--snapshots-only", action="store_true", help="do not compare with the records"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and say what was found; the exit status tells whether all is well."""
        checked = verify_all(against_records=not options["snapshots_only"])
        for what, found in (("BROKEN", checked.broken), ("CHANGED", checked.unexplained)):
            for snapshot in found:
                self.stdout.write(f"{what} {snapshot.pk} {snapshot.sha256} {snapshot.unit}")
        self.stdout.write(
            f"{checked.snapshots} snapshots, {len(checked.broken)} broken; "
            f"{checked.built_again} built again, {len(checked.unexplained)} of them differ."
        )
        if not checked.is_well:
            raise CommandError("Not every snapshot is what was frozen.")
