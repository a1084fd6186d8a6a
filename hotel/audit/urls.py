"""Pages of night audit."""

from django.urls import path

from hotel.audit.views import figures, plan, rehearsal, runs, traces

app_name = "audit"
urlpatterns = [
    path("", rehearsal.rehearsal, name="rehearsal"),
    path("checks/", rehearsal.checks, name="checks"),
    path("dry-run/", rehearsal.dry_run, name="dry-run"),
    path("fix/", rehearsal.fix, name="fix"),
    path("start/", runs.start, name="start"),
    path("runs/", runs.history, name="history"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/progress/", runs.progress, name="progress"),
    path("runs/<int:pk>/go-on/", runs.go_on, name="go-on"),
    path("runs/<int:pk>/reverse/", runs.reverse_run, name="reverse"),
    path("plan/", plan.plan, name="plan"),
    path("figures/", figures.figures, name="figures"),
    path("traces/", traces.traces, name="traces"),
]
