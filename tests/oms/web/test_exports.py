"""Tables as files."""

import datetime as dt
import io
import tracemalloc
from decimal import Decimal

from openpyxl import load_workbook

from oms.web.exports import csv_response, write_xlsx, xlsx_response

AT = dt.datetime(2026, 11, 23, 6, 32, tzinfo=dt.UTC)
ROW = ["SO1", "=cmd|' /C calc'!A0", Decimal("1286.00"), AT, None, "a\x00\x07b", 3]


def test_a_csv_opens_as_utf_8_and_runs_nothing():
    response = csv_response("订单.csv", ["Number", "Name"], [ROW])
    text = b"".join(response.streaming_content).decode()

    assert text.startswith("\ufeffNumber,Name\r\n")
    assert "\"'=cmd|' /C calc'!A0\"" in text or "'=cmd|' /C calc'!A0" in text
    assert "2026-11-23 14:32:00" in text
    assert "filename*=UTF-8''%E8%AE%A2%E5%8D%95.csv" in response["Content-Disposition"]


def test_an_xlsx_keeps_numbers_and_runs_nothing():
    response = xlsx_response("orders.xlsx", ["a"] * 7, [ROW])
    rows = list(load_workbook(io.BytesIO(b"".join(response.streaming_content))).active.values)
    response.file_to_stream.close()

    assert rows[1][3].isoformat() == "2026-11-23T14:32:00"
    assert (*rows[1][:3], *rows[1][4:]) == ("SO1", "'=cmd|' /C calc'!A0", 1286, None, "ab", 3)


def test_an_empty_table_still_has_its_header():
    file = io.BytesIO()

    assert write_xlsx(file, ["Number"], []) == 0
    assert list(load_workbook(file).active.values) == [("Number",)]


def test_rows_are_not_gathered_in_memory():
    tracemalloc.start()
    with open("/dev/null", "wb") as nowhere:  # noqa: PTH123
        nowhere.writelines(csv_response("x.csv", ["n"], ([n, "x" * 100] for n in range(100_000))).streaming_content)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2_000_000
