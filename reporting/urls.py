"""Addresses of my work, dashboards, indicators, figures and the API."""

from django.urls import include, path

from reporting import views, work
from reporting.reminders import views as reminder_views

urlpatterns = [
    path("work/", work.work, name="work"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/province/<int:pk>/", views.province_dashboard, name="dashboard_of"),
    path("dashboard/unit/<int:pk>/", views.unit_dashboard, name="unit_dashboard"),
    path("dashboard/indicators/", views.indicators, name="indicators"),
    path("dashboard/indicator/<slug:code>/", views.indicator, name="indicator"),
    path("dashboard/rows/<slug:code>/", views.rows, name="rows"),
    path("me/notifications/", reminder_views.notifications, name="notifications"),
    path("reporting/reminders/", include("reporting.reminders.urls")),
    path("declared/", include("reporting.declared.urls")),
    path("reporting/targets/", include("reporting.targets.urls")),
    path("reporting/cycles/", include("reporting.cycles.urls")),
    path("reporting/quality/", include("reporting.quality.urls")),
    path("reporting/", include("reporting.closing.snapshot_urls")),
    path("reporting/", include("reporting.closing.urls")),
    path("reporting/compiled/", include("reporting.compiled.urls")),
    path("reporting/reports/", include("reporting.reports.urls")),
    path("api/", include("reporting.api")),
]
