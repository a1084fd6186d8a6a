"""A file of orders, from the command line to the books."""

import csv
import gzip
import json
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings as house
from django.core.management import CommandError, call_command
from django.utils import translation

from oms.jobs.kinds import kinds
from oms.jobs.models import BatchJob, JobStatus
from oms.jobs.services import run_job
from oms.lib.books import breaches
from orders.intake.files import queries, services, staging
from orders.intake.files.mapping import Mapping
from orders.intake.models import ImportMapping, ImportRow, IntakeMessage
from orders.models import Order, OrderLine
from tests.factories.files import HEADER, file_rows, write_file
from tests.factories.intake import AT
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory

pytestmark = pytest.mark.django_db
UCI = Path(house.BASE_DIR).parent / "shared" / "data"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def channel():
    return ChannelFactory(code="TB1")


@pytest.fixture
def small_steps(monkeypatch):
    """Chunks small enough that a tiny file has many."""
    monkeypatch.setattr(staging, "ROWS_A_STEP", 7)
    monkeypatch.setattr(staging, "ORDERS_A_STEP", 4)


def command(capsys, path, *options, channel="TB1"):
    capsys.readouterr()
    call_command("import_orders", str(path), "--channel", channel, "--json", *options)
    return json.loads(capsys.readouterr().out)


def counts(read, stored=0, repeated=0, changed=0, refused=0):
    return {"read": read, "stored": stored, "repeated": repeated, "changed": changed, "refused": refused}


def refused_rows():
    return [(row.row_no, row.reason) for row in queries.refused_rows(BatchJob.objects.latest("pk"), own=True)]


def test_import_stores_orders_with_their_lines_and_what_came(capsys, channel, tmp_path):
    sku = SkuFactory(code="S0")
    BinFactory(sku=sku, on_hand=5)

    said = command(capsys, write_file(tmp_path / "a.csv", file_rows(3)))

    assert said == counts(3, stored=3)
    assert list(
        Order.objects.order_by("external_no").values_list("external_no", "status", "payable", "receiver_name")
    ) == [(f"T0000{n}", "pending_split", 20, "王小明") for n in range(3)]
    assert OrderLine.objects.filter(sku=sku).count() == 3
    raw = json.loads(IntakeMessage.objects.get(external_no="T00001").payload)
    assert raw == {"file": "a.csv", "columns": HEADER, "rows": [[4, file_rows(3)[2]], [5, file_rows(3)[3]]]}
    assert breaches() == []


def test_the_same_file_again_only_repeats(capsys, channel, tmp_path):
    path = write_file(tmp_path / "a.csv", file_rows(5))
    command(capsys, path)

    assert command(capsys, path) == counts(5, repeated=5)
    assert (Order.objects.count(), OrderLine.objects.count()) == (5, 10)


def test_rows_of_an_order_may_stand_far_apart(capsys, channel, tmp_path, small_steps):
    rows = file_rows(20, lines=3)
    rows.append(["T00000", "", "", "", "S9", "4", "1.00"])
    rows.insert(30, ["T00019", "", "", "", "S9", "5", "1.00"])

    assert command(capsys, write_file(tmp_path / "a.csv", rows)) == counts(20, stored=20)
    lines = OrderLine.objects.filter(merchant_code="S9").order_by("quantity")
    assert list(lines.values_list("order__external_no", "quantity")) == [("T00000", 4), ("T00019", 5)]
    assert OrderLine.objects.count() == 62


def test_twenty_bad_rows_are_reported_with_their_row_numbers_and_the_good_orders_stored(
    capsys, channel, tmp_path, small_steps
):
    rows = file_rows(60)
    planted = range(3, 120, 6)  # the second line of every third order
    faults = [(5, "two"), (6, "-1"), (1, "soon"), (4, ""), (5, "0")]
    for nth, at in enumerate(planted):
        column, text = faults[nth % 5]
        rows[at][column] = text

    said = command(capsys, write_file(tmp_path / "a.csv", rows))

    assert said == counts(60, stored=40, refused=20)
    assert [row for row, _reason in refused_rows()] == [at + 2 for at in planted]
    assert [reason for _row, reason in refused_rows()[:5]] == [
        "Quantity “two” is not a number",
        "Unit price “-1” is negative",
        "Placed “soon” is not a date",
        "Merchant code is missing",
        "Quantity is zero",
    ]
    siblings = ImportRow.objects.filter(error__startswith='["sibling"')
    assert sorted(siblings.values_list("row_no", flat=True)) == [at + 1 for at in planted]
    assert ImportRow.objects.count() == 40  # the rows of good orders are gone
    assert BatchJob.objects.get().results.filter(outcome="refused").count() == 20


def test_refused_rows_can_be_downloaded_corrected_and_sent(capsys, channel, tmp_path):
    rows = file_rows(4)
    rows[2][5] = "two"
    rows[2][2] = rows[3][2] = "=HYPERLINK(1)"
    command(capsys, write_file(tmp_path / "a.csv", rows))

    text = "".join(queries.refused_csv(BatchJob.objects.get(), HEADER, reason="Why", row="Row"))

    path = tmp_path / "corrected.csv"
    path.write_text(text.replace("two", "2"), encoding="utf-8")
    table = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    assert table[0] == [*HEADER, "Row", "Why"]
    assert [row[-2:] for row in table[1:]] == [
        ["4", "Quantity “two” is not a number"],
        ["5", "Not stored because row 4 of the same order was refused"],
    ]
    assert table[1][2] == "'=HYPERLINK(1)"
    assert command(capsys, path) == counts(1, stored=1)
    assert OrderLine.objects.filter(order__external_no="T00001").count() == 2
    assert Order.objects.get(external_no="T00001").receiver_name == "=HYPERLINK(1)"


def test_rows_without_an_order_number_and_unreadable_rows_are_refused_orders(capsys, channel, tmp_path):
    path = write_file(tmp_path / "a.csv", [*file_rows(2), ["", "", "", "", "S1", "1", "1"]])
    with path.open("a", encoding="utf-8") as file:
        file.write('T00009,2026-11-20,"never closed,1,S1,1,1\r\n')

    assert command(capsys, path) == counts(4, stored=2, refused=2)
    assert refused_rows() == [
        (6, "Channel number is missing"),
        (7, "A quotation mark is not closed, or stands where none may stand"),
    ]


def test_an_order_with_too_many_lines_is_refused_and_not_held_in_memory(capsys, channel, tmp_path, monkeypatch):
    from orders.intake.files import assembly

    monkeypatch.setattr(assembly, "MAX_LINES", 5)
    monkeypatch.setattr(staging, "MAX_LINES", 5)

    said = command(capsys, write_file(tmp_path / "a.csv", [*file_rows(1, lines=6), *file_rows(3, lines=2)[2:]]))

    assert said == counts(3, stored=2, refused=1)
    assert refused_rows() == [(2, "The order has more than 5 lines")]


@pytest.mark.parametrize("same_process", [True, False])
@pytest.mark.parametrize("at_call", [1, 3, 6, 7, 9, 11])
def test_an_import_killed_in_any_chunk_goes_on_and_doubles_nothing(
    channel, tmp_path, small_steps, monkeypatch, at_call, same_process
):
    rows = file_rows(20)
    rows[8][5] = "two"
    path = write_file(tmp_path / "a.csv", rows)
    mapping = queries.mapping_for(path, channel.pk)
    job = services.start_import(
        file=services.keep_copy(path), name="a.csv", channel_id=channel.pk, mapping=mapping, by=None, at=AT, wake=False
    )
    calls = iter(range(1, 1000))
    for module, name in ((staging, "copy_rows"), (staging, "mark_refused")):
        monkeypatch.setattr(module, name, dying(getattr(module, name), calls, at_call))

    job = run_job(job_id=job.pk, clock=lambda: AT)
    assert (job.is_open, job.error) == (True, "power cut")
    if not same_process:
        kinds()["import_orders"]._close()
    job = run_job(job_id=job.pk, clock=lambda: AT)

    assert (job.status, job.done, job.succeeded, job.refused) == (JobStatus.DONE, 20, 19, 1)
    assert {name: job.summary[name] for name in ("stored", "repeated", "refused")} == {
        "stored": 19,
        "repeated": 0,
        "refused": 1,
    }
    assert (Order.objects.count(), OrderLine.objects.count()) == (19, 38)
    assert [row.row_no for row in queries.refused_rows(job, own=True)] == [10]
    assert breaches() == []


def dying(call, calls, at_call):
    """``call``, but after its work the power fails in the call number ``at_call``."""

    def run(**arguments):
        result = call(**arguments)
        if next(calls) == at_call:
            message = "power cut"
            raise OSError(message)
        return result

    return run


def test_the_upload_is_deleted_once_the_import_is_over(
    capsys, channel, tmp_path, media, django_capture_on_commit_callbacks
):
    path = write_file(tmp_path / "a.csv", file_rows(2))

    with django_capture_on_commit_callbacks(execute=True):
        command(capsys, path)

    assert (list((media / "imports").iterdir()), path.exists()) == ([], True)
    assert BatchJob.objects.get().file == ""


def test_a_mapping_is_remembered_and_used_by_name(capsys, channel, tmp_path):
    columns = {"external_no": "Nr", "line.merchant_code": "Artikel", "line.unit_price": "Preis"}
    options = {"decimal_comma": True, "constants": {"line.quantity": "2"}, "paid": "no"}
    services.save_mapping(channel_id=channel.pk, name="german", mapping=Mapping(columns, options), by=None, at=AT)
    path = write_file(tmp_path / "a.csv", [["D1", "S1", "1.234,50"]], header=["Nr", "Artikel", "Preis"])

    with pytest.raises(CommandError, match="Columns are missing"):
        command(capsys, path)
    assert command(capsys, path, "--mapping", "german") == counts(1, stored=1)
    assert Order.objects.values_list("payable", "status").get() == (2469, "pending_payment")


def test_the_default_mapping_is_used_where_it_fits(capsys, channel, tmp_path):
    columns = {"external_no": "单据", "line.merchant_code": "商家编码", "line.unit_price": "单价"}
    ImportMapping.objects.create(channel=channel, name="default", columns=columns, options={"paid": "no"})

    fits = write_file(tmp_path / "a.csv", [["A1", "S1", "3"]], header=["单据", "商家编码", "单价"])
    other = write_file(tmp_path / "b.csv", file_rows(1))

    assert command(capsys, fits) == counts(1, stored=1)
    assert command(capsys, other) == counts(1, stored=1)
    assert Order.objects.get(external_no="A1").status == "pending_payment"


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        (b"", {}, "empty"),
        (b"%PDF-1.7", {}, "a PDF"),
        (b"order_id,colour\n1,red\n", {}, "Columns are missing: Merchant code, Unit price"),
        (b"order_id,sku,price\n1,S,2\n", {"channel": "NONE"}, "There is no channel 'NONE'. There are: TB1."),
        (b"order_id,sku,price\n1,S,2\n", {"mapping": "x"}, "There is no mapping 'x' for TB1. There are: none."),
    ],
)
def test_what_cannot_be_imported_exits_with_two_and_says_why(channel, tmp_path, content, options, text):
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=text.replace("'", ".").replace("(", ".")) as refusal:
        call_command("import_orders", str(path), **{"channel": "TB1", **options})

    assert refusal.value.returncode == 2
    assert not BatchJob.objects.exists()


def test_a_file_damaged_further_down_stores_nothing_and_exits_with_two(channel, tmp_path, monkeypatch):
    from orders.intake.files import delimited

    monkeypatch.setattr(delimited, "SAMPLE", 4000)
    whole = write_file(tmp_path / "a.csv", file_rows(3000)).read_bytes()
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(whole)[:-400])

    with pytest.raises(CommandError, match="damaged") as refusal:
        call_command("import_orders", str(path), channel="TB1")

    assert (refusal.value.returncode, Order.objects.count()) == (2, 0)


def test_rows_of_stopped_imports_are_forgotten_by_the_next(capsys, channel, tmp_path):
    stopped = BatchJob.objects.create(kind="import_orders", created_at=AT, status="cancelled", finished_at=AT)
    ImportRow.objects.create(job=stopped, row_no=2, order_key="A", cells=[])

    command(capsys, write_file(tmp_path / "a.csv", file_rows(1)))

    assert not ImportRow.objects.exists()


@pytest.mark.skipif(not UCI.exists(), reason="the shared data folder is not on this machine")
def test_real_order_lines_are_imported_without_any_mapping(capsys, channel, tmp_path):
    with gzip.open(UCI / "uci_online_retail_2010-12_2011-06.csv.gz", "rt", encoding="utf-8", newline="") as file:
        header, *rows = islice(csv.reader(file), 5001)
    numbers = {row[0] for row in rows}

    said = command(capsys, write_file(tmp_path / "uci.csv", rows, header=header))

    assert said == counts(len(numbers), stored=len(numbers))
    assert OrderLine.objects.count() == len(rows)
    returns = {row[0] for row in rows if int(row[3]) < 0}
    assert set(Order.objects.filter(type="return").values_list("external_no", flat=True)) == returns
    assert command(capsys, tmp_path / "uci.csv") == counts(len(numbers), repeated=len(numbers))
    assert breaches() == []


@pytest.mark.skipif(not UCI.exists(), reason="the shared data folder is not on this machine")
def test_marketplace_items_are_imported_without_any_mapping(capsys, channel, tmp_path):
    with gzip.open(UCI / "olist_order_items.csv.gz", "rt", encoding="utf-8", newline="") as file:
        header, *rows = islice(csv.reader(file), 1001)
    numbers = {row[0] for row in rows}

    said = command(capsys, write_file(tmp_path / "olist.csv", rows, header=header))

    assert said == counts(len(numbers), stored=len(numbers))
    assert sum(Order.objects.values_list("freight", flat=True)) == sum(Decimal(row[6]) for row in rows)
