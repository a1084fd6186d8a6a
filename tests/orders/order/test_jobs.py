"""Commands on many orders as jobs: results per order, scope, going on after a kill."""

import csv

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage

from oms.jobs.services import run_job, start_job
from oms.models import JobResult
from orders.models import Order
from orders.order import jobs
from tests.factories.inventory import AT, ChannelFactory
from tests.factories.orders import OrderFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    return BranchFactory()


@pytest.fixture
def channel(branch):
    return ChannelFactory(branch=branch)


@pytest.fixture
def boss(branch):
    return staff(branch, "cancel_order", "change_order", "export_orders")


def staff(branch, *codes):
    person = StaffFactory(branches=[branch])
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="orders", codename__in=codes))
    return person


def run(kind, by, chosen, **params):
    last = Order.objects.order_by("-pk").values_list("pk", flat=True).first()
    params = {"chosen": chosen, "until": last, "reason": "recall"} | params
    job = start_job(kind=kind, title="x", params=params, by=by, at=AT)
    return run_job(job_id=job.pk, clock=lambda: AT)


def test_all_that_match_are_cancelled_with_a_result_each(boss, channel):
    good, gone = OrderFactory(channel=channel), OrderFactory(channel=channel, status="shipped")
    job = run("orders.cancel", boss, {"filter": {}})
    assert (job.status, job.succeeded, job.refused) == ("done", 1, 1)
    assert list(JobResult.objects.order_by("position").values_list("reference", "outcome", "code")) == [
        (good.number, "succeeded", ""),
        (gone.number, "refused", "order_already_left"),
    ]


@pytest.mark.parametrize("by_id", [True, False])
def test_a_job_never_leaves_its_owners_branches(boss, channel, by_id):
    mine, other = OrderFactory(channel=channel), OrderFactory()
    run("orders.cancel", boss, {"ids": [mine.pk, other.pk]} if by_id else {"filter": {}})
    assert Order.objects.get(pk=other.pk).status == "pending_split"
    assert Order.objects.get(pk=mine.pk).status == "cancelled"


def test_what_comes_in_after_the_preview_is_not_chosen(boss, channel):
    first = OrderFactory(channel=channel)
    later = OrderFactory(channel=channel)
    run("orders.cancel", boss, {"filter": {}}, until=first.pk)
    assert Order.objects.get(pk=later.pk).status == "pending_split"


def test_a_permission_that_was_taken_away_stops_the_job(branch, channel):
    OrderFactory(channel=channel)
    job = run("orders.cancel", staff(branch), {"filter": {}})
    assert (job.succeeded, Order.objects.get().status) == (0, "pending_split")


def test_chunks_go_on_behind_the_last_order(boss, channel, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", 2)
    for _n in range(5):
        OrderFactory(channel=channel)
    job = run("orders.cancel", boss, {"filter": {"status": ["open"]}})  # cancelled ones leave the filter meanwhile
    assert (job.succeeded, Order.objects.filter(status="cancelled").count()) == (5, 5)


def test_a_remark_goes_into_every_log(boss, channel):
    orders = [OrderFactory(channel=channel) for _n in range(2)]
    run("orders.remark", boss, {"filter": {}})
    assert [order.events.get(kind="remark").reason for order in orders] == ["recall", "recall"]


def test_an_export_has_a_row_per_line_and_no_formulas(boss, channel, monkeypatch):
    monkeypatch.setattr(jobs, "EXPORT_CHUNK", 1)
    orders = [
        OrderFactory(channel=channel, lines=[(None, 1, "1.00"), (None, 2, "3.00")], buyer_remark="=1+1"),
        OrderFactory(channel=channel, lines=[(None, 3, "2.50")]),
    ]
    job = run("orders.export", boss, {"filter": {}}, format="csv")
    with default_storage.open(job.file) as file:
        rows = list(csv.reader(file.read().decode("utf-8-sig").splitlines()))
    head = rows[0]
    assert [row[head.index("Order number")] for row in rows[1:]] == [
        orders[0].number,
        orders[0].number,
        orders[1].number,
    ]
    assert rows[1][head.index("Buyer's remark")] == "'=1+1"
    assert rows[1][head.index("Phone")] == "138****6021"
    assert (job.succeeded, job.summary["download"].endswith(".csv")) == (2, True)


def test_who_may_see_people_exports_them(branch, channel):
    OrderFactory(channel=channel)
    job = run("orders.export", staff(branch, "export_orders", "reveal_personal"), {"filter": {}}, format="xlsx")
    sheet = openpyxl.load_workbook(default_storage.path(job.file)).active
    head, row = list(sheet.values)
    assert (row[head.index("Phone")], row[head.index("Order amount")]) == ("13800136021", 10)


def test_a_chunk_that_was_killed_leaves_no_rows_behind(boss, channel):
    order = OrderFactory(channel=channel)
    from orders.order.exporting import append_csv

    size = append_csv("exports/x.csv", order_ids=[], offset=0, unmasked=False)
    append_csv("exports/x.csv", order_ids=[order.pk], offset=size, unmasked=False)  # its transaction never committed
    again = append_csv("exports/x.csv", order_ids=[order.pk], offset=size, unmasked=False)
    with default_storage.open("exports/x.csv") as file:
        text = file.read().decode()
    assert (len(text.encode()), text.count(order.number)) == (again, 1)
