"""The portal as an ASGI application."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")
application = get_asgi_application()

if settings.JOBS_RUNNER == "thread":
    from campaign.portal import jobs

    jobs.keep_sweeping()
