"""A company's page: payments for chosen debts, what is left of them, and choosing anew."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from hotel.folios import ageing, services
from hotel.folios.services import Posting
from oms.staff.roles import sync_roles
from tests.factories.folios import CompanyFactory, ShiftFactory
from tests.factories.hotel import AT
from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(db):
    return CompanyFactory(credit_limit=10000)


@pytest.fixture
def account(company):
    return services.company_folios(company_ids=[company.pk], by=None, at=AT)[company.pk]


@pytest.fixture
def debts(account):
    postings = [Posting(account.pk, Decimal(amount), text="Stay") for amount in (100, 200)]
    return services.post(postings=postings, by=None, at=AT)


@pytest.fixture
def sign_in(client, company):
    def do(role):
        sync_roles()
        staff = StaffFactory(branches=[company.property.branch], language="en")
        staff.groups.set(Group.objects.filter(name=role))
        ShiftFactory(property=company.property, staff=staff)
        client.force_login(staff)

    return do


def pay(client, company, amount, **parts):
    data = {"kind": "transfer", "amount": amount, "detail": "R1", **parts}
    return client.post(reverse("folios:company-pay", args=[company.pk]), data)


def still_open(account):
    return [str(item.open) for item in ageing.items_of(account.pk) if item.entry.amount > 0]


def test_a_payment_for_a_chosen_debt_and_its_rest(client, company, account, debts, sign_in):
    sign_in("cashier")

    pay(client, company, "150.00", **{f"item_{debts[1].pk}": "120.00"})

    page = client.get(reverse("folios:company", args=[company.pk])).content.decode()
    assert still_open(account) == ["100.00", "80.00"]
    assert "30.00 left" in page
    paid = account.entries.get(kind="payment")
    address = reverse("folios:company-apply", args=[company.pk, paid.pk])
    assert f'name="item_{debts[1].pk}" value="120.00"' in client.get(address).content.decode()
    client.post(address, {f"item_{debts[0].pk}": "100.00"})
    assert still_open(account) == ["0.00", "200.00"]
    client.post(address, {"oldest": "1"})
    assert still_open(account) == ["0.00", "150.00"]


def test_a_refusal_keeps_what_was_typed_and_takes_nothing(client, company, account, debts, sign_in):
    sign_in("cashier")

    refused = pay(client, company, "150.00", **{f"item_{debts[0].pk}": "100.01"})

    page = refused.content.decode()
    assert refused.status_code == 422
    assert "at most 100.00 is left" in page
    assert 'value="100.01"' in page
    assert 'value="150.00"' in page
    assert not account.entries.filter(kind="payment").exists()


def test_only_who_takes_money(client, company, account, debts, sign_in):
    sign_in("manager")
    assert client.get(reverse("folios:company", args=[company.pk])).status_code == 200
    sign_in("housekeeping")
    assert pay(client, company, "10.00").status_code == 403
    assert client.get(reverse("folios:company-apply", args=[company.pk, debts[0].pk])).status_code == 403
