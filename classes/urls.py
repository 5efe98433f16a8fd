"""Addresses of classes."""

from django.urls import path

from classes import views

app_name = "classes"

urlpatterns = [
    path("", views.TrainingClassList.as_view(), name="list"),
    path("new/", views.TrainingClassPage.as_view(), name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.TrainingClassPage.as_view(), name="edit"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/restore/", views.restore, name="restore"),
    path("<int:pk>/sessions/<int:number>/", views.SessionPage.as_view(), name="session"),
    path("<int:pk>/sessions/<int:number>/cancel/", views.cancel_session, name="cancel_session"),
    path("<int:pk>/sessions/<int:number>/restore/", views.restore_session, name="restore_session"),
    path("<int:pk>/attendance/", views.attendance_grid, name="attendance"),
    path("<int:pk>/people/", views.PeoplePage.as_view(), name="people"),
    path("<int:pk>/people/enrol/", views.enrol, name="enrol"),
    path("<int:pk>/people/action/", views.roster_action, name="roster_action"),
]
