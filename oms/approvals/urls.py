"""Pages of two-person approval."""

from django.urls import path

from oms.approvals import views

app_name = "approvals"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("pin/", views.own_pin, name="own-pin"),
    path("ask/", views.ask, name="ask"),
    path("by-pin/", views.by_pin, name="by-pin"),
    path("<int:pk>/", views.state, name="state"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
