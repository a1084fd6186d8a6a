"""Pages of the forward chart."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.urls import URLPattern

app_name = "chart"
urlpatterns: list["URLPattern"] = []
