"""Work for the drill that has no page of its own: many rows in one transaction."""

from django.db import transaction

from campaign.models import ChangeEntry, Job
from campaign.portal import jobs
from campaign.portal.access import Access

ROWS = 1_000
STEP = 25


@jobs.job("drill_rows")
def write_rows(job: Job, access: Access, progress: jobs.Progress) -> None:
    """Write rows in one transaction, saying how far it is, as an import does."""
    with transaction.atomic():
        jobs.hold(job)
        for start in range(0, ROWS, STEP):
            ChangeEntry.objects.bulk_create(
                ChangeEntry(
                    by=access.user,
                    action=ChangeEntry.Action.CREATED,
                    model=f"drill {job.pk}",
                    record_id=number,
                    record_label="row",
                )
                for number in range(start, start + STEP)
            )
            progress(start + STEP, ROWS)
