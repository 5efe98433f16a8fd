"""Addresses of targets."""

from django.urls import path

from reporting.targets import sharing, views

app_name = "targets"

urlpatterns = [
    path("", views.TargetList.as_view(), name="list"),
    path("new/", views.TargetEntry.as_view(), name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.TargetEntry.as_view(), name="edit"),
    path("<int:pk>/remove/", views.remove, name="remove"),
    path("<int:pk>/split/", sharing.SplitPage.as_view(), name="split"),
    path("<int:pk>/units/", sharing.SharesPage.as_view(), name="grid"),
]
