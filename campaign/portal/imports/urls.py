"""Addresses of the importer."""

from django.urls import path

from campaign.portal.imports import views

app_name = "imports"

urlpatterns = [
    path("", views.batches_of_mine, name="list"),
    path("new/", views.choose_file, name="new"),
    path("template/", views.template, name="template"),
    path("<str:key>/", views.detail, name="detail"),
    path("<str:key>/columns/", views.columns, name="columns"),
    path("<str:key>/check/", views.check, name="check"),
    path("<str:key>/save/", views.save, name="save"),
    path("<str:key>/again/", views.again, name="again"),
    path("<str:key>/undo/", views.undo, name="undo"),
    path("<str:key>/drop/", views.drop, name="drop"),
    path("<str:key>/rows-to-fix/", views.error_workbook, name="errors"),
]
