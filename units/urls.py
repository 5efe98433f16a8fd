"""Addresses of units."""

from django.urls import path

from units import views

app_name = "units"

urlpatterns = [
    path("", views.UnitList.as_view(), name="list"),
    path("suggest/", views.suggest, name="suggest"),
    path("import/", views.import_hamlets, name="import"),
    path("hamlets/new/", views.HamletPage.as_view(), name="new_hamlet"),
    path("organisations/new/", views.BodyPage.as_view(), name="new_body"),
    path("profiles/new/", views.ProfilePage.as_view(), name="new_profile"),
    path("profiles/<int:pk>/edit/", views.ProfilePage.as_view(), name="edit_profile"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/end/", views.end, name="end"),
    path("<int:pk>/restore/", views.restore, name="restore"),
]
