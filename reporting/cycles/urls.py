"""Addresses of cycles, requests and templates."""

from django.urls import path

from reporting.cycles import changes, lists, report_list, requests, template_pages, views

app_name = "cycles"

urlpatterns = [
    path("", lists.CycleList.as_view(), name="list"),
    path("request/", requests.RequestEntry.as_view(), name="request"),
    path("templates/", template_pages.TemplateList.as_view(), name="templates"),
    path("templates/new/", template_pages.TemplateEntry.as_view(), name="new_template"),
    path("templates/<int:pk>/", template_pages.TemplateEntry.as_view(), name="template"),
    path("<int:pk>/", views.board, name="board"),
    path("<int:pk>/reports/", report_list.ReportList.as_view(), name="reports"),
    path("<int:pk>/answers/", requests.answers, name="answers"),
    path("<int:pk>/extend/", changes.extend, name="extend"),
]
