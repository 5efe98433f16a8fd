"""Addresses of teams."""

from django.urls import path

from units import team_roster, team_views

app_name = "teams"

urlpatterns = [
    path("", team_views.TeamList.as_view(), name="list"),
    path("new/", team_views.TeamPage.as_view(), name="new"),
    path("<int:pk>/", team_views.detail, name="detail"),
    path("<int:pk>/edit/", team_views.TeamPage.as_view(), name="edit"),
    path("<int:pk>/members/", team_roster.MembersPage.as_view(), name="members"),
    path("<int:pk>/end/", team_views.end, name="end"),
    path("<int:pk>/restore/", team_views.restore, name="restore"),
]
