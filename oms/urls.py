"""Where everything is. Every room adds its own line."""

from django.contrib import admin
from django.urls import include, path

from oms.health import health

urlpatterns = [
    path("", include("oms.web.urls")),
    path("", include("oms.staff.urls")),
    path("notices/", include("oms.notices.urls")),
    path("jobs/", include("oms.jobs.urls")),
    path("views/", include("oms.rules.urls")),
    path("trace/", include("oms.trace.urls")),
    path("approvals/", include("oms.approvals.urls")),
    path("health/", health, name="health"),
    path("api/v1/", include("orders.intake.api.urls")),
    path("api-keys/", include("orders.intake.api.page_urls")),
    path("orders/", include("orders.urls")),
    path("documents/", include("orders.dispatch.urls")),
    path("imports/", include("orders.intake.urls")),
    path("inventory/", include("inventory.urls")),
    path("conveyor/", include("orders.conveyor.urls")),
    path("interceptions/", include("interception.urls")),
    path("hotel/", include("hotel.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "oms.web.errors.bad_request"
handler403 = "oms.web.errors.forbidden"
handler404 = "oms.web.errors.not_found"
handler500 = "oms.web.errors.server_error"
