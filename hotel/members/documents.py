"""Identity documents and telephone numbers: what is valid, and what they tell."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from hotel.members.models import IdType

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
CHECKS = "10X98765432"
EARLIEST = dt.date(1880, 1, 1)

_SHAPES = {  # of documents without a checksum we may rely on
    IdType.PASSPORT: r"[A-Z0-9]{5,17}",
    IdType.HM_PERMIT: r"[HM]\d{8}(\d{2})?",  # the last two count the issues of the older card
    IdType.TW_PERMIT: r"\d{8}(\d{2}|[A-Z])?",
    IdType.OTHER: r"[A-Z0-9]{3,30}",
}
_MOBILE = re.compile(r"1[3-9]\d{9}")
_CHINA = re.compile(r"(?:\+86|0086|86)(1[3-9]\d{9})")


@dataclass(frozen=True, slots=True)
class ResidentId:
    """What a resident identity card says of its holder."""

    born_on: dt.date
    gender: str  # M, F


def plain_number(text: str) -> str:
    """A document number as it is stored and compared: no spaces or hyphens, upper case."""
    return re.sub(r"[\s\-]", "", text).upper()


def resident_id(number: str, today: dt.date) -> ResidentId | None:
    """Birthday and gender by GB 11643, or None when the number can't be one: shape, checksum, a day that exists."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        return None
    if CHECKS[sum(int(n) * w for n, w in zip(number, WEIGHTS, strict=False)) % 11] != number[-1]:
        return None
    try:
        born_on = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    if not EARLIEST <= born_on <= today:
        return None
    return ResidentId(born_on, "M" if int(number[16]) % 2 else "F")


def fits(id_type: str, number: str) -> bool:
    """Whether a number other than a resident identity card's has the shape of its document."""
    shape = _SHAPES.get(IdType(id_type))
    return shape is not None and re.fullmatch(shape, number) is not None


def plain_phone(text: str) -> str:
    """A telephone number as it is stored and compared: digits, a leading + kept, China's own prefix dropped."""
    digits = re.sub(r"[\s\-().]", "", text)
    china = _CHINA.fullmatch(digits)
    return china[1] if china else digits


def is_phone(number: str) -> bool:
    """A mainland mobile number, or anything with 5 to 20 digits and perhaps a +."""
    if number.startswith("1") and len(number) == 11:  # noqa: PLR2004 -- a mobile number's length
        return _MOBILE.fullmatch(number) is not None
    return re.fullmatch(r"\+?\d{5,20}", number) is not None
