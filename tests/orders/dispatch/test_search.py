"""The search box among warehouse documents: what a clerk reads off a slip or a parcel."""

import pytest

from orders.dispatch.search import DocumentSearch
from orders.models import Parcel, WarehouseDocument
from tests.factories.inventory import AT, WarehouseFactory
from tests.factories.orders import CourierFactory, OrderFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


def document(number, warehouse):
    made = WarehouseDocument.objects.create(
        number=number, order=OrderFactory(), warehouse=warehouse, created_at=AT, courier=CourierFactory()
    )
    Parcel.objects.create(document=made, courier=made.courier, tracking_no=f"SF{number}")
    return made


@pytest.mark.parametrize("how", ["number", "lower", "beginning", "order", "tracking"])
def test_a_document_is_found_by(how, django_assert_max_num_queries):
    branch = BranchFactory()
    warehouse = WarehouseFactory(branch=branch)
    wanted, _other = document("WD26112400007", warehouse), document("WD26112500008", warehouse)
    words = {
        "number": wanted.number,
        "lower": wanted.number.lower(),
        "beginning": "WD261124",
        "order": wanted.order.number,
        "tracking": "sfwd26112400007",
    }
    clerk = StaffFactory(branches=[branch])
    with django_assert_max_num_queries(3):
        hits = DocumentSearch().find(words[how], clerk, 5)
    assert [(hit.title, hit.url) for hit in hits] == [(wanted.number, f"/documents/{wanted.number}/")]
    assert hits[0].exact == (how in {"number", "lower"})


def test_documents_of_other_warehouses_are_not_found():
    made = document("WD26112400007", WarehouseFactory())
    assert DocumentSearch().find(made.number, StaffFactory(branches=[BranchFactory()]), 5) == []
