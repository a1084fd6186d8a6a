"""The neutral form of an order: what every door (API, file, typed, demo) turns its input into.

Shape and bounds are checked here; what needs the database, the clock or several fields (channel, dates, discounts
against goods) is checked by ``services.take_orders``. Amounts are Decimal; a naive time is in the zone of the
channel's branch.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.utils.functional import Promise  # noqa: TC002
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_LINES = 2_000  # real wholesale orders have 700
MAX_QUANTITY = 100_000
MAX_AMOUNT = Decimal("999999999.99")
# No control characters, so no NUL, tab or line break: PostgreSQL refuses the first, and lists print the others badly.
_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"


def _up_to(length: int) -> Any:
    return Field(min_length=0, max_length=length, pattern=_PRINTABLE)


def _one_line(value: object) -> object:
    """Line breaks and tabs of a remark become spaces."""
    if isinstance(value, str) and ("\n" in value or "\r" in value or "\t" in value):
        return " ".join(value.split())
    return value


def _iso_time(value: object) -> object:
    """Only text like 2026-11-23T14:05:00+08:00: a bare number could be seconds, milliseconds or a date."""
    if isinstance(value, dt.datetime) or value is None or (isinstance(value, str) and value[4:5] == "-"):
        return value
    raise PydanticCustomError("iso_time", "Not an ISO 8601 time.")


def _no_truth(value: object) -> object:
    """True is no quantity, though Python counts it as one."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "Not a whole number.")
    return value


Text16 = Annotated[str, _up_to(16)]
Text32 = Annotated[str, _up_to(32)]
Text40 = Annotated[str, _up_to(40)]
Text60 = Annotated[str, _up_to(60)]
Text64 = Annotated[str, _up_to(64)]
Text80 = Annotated[str, _up_to(80)]
Text200 = Annotated[str, _up_to(200)]
Text300 = Annotated[str, _up_to(300)]
Remark = Annotated[str, Field(max_length=500, pattern=_PRINTABLE), BeforeValidator(_one_line)]
Time = Annotated[dt.datetime, BeforeValidator(_iso_time)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=11, decimal_places=2, examples=["59.00"])]
Price = Annotated[Decimal, Field(ge=0, max_digits=13, decimal_places=4, examples=["29.5000"])]
ZERO = Decimal(0)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NeutralBuyer(_Part):
    """Who bought: the channel's own id of the account, name, phone."""

    id: Text64 = ""
    name: Text80 = ""
    phone: Text32 = ""


class NeutralReceiver(_Part):
    """Who gets the goods, and where."""

    name: Text80 = ""
    phone: Text32 = ""
    country: Text60 = ""
    province: Text60 = ""
    city: Text60 = ""
    district: Text60 = ""
    address: Text300 = ""
    postcode: Text16 = ""


class NeutralLine(_Part):
    """One position. ``discount`` is this line's own, in money, not per piece."""

    external_line_no: Text64 = ""
    merchant_code: Text64 = ""
    name: Text200 = ""
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY), BeforeValidator(_no_truth)]
    unit_price: Price = ZERO
    discount: Amount = ZERO
    is_gift: bool = False


class NeutralPayment(_Part):
    """Money the channel has taken."""

    method: Text40 = ""
    transaction_no: Text80 = ""
    amount: Amount
    paid_at: Time | None = None


class NeutralOrder(_Part):
    """One order as a channel tells it.

    ``discount`` is the order's own, shared over the lines; ``total`` what the channel says was charged (absent: what
    we compute). ``paid_at`` without ``payment`` means paid in full. ``strict``: refuse when stock is short.
    """

    channel: Annotated[str, Field(min_length=1, max_length=30, pattern=_PRINTABLE)]
    external_no: Annotated[str, Field(min_length=1, max_length=64, pattern=_PRINTABLE)]
    type: Literal["sale", "return", "reissue"] = "sale"
    origin: Literal["online", "offline"] = "online"
    placed_at: Time
    paid_at: Time | None = None
    cash_on_delivery: bool = False
    buyer: NeutralBuyer = NeutralBuyer()
    receiver: NeutralReceiver = NeutralReceiver()
    lines: Annotated[list[NeutralLine], Field(min_length=1, max_length=MAX_LINES)]
    freight: Amount = ZERO
    discount: Amount = ZERO
    total: Amount | None = None
    payment: NeutralPayment | None = None
    buyer_remark: Remark = ""
    seller_remark: Remark = ""
    strict: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with a field (a path like ``lines.0.quantity``), or worth knowing; in the reader's language."""

    field: str
    code: str
    message: str | Promise
    details: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        text = str(self.message)
        return text % self.details if self.details else text


class InvalidOrder(ValueError):
    """The input is no order; ``errors`` says why, field by field."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error}" for error in errors))
        self.errors = errors


def read_order(source: bytes | str | dict[str, Any]) -> NeutralOrder:
    """A neutral order from JSON text or from a mapping. Raises InvalidOrder naming every wrong field."""
    try:
        if isinstance(source, dict):
            return NeutralOrder.model_validate(source)
        return NeutralOrder.model_validate_json(source)
    except ValidationError as problem:
        raise InvalidOrder(field_errors(problem.errors(include_url=False, include_input=False))) from None


def field_errors(problems: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Pydantic's findings in our words."""
    return [_field_error(problem) for problem in problems]


def _field_error(problem: Mapping[str, Any]) -> FieldError:
    kind = problem["type"]
    path = ".".join(str(part) for part in problem["loc"])
    message = _MESSAGES.get(kind)
    if message is None:
        return FieldError(path, kind, problem["msg"])
    context = dict(problem.get("ctx", {}))
    if "expected" in context:  # 'sale', 'return' or 'reissue': an English "or" in every language
        context["expected"] = context["expected"].replace("' or '", "', '").replace("'", "")
    return FieldError(path, kind, message, {**context, "problem": context.get("error", "")})


_NOT_AN_AMOUNT = _("Enter an amount as a decimal string, like 59.00.")
_MESSAGES: dict[str, str | Promise] = {
    "missing": _("Fill in this field."),
    "extra_forbidden": _("There is no such field."),
    "string_type": _("Enter text."),
    "string_unicode": _("This is not valid text (UTF-8)."),
    "string_too_long": _("Shorten this to %(max_length)s characters."),
    "string_too_short": _("Fill in this field."),
    "string_pattern_mismatch": _("Remove the control characters."),
    "literal_error": _("Use one of: %(expected)s."),
    "enum": _("Use one of: %(expected)s."),
    "int_type": _("Enter a whole number."),
    "int_parsing": _("Enter a whole number."),
    "int_parsing_size": _("Enter a smaller number."),
    "int_from_float": _("Enter a whole number."),
    "greater_than_equal": _("Enter %(ge)s or more."),
    "less_than_equal": _("Enter %(le)s or less."),
    "decimal_type": _NOT_AN_AMOUNT,
    "decimal_parsing": _NOT_AN_AMOUNT,
    "finite_number": _NOT_AN_AMOUNT,
    "decimal_max_digits": _("Enter an amount of %(max_digits)s digits at most."),
    "decimal_max_places": _("Enter %(decimal_places)s decimal places at most."),
    "decimal_whole_digits": _("Enter an amount of %(whole_digits)s digits before the point at most."),
    "bool_type": _("Enter true or false."),
    "bool_parsing": _("Enter true or false."),
    "iso_time": _("Enter a time like 2026-11-23T14:05:00+08:00."),
    "datetime_type": _("Enter a time like 2026-11-23T14:05:00+08:00."),
    "datetime_parsing": _("Enter a time like 2026-11-23T14:05:00+08:00."),
    "datetime_from_date_parsing": _("Enter a time like 2026-11-23T14:05:00+08:00."),
    "too_short": _("Add at least %(min_length)s."),
    "too_long": _("Send %(max_length)s at most."),
    "model_type": _("Send an object."),
    "model_attributes_type": _("Send an object."),
    "list_type": _("Send a list."),
    "json_invalid": _("This is not valid JSON: %(problem)s"),
}
