"""The night audit: exact books, stopped anywhere, run twice, closed dates, leap days."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from hotel.audit import services
from hotel.audit.models import AuditRun, DailyFigure, LedgerProof, OnTheBooks
from hotel.audit.states import Step
from hotel.folios import services as folios
from hotel.models import CancellationRule, Folio, FolioEntry, RatePlan, Room, RoomCharge
from hotel.rooms import services as rooms
from hotel.stays import services as stays
from oms.lib.books import breaches
from tests.concurrency import overlap
from tests.factories.hotel import FolioFactory
from tests.factories.staff import StaffFactory

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 23)


def audit(house, **more):
    at = house.night()
    return services.run_audit(property_id=house.property.pk, by=None, clock=lambda: at, **more)


def proof(house, date, ledger="guest"):
    return LedgerProof.objects.values_list("opening", "charges", "payments", "transfers", "closing").get(
        property=house.property, date=date, ledger=ledger
    )


def figure(house, date, kind=None):
    return DailyFigure.objects.values_list(
        "rooms", "out_of_order", "sold", "complimentary", "arrivals", "departures", "no_shows", "persons",
        "room_revenue", "other_revenue",
    ).get(property=house.property, date=date, room_type=kind)  # fmt: skip


def play_three_days(house):
    """A takes two nights at 100 and 120, B one at 200, C should come and does not, D is free for two nights."""
    a = house.check_in(house.rooms[0], 2, prices=[100, 120])
    b = house.check_in(house.rooms[2], 1, 200)
    rule = CancellationRule.objects.create(property=house.property, name="one night")
    plan = RatePlan.objects.create(property=house.property, code="P", name="P", cancellation_rule=rule)
    c = house.reserve(house.rooms[3], 2, 150)
    type(c).objects.filter(pk=c.pk).update(rate_plan=plan)
    d = house.check_in(house.rooms[1], 2, 0)
    folio = Folio.objects.get(stay=a)
    folios.take_deposit(folio_id=folio.pk, tenders=[folios.Tender("cash", Decimal(300))], by=None, at=house.afternoon())
    return a, b, c, d, folio


def test_three_days_have_exact_books(house):
    a, b, c, d, folio = play_three_days(house)

    run = audit(house)

    assert (run.status, run.step, house.today) == ("done", 6, MONDAY + DAY)
    assert run.totals == {
        "no_shows": 1, "no_show_fees": "150.00", "posted": 2, "room_revenue": "300.00", "packages": 0,
        "package_revenue": "0.00", "free": 1, "skipped": 0, "day_use": 0, "day_use_charged": "0.00", "dirty": 3,
        "returned": 0,
    }  # fmt: skip
    assert proof(house, MONDAY) == (0, 450, 0, 0, 450)
    assert proof(house, MONDAY, "deposit") == (0, 0, 300, 0, -300)
    assert figure(house, MONDAY) == (4, 0, 3, 1, 3, 0, 1, 6, 300, 150)
    assert figure(house, MONDAY, house.king) == (2, 0, 2, 1, 2, 0, 0, 4, 100, 0)
    assert house.fresh(c).status == "no_show"
    assert list(OnTheBooks.objects.values_list("date", "sold", "revenue")) == [(MONDAY + DAY, 2, 120)]
    assert set(Room.objects.exclude(pk=house.rooms[3].pk).values_list("housekeeping", flat=True)) == {"dirty"}

    house.check_out(b)
    folios.post(postings=[folios.Posting(folio.pk, Decimal(30), department="minibar")], by=None, at=house.afternoon())
    audit(house)

    assert proof(house, MONDAY + DAY) == (450, 150, 200, 0, 400)
    assert figure(house, MONDAY + DAY) == (4, 0, 2, 1, 0, 1, 0, 4, 120, 30)

    folios.settle(folio_id=folio.pk, tenders=[folios.Tender("cash", Decimal(-50))], by=None, at=house.afternoon())
    for stay in (a, d):
        house.check_out(stay)
    audit(house)

    assert proof(house, MONDAY + 2 * DAY) == (400, 0, 0, -250, 150)  # C's fee is still owed
    assert proof(house, MONDAY + 2 * DAY, "deposit") == (-300, 0, -50, 250, 0)
    assert figure(house, MONDAY + 2 * DAY)[2] == 0
    assert breaches() == []


def test_charges_carry_the_code_the_tax_and_the_night(house):
    house.check_in(house.rooms[0], 1, 106)
    audit(house)
    entry = RoomCharge.objects.get().entry
    assert (entry.text, entry.tax_percent, entry.night_on, entry.amount) == ("Room", 6, MONDAY, 106)
    assert (entry.business_date, entry.shift, entry.charge_code.code) == (MONDAY, None, "ROOM")


def test_a_charge_the_desk_reversed_is_posted_again_the_next_night(house):
    house.check_in(house.rooms[0], 3, 100)
    audit(house)
    folios.reverse(entry_ids=[RoomCharge.objects.get().entry_id], reason="price", by=None, at=house.afternoon())
    run = audit(house)
    assert run.totals["posted"] == 2
    assert FolioEntry.objects.filter(night_on=MONDAY, reverses=None).count() == 2


def books(house):
    """Everything the audit writes, without keys and moments."""
    return {
        "entries": list(
            FolioEntry.objects.order_by("folio__stay", "pk").values_list("folio__stay", "amount", "night_on")
        ),
        "proofs": list(LedgerProof.objects.order_by("ledger").values_list("ledger", "opening", "charges", "closing")),
        "figures": list(DailyFigure.objects.order_by("room_type").values_list("room_type", "sold", "room_revenue")),
        "stays": sorted(stay.status for stay in house.property.stays.all()),
        "rooms": sorted(Room.objects.values_list("number", "housekeeping")),
        "totals": AuditRun.objects.get().totals,
        "today": house.today,
        "results": AuditRun.objects.get().results.count(),
    }


class Killed(Exception):
    """The process ends here."""


class Killer:
    """Lets this many statements through, then ends the process at each."""

    def __init__(self, after):
        self.left = after

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left < 0:
            raise Killed
        return execute(sql, params, many, context)


@pytest.mark.django_db(transaction=True)
def test_killed_at_every_statement_and_resumed_comes_to_the_same_books(make_house):
    house = make_house(MONDAY)
    play_three_days(house)
    with transaction.atomic():
        run = audit(house)
        wanted = {**books(house), "totals": run.totals}
        transaction.set_rollback(True)
    kills, done = 0, False
    while not done:  # each try gets one statement further than the last one did, then dies
        try:
            with connection.execute_wrapper(Killer(kills)):
                audit(house, business_date=MONDAY)
            done = True
        except Killed:
            kills += 1
    assert kills > 15
    assert books(house) == wanted


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", range(1, 6))
def test_stopped_before_each_step_goes_on_there(make_house, step):
    house = make_house(MONDAY)
    play_three_days(house)
    at = house.night()
    run = services.begin_audit(property_id=house.property.pk, by=None, at=at)
    while run.step < step:
        run = services.advance(run_id=run.pk, at=at)
    stopped = AuditRun.objects.get()
    assert (stopped.step, stopped.status) == (step, "running")
    run = audit(house, business_date=MONDAY)
    assert (run.pk, run.status) == (stopped.pk, "done")
    assert (run.totals["posted"], run.totals["no_shows"], house.today) == (2, 1, MONDAY + DAY)
    assert breaches() == []


def test_asked_again_for_a_closed_date_does_nothing(house):
    house.check_in(house.rooms[0], 3, 100)
    run = audit(house, business_date=MONDAY)
    again = services.run_audit(
        property_id=house.property.pk, by=None, clock=lambda: house.night() + DAY, business_date=MONDAY
    )
    assert (again.pk, house.today, RoomCharge.objects.count()) == (run.pk, MONDAY + DAY, 1)


def test_a_day_that_is_going_on_is_not_closed(house):
    with pytest.raises(services.DayInProgress):
        services.run_audit(property_id=house.property.pk, by=None, clock=house.afternoon)
    assert not AuditRun.objects.exists()


def test_another_date_is_refused(house):
    with pytest.raises(services.OtherDate):
        audit(house, business_date=MONDAY + DAY)


def test_the_worklist_stops_it_and_one_click_mends_it(house):
    stay = house.check_in(house.rooms[0], 1, 0)
    audit(house)
    with pytest.raises(services.WorklistOpen, match="Due out and not left: 1"):
        audit(house)
    (check,) = services.rehearse(house.property.pk).blocking
    assert (check.code, check.items[0].room, check.items[0].fixes) == ("due_out", "101", ("check_out", "extend"))
    services.fix(code="extend", property_id=house.property.pk, object_id=stay.pk, by=StaffFactory(), at=house.night())
    assert house.fresh(stay).departure_on == MONDAY + 2 * DAY
    assert audit(house).status == "done"


def test_nothing_is_posted_on_a_closed_date(house):
    folio = Folio.objects.get(stay=house.check_in(house.rooms[0], 2, 100))
    audit(house)
    late = FolioEntry(
        folio=folio, property=house.property, business_date=MONDAY, kind="charge", amount=1, at=house.night()
    )
    with pytest.raises(IntegrityError, match="is not open"), transaction.atomic():
        late.save()


def test_leap_day(make_house):
    house = make_house(dt.date(2028, 2, 28))
    stay = house.check_in(house.rooms[0], 3, 100)
    for _night in range(3):
        audit(house)
    assert house.today == dt.date(2028, 3, 2)
    dates = FolioEntry.objects.order_by("night_on").values_list("night_on", flat=True)
    assert list(dates) == [dt.date(2028, 2, 28), dt.date(2028, 2, 29), dt.date(2028, 3, 1)]
    house.check_out(stay)
    assert breaches() == []


def test_a_dry_run_leaves_nothing(house):
    house.check_in(house.rooms[0], 2, 100)
    house.reserve(house.rooms[1], 1, 80)
    found = services.dry_run(property_id=house.property.pk, by=None, at=house.afternoon())
    assert (found.totals["room_revenue"], found.totals["no_shows"], found.proofs[0].closing) == ("100.00", 1, 100)
    assert (house.today, AuditRun.objects.count(), FolioEntry.objects.count()) == (MONDAY, 0, 0)


def test_rooms_out_of_order_are_not_for_sale_and_come_back(house):
    rooms.block_rooms(
        room_ids=[house.rooms[3].pk], kind="ooo", from_on=MONDAY, until_on=MONDAY + DAY, reason="paint",
        by=None, at=house.afternoon(),
    )  # fmt: skip
    run = audit(house)
    assert figure(house, MONDAY)[:2] == (4, 1)
    assert (run.totals["returned"], house.rooms[3].blocks.get().ended_at) == (1, run.finished_at)


class TestReversal:
    def test_the_date_is_as_if_it_had_not_been_closed(self, house):
        *_stays, c, _d, _folio = play_three_days(house)
        run = audit(house)
        services.reverse_audit(run_id=run.pk, reason="wrong prices", by=None, at=house.night())
        assert house.today == MONDAY
        assert sum(e.amount for e in FolioEntry.objects.exclude(ledger="deposit")) == 0
        assert house.fresh(c).status == "confirmed"
        assert not (RoomCharge.objects.exists())
        assert not (DailyFigure.objects.exists())
        assert not (LedgerProof.objects.exists())
        assert set(Room.objects.values_list("housekeeping", flat=True)) == {"inspected"}

        again = audit(house)

        assert (again.totals["posted"], again.totals["no_shows"]) == (2, 1)
        assert proof(house, MONDAY) == (0, 450, 0, 0, 450)
        assert figure(house, MONDAY) == (4, 0, 3, 1, 3, 0, 1, 6, 300, 150)
        assert breaches() == []

    def test_not_once_something_was_posted(self, house):
        *_stays, folio = play_three_days(house)
        run = audit(house)
        folios.post(postings=[folios.Posting(folio.pk, Decimal(5), department="shop")], by=None, at=house.afternoon())
        with pytest.raises(services.NotReversible, match="something was posted since"):
            services.reverse_audit(run_id=run.pk, reason="x", by=None, at=house.night())

    def test_not_a_run_before_the_last_one(self, house):
        run = audit(house)
        audit(house)
        with pytest.raises(services.NotReversible, match="a later date was closed"):
            services.reverse_audit(run_id=run.pk, reason="x", by=None, at=house.night())

    def test_not_after_a_check_in(self, house):
        run = audit(house)
        house.check_in(house.rooms[0], 1, 10)
        with pytest.raises(services.NotReversible, match="checked in since"):
            services.reverse_audit(run_id=run.pk, reason="x", by=None, at=house.night())

    def test_says_why(self, house):
        run = audit(house)
        with pytest.raises(services.AuditReasonMissing):
            services.reverse_audit(run_id=run.pk, reason=" ", by=None, at=house.night())

    def test_a_block_is_in_force_again(self, house):
        rooms.block_rooms(
            room_ids=[house.rooms[3].pk], kind="ooo", from_on=MONDAY, until_on=MONDAY + DAY, reason="paint",
            by=None, at=house.afternoon(),
        )  # fmt: skip
        run = audit(house)
        services.reverse_audit(run_id=run.pk, reason="again", by=None, at=house.night())
        audit(house)
        assert figure(house, MONDAY)[:2] == (4, 1)


def test_mixed_ways_of_paying_keep_the_ledgers_apart(house):
    """A company's share leaves the guest ledger by a transfer and arrives in the company's."""
    from tests.factories.folios import CompanyFactory

    stay = house.check_in(house.rooms[0], 1, 100)
    audit(house)
    company = CompanyFactory(property=house.property)
    folio = Folio.objects.get(stay=stay)
    tenders = [folios.Tender("company", Decimal(60), company_id=company.pk), folios.Tender("wechat", Decimal(40))]
    folios.settle(folio_id=folio.pk, tenders=tenders, by=None, at=house.afternoon())
    assert stays.check_out(stay_ids=[stay.pk], by=None, at=house.afternoon()) == {stay.pk: None}
    audit(house)
    assert proof(house, MONDAY + DAY) == (100, 0, 40, -60, 0)
    assert proof(house, MONDAY + DAY, "company") == (0, 0, 0, 60, 60)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_the_second_joins_and_nothing_posts_twice(self, make_house):
        house = make_house(MONDAY)
        play_three_days(house)
        at, runs = house.night(), []

        def run():
            runs.append(
                services.run_audit(property_id=house.property.pk, by=None, clock=lambda: at, business_date=MONDAY)
            )

        services.begin_audit(property_id=house.property.pk, by=None, at=at)
        first = AuditRun.objects.get()
        raised = overlap(lambda: services.advance(run_id=first.pk, at=at), run)

        assert raised is None
        assert ([r.pk for r in runs], runs[0].status) == ([first.pk], "done")
        assert (RoomCharge.objects.count(), house.today, AuditRun.objects.count()) == (2, MONDAY + DAY, 1)
        assert runs[0].totals["no_shows"] == 1
        assert breaches() == []

    def test_a_posting_in_progress_is_waited_for_and_proved(self, make_house):
        house = make_house(MONDAY)
        house.check_in(house.rooms[0], 2, 100)
        folio = FolioFactory(property=house.property)  # of nobody in the house: only the property is shared
        run = services.begin_audit(property_id=house.property.pk, by=None, at=house.night())
        while run.step < Step.CLOSE:
            run = services.advance(run_id=run.pk, at=house.night())
        posting = folios.Posting(folio.pk, Decimal(7), department="shop")
        at = house.night()
        raised = overlap(
            lambda: folios.post(postings=[posting], by=None, at=at), lambda: services.advance(run_id=run.pk, at=at)
        )
        assert raised is None
        assert proof(house, MONDAY) == (0, 107, 0, 0, 107)
        assert breaches() == []


def a_random_day(house, inside, chance):
    """Some leave, some come or don't, some post and take back."""
    for stay in [s for s in inside if house.fresh(s).departure_on <= house.today or chance.random() < 0.1]:
        inside.remove(stay)
        house.check_out(stay)
    taken = {stay.room_id for stay in inside}
    for room in [room for room in house.rooms if room.pk not in taken]:
        nights, price, fate = chance.randint(1, 6), chance.choice([0, 99, 120, 288]), chance.random()
        if fate < 0.6:
            inside.append(house.check_in(room, nights, price))
        elif fate < 0.8:
            house.reserve(room, 1, 80)
    for stay in [stay for stay in inside if chance.random() < 0.3]:
        minibar = folios.Posting(
            Folio.objects.get(stay=stay).pk, Decimal(chance.randint(1, 9999)) / 100, department="shop"
        )
        (entry,) = folios.post(postings=[minibar], by=None, at=house.afternoon())
        if chance.random() < 0.3:
            folios.reverse(entry_ids=[entry.pk], reason="mistake", by=None, at=house.afternoon())


def test_a_month_of_random_days_has_proven_books(house):
    chance, inside = random.Random(7), []
    for _day in range(31):
        a_random_day(house, inside, chance)
        audit(house)
    assert breaches() == []
    days = DailyFigure.objects.filter(room_type=None)
    assert (days.count(), days.filter(sold__gt=0).count() > 20) == (31, True)
    for ledger in ("guest", "deposit", "company"):
        newest = LedgerProof.objects.filter(ledger=ledger).latest("date")
        assert newest.closing == sum(FolioEntry.objects.filter(ledger=ledger).values_list("amount", flat=True))
    assert sum(day.room_revenue for day in days) == sum(RoomCharge.objects.values_list("entry__amount", flat=True))


def test_a_false_figure_is_found(house):
    house.check_in(house.rooms[0], 2, 100)
    audit(house)
    DailyFigure.objects.filter(room_type=None).update(room_revenue=99)
    LedgerProof.objects.filter(ledger="guest").update(charges=90, closing=90)
    names = {line.split(":")[0] for line in breaches()}
    assert {"audit_figures_are_the_ledgers", "audit_proof_is_sum_of_entries"} <= names
