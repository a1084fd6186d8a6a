"""The first page and the search."""

from django.urls import path

from oms.web import views

urlpatterns = [
    path("", views.workbench, name="workbench"),
    path("search/", views.search, name="search"),
]
