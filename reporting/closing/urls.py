"""Addresses of what is closed, and of what was amended."""

from django.urls import include, path

from reporting.closing import views

amendments = (
    [
        path("", views.AmendmentList.as_view(), name="list"),
        path("seen/", views.seen, name="seen"),
        path("<int:pk>/", views.amendment, name="detail"),
    ],
    "amendments",
)
locks = (
    [
        path("", views.LockList.as_view(), name="list"),
        path("<int:pk>/", views.lock, name="detail"),
        path("windows/<int:pk>/end/", views.end_window, name="end_window"),
    ],
    "locks",
)

urlpatterns = [
    path("amendments/", include(amendments)),
    path("locks/", include(locks)),
]
