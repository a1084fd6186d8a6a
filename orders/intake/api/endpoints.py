"""The API: orders in, orders and stock out."""

from __future__ import annotations

import datetime as dt
import json
import logging
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import Q
from django.http import HttpResponse, UnreadablePostError
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from ninja import Field, NinjaAPI, Query, Schema
from ninja.errors import ValidationError
from ninja.security.base import AuthBase
from pydantic import AfterValidator
from pydantic_core import from_json, to_json

from orders.intake.api import documentation as documented
from orders.intake.api import intake, queries
from orders.intake.api.problems import Problem, field_problems, problem_response
from orders.intake.api.schemas import BatchOut, OrderDetailOut, OrderPageOut, ResultOut, StockPageOut
from orders.intake.api.signing import Caller, caller_of, use_nonce
from orders.intake.models import Outcome
from orders.intake.schema import FieldError, InvalidOrder, field_errors, read_order
from orders.intake.services import Message, Result
from orders.order.states import PublicStatus  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

logger = logging.getLogger(__name__)
MAX_BATCH = 1000
MAX_SKUS = 200
SHORT = "out_of_stock"


class Signature(AuthBase):
    """Signed requests; the caller becomes ``request.auth``. A nonce is used up with what the request stores."""

    openapi_type = "apiKey"
    openapi_name = "X-OMS-Key"
    openapi_in = "header"

    def __call__(self, request: HttpRequest) -> Caller:
        """Who signed the request."""
        caller = caller_of(request, _body(request))
        if request.method != "POST":
            use_nonce(caller)
        return caller


def _body(request: HttpRequest) -> bytes:
    """The body, if it isn't too large."""
    size = request.META.get("CONTENT_LENGTH") or "0"
    if size.isdigit() and int(size) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise _too_large()
    try:
        return request.body
    except RequestDataTooBig:
        raise _too_large() from None
    except UnreadablePostError:
        raise Problem(400, "unreadable_body", _("The body could not be read.")) from None


def _too_large() -> Problem:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
    return Problem(413, "body_too_large", _("The body is too large: send fewer orders at once (%s MB).") % limit)


def _with_methods_told(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """A method that an address does not take is refused by a problem document, like everything else."""

    @wraps(view)
    def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return answer
        allowed = answer["Allow"]
        detail = format_lazy(_("This address takes {methods}."), methods=allowed)
        refusal = problem_response(request, Problem(405, "method_not_allowed", detail))
        refusal["Allow"] = allowed
        return refusal

    return told


class _Api(NinjaAPI):
    @property
    def urls(self) -> tuple[list[Any], str, str]:
        """The addresses."""
        patterns, app, namespace = super().urls
        for pattern in patterns:
            pattern.callback = _with_methods_told(cast("Callable[..., Any]", pattern.callback))
        return patterns, app, namespace

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        """Refusals are problem documents, which have a content type of their own."""
        return documented.with_problems(super().get_openapi_schema(*args, **kwargs))


api = _Api(
    title="OMS API",
    version="1",
    description=documented.INTRODUCTION,
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
    auth=Signature(),
    openapi_extra={"info": {"license": {"name": "Proprietary"}}},
)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(request, problem)


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, problem: Exception) -> HttpResponse:
    logger.error("API request failed: %s %s", request.method, request.path, exc_info=problem)
    return problem_response(request, Problem(500, "internal_error", _("Something went wrong; nothing was stored.")))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    errors = [{**error, "loc": error["loc"][-1:] or error["loc"]} for error in problem.errors]
    return problem_response(
        request, Problem(422, "invalid_parameters", _("Some parameters are wrong."), field_errors(errors))
    )


@api.post(
    "/orders",
    response={200: ResultOut, 201: ResultOut, **documented.PROBLEMS_OF_POST},
    summary="Send one order",
    openapi_extra=documented.ORDER_BODY,
    tags=["Orders"],
)
def post_order(request: HttpRequest) -> HttpResponse:
    """Store an order, recognise it, or apply what changed.

    201: stored. 200: repeated or changed. 409: strict, and stock is short. 422: a field is wrong; `errors` says which.
    """
    caller: Caller = request.auth  # type: ignore[attr-defined]
    try:
        message = _message(_json_body(request))
        _own_channel(caller, message)
    except InvalidOrder as problem:
        use_nonce(caller)
        raise Problem(*_status_of(problem.errors), problem.errors) from None
    except Problem:
        use_nonce(caller)
        raise
    result = intake.store_order(caller, message)
    if result.outcome == Outcome.REFUSED.value:
        raise Problem(*_status_of(result.errors), result.errors)
    status = HTTPStatus.CREATED if result.outcome == Outcome.STORED.value else HTTPStatus.OK
    return _answer(_shown(request, result), status)


@api.post(
    "/orders/batch",
    response={200: BatchOut, **documented.PROBLEMS_OF_POST},
    summary="Send up to 1,000 orders",
    openapi_extra=documented.BATCH_BODY,
    tags=["Orders"],
)
def post_orders(request: HttpRequest) -> HttpResponse:
    """Each order stands for itself: the good ones are stored, the others come back `refused` with their fields."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    try:
        orders = _batch_of(_json_body(request))
    except Problem:
        use_nonce(caller)
        raise
    results: list[Result | None] = [None] * len(orders)
    messages, places = [], []
    for index, order in enumerate(orders):
        try:
            message = Message(read_order(_an_object(order)), to_json(order).decode())
            _own_channel(caller, message)
        except InvalidOrder as problem:
            results[index] = Result(_named(order), errors=problem.errors)
        else:
            messages.append(message)
            places.append(index)
    for index, result in zip(places, intake.store_batch(caller, messages), strict=True):
        results[index] = result
    shown = [{"index": i, **_shown(request, result)} for i, result in enumerate(results) if result is not None]
    counts = {str(outcome): sum(row["outcome"] == outcome for row in shown) for outcome in Outcome.values}
    return _answer({**counts, "results": shown}, HTTPStatus.OK)


Moment = Annotated[dt.datetime, AfterValidator(queries.in_utc)]


class OrderFilters(Schema):
    """Which orders."""

    status: PublicStatus | None = None
    channel: Annotated[str | None, Field(max_length=30)] = None
    external_no: Annotated[str | None, Field(max_length=64)] = None
    placed_from: Moment | None = None
    placed_to: Moment | None = None
    cursor: Annotated[str | None, Field(max_length=200)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@api.get(
    "/orders",
    response={200: OrderPageOut, **documented.PROBLEMS_OF_GET},
    summary="Find orders",
    openapi_extra=documented.SIGNED,
    tags=["Orders"],
)
def list_orders(request: HttpRequest, filters: Query[OrderFilters]) -> dict[str, Any]:
    """The orders of the key's channels, newest first. Follow `next` until it is null."""
    channels = request.auth.sender.channels  # type: ignore[attr-defined]
    allowed = [c.id for code, c in channels.items() if filters.channel in {None, code}]
    wanted = Q()
    if filters.status:
        wanted &= Q(status__in=queries.statuses_of(filters.status))
    if filters.external_no:
        wanted &= Q(external_no=_printable(filters.external_no))
    if filters.placed_from:
        wanted &= Q(placed_at__gte=filters.placed_from)
    if filters.placed_to:
        wanted &= Q(placed_at__lt=filters.placed_to)
    try:
        items, following = queries.order_page(wanted, allowed, filters.cursor, filters.limit)
    except queries.BadCursor:
        raise Problem(422, "invalid_parameters", _("Some parameters are wrong."), [_BAD_CURSOR]) from None
    return {"items": items, "next": following}


@api.get(
    "/orders/{number}",
    response={200: OrderDetailOut, **documented.PROBLEMS_OF_GET, **documented.NOT_FOUND},
    summary="One order",
    openapi_extra=documented.SIGNED,
    tags=["Orders"],
)
def get_order(request: HttpRequest, number: str) -> dict[str, Any]:
    """An order of the key's channels by its number, with lines and parcels."""
    channels = [channel.id for channel in request.auth.sender.channels.values()]  # type: ignore[attr-defined]
    order = queries.find_order(_printable(number), channels)
    if order is None:
        raise Problem(404, "unknown_order", _("There is no such order in this key's channels."))
    return order


@api.get(
    "/stock",
    response={200: StockPageOut, **documented.PROBLEMS_OF_GET},
    summary="Stock of SKUs",
    openapi_extra=documented.SIGNED,
    tags=["Stock"],
)
def get_stock(
    request: HttpRequest, sku: Annotated[list[str], Query(..., min_length=1, max_length=MAX_SKUS)]
) -> dict[str, Any]:
    """What the key's channels may still sell. Repeat `sku` for several."""
    channels = [channel.id for channel in request.auth.sender.channels.values()]  # type: ignore[attr-defined]
    return {"items": queries.sellable([_printable(code) for code in sku], channels)}


_BAD_CURSOR = FieldError("cursor", "bad_cursor", _("This is no cursor of ours."))
_NOT_AN_OBJECT = FieldError("", "model_type", _("Send an object."))


def _json_body(request: HttpRequest) -> bytes:
    kind = (request.content_type or "").lower()
    if kind != "application/json":
        raise Problem(415, "not_json", _("Send application/json."))
    return request.body


def _message(body: bytes) -> Message:
    order = read_order(body)
    return Message(order, body.decode())


def _batch_of(body: bytes) -> list[Any]:
    try:
        found = from_json(body)
    except ValueError as problem:
        error = FieldError("", "json_invalid", _("This is not valid JSON: %(problem)s"), {"problem": str(problem)})
        raise Problem(400, "malformed_json", _("The body is not valid JSON."), [error]) from None
    orders = found.get("orders") if isinstance(found, dict) else found
    if not isinstance(orders, list):
        error = FieldError("orders", "list_type", _("Send a list."))
        raise Problem(422, "invalid_order", _("Some fields are wrong."), [error])
    if not 1 <= len(orders) <= MAX_BATCH:
        code = "too_long" if orders else "too_short"
        error = FieldError("orders", code, _("Send 1 to %(most)s orders."), {"most": MAX_BATCH})
        raise Problem(422, "invalid_order", _("Some fields are wrong."), [error])
    return orders


def _an_object(order: Any) -> dict[str, Any]:
    if not isinstance(order, dict):
        raise InvalidOrder([_NOT_AN_OBJECT])
    return order


def _named(order: Any) -> str:
    """What the sender calls an order that can't be read."""
    number = order.get("external_no") if isinstance(order, dict) else None
    return number[:64] if isinstance(number, str) else ""


def _own_channel(caller: Caller, message: Message) -> None:
    if message.order.channel not in caller.sender.channels:
        raise InvalidOrder([FieldError("channel", "unknown_channel", _("There is no such channel for you."))])


def _status_of(errors: list[FieldError]) -> tuple[int, str, Any]:
    codes = {error.code for error in errors}
    if codes == {SHORT}:
        return 409, SHORT, _("Stock is short; nothing was stored.")
    if "json_invalid" in codes:
        return 400, "malformed_json", _("The body is not valid JSON.")
    return 422, "invalid_order", _("Some fields are wrong.")


def _shown(request: HttpRequest, result: Result) -> dict[str, Any]:
    errors: list[dict[str, str]] = []
    if result.errors:
        with translation.override(translation.get_language_from_request(request)):
            errors = field_problems(result.errors)
    return {
        "external_no": result.external_no,
        "number": result.number,
        "outcome": result.outcome,
        "holds": result.holds,
        "errors": errors,
    }


def _answer(content: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(json.dumps(content, ensure_ascii=False), content_type="application/json", status=status)


def _printable(text: str) -> str:
    """PostgreSQL has no NUL; a text with one is nobody's name."""
    return text.replace("\0", "")
