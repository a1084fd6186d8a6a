"""Operation traces."""

from django.urls import path

from oms.trace import views

urlpatterns = [path("", views.trace, name="trace")]
