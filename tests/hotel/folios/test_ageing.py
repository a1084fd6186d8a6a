import datetime as dt
from decimal import Decimal

from hotel.folios import ageing, services
from hotel.folios.services import Posting, Tender
from hotel.models import FolioEntry
from tests.factories.folios import CompanyFactory
from tests.factories.hotel import AT, TODAY


def money(text):
    return Decimal(text)


def test_payments_settle_the_oldest_debt_first(db):
    company = CompanyFactory(credit_limit=10000)
    house = company.property
    account = services.company_folios(company_ids=[company.pk], by=None, at=AT)[company.pk]

    def on(days_ago):
        house.business_date = TODAY - dt.timedelta(days=days_ago)
        house.save()

    def owe(amount):
        return services.post(postings=[Posting(account.pk, money(amount), text="Stay")], by=None, at=AT)[0]

    on(100)
    owe("100.00")
    wrong = owe("40.00")
    on(61)
    owe("200.00")
    on(60)
    owe("300.00")
    on(30)
    owe("400.00")
    on(0)
    services.reverse(entry_ids=[wrong.pk], reason="twice", by=None, at=AT)
    (paid,) = services.settle(folio_id=account.pk, tenders=[Tender("transfer", money("150.00"))], by=None, at=AT)

    def ages():
        return ageing.ages_of([account.pk], TODAY)[account.pk]

    assert ages().steps == [money("400.00"), money("300.00"), money("150.00"), money("0.00")]
    assert (ages().total, ages().credit) == (money("850.00"), 0)
    services.reverse(entry_ids=[paid.pk], reason="bounced", by=None, at=AT)
    assert ages().steps == [money("400.00"), money("300.00"), money("200.00"), money("100.00")]
    services.settle(folio_id=account.pk, tenders=[Tender("transfer", money("1100.00"))], by=None, at=AT)
    assert (ages().total, ages().credit) == (money("-100.00"), money("100.00"))
    assert ageing.items_of(account.pk)[-1].balance == money("-100.00")
    assert FolioEntry.objects.filter(folio=account, ledger="company").count() == 9
