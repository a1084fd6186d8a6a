"""A guest at the desk has a room in one command, or nothing has happened."""

from decimal import Decimal

import pytest

from hotel.folios.queries import deposits
from hotel.folios.services import BadAmount, Tender
from hotel.members.services import BadPerson, Person
from hotel.models import Booking, Folio, FolioEntry, Guest, Member, MemberLevel, Occupancy, Room, Stay
from hotel.stays import queries, services
from hotel.stays.services import WalkIn
from oms.lib.books import breaches
from tests.factories.hotel import AT, TODAY, RoomTypeFactory
from tests.hotel.stays.conftest import NIGHT, hours


def walk_in(desk, **more):
    request = {"room_id": desk.rooms[0].pk, "rate_plan_id": desk.plan.pk, **more}
    return services.walk_in(request=WalkIn(**request), **desk.who)


def test_a_returning_guest_has_the_room_at_once(desk):
    guest = desk.guest(name="王芳")

    stay = walk_in(desk, guest_id=guest.pk, tenders=[Tender("cash", Decimal(300)), Tender("wechat", Decimal(200))])

    assert (stay.status, stay.room, stay.guest, stay.booking.source) == (
        "in_house",
        desk.rooms[0],
        guest,
        "walk-in",
    )
    folio = Folio.objects.get()
    assert deposits([folio.pk]) == {folio.pk: Decimal(500)}
    assert breaches() == []


def test_a_new_guest_is_registered_on_the_way(desk):
    stay = walk_in(desk, person=Person("李明", "passport", "E12345678", "13800001234"))

    assert stay.guest == Guest.objects.get(name="李明")


def test_a_member_pays_the_members_price(desk):
    level = MemberLevel.objects.create(branch=desk.house.branch, code="gold", name="Gold", rank=1, room_percent=88)
    member = Member.objects.create(guest=desk.guest(), number="M1", level=level, joined_at=AT)

    stay = walk_in(desk, guest_id=member.guest_id)

    assert (stay.member, stay.nights.get().price) == (member, Decimal("264.00"))


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"tenders": [Tender("cash", Decimal(-5))]}, BadAmount),
        ({"person": Person("")}, BadPerson),
        ({"hours": 0, "departure_on": TODAY}, services.BadDates),
        ({"departure_on": TODAY + 400 * NIGHT}, services.BadDates),
        ({"departure_on": TODAY - NIGHT}, services.BadDates),
    ],
)
def test_what_goes_wrong_at_any_step_leaves_nothing_behind(desk, more, refusal):
    with pytest.raises(refusal):
        walk_in(desk, **({"person": Person("李明", phone="13800001234")} | more))

    assert not Guest.objects.exists()
    assert not Booking.objects.exists()
    assert not Occupancy.objects.exists()
    assert not FolioEntry.objects.exists()
    assert breaches() == []


def test_a_dirty_or_taken_room_is_refused_whole(desk):
    Room.objects.update(housekeeping="dirty")
    with pytest.raises(services.RoomNotReady):
        walk_in(desk, guest_id=desk.guest().pk)
    assert walk_in(desk, guest_id=desk.guest().pk, anyway=True).status == "in_house"
    with pytest.raises(services.RoomTaken):
        walk_in(desk, guest_id=desk.guest().pk, anyway=True)
    assert Stay.objects.count() == 1


def test_after_midnight_it_is_still_the_business_date(desk):
    desk.who["at"] = hours(12)  # 2:00 in Shanghai

    stay = walk_in(desk, guest_id=desk.guest().pk)

    assert (stay.arrival_on, stay.departure_on) == (TODAY, TODAY + NIGHT)
    assert breaches() == []


def test_as_last_time_prices_it_again_today(desk):
    stay = desk.inside(2)
    desk.roll(2)
    desk.plan.rates.update(price="320.00")

    found = services.last_time(stay.guest_id, desk.house)

    assert (found.stay, found.nights, found.rate_plan_id) == (stay, 2, desk.plan.pk)
    assert (found.price_then, found.difference, found.quote.total) == (Decimal(300), Decimal(20), Decimal(640))
    assert services.last_time(desk.guest().pk, desk.house) is None


def test_offers_show_the_tightest_night_and_the_cheapest_plan(desk):
    RoomTypeFactory(property=desk.house, name="Suite", position=9)
    desk.book(*[desk.want(1, arrival=TODAY + NIGHT)] * 3)

    twin, suite = queries.offers(desk.house, TODAY, TODAY + 2 * NIGHT)

    assert (twin.free, twin.rate_plan_id, twin.total) == (1, desk.plan.pk, Decimal(600))
    assert (suite.free, suite.rate_plan_id) == (0, None)


def test_lists_of_today(desk):
    stay = desk.inside(1)
    coming = desk.stay()

    assert list(queries.arrivals(desk.house)) == [coming]
    assert list(queries.in_house(desk.house)) == [stay]
    assert list(queries.due_outs(desk.house)) == []
    desk.roll()
    assert list(queries.due_outs(desk.house)) == [stay]
