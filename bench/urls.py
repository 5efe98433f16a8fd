"""The portal's addresses, and the pages it is measured against."""

from django.urls import include, path

from bench import reference

urlpatterns = [
    path("bench/hello/", reference.hello),
    path("bench/reference/<int:pk>/", reference.plain_page),
    path("bench/uncached/<int:pk>/", reference.uncached),
    path("", include("campaign.urls")),
]

handler404 = "campaign.views.not_found"
handler500 = "campaign.views.broken"
