"""Columns to fields, cells to values, rows to orders."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from orders.intake.files import refusals
from orders.intake.files.assembly import Assembler, RefusedOrder
from orders.intake.files.fields import proposal
from orders.intake.files.mapping import Mapping, propose, refuse_ambiguous_dates
from orders.intake.files.problems import Problem, explain, is_sibling
from orders.intake.files.table import BadCell, Reading, Row, open_table
from orders.intake.files.values import Values, date_order_of, has_decimal_comma

AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
ZONE = ZoneInfo("Asia/Shanghai")
UCI = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def table_of(tmp_path, text):
    path = tmp_path / "orders.csv"
    path.write_text(text, encoding="utf-8")
    table = open_table(path, Reading())
    rows = list(table.rows())
    table.close()
    return table, rows


def assembler(columns, **options):
    mapping = Mapping(proposal(columns), options)
    return Assembler(mapping=mapping, columns=columns, channel="TB1", zone="Asia/Shanghai", at=AT)


def read(columns, *rows, **options):
    return assembler(columns, **options).read([(no, list(cells)) for no, cells in enumerate(rows, start=2)])


def refused(columns, *rows, **options):
    with pytest.raises(RefusedOrder) as refusal:
        read(columns, *rows, **options)
    return {row: (p.code, p.field, p.value) for row, p in refusal.value.problems.items()}


# ---- which column is which


def test_headers_are_recognised_in_both_languages():
    chinese = ["订单号", "商家编码", "商品名称", "数量", "单价", "收货人", "手机", "省", "市", "区", "详细地址", "运费"]

    assert proposal(chinese) == {
        "external_no": "订单号",
        "line.merchant_code": "商家编码",
        "line.name": "商品名称",
        "line.quantity": "数量",
        "line.unit_price": "单价",
        "receiver.name": "收货人",
        "receiver.phone": "手机",
        "receiver.province": "省",
        "receiver.city": "市",
        "receiver.district": "区",
        "receiver.address": "详细地址",
        "freight": "运费",
    }
    assert proposal(UCI) == {
        "external_no": "InvoiceNo",
        "line.merchant_code": "StockCode",
        "line.name": "Description",
        "line.quantity": "Quantity",
        "placed_at": "InvoiceDate",
        "line.unit_price": "UnitPrice",
        "buyer.id": "CustomerID",
        "receiver.country": "Country",
    }


def test_no_two_fields_claim_one_header():
    from collections import Counter

    from orders.intake.files.fields import ALL, plain

    claims = Counter(word for field in ALL for word in {plain(name) for name in field.names})

    assert [word for word, count in claims.items() if count > 1] == []


def test_a_mapping_says_what_the_file_lacks(tmp_path):
    table, _rows = table_of(tmp_path, "订单号,颜色\nA1,红\n")

    with pytest.raises(refusals.MissingColumns) as refusal:
        propose(table, []).check(table)

    assert refusal.value.details == {"missing": "Merchant code, Unit price", "columns": "订单号, 颜色"}


def test_a_column_that_is_needed_may_not_occur_twice(tmp_path):
    table, rows = table_of(tmp_path, "order_id,sku,price,sku\nA1,S,1,T\n")

    with pytest.raises(refusals.DuplicateColumns):
        propose(table, rows).check(table)


def test_dates_that_can_be_read_two_ways_are_asked_for(tmp_path):
    table, rows = table_of(tmp_path, "order_id,sku,price,date\nA1,S,1,01/02/2026\nA2,S,1,03/04/2026\n")

    with pytest.raises(refusals.AmbiguousDates):
        refuse_ambiguous_dates(propose(table, rows), table, rows)
    refuse_ambiguous_dates(Mapping(proposal(table.columns), {"date_order": "dmy"}), table, rows)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["2026-01-02"], ""),
        (["01/02/2026", "13/02/2026"], "dmy"),
        (["12/1/10 8:26", "12/13/10 8:26"], "mdy"),
        (["01/02/2026"], None),
    ],
)
def test_the_order_of_dates_is_told_by_days_beyond_twelve(cells, order):
    assert date_order_of(cells) == order


def test_a_decimal_comma_is_seen():
    assert has_decimal_comma(["1.234,50", "3,10", "7"])
    assert not has_decimal_comma(["1,234.50", "3.10", "1,234"])


def test_an_unknown_option_is_refused(tmp_path):
    table, _rows = table_of(tmp_path, "order_id,sku,price\nA1,S,1\n")

    with pytest.raises(refusals.BadOption):
        Mapping(proposal(table.columns), {"rows": "lines"}).check(table)
    with pytest.raises(refusals.BadOption):
        Mapping({}, {"time_zone": "Mars/Base"}).values("Asia/Shanghai")


# ---- what cells say


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (" A-1 ", "A-1"),
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("`00123", "00123"),
        ("\t00123", "00123"),
        ("13800138000.0", "13800138000"),
        ("536365", "536365"),
        ("1E5", "1E5"),
    ],
)
def test_codes_keep_every_character_but_what_spreadsheets_add(cell, code):
    assert Values(zone=ZONE).code(cell, "external_no") == code


def test_an_apostrophe_that_made_a_formula_harmless_is_taken_away():
    values = Values(zone=ZONE)

    assert [values.text(cell, "receiver.name") for cell in ("'=1+1", "'s-Hertogenbosch", "'", " a  b ")] == [
        "=1+1",
        "'s-Hertogenbosch",
        "'",
        "a b",
    ]


def test_a_code_in_scientific_notation_has_lost_digits():
    with pytest.raises(Problem, match="digits_lost"):
        Values(zone=ZONE).code("1.23457E+17", "external_no")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("59.00", "59.00"),
        ("¥1,234.50", "1234.50"),
        ("１２．５０元", "12.50"),
        ("0.30000000000000004", "0.3"),
        ("-3", "-3"),
    ],
)
def test_numbers(cell, number):
    assert Values(zone=ZONE).number(cell, "total") == Decimal(number)


@pytest.mark.parametrize("cell", ["abc", "1,23", "1e5", "--1", "NaN", "Infinity", "1_000", "12,34,56", "1.2.3"])
def test_what_is_no_number(cell):
    with pytest.raises(Problem, match="not_a_number"):
        Values(zone=ZONE).number(cell, "total")


def test_absurd_numbers_are_too_big():
    with pytest.raises(Problem, match="too_big"):
        Values(zone=ZONE).number("9" * 200, "total")


def test_a_decimal_comma_is_read_where_it_is_meant():
    assert Values(zone=ZONE, decimal_comma=True).number("1.234,50", "total") == Decimal("1234.50")


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [
        ("2026-11-23 14:05:06", "", "2026-11-23T14:05:06+08:00"),
        ("2026/11/3 4:05", "", "2026-11-03T04:05:00+08:00"),
        ("2026年11月23日 14时05分", "", "2026-11-23T14:05:00+08:00"),
        ("2026-11-23T14:05:06Z", "", "2026-11-23T14:05:06+00:00"),
        ("2026-11-23T14:05:06.123+0100", "", "2026-11-23T14:05:06+01:00"),
        ("20261123", "", "2026-11-23T00:00:00+08:00"),
        ("20261123140506", "", "2026-11-23T14:05:06+08:00"),
        ("23.11.2026", "dmy", "2026-11-23T00:00:00+08:00"),
        ("11/23/26 2:05 pm", "mdy", "2026-11-23T14:05:00+08:00"),
    ],
)
def test_dates(cell, order, expected):
    assert Values(zone=ZONE, date_order=order).moment(cell, "placed_at").isoformat() == expected


@pytest.mark.parametrize("cell", ["昨天", "2026-13-01", "2026-02-30", "40513.35", "01/02/2026"])
def test_what_is_no_date(cell):
    with pytest.raises(Problem, match="not_a_date"):
        Values(zone=ZONE).moment(cell, "placed_at")


@pytest.mark.parametrize(("cell", "yes"), [("是", True), ("Yes", True), ("1", True), ("否", False), ("FALSE", False)])
def test_yes_and_no(cell, yes):
    assert Values(zone=ZONE).yes(cell, "line.is_gift") is yes


# ---- rows to an order

SIMPLE = ["订单号", "商家编码", "数量", "单价", "下单时间", "运费", "收货人"]


def test_rows_of_one_number_are_one_order():
    order = read(
        SIMPLE,
        ["A1", "S1", "2", "59.00", "2026-11-23 14:05", "8.00", "王小明"],
        ["A1", "S2", "1", "20", "2026-11-23 14:05", "", "王小明"],
    )

    assert [(line.merchant_code, line.quantity, line.unit_price) for line in order.lines] == [
        ("S1", 2, Decimal("59.00")),
        ("S2", 1, Decimal(20)),
    ]
    assert (order.external_no, order.channel, order.freight, order.receiver.name) == (
        "A1",
        "TB1",
        Decimal("8.00"),
        "王小明",
    )
    assert order.placed_at.isoformat() == "2026-11-23T14:05:00+08:00"
    assert order.paid_at == order.placed_at


def test_every_bad_row_of_an_order_is_blamed():
    assert refused(
        SIMPLE,
        ["A1", "S1", "two", "59", "2026-11-23", "", ""],
        ["A1", "S2", "1", "20", "2026-11-23", "", ""],
        ["A1", "S3", "1", "", "2026-11-23", "", ""],
    ) == {2: ("not_a_number", "line.quantity", "two"), 4: ("missing", "line.unit_price", "")}


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (["A1", "", "1", "1", "", "", ""], ("missing", "line.merchant_code", "")),
        (["A1", "S", "0", "1", "", "", ""], ("zero", "line.quantity", "")),
        (["A1", "S", "1.5", "1", "", "", ""], ("not_whole", "line.quantity", "1.5")),
        (["A1", "S", "1", "-1", "", "", ""], ("negative", "line.unit_price", "-1")),
        (["A1", "S", "1", "1", "soon", "", ""], ("not_a_date", "placed_at", "soon")),
        (["A1", "S", "1", "1", "", "x", ""], ("not_a_number", "freight", "x")),
        (["A1", "S", "1", "1", "", "", "n" * 81], ("cell_too_long", "receiver.name", "")),
        (
            ["A1", BadCell("formula_error", "#N/A"), "1", "1", "", "", ""],
            ("formula_error", "line.merchant_code", "#N/A"),
        ),
    ],
)
def test_what_is_wrong_with_a_row(cells, problem):
    assert refused(SIMPLE, cells) == {2: problem}


def test_what_the_schema_refuses_is_laid_on_its_row():
    problems = refused(SIMPLE, ["A1", "S", "1", "1", "", "", ""], ["A1", "S", "999999999", "1", "", "", ""])

    assert {row: (code, field) for row, (code, field, _value) in problems.items()} == {3: ("refused", "line.quantity")}


def test_a_bad_cell_of_a_column_that_is_not_used_does_no_harm():
    columns = ["订单号", "商家编码", "数量", "单价", "内部"]

    assert read(columns, ["A1", "S", "1", "1", BadCell("digits_lost", "1.2E+17")]).external_no == "A1"


def test_rows_that_disagree_about_the_order_are_refused():
    problems = refused(SIMPLE, ["A1", "S", "1", "1", "", "8", "王"], ["A1", "T", "1", "1", "", "9", "王"])

    assert problems == {3: ("differs", "freight", "9")}


def test_times_of_one_order_may_differ_and_the_first_counts():
    order = read(
        SIMPLE, ["A1", "S", "1", "1", "2026-11-23 14:06", "", ""], ["A1", "T", "1", "1", "2026-11-23 14:05", "", ""]
    )

    assert order.placed_at.minute == 5


def test_quantities_below_zero_are_a_return_or_refused():
    rows = (["C1", "S", "-2", "1", "", "", ""], ["C1", "T", "-1", "1", "", "", ""])

    order = read(SIMPLE, *rows)
    assert (order.type, [line.quantity for line in order.lines], order.paid_at) == ("return", [2, 1], None)
    assert set(refused(SIMPLE, *rows, negative="refuse")) == {2, 3}
    assert refused(SIMPLE, rows[0], ["C1", "T", "1", "1", "", "", ""])[2][0] == "both_signs"


def test_a_row_may_be_a_whole_order():
    row = ["A1", "S", "1", "1", "", "", ""]

    assert refused(SIMPLE, row, row, rows="order") == {3: ("order_twice", "", "")}


def test_constants_stand_where_cells_are_empty():
    order = read(
        ["订单号", "商家编码", "单价", "国家"],
        ["A1", "S", "1", ""],
        constants={"receiver.country": "中国", "line.quantity": "3", "origin": "线下", "cash_on_delivery": "是"},
    )

    assert (order.receiver.country, order.lines[0].quantity, order.origin) == ("中国", 3, "offline")
    assert (order.cash_on_delivery, order.paid_at) == (True, None)


def test_payment_is_told_by_columns_or_by_the_option():
    columns = ["订单号", "商家编码", "单价", "付款时间"]

    assert read(columns, ["A1", "S", "1", ""]).paid_at is None
    assert read(columns, ["A1", "S", "1", "2026-11-23"]).paid_at is not None
    assert read(columns[:3], ["A1", "S", "1"]).paid_at == AT
    assert read(columns[:3], ["A1", "S", "1"], paid="no").paid_at is None
    assert read(columns[:3], ["A1", "S", "1"], constants={"paid": "否"}).paid_at is None


def test_an_amount_makes_the_price_and_line_freight_adds_up():
    columns = ["order_id", "product_id", "qty", "subtotal", "freight_value"]

    order = read(columns, ["A1", "S", "4", "10.00", "1.10"], ["A1", "T", "1", "3.00", "2.20"])

    assert [line.unit_price for line in order.lines] == [Decimal("2.5000"), Decimal("3.0000")]
    assert order.freight == Decimal("3.30")


# ---- reasons


def test_reasons_are_kept_short_and_worded_when_read():
    packed = Problem("not_a_number", "line.quantity", "ж" * 400).pack()

    assert len(packed) <= 300
    assert explain(packed).startswith("Quantity “жжж")
    assert explain(Problem("sibling", row=7).pack()) == "Not stored because row 7 of the same order was refused"
    assert is_sibling(Problem("sibling", row=7).pack())
    assert not is_sibling(packed)


def test_every_reason_can_be_worded():
    from orders.intake.files.problems import TEXTS

    for code in TEXTS:
        assert explain(Problem(code, "total", "x", row=3).pack())


def test_a_row_too_short_for_its_order_number_is_lost_not_fatal():
    columns = ["订单号", "商家编码", "单价"]

    with pytest.raises(Problem, match="missing"):
        assembler(columns).order_key(Row(2, ["", "S", "1"]).cells)
