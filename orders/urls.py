"""Addresses below /orders/. Other rooms' own paths go before the order's."""

from django.urls import include, path

app_name = "orders"
urlpatterns = [
    path("", include("orders.order.urls")),
]
