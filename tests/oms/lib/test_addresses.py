"""Lines as people paste them, taken apart; nothing is guessed."""

from dataclasses import astuple

import pytest

from oms.lib.addresses import ReadAddress, read_address

WANG = ("王小芳", "13800138000", "浙江省", "杭州市", "西湖区")


@pytest.mark.parametrize(
    "text",
    [
        "王小芳 13800138000 浙江省杭州市西湖区文三路100号",
        "王小芳,13800138000,浙江省,杭州市,西湖区,文三路100号",
        "浙江省杭州市西湖区文三路100号 王小芳 138-0013-8000",
        "浙江杭州西湖文三路100号 +86 13800138000 王小芳",
        "王小芳13800138000浙江省杭州市西湖区文三路100号",
        "王小芳浙江省杭州市西湖区文三路100号13800138000",
        "杭州市西湖区文三路100号 王小芳收 13800138000",
        "收货人:王小芳\n手机号码:13800138000\n所在地区:浙江省 杭州市 西湖区\n详细地址:文三路100号",
    ],
)
def test_the_parts_stand_in_any_order_with_any_separators(text):
    assert astuple(read_address(text)) == (*WANG, "文三路100号", "")


@pytest.mark.parametrize(
    ("text", "place", "street"),
    [
        ("上海徐汇区漕溪北路18号", ("上海市", "上海市", "徐汇区"), "漕溪北路18号"),
        ("北京市市辖区朝阳区建国路1号", ("北京市", "北京市", "朝阳区"), "建国路1号"),
        ("昆山市玉山镇前进路1号", ("江苏省", "苏州市", "昆山市"), "玉山镇前进路1号"),
        ("浙江省义乌市稠州路1号", ("浙江省", "金华市", "义乌市"), "稠州路1号"),
        ("湖北省仙桃市沙嘴街道1号", ("湖北省", "仙桃市", "仙桃市"), "沙嘴街道1号"),
        ("吉林市昌邑区解放路1号", ("吉林省", "吉林市", "昌邑区"), "解放路1号"),
        ("内蒙古呼和浩特市新城区东街1号", ("内蒙古自治区", "呼和浩特市", "新城区"), "东街1号"),
        ("新疆伊犁伊宁市1号", ("新疆维吾尔自治区", "伊犁哈萨克自治州", "伊宁市"), "1号"),
        ("浙江省杭州市上城路1号", ("浙江省", "杭州市", ""), "上城路1号"),
        ("浙江省 新地方 1 号", ("浙江省", "", ""), "新地方 1 号"),
    ],
)
def test_places_short_in_full_and_left_out(text, place, street):
    read = read_address(f"{text} 13800138000 王小芳")
    assert ((read.province, read.city, read.district), read.address, read.name) == (place, street, "王小芳")


@pytest.mark.parametrize("street", ["上海路 5 号", "北京路王府大厦 5 号", "朝阳区建国路 1 号"])
def test_a_street_named_after_a_place_is_no_place(street):
    assert read_address(f"王小芳 13800138000 {street}") == ReadAddress("王小芳", "13800138000", address=street)


def test_extensions_fixed_lines_and_postcodes_are_kept():
    shop = read_address("李雷 18412345678-1234 上海市浦东新区世纪大道 1 号 200120")
    assert (shop.phone, shop.address, shop.postcode) == ("18412345678-1234", "世纪大道 1 号", "200120")
    assert read_address("巴图 0471-1234567 内蒙古呼和浩特市新城区1号").phone == "0471-1234567"


@pytest.mark.parametrize("text", ["", "你好", "好的 明天发", "x" * 10_000, "1" * 200, "省市区", "\x00🙂"])
def test_what_says_no_phone_and_no_place_is_not_read(text):
    assert read_address(text) == ReadAddress()
