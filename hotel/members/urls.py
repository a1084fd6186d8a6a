"""Pages of guests and members."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.urls import URLPattern

app_name = "members"
urlpatterns: list["URLPattern"] = []
