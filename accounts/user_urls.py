"""Addresses of the accounts of others."""

from django.urls import path

from accounts import bulk_views, user_views

app_name = "users"

urlpatterns = [
    path("", user_views.UserList.as_view(), name="list"),
    path("new/", user_views.new, name="new"),
    path("many/", bulk_views.start, name="bulk"),
    path("many/sheet/", bulk_views.sheet, name="sheet"),
    path("many/template/", bulk_views.template, name="template"),
    path("<int:pk>/", user_views.edit, name="edit"),
    path("<int:pk>/postings/", user_views.add_posting, name="add_posting"),
    path("<int:pk>/postings/<int:posting_pk>/", user_views.end_posting, name="end_posting"),
    path("<int:pk>/deactivate/", user_views.deactivate, name="deactivate"),
    path("<int:pk>/reactivate/", user_views.reactivate, name="reactivate"),
    path("<int:pk>/reset/", user_views.reset, name="reset"),
]
