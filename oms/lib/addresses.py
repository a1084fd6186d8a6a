"""A line as people paste it out of a chat, 姓名 电话 省市区 地址, taken apart against the table of divisions.

Any order of the parts, any separators or none, provinces and cities short or in full or left out where the rest says
which they are. What is not there stays empty: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from oms.lib.divisions import areas, cities, provinces

MOST = 500  # characters; a longer text is no address
LONGEST_NAME = 12
LABELS = re.compile(
    r"(?:收货人|收件人|联系人|姓名|[收货件]{2}地址|详细地址|所在地区|地址|地区|手机号码|手机号|手机|联系电话|联系方式|电话"
    r"|邮政编码|邮编)\s*:\s*"
)
BETWEEN = re.compile(r"[\s,;。|]+")
# A mobile number, with the extension that shops hand out in place of the real one; else a fixed line.
PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}-?\d{7,8})((?:[-转]\d{1,6})?)(?!\d)")
POSTCODE = re.compile(r"(?<!\S)\d{6}(?!\S)")
RECEIVES = re.compile(r"\(?收\)?$")
STREET = re.compile(r"[号室楼层栋幢座路街巷弄村园院区镇乡]")
PEOPLES = "壮|回|维吾尔|土家|苗|藏|彝|羌|布依|侗|哈尼|傣|白|傈僳|景颇|朝鲜|(?<!内)蒙古|哈萨克|柯尔克孜"
ENDING = re.compile(rf"(?:(?:(?:{PEOPLES})族?)*自治[区州县旗]|地区|新区|林区|[省市州盟区县旗])$")
SHORTEST = 2  # characters of a place's name without its ending: 西湖, but not 东 for 东区
A_STREET = tuple("路街巷弄道大里村镇乡桥")  # behind a short name: 上城路 is not in 上城区
NOT_SAID = re.compile(r"^(?:市辖区|县|省直辖县级行政区划|自治区直辖县级行政区划)\s*(?=\S)")

Place = tuple[str, str, str]  # province, city, district
NOWHERE = ("", "", "")


@dataclass(frozen=True)
class ReadAddress:
    """What a pasted line says; empty where it says nothing."""

    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    address: str = ""
    postcode: str = ""


def read_address(text: str) -> ReadAddress:
    """The parts of a pasted line."""
    text = LABELS.sub(" ", unicodedata.normalize("NFKC", text[:MOST]))
    phone = PHONE.search(text)
    parts = [text[: phone.start()], text[phone.end() :]] if phone else [text]
    postcode = next((found[0] for part in parts if (found := POSTCODE.search(part))), "")
    words = [(at, word) for at, part in enumerate(parts) for word in BETWEEN.split(part) if word and word != postcode]
    name, street, place = _sort_out(words)
    if not phone and not any(place):
        return ReadAddress()
    return ReadAddress(RECEIVES.sub("", name), _number(phone) if phone else "", *place, street, postcode)


def _number(phone: re.Match[str]) -> str:
    return (re.sub(r"[ -]", "", phone[1]) if phone[1].startswith("1") else phone[1]) + phone[2]


def _sort_out(words: list[tuple[int, str]]) -> tuple[str, str, Place]:
    """Name, street and place out of the words, each with 0 before and 1 behind the phone."""
    for index, (side, word) in enumerate(words):
        same = " ".join(other for there, other in words[index:] if there == side)
        glued, rest, place = _place_in(word, same)
        if any(place):
            before = [other for _side, other in words[:index]] + [glued] * bool(glued)
            after = [other for there, other in words[index:] if there != side]
            return *_named(before or after, rest), place
    name = next((word for _side, word in words if _is_name(word)), "")
    return name, " ".join(word for _side, word in words if word != name), NOWHERE


def _named(names: list[str], street: str) -> tuple[str, str]:
    """The name stands before the place, else behind the phone, else it is a last word that is no part of a street."""
    if names:
        return " ".join(names), street
    rest, _space, last = street.rpartition(" ")
    return (last, rest) if rest and _is_name(last) else ("", street)


def _is_name(word: str) -> bool:
    word = RECEIVES.sub("", word)
    return bool(re.fullmatch(r"[一-鿿]{2,4}|[一-鿿]+·[一-鿿·]+", word)) and not STREET.search(word)


def _place_in(word: str, text: str) -> tuple[str, str, Place]:
    """What was glued before the place, what follows it, the place; ``text`` begins with ``word``."""
    rest, place = _read_place(text)
    if any(place):
        return "", rest, place
    for province in provinces():  # 王小芳浙江省杭州市…
        start = word.find(province)
        if 0 < start <= LONGEST_NAME:
            return word[:start], *_read_place(text[start:])
    return "", text, NOWHERE


def _read_place(text: str) -> tuple[str, Place]:
    rest, province = _full(text, provinces())
    city = ""
    if not province:
        rest, province, city = _city_alone(text)
    if not province:
        return _after_short_province(text)
    return _below(rest, province, city)


def _after_short_province(text: str) -> tuple[str, Place]:
    """浙江杭州…, 上海徐汇…, and not 上海路 5 号."""
    rest, province = _short(text, provinces())
    if not province:
        return text, NOWHERE
    follows, place = _below(rest, province, "")
    known = place[2] if place[0] == place[1] else place[1]
    return (follows, place) if known or rest.startswith(" ") else (text, NOWHERE)


def _below(rest: str, province: str, city: str) -> tuple[str, Place]:
    """City and district out of what follows the province."""
    rest = rest.strip()
    if not city:
        rest, city = _take(rest, cities(province))
    if not city and cities(province) == [province]:  # 上海市徐汇区: the city is the municipality itself
        city = province
    if not city:
        return _area_alone(rest, province)
    rest, district = _take(NOT_SAID.sub("", rest.strip()), areas(province, city))
    if areas(province, city) == [city]:  # governed by the province itself: 仙桃市
        district = city
    return rest.strip(), (province, city, district)


def _city_alone(text: str) -> tuple[str, str, str]:
    """杭州市西湖区… says its province; 昆山市… says its city, and is read again below it."""
    for province in provinces():
        rest, city = _full(text, cities(province))
        if city:
            return rest, province, city
    found = [place for place in _every_area() if place[2].endswith("市") and text.startswith(place[2])]
    return (text, found[0][0], found[0][1]) if len(found) == 1 else (text, "", "")


def _area_alone(text: str, province: str) -> tuple[str, Place]:
    """浙江省义乌市…: the area says which city."""
    found = [place for place in _every_area() if place[0] == province and text.startswith(place[2])]
    return (text[len(found[0][2]) :].strip(), found[0]) if len(found) == 1 else (text, (province, "", ""))


@cache
def _every_area() -> list[Place]:
    return [
        (province, city, area)
        for province in provinces()
        for city in cities(province)
        for area in areas(province, city)
    ]


def _take(text: str, names: list[str]) -> tuple[str, str]:
    """What follows the name that ``text`` begins with, in full or else short, and that name in full."""
    rest, name = _full(text, names)
    return (rest, name) if name else _short(text, names)


def _full(text: str, names: list[str]) -> tuple[str, str]:
    name = max((name for name in names if text.startswith(name)), key=len, default="")
    return text[len(name) :], name


def _short(text: str, names: list[str]) -> tuple[str, str]:
    cuts = [(ENDING.sub("", name), name) for name in names]
    fitting = [(cut, name) for cut, name in cuts if len(cut) >= SHORTEST and text.startswith(cut)]
    cut, name = max(fitting, key=lambda pair: len(pair[0]), default=("", ""))
    return (text, "") if text[len(cut) :].startswith(A_STREET) else (text[len(cut) :], name)
