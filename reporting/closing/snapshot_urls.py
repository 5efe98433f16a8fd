"""Addresses of frozen reports and of what changed since."""

from django.urls import path

from reporting.closing import snapshot_views as views

app_name = "snapshots"

urlpatterns = [
    path("snapshots/<int:pk>/", views.detail, name="detail"),
    path("reports/<int:pk>/snapshots/", views.of_report, name="of"),
    path("reports/<int:pk>/changes/", views.changes, name="changes"),
]
