"""Addresses below /conveyor/."""

from django.urls import path

from orders.conveyor import views

urlpatterns = [path("", views.conveyor, name="conveyor")]
