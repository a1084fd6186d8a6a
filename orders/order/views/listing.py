"""The order list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required, permission_required
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from oms.rules.forms import ViewForm
from oms.rules.matching import InvalidFilter, bound_filter, query_of
from oms.rules.queries import Tab, tabs_of
from oms.web.counting import BOUND, Count, bounded_count, capped
from oms.web.listing import Action, allowed_actions
from oms.web.paging import keyset_page, sorted_order
from orders.order.filters import OrderFilter, places_of
from orders.order.models import Order
from orders.order.queries import TABS, bounded_counts, couriers_of, tab_sets
from orders.order.rows import COLUMNS, FIELDS, make_frame, render_rows, shown_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from oms.web.requests import StaffRequest

KEY = "orders.order"
SORTS: dict[str, Sequence[str]] = {
    "placed": ("placed_at", "pk"),
    "age": ("-placed_at", "-pk"),
    "amount": ("payable", "pk"),
}
DEFAULT_SORT = "-placed"
COLUMNS_COOKIE = "oms_order_columns"
COUNT_SECONDS = 15
MOST_VIEWS = 12  # saved views that get a count


@require_GET
@login_required
@permission_required("orders.view_order", raise_exception=True)
def order_list(request: StaffRequest) -> HttpResponse:
    """Orders that fit the filter, page by page; tabs of saved views; what can be done with chosen ones."""
    places_of(request.user)  # also gives the scope below, without asking again
    filterset = OrderFilter(request.GET, Order.objects.visible_to(request.user), request=request)
    found = filterset.qs if filterset.is_valid() else filterset.queryset.none()
    sort, order = sorted_order(request, SORTS, DEFAULT_SORT)
    page = keyset_page(found.values(*FIELDS), order, request)
    tabs, counts = _tabs(request)
    columns = shown_columns(request.COOKIES.get(COLUMNS_COOKIE) or None)
    context = {
        "filterset": filterset,
        "page": page,
        "rows": render_rows(page.rows, _frame(request, filterset, page.rows, columns), columns),
        "total": _total(tabs["tabs"], counts, found),
        "heads": [COLUMNS[code] for code in columns],
        "sort": sort,
        "columns": [(code, column, code in columns) for code, column in COLUMNS.items()],
        "actions": allowed_actions(actions(), request.user),
        "is_filtered": bool(query_of(request.GET.urlencode())),
        "statuses": list(filterset.form.fields["status"].choices),
        **tabs,
    }
    return render(request, "orders/order/list.html", context)


def actions() -> list[Action]:
    """What can be done with chosen orders. Each leads to a preview first."""
    return [
        Action(_("Add remark…"), "message", reverse("orders:bulk", args=["remark"]), "orders.change_order"),
        Action(_("Export…"), "download", reverse("orders:bulk", args=["export"]), "orders.export_orders"),
        Action(_("Cancel orders…"), "ban", reverse("orders:bulk", args=["cancel"]), "orders.cancel_order", danger=True),
    ]


def _frame(request: StaffRequest, filterset: OrderFilter, rows: list[dict[str, Any]], columns: list[str]) -> Any:
    query = query_of(request.GET.urlencode())
    if "sort" in request.GET:
        query["sort"] = request.GET["sort"]
    asked = query.urlencode()
    url = reverse("orders:order-detail", args=["SO000000"]).replace("SO000000", "{}")
    return make_frame(
        timezone.now(),
        dict(filterset.places["channel"].values()),
        dict(filterset.places["warehouse"].values()),
        couriers_of([row["id"] for row in rows]) if "place" in columns and rows else {},
        f"{url}?list={quote(asked)}" if asked else url,
    )


def _total(tabs: list[Tab], counts: list[int], found: QuerySet) -> Count:
    """How many fit; what an open tab says, if there is one, so that the page doesn't contradict itself."""
    known = next((number for tab, number in zip(tabs, counts, strict=True) if tab.current), None)
    return bounded_count(found) if known is None else Count(min(known, BOUND), known <= BOUND)


def _tabs(request: StaffRequest) -> tuple[dict[str, Any], list[int]]:
    """The fixed tabs and the saved views, with counts at most 15 seconds old."""
    fixed = [Tab(label, query) for label, query, _hot in TABS.values()]
    tabs = tabs_of(request, KEY, fixed)
    counts = _counts(request, tabs[len(fixed) :])
    codes = [*TABS, *(f"view{tab.view.pk}" for tab in tabs[len(fixed) :] if tab.view)]
    hot = {code for code, (_label, _query, is_hot) in TABS.items() if is_hot}
    tabs = [
        replace(tab, count=capped(counts.get(code)), hot=code in hot) for code, tab in zip(codes, tabs, strict=True)
    ]
    context = {
        "key": KEY,
        "tabs": tabs,
        "open": next((tab for tab in tabs if tab.current and tab.own), None),
        "query": query_of(request.GET.urlencode()).urlencode(),
        "form": ViewForm(auto_id="view_%s"),
    }
    return context, [counts.get(code, 0) for code in codes]


def _counts(request: StaffRequest, views: list[Tab]) -> dict[str, int]:
    key = f"orders:tabs:{request.user.pk}:" + ",".join(f"{tab.view.pk}" for tab in views if tab.view)
    counts = cache.get(key)
    if counts is None:
        sets = tab_sets(request.user)
        mine = Order.objects.visible_to(request.user)
        for tab in views[:MOST_VIEWS]:
            if tab.view:
                sets[f"view{tab.view.pk}"] = _view_set(tab, mine, request)
        counts = bounded_counts(sets)
        cache.set(key, counts, COUNT_SECONDS)
    return counts


def _view_set(tab: Tab, mine: QuerySet, request: StaffRequest) -> QuerySet:
    try:
        return bound_filter(OrderFilter, tab.query.partition("&view=")[0], mine, staff=request.user).qs
    except InvalidFilter:
        return mine.none()


@require_POST
@login_required
@permission_required("orders.view_order", raise_exception=True)
def choose_columns(request: StaffRequest) -> HttpResponse:
    """Keep which columns this browser shows; none ticked means the usual ones again."""
    response = HttpResponseRedirect(reverse("orders:order-list") + f"?{request.POST.get('filter', '')}")
    wanted = [code for code in request.POST.getlist("column") if code in COLUMNS]
    if "usual" in request.POST:
        response.delete_cookie(COLUMNS_COOKIE)
    else:
        response.set_cookie(COLUMNS_COOKIE, ",".join(wanted), max_age=365 * 86400, httponly=True, samesite="Lax")
    return response
