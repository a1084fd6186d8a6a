"""The order list: does a page stay as fast when the tables grow, and is preparing rows in Python worth it?"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db import connection
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone

from oms.lib.bench import Result
from oms.lib.scratch import scratch_database
from oms.staff.models import Branch, Staff
from orders.order.models import Order
from orders.order.queries import bounded_counts, tab_sets
from orders.order.rows import FIELDS, make_frame, render_rows, shown_columns
from orders.order.views import detail, listing

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL, LARGE, LARGE_SHORT = 10_000, 1_000_000, 100_000
OPEN_ORDERS = 4_000  # what waits at one time; history grows, the work on the table does not
ROUNDS = 100
MOST = 1.3  # a page at a million ÷ the page at ten thousand
FASTER = 2.0  # rows prepared in Python ÷ the same rows cell by cell

# Newest first: the first OPEN_ORDERS are open, everything older is history.
FILL = """
INSERT INTO orders_order (number, channel_id, external_no, type, origin, status, payment_status, hold,
    cash_on_delivery, buyer_id, buyer_name, buyer_phone, receiver_name, receiver_phone, country, province, city,
    district, address, postcode, buyer_remark, seller_remark, currency, goods_amount, discount_amount, freight,
    payable, total, paid_amount, line_count, item_count, first_item, placed_at, paid_at, created_at, dispatched_at,
    shipped_at, signed_at, closed_at, shipped_from_id, warehouse_id, version, digest)
SELECT 'SO261123' || lpad(n::text, 7, '0'), 1 + n %% 4, 'EXT-' || n, 'sale', 'online', status,
    CASE status WHEN 'pending_payment' THEN 'unpaid' ELSE 'paid' END,
    CASE WHEN is_open AND n %% 50 = 0 THEN 'review' WHEN is_open AND n %% 75 = 0 THEN 'system' ELSE 'none' END,
    n %% 40 = 0, '', '', '', '王' || chr((19968 + (n::bigint * 7919) %% 8000)::int),
    '138' || lpad(((n::bigint * 7919) %% 100000000)::text, 8, '0'), '中国', '浙江省', '杭州市', '滨江区',
    '江南大道 ' || n || ' 号', '', '', '', 'CNY', 100, 0, 0, 100, 100, 100, 2, 3, '长绒棉四件套 1.8m 雾蓝',
    placed, placed, placed, placed, placed, placed, placed, 1, 1, 1, ''
FROM (
    SELECT n, %(orders)s - n < %(open)s AS is_open,
        %(now)s::timestamptz - (%(orders)s - n) * interval '40 seconds' AS placed,
        CASE WHEN %(orders)s - n < %(open)s
            THEN (ARRAY['new', 'pending_payment', 'pending_split', 'pending_dispatch', 'pending_shipment'])[1 + n %% 5]
            WHEN n %% 20 = 0 THEN 'cancelled' ELSE 'closed' END AS status
    FROM generate_series(1, %(orders)s) n
) made
"""
LINES = """
INSERT INTO orders_orderline (order_id, position, external_line_no, merchant_code, bundle_code, name, sku_id, quantity,
    unit_price, goods_amount, discount, discount_share, amount, is_gift)
SELECT o.id, p, '', 'SKU' || (1 + (o.id * p) % 800), '', '长绒棉四件套', 1 + (o.id * p) % 800, p, 50, 50, 0, 0, 50,
    false
FROM orders_order o CROSS JOIN (VALUES (1), (2)) l(p)
"""
EVENTS = """
INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, at)
SELECT o.id, kind, source, target, '', o.placed_at
FROM orders_order o CROSS JOIN (VALUES ('placed', 'new', 'pending_split'), ('moved', 'pending_split', 'closed'))
    e(kind, source, target)
"""
GROUND = """
INSERT INTO oms_branch (id, code, name, time_zone, is_active) VALUES (1, 'B', 'Branch', 'Asia/Shanghai', true);
INSERT INTO inventory_channel (id, code, name, branch_id, platform, currency, is_active)
    SELECT n, 'C' || n, 'Channel ' || n, 1, 'own_site', 'CNY', true FROM generate_series(1, 4) n;
INSERT INTO inventory_warehouse (id, code, name, branch_id, priority, province, city, address, gateway, is_active)
    VALUES (1, 'W', 'Warehouse', 1, 1, '', '', '', 'builtin', true);
INSERT INTO inventory_product (id, code, name, category, brand) VALUES (1, 'P', 'Product', '', '');
INSERT INTO inventory_sku (id, product_id, code, name, barcode, price, weight_g, picture, is_active)
    SELECT n, 1, 'SKU' || n, 'Sku ' || n, '', 50, 0, '', true FROM generate_series(1, 800) n;
"""

CELLS = "orders/order/_bench_cells.html"  # the usual way: model instances, a filter or tag per cell


def order_list(short: bool) -> list[Result]:
    """Server time of list pages, tab counts and the order page with a large table ÷ with a small one; rows ÷ cells.

    One person of one branch, through the real views. ``OPEN_ORDERS`` are open at both sizes.
    """
    large, rounds = (LARGE_SHORT, 24) if short else (LARGE, ROUNDS)
    with scratch_database("order_list_small"), scratch_database("order_list_large"):
        pages = {}
        for size in (SMALL, large):
            _use(size)
            _run(GROUND)
            _run(FILL, {"orders": size, "open": OPEN_ORDERS, "now": timezone.now()})
            _run(LINES)
            _run(EVENTS)
            _run("VACUUM ANALYZE")
            pages[size] = _pages()
        sizes = _measure(pages, rounds)
        rendering = _rendering()
        _use(large)  # where the inner database expects to be left
        _close()
    worst = {name: sizes[large][name] / sizes[SMALL][name] for name in sizes[large]}
    detail = {
        "orders": [SMALL, large],
        "ratios": {name: round(ratio, 2) for name, ratio in worst.items()},
        "ms_small": {name: round(1000 * seconds, 2) for name, seconds in sizes[SMALL].items()},
        "ms_large": {name: round(1000 * seconds, 2) for name, seconds in sizes[large].items()},
    }
    return [
        Result(max(worst.values()), "x", MOST, "lower", {"part": "order_list", **detail}),
        Result(rendering["ratio"], "x", FASTER, "higher", {"part": "order_list_rows", **rendering}),
    ]


def _run(sql: str, params: dict[str, Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


_connections: dict[str, Any] = {}  # by database: both stay open, so that calls can take turns


def _use(size: int) -> None:
    """Talk to the small or the large database."""
    name = "bench_order_list_small" if size == SMALL else "bench_order_list_large"
    current = connection.settings_dict["NAME"]
    if current != name:
        _connections[current], connection.connection = connection.connection, _connections.pop(name, None)
        connection.settings_dict["NAME"] = name


def _close() -> None:
    for opened in _connections.values():
        if opened is not None:
            opened.close()
    _connections.clear()


def _pages() -> dict[str, Callable[[], Any]]:
    """What is measured, in the database in use."""
    staff = _person()
    number = Order.objects.filter(status="closed").order_by("-pk").values_list("number", flat=True)[1000]
    deep = _deep_cursor(Order.objects.order_by("-placed_at", "-pk").values_list("pk", flat=True)[5000])
    return {
        "first page": lambda: _list(staff, ""),
        "filtered page": lambda: _list(staff, "status=open&channel=C1"),
        "deep page": lambda: _list(staff, f"page={deep}"),
        "held page": lambda: _list(staff, "hold=review"),
        "search page": lambda: _list(staff, "q=王一"),
        "tab counts": lambda: bounded_counts(tab_sets(_fresh(staff))),
        "order page": lambda: _order(staff, number),
    }


def _measure(pages: dict[int, dict[str, Callable[[], Any]]], rounds: int) -> dict[int, dict[str, float]]:
    """Seconds per page and size. Calls of both sizes take turns, so that a busy moment of the machine meets both."""
    times: dict[int, dict[str, list[float]]] = {size: {name: [] for name in pages[size]} for size in pages}
    for name in pages[SMALL]:
        for _round in range(rounds):
            for size, acts in pages.items():
                _use(size)
                times[size][name] += _times(acts[name], 1)
    return {size: {name: _low(seconds) for name, seconds in found.items()} for size, found in times.items()}


def _times(act: Callable[[], Any], rounds: int) -> list[float]:
    times = []
    for _round in range(rounds):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return times


def _low(times: list[float]) -> float:
    """Mean of the quickest quarter: noise only ever adds."""
    return statistics.mean(sorted(times)[: max(1, len(times) // 4)])


def _person() -> Staff:
    staff = Staff.objects.create(username="bench", is_superuser=False)
    staff.branches.set(Branch.objects.all())
    from django.contrib.auth.models import Permission

    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="orders"))
    return staff


def _fresh(staff: Staff) -> Staff:
    """As a request brings her: nothing remembered."""
    return Staff.objects.get(pk=staff.pk)


def _request(staff: Staff, path: str) -> Any:
    request: Any = RequestFactory().get(path)
    request.user, request.htmx = _fresh(staff), False
    request.session, request._messages = {}, []  # noqa: SLF001
    return request


def _list(staff: Staff, query: str) -> None:
    response = listing.order_list(_request(staff, f"/orders/?{query}"))
    assert response.status_code == 200  # noqa: S101, PLR2004


def _order(staff: Staff, number: str) -> None:
    detail.order_detail(_request(staff, f"/orders/{number}/"), number=number)


def _deep_cursor(pk: int) -> str:
    from oms.web.paging import _write

    row = Order.objects.filter(pk=pk).values(*FIELDS, "pk").get()
    return _write(row, ("-placed_at", "-pk"), backwards=False)


def _rendering() -> dict[str, Any]:
    """The same 50 orders: read and rendered our way, and as model instances with filters in a template."""
    cache.clear()
    template = engines["django"].get_template(CELLS)
    page = Order.objects.order_by("-placed_at", "-pk")
    names = {1: "Channel 1", 2: "Channel 2", 3: "Channel 3", 4: "Channel 4"}

    def rows() -> str:
        frame = make_frame(timezone.now(), names, {1: "Warehouse"}, {}, "/orders/{}/")
        return render_rows(page.values(*FIELDS)[:50], frame, shown_columns(None))

    def cells() -> str:
        return template.render({"orders": list(page.select_related("channel", "warehouse")[:50])})

    assert rows().count("<tr") == cells().count("<tr") == 50  # noqa: S101, PLR2004
    ours, usual = _low(_times(rows, 40)), _low(_times(cells, 40))
    return {"ratio": usual / ours, "rows_ms": round(1000 * ours, 2), "cells_ms": round(1000 * usual, 2), "rows": 50}


BENCHES = {"order_list": order_list}
