"""Against what is published (Wikipedia, Code 128): check value 54 of PJJ123C in set A, 88 of Wikipedia in set B."""

import pytest

from orders.dispatch.barcode import PATTERNS, STOP, barcode_svg, check_value, encoded, modules


def test_the_check_value_is_the_published_one():
    pjj123c = [103, *(ord(sign) - 32 for sign in "PJJ123C")]

    assert check_value(pjj123c) == 54


def test_a_text_in_set_b_is_as_published():
    assert encoded("Wikipedia") == [104, 55, 73, 75, 73, 80, 69, 68, 73, 65, 88]


def test_digits_go_in_pairs_of_set_c():
    assert encoded("42184020500") == [104, 20, 99, 21, 84, 2, 5, 0, check_value([104, 20, 99, 21, 84, 2, 5, 0])]
    assert encoded("WD261123")[:-1] == [104, 55, 36, 99, 26, 11, 23]
    assert encoded("WD2611234")[:-1] == [104, 55, 36, 18, 99, 61, 12, 34]
    assert encoded("1234AB")[:-1] == [105, 12, 34, 100, 33, 34]


def test_every_pattern_is_eleven_modules_with_an_even_count_of_black_ones_and_no_two_are_alike():
    widths = [[int(width) for width in pattern] for pattern in PATTERNS]

    assert (len(widths), len(set(PATTERNS))) == (106, 106)
    assert {sum(pattern) for pattern in widths} == {11}
    assert {sum(pattern[::2]) % 2 for pattern in widths} == {0}
    assert sum(int(width) for width in STOP) == 13


def test_the_modules_read_back_as_the_text():
    widths = modules("WD26112300481")
    signs = ["".join(map(str, widths[i : i + 6])) for i in range(0, len(widths) - 7, 6)]

    assert [PATTERNS.index(sign) for sign in signs] == encoded("WD26112300481")


def test_the_picture_has_quiet_zones_and_a_bar_for_every_other_module():
    svg = barcode_svg("WD1", height=30)

    total = sum(modules("WD1"))
    assert f'viewBox="0 0 {total + 20} 30"' in svg
    assert svg.count("<rect") == (len(modules("WD1")) + 1) // 2
    assert '<rect x="10" width="2" height="30"/>' in svg


@pytest.mark.parametrize("text", ["", "单据", "a\n"])
def test_what_has_no_sign_is_refused(text):
    with pytest.raises(ValueError, match="ASCII"):
        encoded(text)
