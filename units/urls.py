"""Addresses of units."""

from django.urls import path

from units import views

app_name = "units"

urlpatterns = [
    path("suggest/", views.suggest, name="suggest"),
]
