"""Addresses of provincial reports."""

from django.urls import path

from reporting.compiled import files, settings_views, views

app_name = "compiled"

urlpatterns = [
    path("<int:pk>/", views.of_cycle, name="of"),
    path("<int:pk>/compile/", views.compile_version, name="compile"),
    path("version/<int:pk>/", views.detail, name="detail"),
    path("version/<int:pk>/source/", views.source, name="source"),
    path("version/<int:pk>/narratives/", views.unit_narratives, name="narratives"),
    path("version/<int:pk>/text/<str:section>/", views.write, name="write"),
    path("version/<int:pk>/draft/<str:section>/", views.draft_again, name="draft_again"),
    path("version/<int:pk>/missing/", views.treat_missing, name="missing"),
    path("version/<int:pk>/lock/", views.lock, name="lock"),
    path("version/<int:pk>/compare/<int:number>/", views.compare, name="compare"),
    path("version/<int:pk>/report.docx", files.word, name="word"),
    path("version/<int:pk>/annexes.xlsx", files.annexes, name="annexes"),
    path("version/<int:pk>/form.xlsx", files.own_form, name="own_form"),
    path("<int:pk>/settings/", settings_views.settings, name="settings"),
    path("<int:pk>/settings/people/", settings_views.subscribe, name="subscribe"),
    path("<int:pk>/settings/people/<int:order>/", settings_views.unsubscribe, name="unsubscribe"),
    path("form/<int:pk>/", files.sent_form, name="sent_form"),
]
