"""How blacklist values are written, so that a look-up is a comparison."""

from __future__ import annotations

import re

PHONE_DIGITS = 11


def normalise(field: str, value: str) -> str:
    """A phone: its last eleven digits. An address: lower case without blanks. Else lower case, trimmed."""
    if field == "phone":
        return re.sub(r"\D", "", value)[-PHONE_DIGITS:]
    if field == "address":
        return re.sub(r"\s", "", value).lower()
    return value.strip().lower()
