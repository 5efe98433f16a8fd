"""What Celery does for figures: settle every few seconds, compare with the records every night."""

from celery import shared_task

from reporting import rollups


@shared_task
def settle() -> int:
    """Bring figures up to date; returns how many changes were taken."""
    return rollups.settle_all(seconds=20)
