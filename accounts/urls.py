"""Signing in and out, one's own account, and the accounts of others."""

from django.urls import include, path

from accounts import views

urlpatterns = [
    path("accounts/login/", views.login, name="login"),
    path("accounts/logout/", views.logout, name="logout"),
    path("accounts/password/", views.password_change, name="password_change"),
    path("me/", views.account, name="account"),
    path("me/language/", views.set_language_here, name="set_language_here"),
    path("me/token/", views.api_token, name="api_token"),
    path("me/theme/", views.set_theme, name="set_theme"),
    path("me/density/", views.set_density, name="set_density"),
    path("manage/users/", include("accounts.user_urls")),
]
