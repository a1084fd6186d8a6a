"""Every page of the hotel, light on the desk and dark on a phone, with the demo hotel's first days in it."""

import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from hotel.models import (
    AuditRun,
    Booking,
    Company,
    Folio,
    Guest,
    HourlyPrice,
    MemberLevel,
    PackageItem,
    RatePlan,
    Room,
    Shift,
    Stay,
)
from oms.models import Staff
from tests.journeys.touring import faults_of

pytestmark = pytest.mark.django_db(transaction=True)


def pages():
    guest = Stay.objects.filter(status="in_house").order_by("pk").first()
    coming = Stay.objects.filter(status="confirmed").order_by("arrival_on", "pk").first()
    gone = Stay.objects.filter(status="checked_out").order_by("pk").first()
    folio = Folio.objects.filter(stay=guest).first()
    vacant = Room.objects.filter(housekeeping="inspected").exclude(stays__status="in_house").first()
    plain = (
        *("rooms:board", "rooms:phone", "chart:chart", "stays:list", "stays:timing", "stays:booking-list"),
        *("stays:reserve", "folios:list", "folios:sell", "folios:shift", "folios:companies", "folios:invoices"),
        *("members:list", "members:register", "members:levels", "rates:calendar", "rates:plans", "rates:hourly"),
        *("rates:rules", "audit:rehearsal", "audit:history", "audit:figures", "audit:traces", "audit:plan"),
    )
    return [
        "/",
        *(reverse(name) for name in plain),
        f"{reverse('stays:check-in')}?room={vacant.pk}",
        *(reverse("stays:detail", args=[stay.number]) for stay in (guest, coming, gone)),
        reverse("stays:booking", args=[Booking.objects.filter(kind="group").first().number]),
        reverse("folios:folio", args=[folio.number]),
        reverse("folios:history", args=[folio.number]),
        reverse("folios:company", args=[Company.objects.first().pk]),
        reverse("folios:shift-summary", args=[Shift.objects.order_by("pk").first().pk]),
        reverse("members:guest", args=[guest.guest_id]),
        reverse("members:edit", args=[guest.guest_id]),
        reverse("members:erase", args=[Guest.objects.order_by("pk").first().pk]),
        reverse("members:level-edit", args=[MemberLevel.objects.first().pk]),
        reverse("rates:plan-edit", args=[RatePlan.objects.first().pk]),
        reverse("rates:packages", args=[PackageItem.objects.first().rate_plan_id]),
        reverse("stays:packages"),
        reverse("folios:routes", args=[guest.number]),
        reverse("folios:routes", args=[Booking.objects.filter(kind="group").first().number]),
        reverse("rates:hourly-edit", args=[HourlyPrice.objects.first().pk]),
        reverse("audit:run", args=[AuditRun.objects.order_by("pk").last().pk]),
    ]


@pytest.fixture
def duty_manager():
    call_command("seed_hotel", weeks=1, stdout=io.StringIO())
    return Staff.objects.get(username="dutymanager")


def test_every_page_of_the_hotel_answers_fits_and_can_be_read_by_all(page, sign_in, duty_manager):
    sign_in(duty_manager)

    assert faults_of(page, duty_manager, pages()) == ""
