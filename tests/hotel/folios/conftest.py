import pytest
from django.contrib.auth.models import Group

from tests.factories.folios import ShiftFactory
from tests.factories.hotel import FolioFactory
from tests.factories.staff import StaffFactory


@pytest.fixture
def folio(db):
    return FolioFactory()


@pytest.fixture
def clerk(folio):
    """A manager at the till: the limits of what a role may do alone are tested by themselves."""
    clerk = StaffFactory(branches=[folio.property.branch])
    clerk.groups.add(Group.objects.get_or_create(name="manager")[0])
    ShiftFactory(property=folio.property, staff=clerk)
    return clerk
