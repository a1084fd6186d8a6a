"""A random walk through the desk's commands on stays and bills leaves the books right after every step."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from hotel.folios import queries
from hotel.folios import services as folios
from hotel.folios.invariants import INVARIANTS as OF_FOLIOS
from hotel.models import Folio, HourlyPrice, Stay
from hotel.stays import services
from hotel.stays.invariants import INVARIANTS as OF_STAYS
from oms.lib.errors import DomainError
from tests.factories.hotel import RoomFactory, RoomTypeFactory
from tests.hotel.stays.conftest import NIGHT, Desk

pytestmark = pytest.mark.django_db
ANY = st.integers(min_value=0, max_value=30)  # which stay or room: modulo what there is
NIGHTS = st.integers(min_value=0, max_value=4)


def breaches():
    found = []
    with connection.cursor() as cursor:
        for rule_ in (*OF_STAYS, *OF_FOLIOS):
            cursor.execute(f"SELECT reference::text, fact::text FROM ({rule_.sql}) x")
            found += [(rule_.name, *row) for row in cursor.fetchall()]
    return found


class DeskMachine(RuleBasedStateMachine):
    """One hotel with three rooms of one type and one of another. Each walk ends in a rollback."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.desk = None

    @initialize()
    def open_the_house(self):
        self.desk = Desk()
        self.other = RoomTypeFactory(property=self.desk.house, name="Suite")
        self.desk.price(self.other, "500.00")
        HourlyPrice.objects.create(room_type=self.desk.kind, hours=3, price=90, extra_hour=30, most=150)
        self.rooms = [*self.desk.rooms[:3], RoomFactory(room_type=self.other)]
        self.desk.rooms[3].delete()
        self.stays = []

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def attempt(self, command, **asked):
        """Do it at the next minute; a refusal must have changed nothing, which the invariant sees."""
        self.desk.who["at"] += dt.timedelta(minutes=7)
        try:
            return command(**asked, **self.desk.who)
        except DomainError:
            return None

    def one(self, n):
        """Some stay; before there is one, an id of nobody is no use, so the step does nothing."""
        return self.stays[n % len(self.stays)] if self.stays else None

    def room(self, n):
        return self.rooms[n % len(self.rooms)].pk

    @rule(nights=NIGHTS, ahead=st.integers(0, 2), room=st.none() | ANY, suite=st.booleans())
    def reserve(self, nights, ahead, room, suite):
        arrival = self.desk.house.business_date + NIGHT * ahead
        kind = self.other if suite else self.desk.kind
        more = {"hours": 3, "start_at": self.desk.who["at"]} if nights == 0 else {}
        request = self.desk.want(
            nights, arrival, room_type_id=kind.pk, room_id=None if room is None else self.rooms[room % 3].pk, **more
        )
        made = self.attempt(
            services.reserve, property_id=self.desk.house.pk, stays=[request], booking=services.BookingRequest()
        )
        if made:
            self.stays += made.stays.values_list("pk", flat=True)

    @rule(room=ANY, nights=st.integers(1, 3), deposit=st.booleans())
    def walk_in(self, room, nights, deposit):
        tenders = [folios.Tender("cash", Decimal(200))] if deposit else []
        request = services.WalkIn(
            self.room(room),
            guest_id=self.desk.guest().pk,
            departure_on=self.desk.house.business_date + NIGHT * nights,
            rate_plan_id=self.desk.plan.pk,
            tenders=tenders,
            anyway=True,
        )
        made = self.attempt(services.walk_in, request=request)
        if made:
            self.stays.append(made.pk)

    @rule(n=ANY, room=ANY)
    def assign(self, n, room):
        if stay := self.one(n):
            self.attempt(services.assign, choices=[(stay, self.room(room))])

    @rule(n=ANY)
    def check_in(self, n):
        if stay := self.one(n):
            self.attempt(services.check_in, stay_ids=[stay], anyway=True)

    @rule(n=ANY, room=ANY, keep=st.booleans())
    def move(self, n, room, keep):
        if stay := self.one(n):
            asked = {"room_id": self.room(room), "keep_price": keep, "reason": "noise", "anyway": True}
            self.attempt(services.move, stay_id=stay, **asked)

    @rule(n=ANY, m=ANY)
    def swap(self, n, m):
        if self.stays and self.one(n) != self.one(m):
            self.attempt(services.swap, stay_ids=(self.one(n), self.one(m)), reason="lift")

    @rule(n=ANY, nights=NIGHTS, longer=st.booleans())
    def change_departure(self, n, nights, longer):
        if stay := self.one(n):
            departure = Stay.objects.get(pk=stay).departure_on
            command = services.extend if longer else services.shorten
            self.attempt(command, stay_id=stay, departure_on=departure + NIGHT * (nights if longer else -nights))

    @rule(n=ANY, ahead=NIGHTS, nights=NIGHTS)
    def reschedule(self, n, ahead, nights):
        if stay := self.one(n):
            arrival = self.desk.house.business_date + NIGHT * ahead
            self.attempt(services.reschedule, stay_id=stay, arrival_on=arrival, departure_on=arrival + NIGHT * nights)

    @rule(n=ANY, price=st.integers(0, 400))
    def set_price(self, n, price):
        if stay := self.one(n):
            prices = {self.desk.house.business_date: Decimal(price)}
            self.attempt(services.set_prices, stay_id=stay, prices=prices, reason="regular")

    @rule(n=ANY)
    def charge(self, n):
        folio = Folio.objects.filter(stay_id=self.one(n)).first()
        if folio:
            posting = folios.Posting(folio.pk, Decimal("38.00"), text="Minibar", department="minibar")
            self.attempt(folios.post, postings=[posting])

    @rule(n=ANY)
    def settle(self, n):
        if stay := self.one(n):
            self.pay(stay)

    def pay(self, stay):
        self.attempt(services.post_day_use, stay_ids=[stay])
        folio = Folio.objects.filter(stay_id=stay).first()
        if folio:
            self.attempt(folios.settle, folio_id=folio.pk, tenders=[])  # from the deposit, as far as it goes
            owed = queries.balances([folio.pk])[folio.pk]
            if owed > 0:
                self.attempt(folios.settle, folio_id=folio.pk, tenders=[folios.Tender("cash", owed)])
            held = queries.deposits([folio.pk])[folio.pk]
            if held:
                self.attempt(folios.refund_deposit, folio_id=folio.pk, tenders=[folios.Tender("cash", held)])

    @rule(n=ANY, pays=st.booleans())
    def check_out(self, n, pays):
        if stay := self.one(n):
            if pays:
                self.pay(stay)
            self.attempt(services.check_out, stay_ids=[stay])

    @rule(n=ANY, room=st.none() | ANY, days=st.none() | st.integers(0, 4), was_away=st.booleans())
    def restore(self, n, room, days, was_away):
        if stay := self.one(n):
            room_id = None if room is None else self.room(room)
            until = None if days is None else self.desk.house.business_date + days * NIGHT
            asked = {"room_id": room_id, "departure_on": until, "was_away": was_away}
            self.attempt(services.restore_check_out, stay_id=stay, reason="forgot", **asked)

    @rule(n=ANY)
    def reverse_check_in(self, n):
        if stay := self.one(n):
            self.attempt(services.reverse_check_in, stay_id=stay, reason="wrong guest")

    @rule(n=ANY)
    def cancel(self, n):
        if stay := self.one(n):
            self.attempt(services.cancel, stay_ids=[stay], reason="ill")

    @rule(n=ANY)
    def reactivate(self, n):
        if stay := self.one(n):
            self.attempt(services.reactivate, stay_id=stay, reason="comes after all")

    @rule()
    def night(self):
        """Who stays too long is extended if that is possible, who did not come is noted, nights are charged."""
        today = self.desk.house.business_date
        for stay in Stay.objects.filter(status="in_house", departure_on__lte=today, is_day_use=False):
            self.attempt(services.extend, stay_id=stay.pk, departure_on=today + NIGHT)
        coming = Stay.objects.filter(status__in=["tentative", "confirmed"], arrival_on__lte=today)
        self.attempt(services.mark_no_shows, stay_ids=list(coming.values_list("pk", flat=True)))
        self.desk.roll()
        for stay in Stay.objects.filter(status="in_house"):
            self.attempt(lambda stay=stay, **_who: self.desk.charge_nights(stay))
        self.desk.who["at"] = max(
            self.desk.who["at"],
            dt.datetime.combine(self.desk.house.business_date, dt.time(1), tzinfo=dt.UTC),  # 9:00 in Shanghai
        )

    @invariant()
    def the_books_are_right(self):
        if self.desk:
            assert breaches() == []


def test_any_order_of_commands_leaves_the_books_right():
    run_state_machine_as_test(
        DeskMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert Stay.objects.count() == 0
