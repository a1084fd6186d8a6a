"""An operator imports real order lines with twenty bad rows planted, mends them, and sends them again."""

import csv
import gzip
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.utils import timezone

from oms.jobs.models import BatchJob
from oms.jobs.services import run_job
from orders.models import Order, OrderLine
from tests.factories.files import HEADER, file_rows, write_file
from tests.factories.inventory import ChannelFactory
from tests.factories.staff import StaffFactory

UCI = Path(settings.BASE_DIR).parent / "shared" / "data" / "uci_online_retail_2010-12_2011-06.csv.gz"
FAULTS = [("Quantity", "two"), ("UnitPrice", "-1"), ("InvoiceDate", "soon"), ("StockCode", ""), ("Quantity", "0")]
CHINESE = {"Quantity": "数量", "UnitPrice": "单价", "InvoiceDate": "下单时间", "StockCode": "商家编码"}


def order_lines():
    """Header and 3,000 rows: real ones where the shared data are, else made."""
    if not UCI.exists():
        return HEADER, file_rows(1000, lines=3), CHINESE
    with gzip.open(UCI, "rt", encoding="utf-8", newline="") as file:
        header, *rows = islice(csv.reader(file), 3001)
    return header, rows, {name: name for name in CHINESE}


@pytest.fixture
def operator():
    channel = ChannelFactory(code="SHOP", name="Gift shop")
    operator = StaffFactory(branches=[channel.branch], language="en")
    operator.user_permissions.set(Permission.objects.filter(codename__in=["import_orders", "view_order"]))
    return operator


def work_off():
    return run_job(job_id=BatchJob.objects.latest("pk").pk, clock=timezone.now)


def send(page, path):
    page.goto("/imports/")
    page.select_option("select[name=channel]", label="Gift shop")
    page.set_input_files("input[name=file]", str(path))
    page.get_by_role("button", name="Upload and look").click()
    page.get_by_role("button", name="Import the file").click()
    page.wait_for_url("**/imports/*/")


@pytest.mark.django_db(transaction=True)
def test_an_operator_imports_a_file_with_twenty_bad_rows_and_mends_them(sign_in, operator, tmp_path):
    header, rows, named = order_lines()
    whole = {row[0] for row in rows}
    planted = list(range(100, 3000, 145))
    right = {at: list(rows[at]) for at in planted}
    for nth, at in enumerate(planted):
        column, text = FAULTS[nth % 5]
        rows[at] = list(rows[at])
        rows[at][header.index(named[column])] = text
        if column == "StockCode":  # a line with a name would still be an order to be stored
            rows[at][2] = "" if "Description" in header else rows[at][2]
    bad_orders = {rows[at][0] for at in planted}
    page = sign_in(operator)

    send(page, write_file(tmp_path / "november.csv", rows, header=header))
    work_off()

    page.get_by_text("orders were refused.").wait_for()
    shown = page.locator("#import-progress tbody tr td:first-child").all_text_contents()
    assert [int(text) for text in shown] == [at + 2 for at in planted]
    assert Order.objects.count() == len(whole) - len(bad_orders)

    with page.expect_download() as download:
        page.get_by_role("link", name="Download refused rows").click()
    table = list(csv.reader(download.value.path().read_text("utf-8-sig").splitlines()))
    mended = [right.get(int(row[-2]) - 2, row[: len(header)]) for row in table[1:]]
    send(page, write_file(tmp_path / "mended.csv", mended, header=header))
    work_off()

    page.get_by_text("Every order of the file was read.").wait_for()
    assert set(Order.objects.values_list("external_no", flat=True)) == whole
    assert OrderLine.objects.count() == len(rows)
