"""The demo hotel is small here, but whole: every command, a night audit a day, and books that are right afterwards."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from hotel.demo.house import CODE
from hotel.models import AuditRun, DailyFigure, FolioEntry, Property, Room, Shift, Stay
from oms.lib.books import breaches


@pytest.mark.django_db
def test_the_demo_hotel_is_believable_and_its_books_are_right():
    out = StringIO()

    call_command("seed_hotel", weeks=1, seed=7, stdout=out)

    house = Property.objects.get(code=CODE)
    statuses = set(Stay.objects.values_list("status", flat=True))
    assert Room.objects.filter(property=house).count() == 120
    assert AuditRun.objects.filter(property=house, status="done").count() == 7
    assert DailyFigure.objects.filter(property=house, room_type=None).count() == 7
    assert statuses >= {"confirmed", "in_house", "checked_out", "cancelled"}
    assert Stay.objects.filter(status="in_house").count() > 40
    assert Stay.objects.filter(status="confirmed", arrival_on=house.business_date).exists()
    assert Shift.objects.filter(property=house, closed_at=None).count() == 1
    assert FolioEntry.objects.filter(kind="charge", night_on__isnull=False).exists()
    assert breaches() == []
    assert "qimu-demo-2026" in out.getvalue()
    assert "room_full" not in out.getvalue()


@pytest.mark.django_db
def test_the_demo_hotel_is_not_made_twice():
    call_command("seed_hotel", weeks=0, stdout=StringIO())

    with pytest.raises(CommandError, match="interrupted"):
        call_command("seed_hotel", stdout=StringIO())
