"""Pages of rates."""

from django.urls import path

from hotel.rates.views import calendar, plans

app_name = "rates"
urlpatterns = [
    path("", calendar.show, name="calendar"),
    path("change/", calendar.change, name="change"),
    path("undo/<int:pk>/", calendar.undo, name="undo"),
    path("plans/", plans.plans, name="plans"),
    path("plans/<int:pk>/", plans.plans, name="plan-edit"),
    path("plans/<int:plan>/packages/", plans.packages, name="packages"),
    path("plans/<int:plan>/packages/<int:pk>/", plans.packages, name="package-edit"),
    path("packages/<int:pk>/end/", plans.end_package, name="package-end"),
    path("hourly/", plans.hourly, name="hourly"),
    path("hourly/<int:pk>/", plans.hourly, name="hourly-edit"),
    path("hourly/<int:pk>/end/", plans.end_hourly, name="hourly-end"),
    path("rules/", plans.rules, name="rules"),
    path("rules/<int:pk>/", plans.rules, name="rule-edit"),
]
