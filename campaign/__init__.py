"""The portal's Django project: settings, the campaign's vocabulary and calendar, the portal kit."""

from campaign.celery import app as celery_app

__all__ = ["celery_app"]
