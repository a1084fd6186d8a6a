"""A branch with a house, a clerk, and a level."""

import pytest

from hotel.models import MemberLevel
from tests.factories.hotel import PropertyFactory
from tests.factories.staff import StaffFactory


@pytest.fixture
def house(db):
    return PropertyFactory()


@pytest.fixture
def branch(house):
    return house.branch


@pytest.fixture
def clerk(branch):
    return StaffFactory(branches=[branch])


@pytest.fixture
def level(branch):
    return MemberLevel.objects.create(branch=branch, code="GOLD", name="金卡", rank=2, points_per_yuan="1.5")
