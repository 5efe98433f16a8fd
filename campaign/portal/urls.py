"""Addresses the portal kit answers: drafts, exported files, saved views, the change log."""

from django.urls import path

from campaign.portal import desk, search
from campaign.portal.lists import keeping, together

urlpatterns = [
    path("search/", search.search, name="search"),
    path("drafts/", desk.save_draft, name="draft"),
    path("exports/", desk.exports, name="exports"),
    path("exports/<str:key>/", desk.export_status, name="export"),
    path("exports/<str:key>/cancel/", desk.export_cancel, name="export_cancel"),
    path("exports/<str:key>/file/", desk.export_file, name="export_file"),
    path("me/views/", keeping.saved_views, name="saved_views"),
    path("me/views/save/", keeping.save_view, name="save_view"),
    path("me/views/open/", keeping.open_with, name="open_with"),
    path("me/views/columns/", keeping.keep_columns, name="keep_columns"),
    path("me/views/<int:pk>/", keeping.saved_view, name="saved_view"),
    path("me/views/<int:pk>/delete/", keeping.delete_view, name="delete_view"),
    path("bulk/", together.bulk_changes, name="bulk_changes"),
    path("bulk/<str:key>/", together.bulk_change, name="bulk_change"),
    path("bulk/<str:key>/undo/", together.undo_bulk, name="undo_bulk"),
    path("manage/changes/", desk.changes, name="changes"),
]
