"""Why a row can't be read. Kept as code and details, worded when shown, in the reader's language."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from orders.intake.files.fields import FIELDS

if TYPE_CHECKING:
    from django.utils.functional import Promise

MOST = 300  # characters of ImportRow.error
SHOWN = 40

TEXTS: dict[str, str | Promise] = {
    "not_text": _("bytes that are not valid text"),
    "open_quote": _("a quotation mark is not closed, or stands where none may stand"),
    "line_too_long": _("the line is longer than a million characters"),
    "too_many_cells": _("more cells than the header has columns"),
    "control_character": _("%(field)s contains a control character"),
    "cell_too_long": _("%(field)s is too long"),
    "digits_lost": _("%(field)s “%(value)s” has lost digits: format the column as text before saving"),
    "formula_without_value": _("%(field)s is a formula without a value: open the file and save it anew"),
    "formula_error": _("%(field)s is a formula error %(value)s"),
    "merged": _("%(field)s lies in merged cells: unmerge them, or choose “Fill merged cells”"),
    "missing": _("%(field)s is missing"),
    "not_a_number": _("%(field)s “%(value)s” is not a number"),
    "not_whole": _("%(field)s “%(value)s” is not a whole number"),
    "too_big": _("%(field)s “%(value)s” is too big"),
    "negative": _("%(field)s “%(value)s” is negative"),
    "zero": _("%(field)s is zero"),
    "not_a_date": _("%(field)s “%(value)s” is not a date"),
    "not_yes_or_no": _("%(field)s “%(value)s” is neither yes nor no"),
    "not_a_choice": _("%(field)s “%(value)s” is not known"),
    "differs": _("%(field)s “%(value)s” differs from row %(row)s of the same order"),
    "both_signs": _("the order has quantities above and below zero"),
    "order_twice": _("the order number occurs in row %(row)s too"),
    "too_many_lines": _("the order has more than %(limit)s lines"),
    "sibling": _("not stored because row %(row)s of the same order was refused"),
    "refused": _("%(field)s %(value)s"),
}


class Problem(Exception):
    """What is wrong with a cell or a row. ``row`` is set where another row than the current one is to blame."""

    def __init__(self, code: str, field: str = "", value: object = "", row: int | None = None) -> None:
        super().__init__(code)
        self.code, self.field, self.value, self.row = code, field, str(value)[:200], row

    def pack(self) -> str:
        """Text for ImportRow.error."""
        for most in (200, SHOWN, 0):
            text = json.dumps([self.code, self.field, self.value[:most], self.row], ensure_ascii=False)
            if len(text) <= MOST:
                break
        return text


def explain(packed: str) -> str:
    """The reason in the reader's language."""
    code, field, value, row = json.loads(packed)
    label = FIELDS[field].label if field in FIELDS else field
    text = str(TEXTS[code]) % {"field": label, "value": value, "row": row, "limit": value}
    return text.strip()[:1].upper() + text.strip()[1:]


def is_sibling(packed: str) -> bool:
    """Whether the row itself is fine and only shares the fate of its order."""
    return packed.startswith('["sibling"')
