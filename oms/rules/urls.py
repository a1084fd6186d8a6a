"""Saved views."""

from django.urls import path

from oms.rules import views

urlpatterns = [
    path("<str:key>/save/", views.save, name="view-save"),
    path("<int:pk>/change/", views.change, name="view-change"),
    path("<int:pk>/delete/", views.delete, name="view-delete"),
]
