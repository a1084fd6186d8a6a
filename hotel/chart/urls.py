"""Pages of the forward chart."""

from django.urls import path

from hotel.chart.views import changes, page

app_name = "chart"
urlpatterns = [
    path("", page.chart, name="chart"),
    path("rows/", page.rows, name="rows"),
    path("preview/", changes.preview, name="preview"),
    path("apply/", changes.apply, name="apply"),
    path("assign/", changes.assign, name="assign"),
]
