"""Tables out of whatever files people have."""

import datetime as dt
import gzip
import io
import re
import zipfile

import openpyxl
import pytest

from orders.intake.files import delimited, refusals, workbook
from orders.intake.files.table import BadCell, Reading, open_table

HEADER = ["订单号", "商家编码", "商品名称", "数量", "单价", "收货人", "手机"]
ROW = ["A-1", "SKU1", "青花瓷茶杯", "2", "59.00", "王小明", "13800138000"]
TEXT = "\r\n".join([",".join(HEADER), ",".join(ROW), ""])


def table_of(path, **reading):
    table = open_table(path, Reading(**reading))
    try:
        return table, list(table.rows())
    finally:
        table.close()


@pytest.fixture
def written(tmp_path):
    def write(content, name="orders.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def booked(tmp_path):
    def write(*rows, prepare=None, name="orders.xlsx"):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        if prepare:
            prepare(book)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
    ],
)
def test_text_is_read_in_the_encoding_it_came_in(written, encoding, found):
    table, rows = table_of(written((TEXT * 30).encode(encoding)))

    assert (table.facts["encoding"], table.columns) == (found, HEADER)
    assert rows[0].cells == ROW
    assert rows[0].no == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(written, delimiter):
    table, rows = table_of(written(TEXT.replace(",", delimiter)))

    assert table.facts["delimiter"] == delimiter
    assert [row.cells for row in rows] == [ROW]


def test_gzip_is_unpacked(written):
    _table, rows = table_of(written(gzip.compress(TEXT.encode()), "orders.csv.gz"))

    assert [row.cells for row in rows] == [ROW]


def test_quoted_line_ends_and_delimiters_stay_in_their_cell_and_rows_are_counted_as_a_spreadsheet_does(written):
    _table, rows = table_of(written('order_id,sku,name\n1,A,"two\nlines, one ""cell"""\n2,B,plain\n'))

    assert [(row.no, row.cells[2]) for row in rows] == [(2, 'two\nlines, one "cell"'), (3, "plain")]


def test_a_quotation_mark_never_closed_costs_its_own_line_only(written):
    lines = ["order_id,sku,name", '1,A,"never closed', *[f"{n},B,fine" for n in range(2, 400)]]

    _table, rows = table_of(written("\n".join(lines)))

    assert [(row.no, row.problem) for row in rows if row.problem] == [(2, "open_quote")]
    assert [row.cells[0] for row in rows[1:]] == [str(n) for n in range(2, 400)]


def test_broken_bytes_cost_their_own_row_and_not_the_encoding(written):
    lines = [b"order_id,sku,name", *[f"{n},A,茶杯".encode() for n in range(1, 200)]]
    lines[50] = b"50,A,\xe8\x8c"

    table, rows = table_of(written(b"\n".join(lines)))

    assert table.facts["encoding"] == "utf-8"
    assert [(row.no, row.problem) for row in rows if row.problem] == [(51, "not_text")]
    assert rows[49].cells[0] == "50"


def test_control_characters_and_endless_cells_spoil_their_cell_only(written):
    _table, rows = table_of(written(f"order_id,sku,name\n1,A\x00B,cup\n2,B,{'x' * 200_000}\n3,C,cup\n"))

    assert rows[0].cells == ["1", BadCell("control_character", "AB"), "cup"]
    assert rows[1].cells[2].code == "cell_too_long"
    assert rows[2].cells == ["3", "C", "cup"]


def test_a_line_without_end_is_one_bad_row(written):
    _table, rows = table_of(written(f"order_id,sku,name\n1,A,{'x' * 3_000_000}\n2,B,cup\n"))

    assert [(row.no, row.problem) for row in rows] == [(2, "line_too_long"), (3, "")]


def test_titles_above_the_header_blank_rows_and_trailing_columns_are_passed_over(written):
    text = "November orders,,\n\n订单号,商家编码,数量,,\n1,A,2,,\n,,,,\n2,B,1,,\n"

    table, rows = table_of(written(text))

    assert (table.columns, table.header_row) == (["订单号", "商家编码", "数量"], 3)
    assert [(row.no, row.cells) for row in rows] == [(4, ["1", "A", "2"]), (6, ["2", "B", "1"])]


def test_more_cells_than_columns_is_a_bad_row(written):
    _table, rows = table_of(written("order_id,sku\n1,A\n2,B,surplus\n"))

    assert [(row.no, row.problem) for row in rows] == [(2, ""), (3, "too_many_cells")]


def test_repeated_headers_are_told_apart_and_named(written):
    table, _rows = table_of(written("order_id,sku,note,note\n1,A,x,y\n"))

    assert (table.columns, table.repeated) == (["order_id", "sku", "note", "note (2)"], {"note"})


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", refusals.EmptyFile),
        (b"\xef\xbb\xbf\r\n\r\n", refusals.EmptyFile),
        (b",,,\n,,,\n", refusals.EmptyFile),
        (b"order_id,sku,quantity\n", refusals.EmptyFile),
        (b"order_id,sku,quantity\n,,\n\n", refusals.EmptyFile),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), refusals.WrongType),
        (b"%PDF-1.7\n", refusals.WrongType),
        (b"\x89PNG\r\n\x1a\n", refusals.WrongType),
        (b"<html><table><tr><td>order</td></tr></table></html>", refusals.WrongType),
        (b"PK\x03\x04" + bytes(100), refusals.DamagedFile),
        (bytes(range(128, 256)) * 400, refusals.UnknownEncoding),
        (gzip.compress(TEXT.encode() * 50, mtime=0)[:60], refusals.DamagedFile),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(written, content, refusal):
    with pytest.raises(refusal) as refused:
        table_of(written(content))

    assert len(str(refused.value)) > 30


def test_a_gzip_that_ends_in_the_middle_is_refused_when_that_is_seen(written, monkeypatch):
    monkeypatch.setattr(delimited, "SAMPLE", 1000)
    packed = gzip.compress("\n".join(["order_id,sku", *[f"{n},{n * 7919 % 10007}" for n in range(50_000)]]).encode())

    with pytest.raises(refusals.DamagedFile):
        table_of(written(packed[: len(packed) // 2]))


def test_a_gzip_bomb_is_refused_by_its_ratio(written):
    with pytest.raises(refusals.SuspiciousPacking):
        table_of(written(gzip.compress(b"order_id,sku\n" + (b"1," + b"A" * 2_000 + b"\n") * 20_000)))


# ---- XLSX


def test_cells_of_a_workbook_become_the_text_people_see(booked):
    path = booked(
        ["订单号", "手机", "数量", "单价", "下单时间", "日期", "已付款"],
        ["A1", 13800138000.0, 2, 2.55, dt.datetime.fromisoformat("2026-11-23T08:26"), dt.date(2026, 11, 23), True],
    )

    _table, rows = table_of(path)

    assert rows[0].cells == ["A1", "13800138000", "2", "2.55", "2026-11-23 08:26:00", "2026-11-23", "TRUE"]


def test_numbers_that_lost_digits_are_no_cells(booked):
    _table, rows = table_of(booked(["订单号", "数量"], [1.23e17, 1], [123456789012345, 1]))

    assert [row.cells[0] for row in rows] == [BadCell("digits_lost", "1.23e+17"), "123456789012345"]


def rewritten(path, part, change):
    """The workbook with one part of the package changed."""
    target = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text.decode()).encode() if name == part else text)
    return target


def test_a_formula_gives_its_value_and_without_one_is_refused(booked):
    path = booked(["订单号", "数量", "单价"], ["A1", "=1+1", "=5*2"])

    def calculate(xml):
        return re.sub(r"<f>1\+1</f><v\s*/>|<f>1\+1</f><v></v>", "<f>1+1</f><v>2</v>", xml)

    _table, rows = table_of(rewritten(path, "xl/worksheets/sheet1.xml", calculate))

    assert rows[0].cells == ["A1", "2", BadCell("formula_without_value", "")]


def merged_book(booked):
    rows = [["订单号", "商家编码", "数量"], ["A1", "S1", 1], [None, "S2", 2], ["A2", "S3", 3]]
    return booked(*rows, prepare=lambda book: book.active.merge_cells("A2:A3"))


def test_merged_cells_are_refused_or_filled(booked):
    path = merged_book(booked)

    assert [row.cells[0] for row in table_of(path)[1]] == ["A1", BadCell("merged", ""), "A2"]
    assert [row.cells[0] for row in table_of(path, fill_merged=True)[1]] == ["A1", "A1", "A2"]


def test_sheets_are_listed_and_chosen(booked):
    def second(book):
        sheet = book.create_sheet("十一月")
        sheet.append(["订单号", "数量"])
        sheet.append(["B7", 1])
        book.create_sheet("hidden").sheet_state = "hidden"

    path = booked(["order_id", "qty"], ["A1", 1], prepare=second)

    table, rows = table_of(path)
    assert (table.facts["sheets"], rows[0].cells[0]) == (["Sheet", "十一月"], "A1")
    assert table_of(path, sheet="十一月")[1][0].cells[0] == "B7"
    with pytest.raises(refusals.NoSuchSheet):
        table_of(path, sheet="十二月")


def test_a_cell_in_the_last_corner_costs_nothing(booked):
    def corner(book):
        book.active["XFD1048576"] = "far"

    _table, rows = table_of(booked(["order_id", "qty"], ["A1", 1], prepare=corner))

    assert [row.cells for row in rows] == [["A1", "1"]]


def test_the_sheet_is_read_as_another_reader_reads_it(booked):
    from python_calamine import CalamineWorkbook

    cells = [[f"订单{n}", n * 1.1, n, f"a & <b> {n % 7}", n % 3 == 0] for n in range(300)]
    path = booked(["order_id", "price", "qty", "name", "gift"], *cells)

    _table, rows = table_of(path)

    other = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1:]
    said = [[str(c).upper() if isinstance(c, bool) else str(c).removesuffix(".0") for c in row] for row in other]
    assert [row.cells for row in rows] == said


def package(parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()


def test_zip_bombs_and_xml_bombs_are_refused(written, booked, monkeypatch):
    monkeypatch.setattr(workbook, "RATIO_FROM", 1_000_000)
    bomb = package({"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": b"0" * 20_000_000})
    with pytest.raises(refusals.SuspiciousPacking):
        table_of(written(bomb, "bomb.xlsx"))

    laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    path = rewritten(
        booked(["order_id", "qty"], ["A1", 1]), "xl/worksheets/sheet1.xml", lambda xml: laughs + xml.split("?>")[-1]
    )
    with pytest.raises(refusals.DamagedFile):
        table_of(path)


def test_archives_that_are_no_workbook_are_refused(written):
    with pytest.raises(refusals.WrongType):
        table_of(written(package({"readme.txt": "hello"}), "a.xlsx"))
    with pytest.raises(refusals.WrongType):
        table_of(written(package({"xl/workbook.bin": "x"}), "a.xlsb"))


def test_a_table_goes_on_behind_a_row(written):
    table = open_table(written("order_id,sku\n" + "".join(f"{n},A\n" for n in range(100))), Reading())

    table.skip_to(51)

    assert next(iter(table.rows())).cells[0] == "50"
    table.close()
