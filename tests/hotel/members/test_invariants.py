"""Each invariant finds the breach that is planted for it."""

import pytest
from django.db import connection

from hotel.members import services
from hotel.members.services import Person
from hotel.models import Guest, Member
from tests.factories.hotel import AT, BookingFactory, StayFactory
from tests.hotel.members.test_merging import breaches


@pytest.fixture
def guest(branch, clerk, level):
    guest = services.register_guest(branch_id=branch.pk, person=Person("张三"), by=clerk, at=AT)
    services.enrol(guest_id=guest.pk, level_id=level.pk, by=clerk, at=AT)
    return guest


def test_a_balance_that_no_entry_explains(guest):
    Member.objects.update(points=7)

    assert breaches() == [(guest.member.number, "7 points, 0.00, 0.00; by entries 0, 0, 0")]


def test_a_reversal_of_something_else(guest, clerk):
    entry = services.adjust_points(member_id=guest.member.pk, points=5, reason="x", by=clerk, at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO hotel_memberentry
                   (member_id, kind, points, value, bonus, note, business_date, at, reverses_id)
               VALUES (%s, 'reverse', -4, 0, 0, '', '2026-11-23', now(), %s)""",
            [guest.member.pk, entry.pk],
        )
    Member.objects.update(points=1)

    assert [fact for _reference, fact in breaches()] == [f"reverses {entry.pk}"]


def test_an_erased_guest_that_still_has_a_name(guest, clerk):
    services.erase_guest(guest_id=guest.pk, by=clerk, at=AT)
    Guest.objects.update(name="张三")

    assert breaches() == [(str(guest.pk), "still named or described")]


def test_a_stay_left_with_a_merged_guest(guest, clerk, branch, house):
    winner = services.register_guest(branch_id=branch.pk, person=Person("李四"), by=clerk, at=AT)
    services.merge_guests(winner_id=winner.pk, loser_id=guest.pk, by=clerk, at=AT)
    stay = StayFactory(room_type__property=house, booking=BookingFactory(property=house), guest=guest)

    assert breaches() == [(stay.number, f"belongs to guest {guest.pk}, merged into {winner.pk}")]
