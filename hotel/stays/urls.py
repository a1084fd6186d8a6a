"""Pages of bookings and stays."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.urls import URLPattern

app_name = "stays"
urlpatterns: list["URLPattern"] = []
