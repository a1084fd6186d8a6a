import pytest

from oms.lib.divisions import areas, cities, provinces, whole_province


def test_the_table_has_what_the_edition_of_2023_has():
    assert len(provinces()) == 31
    every = [area for province in provinces() for city in cities(province) for area in areas(province, city)]
    assert len(every) == 3_056  # towns of cities without districts included
    assert all(areas(province, city) for province in provinces() for city in cities(province))


def test_ordinary_provinces_municipalities_and_directly_governed_places():
    assert "杭州市" in cities("浙江省")
    assert "滨江区" in areas("浙江省", "杭州市")
    assert cities("上海市") == ["上海市"]
    assert "徐汇区" in areas("上海市", "上海市")
    assert areas("湖北省", "仙桃市") == ["仙桃市"]
    assert cities("Bavaria") == areas("浙江省", "München") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("浙江", "浙江省"),
        (" 浙江省", "浙江省"),
        ("内蒙古", "内蒙古自治区"),
        ("广西壮族自治区", "广西壮族自治区"),
        ("上海", "上海市"),
        ("浙", ""),
        ("浙江人", ""),
        ("", ""),
        ("Zhejiang", ""),
    ],
)
def test_a_province_is_known_short_and_in_full(text, name):
    assert whole_province(text) == name
