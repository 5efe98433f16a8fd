"""Addresses of the quality of records and reports."""

from django.urls import path

from reporting.quality import views

app_name = "quality"

urlpatterns = [
    path("", views.overview, name="list"),
    path("<int:pk>/", views.unit, name="unit"),
    path("<int:pk>/<slug:key>/", views.rows, name="rows"),
]
