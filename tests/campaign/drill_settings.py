"""The portal's own settings with short leases, for processes that are killed on purpose."""

from campaign.settings import *  # noqa: F403
from campaign.settings import LOGGING

JOBS_BEAT_EVERY = 0.1
JOBS_LOST_AFTER = 1
JOBS_SWEEP_EVERY = 0.25
JOBS_MAX_ATTEMPTS = 10_000
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "campaign.tasks.sweep_jobs", "schedule": JOBS_SWEEP_EVERY},
}
LOGGING["root"]["level"] = "ERROR"  # type: ignore[index]
