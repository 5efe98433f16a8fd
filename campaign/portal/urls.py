"""Addresses the portal kit answers: drafts, exported files, the change log."""

from django.urls import path

from campaign.portal import desk, search

urlpatterns = [
    path("search/", search.search, name="search"),
    path("drafts/", desk.save_draft, name="draft"),
    path("exports/", desk.exports, name="exports"),
    path("exports/<str:key>/", desk.export_status, name="export"),
    path("exports/<str:key>/file/", desk.export_file, name="export_file"),
    path("manage/changes/", desk.changes, name="changes"),
]
