"""What Celery executes for the portal kit."""

from celery import shared_task

from campaign.portal import jobs


@shared_task
def run_job(pk: int) -> None:
    """Execute one job of the job table."""
    jobs.run(pk)


@shared_task
def sweep_jobs() -> int:
    """Queue again the jobs that were lost."""
    return jobs.sweep()
