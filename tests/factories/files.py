"""Order files."""

import csv

HEADER = ["订单号", "下单时间", "收货人", "手机", "商家编码", "数量", "单价"]


def file_rows(orders, lines=2):
    """Rows of ``orders`` orders with ``lines`` lines each."""
    return [
        [f"T{n:05}", "2026-11-20 10:00:00", "王小明", "13800138000", f"S{line}", "1", "10.00"]
        for n in range(orders)
        for line in range(lines)
    ]


def write_file(path, rows, header=HEADER, encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
