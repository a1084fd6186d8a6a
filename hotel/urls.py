"""The hotel's pages. Every room has its own part, under its own namespace."""

from django.urls import include, path

urlpatterns = [
    path("rooms/", include("hotel.rooms.urls")),
    path("chart/", include("hotel.chart.urls")),
    path("stays/", include("hotel.stays.urls")),
    path("folios/", include("hotel.folios.urls")),
    path("members/", include("hotel.members.urls")),
    path("rates/", include("hotel.rates.urls")),
    path("audit/", include("hotel.audit.urls")),
]
