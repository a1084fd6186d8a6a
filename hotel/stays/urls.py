"""Addresses below /hotel/stays/."""

from django.urls import path, re_path

from hotel.stays.views import (
    acting,
    asking,
    batch,
    booking,
    checkin,
    giving,
    leaving,
    lists,
    reserving,
    ringing,
    stay,
    timed,
)

app_name = "stays"
STAY = r"^(?P<number>ST[0-9A-Z-]{1,22})/"
BOOKING = r"^bookings/(?P<number>BK[0-9A-Z-]{1,22})/"

urlpatterns = [
    path("", lists.stay_list, name="list"),
    path("arrivals/", lists.shortcut, {"when": "arrivals"}, name="arrivals"),
    path("in-house/", lists.shortcut, {"when": "in_house"}, name="in-house"),
    path("due-outs/", lists.shortcut, {"when": "due_outs"}, name="due-outs"),
    path("batch/<slug:action>/", batch.run, name="batch"),
    path("check-in/", checkin.check_in, name="check-in"),
    path("check-in/find/", checkin.find, name="check-in-find"),
    path("check-in/plan/", checkin.plan, name="check-in-plan"),
    path("check-out/", leaving.leave, name="leave"),
    path("ringing/", ringing.ringing, name="ringing"),
    path("timing/", timed.page, name="timing"),
    path("packages/", giving.packages, name="packages"),
    path("bookings/", lists.booking_list, name="booking-list"),
    path("bookings/new/", reserving.reserve, name="reserve"),
    path("bookings/new/free/", reserving.free, name="reserve-free"),
    re_path(BOOKING + r"$", booking.page, name="booking"),
    re_path(BOOKING + r"rooming/$", booking.rooming, name="rooming"),
    re_path(STAY + r"$", stay.page, name="detail"),
    re_path(STAY + r"ask/(?P<action>[a-z-]{3,20})/$", asking.ask, name="ask"),
    re_path(STAY + r"find/(?P<action>[a-z-]{3,20})/$", asking.find, name="find"),
    re_path(STAY + r"do/(?P<action>[a-z-]{3,20})/$", acting.do, name="do"),
]
