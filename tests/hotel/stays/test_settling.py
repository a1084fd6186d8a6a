"""Settling and checking out in one step: all or nothing, whatever stands on the folios."""

import datetime as dt
from decimal import Decimal

import pytest

from hotel.folios import services as folios
from hotel.folios.models import Folio, FolioEntry, PreAuthorisation
from hotel.folios.queries import balances, deposits
from hotel.folios.services import Account, Paying, Tender
from hotel.models import DeskNote, HourlyPrice, Stay
from hotel.stays import services
from hotel.stays.services import Departure
from hotel.stays.services.settling import obstacles
from tests.hotel.members.test_merging import breaches
from tests.hotel.stays.conftest import hours

pytestmark = pytest.mark.django_db


def money(text):
    return Decimal(text)


def pay(kind, amount, folio=None, **more):
    return Paying(Tender(kind, money(amount), **more), folio.pk if folio else None)


def leave(desk, *stays, at=None, **departure):
    wanted = Departure(stay_ids=[stay.pk for stay in stays], **departure)
    return services.settle_and_check_out(departure=wanted, by=desk.clerk, at=at or hours(20))


def statuses(*stays):
    return list(Stay.objects.filter(pk__in=[s.pk for s in stays]).order_by("pk").values_list("status", flat=True))


def test_one_confirm_charges_the_night_uses_the_deposit_takes_two_tenders_and_checks_out(desk):
    stay = desk.inside(nights=1)
    desk.charge(stay, "50.00")
    folio = desk.folio(stay)
    folios.take_deposit(folio_id=folio.pk, tenders=[Tender("cash", money("200.00"))], **desk.who)
    desk.roll()

    leave(desk, stay, payings=[pay("card", "100.00"), pay("wechat", "50.00")])

    assert statuses(stay) == ["checked_out"]
    rows = FolioEntry.objects.filter(folio=folio, ledger="guest").order_by("pk")
    assert [(e.kind, e.tender, e.amount) for e in rows] == [
        ("charge", "", money("50.00")),
        ("charge", "", money("300.00")),
        ("deposit_applied", "cash", money("-200.00")),
        ("payment", "card", money("-100.00")),
        ("payment", "wechat", money("-50.00")),
    ]
    folio.refresh_from_db()
    assert (folio.closed_at, stay.nights.get().charge.entry.amount) == (hours(20), money("300.00"))
    assert breaches() == []


@pytest.mark.parametrize("amount", ["349.99", "350.01"])
def test_a_cent_too_few_or_too_many_leaves_everything_as_it_was(desk, amount):
    stay = desk.inside(nights=1)
    desk.charge(stay, "50.00")
    desk.roll()
    before = FolioEntry.objects.count()

    with pytest.raises(folios.TendersDiffer) as refusal:
        leave(desk, stay, payings=[pay("cash", amount)])

    assert refusal.value.details == {"due": "350.00", "given": amount}
    assert (statuses(stay), FolioEntry.objects.count()) == (["in_house"], before)


def test_a_group_leaves_with_one_card_and_one_window_on_its_own_cash(desk):
    first, second = desk.inside(room=desk.rooms[0]), desk.inside(room=desk.rooms[1])
    desk.charge(first, "30.00")
    desk.charge(second, "40.00")
    own = folios.open_folio(property_id=desk.house.pk, kind="stay", stay_id=second.pk, title="Li", **desk.who)
    folios.post(postings=[folios.Posting(own.pk, money("9.00"), text="Tea")], **desk.who)

    leave(desk, first, second, payings=[pay("card", "70.00", reference="slip"), pay("cash", "9.00", own)])

    paid = FolioEntry.objects.filter(kind="payment").order_by("folio_id").values_list("folio", "tender", "amount")
    assert list(paid) == [
        (desk.folio(first).pk, "card", money("-30.00")),
        (desk.folio(second).pk, "card", money("-40.00")),
        (own.pk, "cash", money("-9.00")),
    ]
    assert statuses(first, second) == ["checked_out", "checked_out"]


def test_all_or_none(desk):
    first, second = desk.inside(room=desk.rooms[0]), desk.inside(room=desk.rooms[1])
    desk.charge(first, "30.00")
    DeskNote.objects.create(stay=second, kind="luggage", pieces=2, made_at=hours(0))

    with pytest.raises(services.NotesOpen, match="Luggage"):
        leave(desk, first, second, payings=[pay("cash", "30.00")])

    assert statuses(first, second) == ["in_house", "in_house"]
    assert balances([desk.folio(first).pk])[desk.folio(first).pk] == money("30.00")


def test_notes_are_seen_to_or_stay_open_knowingly(desk):
    stay = desk.inside()
    loan = DeskNote.objects.create(stay=stay, kind="loan", text="umbrella", made_at=hours(0))
    kept = DeskNote.objects.create(stay=stay, kind="luggage", text="two cases", made_at=hours(0))
    with pytest.raises(services.NotesOpen, match="two cases"):
        leave(desk, stay, notes_done=[loan.pk])

    leave(desk, stay, notes_done=[loan.pk], notes_seen=True)

    assert dict(DeskNote.objects.values_list("pk", "done_at")) == {loan.pk: hours(20), kept.pk: None}


def test_a_hold_is_taken_and_another_let_go(desk):
    stay = desk.inside()
    desk.charge(stay, "80.00")
    folio = desk.folio(stay)
    taken = folios.hold(folio_id=folio.pk, amount=money("500.00"), reference="A", **desk.who)
    free = folios.hold(folio_id=folio.pk, amount=money("90.00"), reference="B", **desk.who)
    assert obstacles([stay.pk])[stay.pk].details == {"amount": "500.00"}

    leave(desk, stay, captures={taken.pk: money("80.00")})

    taken.refresh_from_db()
    assert taken.captured.amount == money("-80.00")
    assert PreAuthorisation.objects.get(pk=free.pk).released_at == hours(20)
    assert (statuses(stay), breaches()) == (["checked_out"], [])


def test_what_is_too_much_goes_back_by_the_tender_it_came_in_with(desk):
    stay = desk.inside()
    desk.charge(stay, "30.00")
    folio = desk.folio(stay)
    folios.take_deposit(folio_id=folio.pk, tenders=[Tender("cash", money("100.00"))], **desk.who)
    assert folios.accounts_of([folio.pk])[folio.pk].back == {"cash": money("70.00")}
    with pytest.raises(folios.TendersDiffer):
        leave(desk, stay, payings=[pay("card", "-70.00")] * 2)

    leave(desk, stay, payings=[pay("cash", "-70.00")])

    assert (balances([folio.pk])[folio.pk], deposits([folio.pk])[folio.pk]) == (0, 0)
    assert statuses(stay) == ["checked_out"]


def test_the_groups_master_is_settled_with_the_last_of_them(desk):
    stay = desk.inside()
    master = folios.open_folio(property_id=desk.house.pk, kind="master", booking_id=stay.booking_id, **desk.who)
    folios.post(postings=[folios.Posting(master.pk, money("60.00"), text="Hall")], **desk.who)

    leave(desk, stay, payings=[pay("transfer", "60.00")], master_ids=[master.pk])

    master.refresh_from_db()
    assert (statuses(stay), master.closed_at) == (["checked_out"], hours(20))


def test_a_master_of_others_is_not_touched(desk):
    stay, other = desk.inside(room=desk.rooms[0]), desk.inside(room=desk.rooms[1])
    master = folios.open_folio(property_id=desk.house.pk, kind="master", booking_id=other.booking_id, **desk.who)

    leave(desk, stay, master_ids=[master.pk])

    assert Folio.objects.get(pk=master.pk).closed_at is None


def test_hours_of_a_day_use_are_charged(desk):
    HourlyPrice.objects.create(room_type=desk.kind, hours=4, price=100, extra_hour=30, most=200, grace_minutes=10)
    (stay,) = desk.book(desk.want(nights=0, hours=4, start_at=hours(0), room_id=desk.rooms[0].pk))
    assert services.check_in(stay_ids=[stay.pk], **desk.who) == {stay.pk: None}

    leave(desk, stay, at=hours(5), payings=[pay("cash", "130.00")])

    assert statuses(stay) == ["checked_out"]


def test_a_tender_for_anybody_fills_the_folios_in_order():
    accounts = [
        Account(1, money("30.00"), {}, {}),
        Account(2, money("-20.00"), {}, {"card": money("20.00")}),
        Account(3, money("50.00"), {"cash": money("10.00")}, {}),
    ]

    payments = folios.share_out(accounts, [pay("cash", "60.00"), pay("alipay", "10.00"), pay("card", "-20.00")])

    assert [(p.folio_id, [(t.kind, t.amount) for t in p.tenders]) for p in payments] == [
        (1, [("cash", money("30.00"))]),
        (2, [("card", money("-20.00"))]),
        (3, [("cash", money("30.00")), ("alipay", money("10.00"))]),
    ]


def test_refused_before_the_house_or_twice(desk):
    coming = desk.stay()
    with pytest.raises(services.WrongStatus):
        leave(desk, coming)
    stay = desk.inside()
    leave(desk, stay)
    with pytest.raises(services.WrongStatus):
        leave(desk, stay, at=hours(20) + dt.timedelta(minutes=1))
