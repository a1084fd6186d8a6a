"""The bare floor of single orders: pgbench, prepared statements, one order per transaction."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

from oms.embedded.wheels import find_programs

if TYPE_CHECKING:
    from orders.intake.bench.world import World

# The columns of an order, its lines, the first event and the promise, as few and as set-based as they can be written.
ORDER = """
INSERT INTO orders_order (number, channel_id, external_no, type, origin, status, payment_status, hold,
  cash_on_delivery, buyer_id, buyer_name, buyer_phone, receiver_name, receiver_phone, country, province, city, district,
  address, postcode, buyer_remark, seller_remark, currency, goods_amount, discount_amount, freight, payable, total,
  paid_amount, line_count, item_count, first_item, placed_at, paid_at, created_at, version, digest)
VALUES ('F' || :unique::text, :channel, 'F' || :unique::text, 'sale', 'online', 'pending_split', 'paid', 'none',
  false, 'u1', '王伟', '13800138000', '王伟', '13800138000', '中国', '浙江省', '杭州市', '西湖区', '文三路 90 号 3 栋',
  '310012', '', '', 'CNY', 100.00, 0, 0, 100.00, 100.00, 100.00, {lines}, {lines}, '商品', now(), now(), now(), 1, '')
RETURNING id AS order_id \\gset
"""
LINES = """
WITH made AS (
  INSERT INTO orders_orderline (order_id, position, external_line_no, merchant_code, bundle_code, name, sku_id,
    quantity, unit_price, goods_amount, discount, discount_share, amount, is_gift)
  SELECT :order_id::bigint, n, n, 'm', '', '商品 白色 M', sku, 1, 40.00, 40.00, 0, 0, 40.00, false
    FROM unnest({skus}) WITH ORDINALITY t(sku, n)
  RETURNING id)
SELECT array_agg(id) AS line_ids FROM made \\gset
"""
EVENT = """
INSERT INTO orders_orderevent (order_id, kind, from_status, to_status, reason, data, at)
VALUES (:order_id::bigint, 'placed', 'new', 'pending_split', '', '{{"source": "api"}}', now());
"""
RESERVE = """
WITH want AS (SELECT * FROM unnest(:line_ids::bigint[], {bins}) t(line_id, bin_id)),
locked AS MATERIALIZED (
  SELECT id FROM inventory_bin WHERE id = ANY ({bins}) AND on_hand > reserved ORDER BY id FOR NO KEY UPDATE),
upd AS (UPDATE inventory_bin b SET reserved = b.reserved + g.n
  FROM (SELECT bin_id, count(*)::int AS n FROM want JOIN locked ON locked.id = bin_id GROUP BY bin_id) g
  WHERE b.id = g.bin_id RETURNING b.id),
mov AS (INSERT INTO inventory_movement
    (bin_id, kind, on_hand_delta, reserved_delta, order_line_id, reference, reason, at)
  SELECT bin_id, 'reserve', 0, 1, line_id, '', '', now() FROM want JOIN upd ON upd.id = bin_id)
INSERT INTO inventory_reservation (order_line_id, bin_id, quantity)
SELECT line_id, bin_id, 1 FROM want JOIN upd ON upd.id = bin_id;
"""


def floor_rate(world: World, *, clients: int, seconds: int) -> float:
    """Orders a second that ``clients`` connections write at best."""
    with tempfile.TemporaryDirectory() as folder:
        scripts = [_script(Path(folder), lines) for lines in (2, 3)]
        facts = connection.get_connection_params()
        command = [str(find_programs().postgres_bin / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2"]
        command += ["-T", str(seconds), *[part for script in scripts for part in ("-f", str(script))]]
        command += [f"-Dfirst_sku={world.first_sku}", f"-Dfirst_bin={world.first_bin}", f"-Dskus={len(world.codes)}"]
        command += [f"-Dchannel={world.channel_id}"]
        names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
        env = os.environ | {name: str(facts[key]) for name, key in names.items() if facts.get(key)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    failed = re.search(r"failed transactions: (\d+)", done.stdout)
    if done.returncode or rate is None or (failed and failed[1] != "0"):
        raise RuntimeError(done.stdout[-500:] + done.stderr[-1500:])
    return float(rate[1])


def _script(folder: Path, lines: int) -> Path:
    """Few SKUs sell much: two random numbers multiplied, as in the orders of the other side."""
    text = "\\set unique random(1, 9000000000000000)\n"
    for n in range(lines):
        text += f"\\set r{n} random(0, :skus * 1000 - 1)\n\\set k{n} (:r{n} * :r{n}) / (:skus * 1000 * 1000)\n"
        text += f"\\set s{n} :first_sku + :k{n}\n\\set b{n} :first_bin + 2 * :k{n}\n"
    skus = "ARRAY[" + ", ".join(f":s{n}::bigint" for n in range(lines)) + "]"
    bins = "ARRAY[" + ", ".join(f":b{n}::bigint" for n in range(lines)) + "]"
    text += "BEGIN;" + "".join(
        part.format(lines=lines, skus=skus, bins=bins) for part in (ORDER, LINES, EVENT, RESERVE)
    )
    path = folder / f"{lines}.sql"
    path.write_text(text + "COMMIT;\n")
    return path
