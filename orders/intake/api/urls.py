"""Mounted at /api/v1/."""

from django.urls import path, re_path

from orders.intake.api import views
from orders.intake.api.endpoints import api

urlpatterns = [
    path("docs", views.docs, name="api-docs"),
    path("", api.urls),
    re_path("", views.nothing_here),
]
