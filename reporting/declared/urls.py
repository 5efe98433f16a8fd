"""Addresses of declared figures."""

from django.urls import path

from reporting.declared import views

app_name = "declared"

urlpatterns = [
    path("", views.DeclaredList.as_view(), name="list"),
    path("new/", views.DeclaredEntry.as_view(), name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.DeclaredEntry.as_view(), name="edit"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
