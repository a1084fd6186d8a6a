"""The bell."""

from django.urls import path

from oms.notices import views

urlpatterns = [
    path("", views.notice_list, name="notice-list"),
    path("bell/", views.bell, name="notice-bell"),
    path("read/", views.read, name="notice-read"),
    path("<int:pk>/", views.follow, name="notice-follow"),
]
