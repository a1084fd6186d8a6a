"""Sign-in and settings."""

from django.urls import path

from oms.staff import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", views.sign_in_code, name="sign-in-code"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("language/", views.set_language, name="language"),
    path("theme/", views.set_theme, name="theme"),
    path("settings/", views.own_settings, name="settings"),
    path("settings/password/", views.change_password, name="password"),
    path("settings/second-factor/", views.enrol, name="second-factor"),
    path("settings/second-factor/end/", views.end_factor, name="second-factor-end"),
]
