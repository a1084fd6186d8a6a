"""Pages of rates."""

from django.urls import path

from hotel.rates.views import calendar, plans

app_name = "rates"
urlpatterns = [
    path("", calendar.show, name="calendar"),
    path("change/", calendar.change, name="change"),
    path("undo/<int:pk>/", calendar.undo, name="undo"),
    path("plans/", plans.plan_list, name="plans"),
    path("plans/<int:pk>/", plans.plan, name="plan-edit"),
    path("hourly/", plans.hourly_list, name="hourly"),
    path("hourly/<int:pk>/", plans.hourly, name="hourly-edit"),
    path("hourly/<int:pk>/end/", plans.end_hourly, name="hourly-end"),
    path("rules/", plans.rule_list, name="rules"),
    path("rules/<int:pk>/", plans.rule, name="rule-edit"),
]
