import pytest
from django.contrib.auth.models import Permission

from inventory.stock.holders import Holder, holders_of
from tests.factories.inventory import ChannelFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


def test_holders_are_named_by_order_for_those_who_may_see_it():
    branch = BranchFactory()
    mine = OrderFactory(channel=ChannelFactory(branch=branch)).lines.get()
    theirs = OrderFactory().lines.get()
    agent, outsider = StaffFactory(branches=[branch]), StaffFactory(branches=[branch])
    agent.user_permissions.add(Permission.objects.get(codename="view_order"))
    ids = [mine.pk, theirs.pk, 0]

    assert holders_of(ids, agent) == {mine.pk: Holder(mine.order.number, f"/orders/{mine.order.number}/")}
    assert holders_of(ids, outsider) == {}
