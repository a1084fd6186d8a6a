"""Whatever the desk does, in whatever order: balances are sums, ledgers prove, and nothing goes back twice."""

from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotel.folios import queries, services
from hotel.folios.services import Posting, Tender
from hotel.models import Folio, FolioEntry, PreAuthorisation, Property
from oms.lib.books import breaches
from oms.lib.errors import DomainError
from tests.factories.folios import CompanyFactory
from tests.factories.hotel import AT, TODAY, FolioFactory

REASON = "as told"
amounts = st.integers(1, 30000).map(lambda cents: Decimal(cents).scaleb(-2))
kinds = st.sampled_from(["cash", "card", "wechat"])
which = st.integers(0, 10_000)
moves = st.lists(
    st.one_of(
        st.tuples(st.just("charge"), which, amounts),
        st.tuples(st.just("deposit"), which, kinds, amounts),
        st.tuples(st.just("give_back"), which, kinds, amounts),
        st.tuples(st.just("pay"), which, kinds, amounts),
        st.tuples(st.just("refund"), which, kinds, amounts),
        st.tuples(st.just("on_account"), which, amounts),
        st.tuples(st.just("reverse"), which),
        st.tuples(st.just("transfer"), which, which),
        st.tuples(st.just("split"), which, st.integers(2, 5)),
        st.tuples(st.just("merge"), which, which),
        st.tuples(st.just("hold"), which, amounts),
        st.tuples(st.just("write_off"), which, amounts),
        st.tuples(st.just("pay_out"), which, amounts),
        st.tuples(st.just("close"), which),
        st.tuples(st.just("reopen"), which),
        st.tuples(st.just("next_day")),
    ),
    max_size=25,
)


class Desk:
    """Three folios and a company with little credit."""

    def __init__(self):
        self.folios = [FolioFactory()]
        self.house = self.folios[0].property
        self.folios += [FolioFactory(property=self.house) for _ in range(2)]
        self.company = CompanyFactory(property=self.house, credit_limit=300)
        self.how = {"by": None, "at": AT}

    def folio(self, number):
        return self.folios[number % 3].pk

    def entry(self, number):
        ids = list(FolioEntry.objects.order_by("pk").values_list("pk", flat=True)) or [0]
        return ids[number % len(ids)]

    def charge(self, n, amount):
        services.post(postings=[Posting(self.folio(n), amount, department="shop")], **self.how)

    def deposit(self, n, kind, amount):
        services.take_deposit(folio_id=self.folio(n), tenders=[Tender(kind, amount)], **self.how)

    def give_back(self, n, kind, amount):
        services.refund_deposit(folio_id=self.folio(n), tenders=[Tender(kind, amount)], **self.how)

    def pay(self, n, kind, amount):
        services.settle(folio_id=self.folio(n), tenders=[Tender(kind, amount)], **self.how)

    def refund(self, n, kind, amount):
        services.settle(folio_id=self.folio(n), tenders=[Tender(kind, -amount)], **self.how)

    def on_account(self, n, amount):
        tender = Tender("company", amount, company_id=self.company.pk)
        services.settle(folio_id=self.folio(n), tenders=[tender], deposit=Decimal(0), **self.how)

    def reverse(self, n):
        services.reverse(entry_ids=[self.entry(n)], reason=REASON, **self.how)

    def transfer(self, n, to):
        services.transfer(entry_ids=[self.entry(n)], to_folio_id=self.folio(to), reason=REASON, **self.how)

    def split(self, n, parts):
        entry = FolioEntry.objects.get(pk=self.entry(n))
        services.split(entry_id=entry.pk, parts=services.shares(entry.amount, parts=parts), reason=REASON, **self.how)

    def merge(self, n, to):
        services.merge(from_folio_id=self.folio(n), to_folio_id=self.folio(to), reason=REASON, **self.how)

    def hold(self, n, amount):
        held = PreAuthorisation.objects.create(
            folio_id=self.folio(n), amount=amount, reference="slip", taken_at=AT, taken_by=self.clerk
        )
        services.capture(hold_id=held.pk, amount=amount, **self.how)

    def write_off(self, n, amount):
        services.write_off(folio_id=self.folio(n), amount=amount, reason=REASON, **self.how)

    def pay_out(self, n, amount):
        services.pay_out(folio_id=self.folio(n), amount=amount, text="Taxi", **self.how)

    def close(self, n):
        services.close_folios(folio_ids=[self.folio(n)], **self.how)

    def reopen(self, n):
        services.reopen_folios(folio_ids=[self.folio(n)], reason=REASON, **self.how)

    def next_day(self):
        self.house.business_date += TODAY - TODAY.replace(day=TODAY.day - 1)
        self.house.save(update_fields=["business_date"])


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_the_books_are_right_whatever_happens(clerk, moves):
    desk = Desk()
    desk.clerk = clerk
    for name, *arguments in moves:
        before = FolioEntry.objects.count()
        try:
            getattr(desk, name)(*arguments)
        except (DomainError, FolioEntry.DoesNotExist):
            assert FolioEntry.objects.count() == before

    assert breaches() == []
    folios = list(Folio.objects.filter(property=desk.house).values_list("pk", flat=True))
    owed, held = queries.balances(folios), queries.deposits(folios)
    everything = FolioEntry.objects.filter(folio__in=folios).aggregate(sum=Sum("amount"))["sum"] or 0
    assert sum(owed.values()) - sum(held.values()) == everything
    company = Folio.objects.filter(company=desk.company).first()
    assert company is None or owed[company.pk] <= 300
    prove_ledgers(Property.objects.get(pk=desk.house.pk), everything)


def prove_ledgers(house, everything):
    """Each day's opening is the closing of the day before, and the closings add up to all entries."""
    days = sorted({*FolioEntry.objects.filter(property=house).values_list("business_date", flat=True)})
    closing = dict.fromkeys(("guest", "deposit", "company"), Decimal(0))
    for day in days:
        moved = queries.ledger_moves(house.pk, day)
        assert {ledger: moves.opening for ledger, moves in moved.items()} == closing
        closing = {ledger: moves.closing for ledger, moves in moved.items()}
    assert sum(closing.values()) == everything


def test_a_wrong_book_is_found(folio, clerk):
    services.post(postings=[Posting(folio.pk, Decimal("5.00"))], by=clerk, at=AT)
    Folio.objects.update(closed_at=AT)

    assert breaches() == [f"a closed folio owes nothing and holds nothing: {folio.number}: balance 5.00, deposit 0"]
