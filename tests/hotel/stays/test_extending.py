"""Many stays made longer at once: each has a result of its own, and earlier wishes go first."""

from decimal import Decimal

from hotel.models import Availability, Rate, RoomNight
from hotel.stays import services
from hotel.stays.pricing import NightPrice
from hotel.stays.services import Extension
from oms.lib.books import breaches
from tests.factories.hotel import TODAY, RoomFactory
from tests.hotel.stays.conftest import NIGHT


def longer(stay, nights=1, **more):
    return Extension(stay.pk, stay.departure_on + nights * NIGHT, **more)


def test_each_gets_its_nights_by_plan_as_given_or_as_before(desk):
    planned, given, kept = desk.stay(1), desk.stay(2), desk.inside(1)
    Rate.objects.filter(date__gte=TODAY + NIGHT).update(price=450)
    night = NightPrice(given.departure_on, Decimal(99))

    results = services.extend_many(
        wishes=[longer(planned, 2), longer(given, prices=[night]), longer(kept, keep_price=True)], **desk.who
    )

    assert results == dict.fromkeys((planned.pk, given.pk, kept.pk))
    assert [
        list(RoomNight.objects.filter(stay=s).order_by("date").values_list("price", flat=True)[n:])
        for s, n in ((planned, 1), (given, 2), (kept, 1))
    ] == [[450, 450], [99], [300]]
    kept.refresh_from_db()
    assert (kept.departure_on, kept.due_out_at) == (TODAY + 2 * NIGHT, kept.occupancies.get().during.upper)
    assert breaches() == []


def test_who_is_refused_does_not_keep_the_others(desk):
    first, second, gone, short = desk.stay(1), desk.stay(1), desk.stay(1), desk.stay(2)
    services.cancel(stay_ids=[gone.pk], reason="ill", **desk.who)
    left = Availability.objects.filter(room_type=desk.kind, date=TODAY + NIGHT)
    left.update(overbooking=0, rooms=2)  # one for the longest, one more

    results = services.extend_many(wishes=[longer(first), longer(second), longer(gone), longer(short, -1)], **desk.who)

    assert results[first.pk] is None
    assert [type(results[s.pk]) for s in (second, gone, short)] == [
        services.NoAvailability,
        services.WrongStatus,
        services.BadDates,
    ]
    second.refresh_from_db()
    assert (second.departure_on, second.nights.count(), left.get().sold) == (TODAY + NIGHT, 1, 2)


def test_one_statement_each_however_many(desk, django_assert_num_queries):
    for _room in range(8):
        RoomFactory(room_type=desk.kind)
    stays = [desk.stay(1) for _stay in range(9)]
    services.extend_many(wishes=[longer(stays[0])], **desk.who)  # the dates are for sale now
    with django_assert_num_queries(13):
        services.extend_many(wishes=[longer(stay) for stay in stays[1:]], **desk.who)
