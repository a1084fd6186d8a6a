"""Pages of rooms."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.urls import URLPattern

app_name = "rooms"
urlpatterns: list["URLPattern"] = []
