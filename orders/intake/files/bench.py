"""How much memory an import takes: `manage.py bench import_memory`."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from django.conf import settings

from oms.lib.bench import Result
from oms.lib.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINES = 5  # of an order
SKUS = 2_000
TARGET_MB = 300
HEADER = [
    *("订单号", "下单时间", "付款时间", "收货人", "手机", "省", "市", "区", "详细地址", "商家编码", "数量", "单价"),
]
CODE = "BENCH"
_BOOK = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def import_memory(short: bool) -> list[Result]:
    """Peak memory of `import_orders` for a CSV of 1 M rows and an XLSX of 200 k rows, each in a process of its own."""
    sizes = (("csv", 100_000, _write_csv), ("xlsx", 20_000, _write_xlsx))
    scale = 1 if short else 10
    with scratch_database("import_memory"), tempfile.TemporaryDirectory() as folder:
        _make_shop()
        return [_measure(Path(folder), kind, rows * scale, write) for kind, rows, write in sizes]


def _measure(folder: Path, kind: str, rows: int, write: Callable[[Path, int], None]) -> Result:
    path = folder / f"orders.{kind}"
    write(path, rows)
    floor, _seconds, _said = _run(["check"], folder)
    peak, seconds, said = _run(["import_orders", str(path), "--channel", CODE, "--json"], folder)
    counts = json.loads(said)
    detail = {
        "part": f"import_memory_{kind}",
        "rows": rows,
        "orders": counts["read"],
        "stored": counts["stored"],
        "file_mb": round(path.stat().st_size / 1_048_576, 1),
        "seconds": round(seconds, 1),
        "orders_per_s": round(counts["read"] / seconds),
        "django_check_mb": round(floor),
    }
    path.unlink()
    return Result(round(peak, 1), "MB peak", TARGET_MB, "lower", detail)


def _run(arguments: list[str], folder: Path) -> tuple[float, float, str]:
    """Peak resident megabytes, seconds and output of a management command."""
    environment = {**os.environ, "OMS_MEDIA_ROOT": str(folder / "media"), "DEBUG": "0"}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    began = time.monotonic()
    with (folder / "said").open("w+") as said, (folder / "progress").open("w") as progress:
        child = subprocess.Popen(command, stdout=said, stderr=progress, env=environment)
        peak = 0.0
        while child.poll() is None:
            peak = max(peak, _peak_of(child.pid))
            time.sleep(0.02)
        seconds = time.monotonic() - began
        said.seek(0)
        text = said.read()
    if child.returncode:
        raise RuntimeError((folder / "progress").read_text()[-2000:])
    return peak, seconds, text


def _peak_of(pid: int) -> float:
    """Most resident megabytes so far. (getrusage would count what this process held when it forked.)"""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _make_shop() -> None:
    from django.utils import timezone

    from inventory.models import Bin, Channel, Movement, Product, Sku, Warehouse
    from oms.models import Branch

    branch = Branch.objects.create(code=CODE, name=CODE)
    Channel.objects.create(code=CODE, name=CODE, branch=branch)
    warehouse = Warehouse.objects.create(code=CODE, name=CODE, branch=branch, priority=1)
    product = Product.objects.create(code=CODE, name=CODE)
    skus = Sku.objects.bulk_create(Sku(product=product, code=f"SKU{n}", name=f"SKU {n}") for n in range(SKUS))
    bins = Bin.objects.bulk_create(Bin(sku=sku, warehouse=warehouse, on_hand=1_000_000) for sku in skus)
    at = timezone.now()
    Movement.objects.bulk_create(Movement(bin=b, kind="receive", on_hand_delta=b.on_hand, at=at) for b in bins)


def _rows(count: int, prefix: str) -> Iterator[list[Any]]:
    for n in range(count):
        order, line = divmod(n, LINES)
        yield [
            *(f"{prefix}{order:012}", "2026-11-20 10:15:00", "2026-11-20 10:16:00", f"王小明{order % 977}"),
            *(f"138{order % 10**8:08}", "浙江省", "杭州市", "西湖区", f"文三路{order}号"),
            *(f"SKU{(order * 7 + line) % SKUS}", 1 + line % 3, 59.5),
        ]


def _write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(count, "C"))


def _write_xlsx(path: Path, count: int) -> None:
    """As a spreadsheet program would: text in the shared strings, numbers in the cells."""
    strings: dict[str, int] = {}

    def cell(value: Any) -> str:
        if isinstance(value, str):
            return f'<c t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'
        return f"<c><v>{value}</v></c>"

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<worksheet xmlns="{_BOOK}"><sheetData>'.encode())
            sheet.write(f"<row>{''.join(map(cell, HEADER))}</row>".encode())
            for row in _rows(count, "X"):
                sheet.write(f"<row>{''.join(map(cell, row))}</row>".encode())
            sheet.write(b"</sheetData></worksheet>")
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_BOOK}">{items}</sst>')
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_BOOK}" xmlns:r="{_RELATIONS}"><sheets><sheet name="Orders" r:id="s1"/></sheets>'
            "</workbook>",
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships><Relationship Id="s1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )


BENCHES = {"import_memory": import_memory}
