"""Addresses of reminders: sending them by hand, and the log of a cycle."""

from django.urls import path

from reporting.reminders import lists, views

app_name = "reminders"

urlpatterns = [
    path("send/", views.send, name="send"),
    path("cycle/<int:pk>/", lists.ReminderLog.as_view(), name="log"),
]
