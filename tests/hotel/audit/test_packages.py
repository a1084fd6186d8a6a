"""Packages and routing rules in the night audit: to the cent, once, and where the rules say."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from hotel.audit import queries, services
from hotel.audit.models import AuditRun, DailyFigure, DailyRevenue
from hotel.folios import services as folios
from hotel.folios.services import Routed
from hotel.models import (
    ChargeCode,
    DeskTrace,
    Folio,
    FolioEntry,
    HourlyPrice,
    PackageCharge,
    PackageItem,
    RoomCharge,
    StayPackage,
)
from hotel.stays import services as stays
from hotel.stays.services.desk import lock_stays
from hotel.stays.services.packaging import charge_nights
from oms.lib.books import breaches
from tests.factories.folios import ChargeCodeFactory, CompanyFactory
from tests.factories.hotel import RatePlanFactory

MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)


def audit(house):
    at = house.night()
    return services.run_audit(property_id=house.property.pk, by=None, clock=lambda: at)


@pytest.fixture
def plan(house):
    return RatePlanFactory(property=house.property)


@pytest.fixture
def item(house, plan):
    def item(price, **fields):
        code = ChargeCodeFactory(property=house.property, department=fields.pop("department", "food"), name="Breakfast")
        return PackageItem.objects.create(rate_plan=plan, charge_code=code, price=price, **fields)

    return item


@pytest.fixture
def guest(house, plan):
    def guest(room=0, nights=2, price=300, **more):
        return house.check_in(house.rooms[room], nights, price, plan=plan, **more)

    return guest


def posted(stay, night=MONDAY):
    """Department and amount of what stands for a night, wherever it was posted."""
    of_stay = FolioEntry.objects.filter(folio__stay=stay) | FolioEntry.objects.filter(stay=stay)
    standing = of_stay.filter(night_on=night, reverses=None, reversed_by=None)
    return list(standing.order_by("-department", "pk").values_list("department", "amount"))


def test_an_included_package_takes_its_share_of_the_price(house, item, guest):
    item(34, per="person")
    stay = guest(price=300)  # two adults

    run = audit(house)

    assert posted(stay) == [("room", 232), ("food", 68)]
    room, breakfast = RoomCharge.objects.get().entry, PackageCharge.objects.get().entry
    assert (breakfast.text, breakfast.quantity, breakfast.reference) == ("Breakfast", 2, f"#{room.pk}")
    assert (run.totals["room_revenue"], run.totals["packages"], run.totals["package_revenue"]) == ("232.00", 1, "68.00")
    figure = DailyFigure.objects.get(date=MONDAY, room_type=None)
    assert (figure.room_revenue, figure.other_revenue) == (232, 68)
    assert queries.Period([figure]).adr == 232
    assert list(DailyRevenue.objects.order_by("department").values_list("department", "amount", "packages")) == [
        ("food", 68, 68),
        ("room", 232, 0),
    ]
    departments = queries.revenue_by_department(house.property.pk, MONDAY, MONDAY)
    assert [(row["department"], row["total"], row["of_packages"]) for row in departments] == [
        ("room", 232, 0),
        ("food", 68, 68),
    ]
    assert breaches() == []


@pytest.mark.parametrize(
    ("nights", "expected"),
    [("every", [1, 1, 1]), ("first", [1, 0, 0]), ("last", [0, 0, 1]), ("after", [0, 1, 1])],
)
def test_on_which_nights(house, item, guest, nights, expected):
    item(50, per="room", nights=nights, is_included=False)
    stay = guest(nights=3, price=100)
    for _night in range(3):
        audit(house)

    assert [len(posted(stay, MONDAY + n * DAY)) - 1 for n in range(3)] == expected
    assert sum(amount for n in range(3) for _d, amount in posted(stay, MONDAY + n * DAY)) == 300 + 50 * sum(expected)


def test_shares_are_exact_whatever_the_price(house, item, guest):
    """A night cheaper than what it includes: the packages share it, nothing is below 0.00, the sum is the price."""
    item("33.33", per="person")
    item(20, per="room")
    stay = guest(price=Decimal("70.01"))
    free = guest(room=1, price=0)
    dear = guest(room=2, price=Decimal("100.00"))

    audit(house)

    assert posted(stay) == [("room", 0), ("food", Decimal("66.66")), ("food", Decimal("3.35"))]
    assert posted(free) == []
    assert posted(dear) == [("room", Decimal("13.34")), ("food", Decimal("66.66")), ("food", 20)]
    assert breaches() == []


def test_on_top_of_a_free_night_it_is_charged_once(house, item, guest):
    item(30, per="room", is_included=False)
    stay = guest(price=0)

    audit(house)

    assert posted(stay) == [("food", 30)]
    assert PackageCharge.objects.count() == 1
    assert breaches() == []


def test_a_night_and_an_item_are_charged_once_by_the_database(house, item, guest):
    item(30)
    guest()
    audit(house)
    charge = PackageCharge.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PackageCharge.objects.create(
            night=charge.night, item=charge.item, entry=FolioEntry.objects.exclude(pk=charge.entry_id).first()
        )


def test_a_later_change_of_the_plan_changes_no_sold_stay(house, item, guest):
    breakfast = item(40, per="room")
    stay = guest(price=200)
    PackageItem.objects.filter(pk=breakfast.pk).update(price=90)
    audit(house)
    breakfast.delete()
    other = guest(room=1, price=200)
    audit(house)

    assert posted(stay) == [("room", 160), ("food", 40)]
    assert posted(stay, MONDAY + DAY) == [("room", 160), ("food", 40)]
    assert posted(other, MONDAY + DAY) == [("room", 200)]


def test_reversing_the_room_charge_takes_its_packages_along_and_both_are_charged_again(house, item, guest):
    item(40, per="room")
    stay = guest(price=200)
    audit(house)

    folios.reverse(entry_ids=[RoomCharge.objects.get().entry_id], reason="price", by=None, at=house.afternoon())

    assert (posted(stay), PackageCharge.objects.count()) == ([], 0)
    run = audit(house)
    assert (run.totals["posted"], run.totals["packages"]) == (2, 2)
    assert posted(stay) == [("room", 160), ("food", 40)]
    assert breaches() == []


def test_a_package_reversed_alone_stays_reversed(house, item, guest):
    item(40, per="room")
    stay = guest(price=200)
    audit(house)
    folios.reverse(entry_ids=[PackageCharge.objects.get().entry_id], reason="cold", by=None, at=house.afternoon())
    audit(house)

    assert posted(stay) == [("room", 160)]
    assert breaches() == []


def test_splitting_a_room_charge_leaves_its_packages(house, item, guest):
    item(40, per="room")
    stay = guest(price=200)
    audit(house)
    for charge, parts in ((RoomCharge.objects.get(), (100, 60)), (PackageCharge.objects.get(), (30, 10))):
        folios.split(
            entry_id=charge.entry_id, parts=[Decimal(p) for p in parts], reason="two", by=None, at=house.night()
        )

    assert posted(stay) == [("room", 100), ("room", 60), ("food", 30), ("food", 10)]
    assert (RoomCharge.objects.get().entry.amount, PackageCharge.objects.get().entry.amount) == (100, 30)
    assert breaches() == []


def test_reversing_the_audit_takes_packages_back(house, item, guest):
    item(40, per="room")
    stay = guest(price=200)
    run = audit(house)

    services.reverse_audit(run_id=run.pk, reason="too early", by=None, at=house.night())

    assert posted(stay) == []
    assert (RoomCharge.objects.count(), PackageCharge.objects.count(), DailyRevenue.objects.count()) == (0, 0, 0)
    assert audit(house).totals["packages"] == 1
    assert posted(stay) == [("room", 160), ("food", 40)]
    assert breaches() == []


@pytest.mark.parametrize("price", [200, 70, Decimal("70.01"), 10])
def test_the_desk_charges_a_night_as_the_audit_does(house, item, guest, price):
    item("33.33", per="person")
    item(20, per="room")
    item(15, per="adult", is_included=False)
    item(9, nights="after")
    audited, early = guest(price=price), guest(room=1, price=price)
    with transaction.atomic():
        locked = lock_stays([early.pk])
        charge_nights(locked, list(early.nights.filter(date=MONDAY)), by=None, at=house.afternoon())
    run = audit(house)

    assert posted(early) == posted(audited)
    assert run.totals["posted"] == 1
    assert PackageCharge.objects.filter(item__stay=early).count() == len(posted(early)) - 1
    room = RoomCharge.objects.get(night__stay=early).entry
    notes = FolioEntry.objects.filter(folio__stay=early).exclude(department="room").values_list("reference", flat=True)
    assert set(notes) == {f"#{room.pk}"}
    assert breaches() == []


def test_the_preview_and_the_dry_run_say_what_the_audit_does(house, item, guest):
    item(40, per="room")
    item(25, per="adult", is_included=False)
    guest(price=200)
    guest(room=1, price=30)
    preview = queries.rehearse(house.property.pk).preview
    dry = services.dry_run(property_id=house.property.pk, by=None, at=house.night())
    run = audit(house)

    assert (preview.nights, preview.room_revenue, preview.packages, preview.package_revenue) == (2, 160, 4, 170)
    for totals in (dry.totals, run.totals):
        assert (totals["room_revenue"], totals["packages"], totals["package_revenue"]) == ("160.00", 4, "170.00")


def test_a_share_that_went_missing_is_found(house, item, guest):
    item(40, per="room")
    guest(price=200)
    audit(house)
    PackageCharge.objects.all().delete()
    StayPackage.objects.update(price=1)
    assert breaches() == []  # what was charged is in the ledger
    AuditRun.objects.get().results.filter(outcome="package").update(amount=39)
    assert len(breaches()) > 0


class TestRouting:
    """What a group's master or a company pays."""

    @pytest.fixture
    def master(self, house, guest):
        self.stay, self.other = guest(price=300), guest(room=1, price=200)
        return folios.open_folio(
            property_id=house.property.pk,
            kind="master",
            booking_id=self.stay.booking_id,
            title="Tour",
            by=None,
            at=house.afternoon(),
        )

    def route(self, house, folio, *what, stay=None, **dates):
        return folios.route_charges(
            stay_ids=[(stay or self.stay).pk],
            folio_id=folio.pk,
            what=[Routed(**each) for each in what],
            by=None,
            at=house.afternoon(),
            **dates,
        )

    def owed(self, folio):
        return sum((e.amount for e in FolioEntry.objects.filter(folio=folio)), Decimal(0))

    def test_room_charges_go_to_the_master_and_say_whose_they_are(self, house, item, master):
        self.route(house, master, {"kind": "department", "department": "room"})
        audit(house)

        entry = RoomCharge.objects.get(night__stay=self.stay).entry
        assert (entry.folio_id, entry.stay_id, entry.ledger, entry.amount) == (master.pk, self.stay.pk, "guest", 300)
        assert RoomCharge.objects.get(night__stay=self.other).entry.folio.stay_id == self.other.pk
        figure = DailyFigure.objects.get(date=MONDAY, room_type=house.king)
        assert (figure.sold, figure.room_revenue) == (2, 500)  # the type's still, whoever pays
        house.check_out(self.stay)
        assert breaches() == []

    def test_the_narrowest_rule_counts(self, house, item, plan, master):
        breakfast = item(40, per="room")
        stay = house.check_in(house.rooms[2], 2, 300, plan=plan)
        company = CompanyFactory(property=house.property)
        account = folios.company_folios(company_ids=[company.pk], by=None, at=house.afternoon())[company.pk]
        self.route(house, master, {"kind": "all"}, stay=stay)
        self.route(house, account, {"kind": "package"}, stay=stay)
        audit(house)

        assert (self.owed(master), self.owed(account), breakfast.price) == (260, 40, 40)
        assert FolioEntry.objects.get(folio=account).ledger == "company"
        assert breaches() == []

    def test_a_company_pays_as_far_as_its_credit_goes(self, house, master):
        company = CompanyFactory(property=house.property, credit_limit=400)
        account = folios.company_folios(company_ids=[company.pk], by=None, at=house.afternoon())[company.pk]
        for stay in (self.stay, self.other):
            self.route(house, account, {"kind": "all"}, stay=stay)
        audit(house)

        assert self.owed(account) == 300
        assert RoomCharge.objects.get(night__stay=self.other).entry.folio.stay_id == self.other.pk
        own = Folio.objects.get(stay=self.stay)
        folios.post(postings=[folios.Posting(own.pk, Decimal(150), department="food")], by=None, at=house.afternoon())
        folios.post(postings=[folios.Posting(own.pk, Decimal(90), department="food")], by=None, at=house.afternoon())
        assert (self.owed(account), self.owed(own)) == (390, 150)
        assert breaches() == []

    def test_the_desk_posts_by_the_rules_too(self, house, master):
        code = ChargeCode.objects.create(property=house.property, code="BAR", name="Bar", department="food")
        self.route(house, master, {"kind": "code", "charge_code_id": code.pk})
        own = Folio.objects.get(stay=self.stay)
        wine, water = folios.post(
            postings=[
                folios.Posting(own.pk, Decimal(80), charge_code_id=code.pk),
                folios.Posting(own.pk, Decimal(5), department="food"),
            ],
            by=None,
            at=house.afternoon(),
        )

        assert (wine.folio_id, wine.stay_id, water.folio_id, water.stay_id) == (master.pk, self.stay.pk, own.pk, None)
        (trace,) = DeskTrace.objects.filter(action="folio.charged", folio_id=master.pk)
        assert trace.stay_id == self.stay.pk
        (back,) = folios.reverse(entry_ids=[wine.pk], reason="corked", by=None, at=house.afternoon())
        assert (back.folio_id, back.stay_id) == (master.pk, self.stay.pk)

    def test_what_is_posted_to_a_further_window_stays_there(self, house, master):
        self.route(house, master, {"kind": "all"})
        mine = folios.open_folio(
            property_id=house.property.pk, kind="stay", stay_id=self.stay.pk, by=None, at=house.afternoon()
        )
        (entry,) = folios.post(
            postings=[folios.Posting(mine.pk, Decimal(9), department="food")], by=None, at=house.afternoon()
        )
        assert entry.folio_id == mine.pk

    def test_dates_and_the_end_of_a_rule(self, house, master):
        (rule,) = self.route(house, master, {"kind": "all"}, from_on=MONDAY + DAY, until_on=MONDAY + DAY)
        audit(house)
        assert self.owed(master) == 0
        audit(house)
        assert self.owed(master) == 300
        folios.end_routes(route_ids=[rule.pk], by=None, at=house.afternoon())
        folios.end_routes(route_ids=[rule.pk], by=None, at=house.afternoon())
        own = Folio.objects.get(stay=self.stay)
        (entry,) = folios.post(
            postings=[folios.Posting(own.pk, Decimal(9), department="food")], by=None, at=house.afternoon()
        )
        assert (entry.folio_id, self.owed(master)) == (own.pk, 300)  # what was moved stays moved
        actions = DeskTrace.objects.filter(stay_id=self.stay.pk, action__startswith="folio.")
        assert set(actions.values_list("action", flat=True)) >= {"folio.routed", "folio.unrouted"}

    def test_a_closed_master_pays_nothing_more(self, house, master):
        self.route(house, master, {"kind": "all"})
        folios.close_folios(folio_ids=[master.pk], by=None, at=house.afternoon())
        audit(house)
        assert self.owed(Folio.objects.get(stay=self.stay)) == 300
        with pytest.raises(folios.FolioClosed):
            self.route(house, master, {"kind": "all"})

    def test_bad_rules_are_refused(self, house, master, make_house):
        foreign = make_house(MONDAY)
        theirs = Folio.objects.get(stay=foreign.check_in(foreign.rooms[0], 1))
        bad = {"kind": "department"}, {"kind": "all", "department": "food"}, {"kind": "code", "charge_code_id": 10**9}
        for each in bad:
            with pytest.raises(folios.BadRoute):
                self.route(house, master, each)
        with pytest.raises(folios.BadRoute):
            self.route(house, master, {"kind": "all"}, from_on=MONDAY, until_on=MONDAY - DAY)
        with pytest.raises(folios.OtherHouse):
            self.route(house, theirs, {"kind": "all"})
        with pytest.raises(folios.NothingTicked):
            self.route(house, master)

    def test_a_new_rule_about_the_same_charges_ends_the_old_one(self, house, master):
        (old,) = self.route(house, master, {"kind": "all"})
        (new,) = self.route(house, master, {"kind": "all"}, until_on=MONDAY)
        old.refresh_from_db()
        assert (old.ended_at, new.ended_at) == (house.afternoon(), None)

    def test_reversing_the_audit_reverses_on_the_master(self, house, master):
        self.route(house, master, {"kind": "all"})
        run = audit(house)
        services.reverse_audit(run_id=run.pk, reason="too early", by=None, at=house.night())
        assert self.owed(master) == 0
        assert breaches() == []

    def test_a_no_show_of_a_group_pays_its_fee_there(self, house, master):
        late = house.reserve(house.rooms[3], 1, 100)
        self.route(house, master, {"kind": "all"}, stay=late)
        own = folios.open_folios(stay_ids=[late.pk], by=None, at=house.afternoon())[late.pk]
        (entry,) = folios.post(
            postings=[folios.Posting(own.pk, Decimal(100), department="fee")], by=None, at=house.afternoon()
        )
        assert entry.folio_id == master.pk


class TestDayUse:
    """Hours beyond those booked, charged by the audit to who is still in."""

    @pytest.fixture
    def stay(self, house):
        HourlyPrice.objects.create(room_type=house.king, hours=4, price=100, extra_hour=30, grace_minutes=15, most=280)
        return house.use_by_day(house.rooms[0], hours=4)  # from 15:00

    def test_the_audit_charges_up_to_its_time_once_and_check_out_the_rest(self, house, stay):
        run = audit(house)  # at 02:00: eleven hours

        charged = FolioEntry.objects.filter(folio__stay=stay).values_list("amount", "business_date", "night_on")
        assert list(charged) == [(280, MONDAY, MONDAY)]
        assert (run.totals["day_use"], run.totals["day_use_charged"]) == (1, "280.00")
        figure = DailyFigure.objects.get(date=MONDAY, room_type=None)
        assert (figure.day_use, figure.room_revenue, figure.other_revenue) == (1, 0, 280)
        assert stays.post_day_use(stay_ids=[stay.pk], by=None, at=house.morning()) == {stay.pk: 0}
        house.check_out(stay)
        assert breaches() == []

    def test_what_the_desk_took_is_not_charged_again(self, house, stay):
        stays.post_day_use(stay_ids=[stay.pk], by=None, at=house.afternoon())
        audit(house)
        amounts = FolioEntry.objects.filter(folio__stay=stay).order_by("pk").values_list("amount", flat=True)
        assert list(amounts) == [100, 180]

    def test_reversed_with_the_audit(self, house, stay):
        run = audit(house)
        services.reverse_audit(run_id=run.pk, reason="too early", by=None, at=house.night())
        assert sum(e.amount for e in FolioEntry.objects.filter(folio__stay=stay)) == 0
        assert audit(house).totals["day_use_charged"] == "280.00"
        assert breaches() == []

    def test_a_second_night_is_no_day_use(self, house, stay):
        audit(house)
        with pytest.raises(services.WorklistOpen):
            audit(house)

    def test_a_closed_folio_is_skipped_and_said(self, house, stay):
        Folio.objects.filter(stay=stay).update(closed_at=house.afternoon())
        run = audit(house)
        (result,) = run.results.filter(step=3, outcome="skipped")
        assert (result.stay_id, result.details["why"]) == (stay.pk, "folio_closed")
        assert run.totals["day_use_charged"] == "0.00"
