"""The portal as a WSGI application."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings")
application = get_wsgi_application()

if settings.JOBS_RUNNER == "thread":
    from campaign.portal import jobs

    jobs.keep_sweeping()
