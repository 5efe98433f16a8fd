"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from campaign import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz/", views.healthz, name="healthz"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("help/", views.help_page, name="help"),
    path("about/privacy/", views.privacy, name="privacy"),
    path("", include("accounts.urls")),
    path("", include("campaign.portal.urls")),
    path("imports/", include("campaign.portal.imports.urls")),
    path("units/", include("units.urls")),
    path("teams/", include("units.team_urls")),
    path("classes/", include("classes.urls")),
    path("participants/", include("classes.participant_urls")),
    path("activities/", include("activities.urls")),
    path("", include("reporting.urls")),
    path("admin/", admin.site.urls),
]

handler404 = "campaign.views.not_found"
handler500 = "campaign.views.broken"
