from oms.lib.sheets import csv_row, safe_cell


def test_cells_that_a_spreadsheet_would_run_are_made_harmless():
    assert [safe_cell(c) for c in ("=1+1", "+1", "-1", "@x", "\tx", "ok", -1, None)] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "ok",
        -1,
        None,
    ]


def test_csv_row_quotes_and_ends_the_line():
    assert csv_row(["a,b", "=x", 3]) == '"a,b",\'=x,3\r\n'
