"""Addresses below /imports/."""

from django.urls import path

from orders.intake import views

urlpatterns = [
    path("", views.import_list, name="import-list"),
    path("upload/", views.import_upload, name="import-upload"),
    path("new/<slug:token>/", views.import_map, name="import-map"),
    path("new/<slug:token>/preview/", views.import_preview, name="import-preview"),
    path("<int:pk>/", views.import_detail, name="import-detail"),
    path("<int:pk>/stop/", views.import_stop, name="import-stop"),
    path("<int:pk>/refused.csv", views.import_refused, name="import-refused"),
]
