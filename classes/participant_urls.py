"""Addresses of participants."""

from django.urls import path

from classes import duplicate_views as duplicates
from classes import participant_views as views

app_name = "participants"

urlpatterns = [
    path("", views.search, name="list"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<int:pk>/undo/", duplicates.ask_again, name="ask_again"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.ParticipantPage.as_view(), name="edit"),
    path("<int:pk>/merge/", views.merge, name="merge"),
    path("merges/<int:entry>/undo/", views.unmerge, name="unmerge"),
]
