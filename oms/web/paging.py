"""Keyset paging: the next page begins after the last row's key, so page 2,000 costs what page 1 costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db.models import Q

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

SIZES = (25, 50, 100)
DEFAULT_SIZE = 50
SALT = "oms.web.paging"


@dataclass(frozen=True)
class Page:
    """One page of rows. ``previous`` and ``next`` are cursors for ``?page=`` (empty: there is none)."""

    rows: list[Any]
    previous: str
    next: str
    size: int
    sizes: tuple[int, ...] = SIZES

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def keyset_page(
    queryset: QuerySet, order: Sequence[str], request: HttpRequest, size: int | None = None, parameter: str = "page"
) -> Page:
    """The page of ``queryset`` that the request asks for, in one statement.

    ``order`` names fields (``-`` for descending, ``__`` allowed) that are not null; the primary key is added as the
    last one if it is not there, so that equal keys still have an order. A cursor that is outdated, forged or belongs
    to another order gives the first page. Rows may be models, or dictionaries of ``.values()`` that hold the keys.
    """
    order = tuple(order) if any(name.lstrip("-") in {"pk", "id"} for name in order) else (*order, "-pk")
    size = size or _size(request)
    key, backwards = _read(request.GET.get(parameter, ""), order)
    asked = order if not backwards else tuple(_reversed(name) for name in order)
    rows = queryset.order_by(*asked)
    if key is not None:
        rows = rows.filter(_beyond(asked, key))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next, has_previous = (True, more) if backwards else (more, key is not None)
    if not found:
        return Page([], "", "", size)
    return Page(
        found,
        _write(found[0], order, backwards=True) if has_previous else "",
        _write(found[-1], order, backwards=False) if has_next else "",
        size,
    )


def sorted_order(request: HttpRequest, orders: dict[str, Sequence[str]], default: str) -> tuple[str, Sequence[str]]:
    """The order that ``?sort=`` asks for among ``orders`` (name → key fields; ``-name`` turns all of them round)."""
    name = request.GET.get("sort", default)
    bare = name.removeprefix("-")
    if bare not in orders:
        name, bare = default, default.removeprefix("-")
    fields = tuple(orders[bare])
    return name, tuple(_reversed(field) for field in fields) if name.startswith("-") else fields


def _size(request: HttpRequest) -> int:
    asked = request.GET.get("size", "")
    return int(asked) if asked.isdigit() and int(asked) in SIZES else DEFAULT_SIZE


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else "-" + name


def _beyond(order: tuple[str, ...], key: list[Any]) -> Q:
    """Rows strictly after ``key`` in ``order``: a OR (a = and b) OR …, with the plain bound on the first field.

    The plain bound is redundant but lets PostgreSQL start in the index instead of filtering from the front.
    """
    condition, equal = Q(), Q()
    for name, value in zip(order, key, strict=True):
        field, side = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        condition |= equal & Q(**{f"{field}__{side}": value})
        equal &= Q(**{field: value})
    if len(order) > 1:
        field, side = order[0].lstrip("-"), "lte" if order[0].startswith("-") else "gte"
        condition &= Q(**{f"{field}__{side}": key[0]})
    return condition


def _value(row: Model | dict[str, Any], name: str) -> Any:
    name = name.lstrip("-")
    if isinstance(row, dict):
        return row["id" if name == "pk" and "pk" not in row else name]
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _write(row: Any, order: tuple[str, ...], *, backwards: bool) -> str:
    values = [_packed(_value(row, name)) for name in order]
    return signing.dumps([values, list(order), int(backwards)], salt=SALT, compress=True)


def _read(cursor: str, order: tuple[str, ...]) -> tuple[list[Any] | None, bool]:
    if not cursor:
        return None, False
    try:
        values, of_order, backwards = signing.loads(cursor, salt=SALT)
        if tuple(of_order) != order:
            return None, False
        return [_unpacked(value) for value in values], bool(backwards)
    except (signing.BadSignature, ValueError, TypeError):
        return None, False


def _packed(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return ["t", value.isoformat()]
    if isinstance(value, dt.date):
        return ["d", value.isoformat()]
    if isinstance(value, Decimal):
        return ["n", str(value)]
    return value


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        kind, text = value
        readers: dict[str, Callable[[str], Any]] = {
            "t": dt.datetime.fromisoformat,
            "d": dt.date.fromisoformat,
            "n": Decimal,
        }
        return readers[kind](text)
    return value
