from decimal import Decimal

import pytest

from hotel.folios import services
from hotel.folios.services import Posting, Tender
from hotel.models import DeskTrace, Folio
from tests.concurrency import overlap
from tests.factories.hotel import AT, BookingFactory, StayFactory


def test_every_stay_gets_one_first_window_however_often_it_is_asked_for(db, django_assert_num_queries):
    stays = [StayFactory(guest_name="王芳") for _ in range(3)]
    ids = [stay.pk for stay in stays]

    made = services.open_folios(stay_ids=ids, by=None, at=AT)
    with django_assert_num_queries(1 + 2):  # and the savepoint
        again = services.open_folios(stay_ids=ids, by=None, at=AT)

    assert {pk: folio.pk for pk, folio in made.items()} == {pk: folio.pk for pk, folio in again.items()}
    folio = made[ids[0]]
    assert (folio.kind, folio.window, folio.title) == ("stay", 1, "王芳")
    assert folio.number == f"FO261123{folio.pk:05}"
    assert DeskTrace.objects.filter(action="folio.opened").count() == 3


def test_further_windows_are_numbered_and_a_master_is_one(db):
    stay = StayFactory()
    house = stay.property_id
    services.open_folios(stay_ids=[stay.pk], by=None, at=AT)

    second = services.open_folio(property_id=house, kind="stay", stay_id=stay.pk, title="Company", by=None, at=AT)
    same = services.open_folio(property_id=house, kind="stay", stay_id=stay.pk, window=2, by=None, at=AT)
    booking = BookingFactory(property=stay.property, title="Tour")
    masters = [
        services.open_folio(property_id=house, kind="master", booking_id=booking.pk, by=None, at=AT) for _ in range(2)
    ]

    assert (second.window, same.pk) == (2, second.pk)
    assert masters[0].pk == masters[1].pk
    assert masters[0].title == "Tour"


def test_only_what_is_settled_closes_and_a_stays_windows_together(folio, clerk):
    stay = StayFactory(property=folio.property)
    first = services.open_folios(stay_ids=[stay.pk], by=clerk, at=AT)[stay.pk]
    second = services.open_folio(property_id=stay.property_id, kind="stay", stay_id=stay.pk, by=clerk, at=AT)
    services.post(postings=[Posting(second.pk, Decimal("9.00"), text="Tea")], by=clerk, at=AT)
    services.take_deposit(folio_id=second.pk, tenders=[Tender("cash", Decimal("50.00"))], by=clerk, at=AT)

    results = services.close_folios(folio_ids=[folio.pk, first.pk, second.pk], by=clerk, at=AT)

    assert results[folio.pk] is None
    for pk in (first.pk, second.pk):
        assert results[pk].details == {"folio": second.number, "balance": "9.00", "deposit": "50.00"}
    assert list(Folio.objects.exclude(closed_at=None)) == [folio]


def test_a_closed_folio_opens_again_with_a_reason(folio, clerk):
    services.close_folios(folio_ids=[folio.pk], by=clerk, at=AT)

    with pytest.raises(services.ReasonNeeded):
        services.reopen_folios(folio_ids=[folio.pk], reason="", by=clerk, at=AT)
    services.reopen_folios(folio_ids=[folio.pk], reason="late minibar", by=clerk, at=AT)

    folio.refresh_from_db()
    assert (folio.closed_at, folio.version) == (None, 3)


@pytest.mark.django_db(transaction=True)
def test_two_clerks_open_one_first_window():
    stay = StayFactory()

    def open_it():
        return services.open_folios(stay_ids=[stay.pk], by=None, at=AT)

    assert overlap(open_it, open_it) is None
    assert Folio.objects.count() == 1
