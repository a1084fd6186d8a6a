"""Pages of night audit."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.urls import URLPattern

app_name = "audit"
urlpatterns: list["URLPattern"] = []
