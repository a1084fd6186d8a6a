"""Addresses below /api-keys/."""

from django.urls import path

from orders.intake.api import views

urlpatterns = [
    path("", views.key_list, name="api-key-list"),
    path("<int:pk>/deactivate/", views.key_deactivate, name="api-key-deactivate"),
    path("<int:pk>/limit/", views.key_limit, name="api-key-limit"),
]
