import pytest

from tests.factories.folios import ShiftFactory
from tests.factories.hotel import FolioFactory
from tests.factories.staff import StaffFactory


@pytest.fixture
def folio(db):
    return FolioFactory()


@pytest.fixture
def clerk(folio):
    clerk = StaffFactory()
    ShiftFactory(property=folio.property, staff=clerk)
    return clerk
