"""Addresses of units' reports."""

from django.urls import path

from reporting.reports import lists, together, views

app_name = "reports"

urlpatterns = [
    path("", lists.ReportList.as_view(), name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/save/", views.save, name="save"),
    path("<int:pk>/move/", views.move, name="move"),
    path("<int:pk>/comment/", views.comment, name="comment"),
    path("of/<int:pk>/approve/", together.approve_many, name="approve_many"),
    path("of/<int:pk>/narratives/", together.narratives, name="narratives"),
]
