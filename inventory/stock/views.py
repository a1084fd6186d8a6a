"""Pages of stock: what lies where, moving it, correcting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import F
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from inventory.catalog.models import Sku
from inventory.stock import services
from inventory.stock.filters import StockFilter
from inventory.stock.forms import AdjustForm, MoveForm
from inventory.stock.queries import bins_visible_to, first_of_each_place, stock_in_places
from inventory.stock.services import Adjustment, Move
from oms.lib.errors import DomainError
from oms.rules.queries import Tab
from oms.web.counting import bounded_count
from oms.web.exports import csv_response, xlsx_response
from oms.web.paging import keyset_page, sorted_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django import forms
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from inventory.stock.models import Bin
    from oms.web.requests import StaffRequest

ORDERS: dict[str, Sequence[str]] = {"sku": ("sku__code", "pk"), "warehouse": ("warehouse__code", "sku__code", "pk")}


@require_GET
@login_required
@permission_required("inventory.view_bin", raise_exception=True)
def stock_list(request: StaffRequest) -> HttpResponse:
    """What lies where: a row per SKU and warehouse, with its fences."""
    filterset = StockFilter(request.GET, bins_visible_to(request.user), request=request)
    bins = filterset.qs if filterset.is_valid() else filterset.queryset.none()
    places = first_of_each_place(bins)
    _name, order = sorted_order(request, ORDERS, "sku")
    page = keyset_page(places, order, request)
    context = {
        "filterset": filterset,
        "page": page,
        "rows": stock_in_places(page.rows),
        "total": bounded_count(places),
        "tabs": [Tab(_("All")), Tab(_("Nothing left"), "left=none"), Tab(_("10 or fewer"), "left=low")],
    }
    return render(request, "inventory/stock/list.html", context)


@require_GET
@login_required
@permission_required("inventory.view_bin", raise_exception=True)
def stock_export(request: StaffRequest) -> HttpResponseBase:
    """The filtered stock as a file, a row per bin."""
    filterset = StockFilter(request.GET, bins_visible_to(request.user), request=request)
    bins = filterset.qs if filterset.is_valid() else filterset.queryset.none()
    header = [_("SKU"), _("Name"), _("Warehouse"), _("Fenced for"), _("On hand"), _("Reserved"), _("Available")]
    rows: Any = (
        bins.annotate(free=F("on_hand") - F("reserved"))
        .order_by("sku__code", "warehouse__code", "pk")
        .values_list("sku__code", "sku__name", "warehouse__name", "channel__name", "on_hand", "reserved", "free")
        .iterator(chunk_size=2000)
    )
    name = f"stock-{timezone.localtime(timezone.now()):%Y%m%d-%H%M}"
    if request.GET.get("format") == "xlsx":
        return xlsx_response(f"{name}.xlsx", header, rows)
    return csv_response(f"{name}.csv", header, rows)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("inventory.move_stock", raise_exception=True)
def stock_move(request: StaffRequest) -> HttpResponse:
    """Move free pieces between bins or warehouses."""
    form = MoveForm(request.POST or None, initial=_initial(request), staff=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        move = Move(
            sku_id=data["sku"].pk,
            from_warehouse_id=data["from_warehouse"].pk,
            from_channel_id=_pk(data["from_channel"]),
            to_warehouse_id=data["to_warehouse"].pk,
            to_channel_id=_pk(data["to_channel"]),
            quantity=data["quantity"],
        )
        try:
            services.move_stock(moves=[move], reason=data["reason"], by=request.user, at=timezone.now())
        except DomainError as refusal:
            form.add_error("quantity", str(refusal))
        else:
            done = _("%(quantity)s of %(sku)s moved.") % {"quantity": move.quantity, "sku": data["sku"].code}
            messages.success(request, done)
            return redirect("sku-detail", pk=move.sku_id)
    return _form_page(request, "inventory/stock/move.html", form)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("inventory.adjust_stock", raise_exception=True)
def stock_adjust(request: StaffRequest) -> HttpResponse:
    """Correct the books by hand."""
    form = AdjustForm(request.POST or None, initial=_initial(request), staff=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        change = Adjustment(data["sku"].pk, data["warehouse"].pk, _pk(data["channel"]), data["delta"])
        try:
            services.adjust_stock(adjustments=[change], reason=data["reason"], by=request.user, at=timezone.now())
        except DomainError as refusal:
            form.add_error("delta", str(refusal))
        else:
            done = _("%(sku)s adjusted by %(delta)s.") % {"sku": data["sku"].code, "delta": f"{change.delta:+d}"}
            messages.success(request, done)
            return redirect("sku-detail", pk=change.sku_id)
    return _form_page(request, "inventory/stock/adjust.html", form)


def _form_page(request: StaffRequest, template: str, form: forms.Form) -> HttpResponse:
    typed = str(form["sku"].value() or "").strip()
    sku = Sku.objects.filter(code=typed).defer("picture").first() or (
        Sku.objects.filter(barcode=typed).defer("picture").first() if typed else None
    )
    context = {"form": form, "sku": sku, "bins": list(_bins_of(request, sku)) if sku else []}
    return render(request, template, context, status=422 if form.errors else 200)


def _bins_of(request: StaffRequest, sku: Sku) -> Iterator[Bin]:
    bins = bins_visible_to(request.user).filter(sku=sku).select_related("warehouse", "channel")
    yield from bins.order_by("warehouse__priority", "warehouse_id", "channel__name", "pk")


def _initial(request: StaffRequest) -> dict[str, str]:
    known = ("sku", "warehouse", "channel", "from_warehouse", "from_channel", "to_warehouse")
    return {name: request.GET[name] for name in known if name in request.GET}


def _pk(channel: Any) -> int | None:
    return channel.pk if channel else None
