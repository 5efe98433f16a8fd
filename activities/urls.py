"""Addresses of activities, their evidence, exemplary models and solutions."""

from django.urls import path

from activities.views import activities, evidence, models, sites, solutions

app_name = "activities"

urlpatterns = [
    path("", activities.ActivityList.as_view(), name="list"),
    path("new/", activities.ActivityEntry.as_view(), name="new"),
    path("<int:pk>/", activities.detail, name="detail"),
    path("<int:pk>/edit/", activities.ActivityEntry.as_view(), name="edit"),
    path("<int:pk>/sites/", sites.sites, name="sites"),
    path("<int:pk>/cancel/", activities.cancel, name="cancel"),
    path("<int:pk>/restore/", activities.restore, name="restore"),
    path("<int:pk>/evidence/", evidence.add, name="evidence_add"),
    path("evidence/<int:pk>/", evidence.file, name="evidence_file"),
    path("evidence/<int:pk>/remove/", evidence.remove, name="evidence_remove"),
    path("models/", models.ModelList.as_view(), name="models"),
    path("models/new/", models.ModelEntry.as_view(), name="model_new"),
    path("models/<int:pk>/", models.detail, name="model"),
    path("models/<int:pk>/edit/", models.ModelEntry.as_view(), name="model_edit"),
    path("models/<int:pk>/end/", models.end, name="model_end"),
    path("models/<int:pk>/resume/", models.resume, name="model_resume"),
    path("models/<int:pk>/cancel/", models.cancel, name="model_cancel"),
    path("models/<int:pk>/restore/", models.restore, name="model_restore"),
    path("solutions/", solutions.SolutionList.as_view(), name="solutions"),
    path("solutions/new/", solutions.SolutionEntry.as_view(), name="solution_new"),
    path("solutions/<int:pk>/", solutions.detail, name="solution"),
    path("solutions/<int:pk>/edit/", solutions.SolutionEntry.as_view(), name="solution_edit"),
    path("solutions/<int:pk>/cancel/", solutions.cancel, name="solution_cancel"),
    path("solutions/<int:pk>/restore/", solutions.restore, name="solution_restore"),
]
