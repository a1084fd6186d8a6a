"""Pages of the catalogue: SKUs, merchant codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inventory.catalog import services
from inventory.catalog.filters import MerchantCodeFilter, SkuFilter
from inventory.catalog.forms import MerchantCodeForm, MerchantCodeRowForm
from inventory.catalog.models import MerchantCode, Sku
from inventory.catalog.pictures import picture_uri
from inventory.stock.holders import holders_of
from inventory.stock.queries import (
    Totals,
    bins_visible_to,
    movements_of,
    references_of,
    reservations_of,
    totals_of,
)
from oms.lib.errors import DomainError
from oms.web.counting import bounded_count
from oms.web.paging import keyset_page, sorted_order

if TYPE_CHECKING:
    from inventory.stock.models import Bin, Reservation
    from oms.web.requests import StaffRequest

PART = 20  # rows of the ledger and of the promises on a SKU's page
TONES = {
    "receive": ("green", "package"),
    "reserve": ("blue", "lock"),
    "release": ("grey", "lock-open"),
    "ship": ("cyan", "truck"),
    "move_in": ("violet", "transfer"),
    "move_out": ("violet", "transfer"),
    "adjust": ("amber", "scale"),
}


@require_GET
@login_required
@permission_required("inventory.view_sku", raise_exception=True)
def sku_list(request: StaffRequest) -> HttpResponse:
    """SKUs with what is there, promised and free in the person's warehouses."""
    filterset = SkuFilter(request.GET, Sku.objects.select_related("product"), request=request)
    skus = filterset.qs if filterset.is_valid() else Sku.objects.none()
    _name, order = sorted_order(
        request, {"code": ("code",), "name": ("name", "code"), "price": ("price", "code")}, "code"
    )
    page = keyset_page(skus, order, request)
    totals = totals_of([sku.pk for sku in page.rows], request.user)
    rows = [
        {"sku": sku, "picture": picture_uri(sku.picture), "stock": totals.get(sku.pk, Totals())} for sku in page.rows
    ]
    context = {"filterset": filterset, "page": page, "rows": rows, "total": bounded_count(skus)}
    return render(request, "inventory/catalog/sku_list.html", context)


@require_GET
@login_required
@permission_required("inventory.view_sku", raise_exception=True)
def sku_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One SKU: where it lies, who holds it, how it came to be so, what channels call it."""
    sku = get_object_or_404(Sku.objects.select_related("product"), pk=pk)
    bins = list(
        bins_visible_to(request.user)
        .filter(sku=sku)
        .select_related("warehouse", "channel")
        .order_by("warehouse__priority", "warehouse_id", "channel__name", "pk")
    )
    ledger = keyset_page(movements_of(sku_id=pk, staff=request.user), ("-pk",), request, PART, "ledger")
    promises = keyset_page(reservations_of(sku_id=pk, staff=request.user), ("-pk",), request, PART, "promises")
    codes = MerchantCode.objects.visible_to(request.user).filter(sku=sku).select_related("channel")
    context = {
        "sku": sku,
        "picture": picture_uri(sku.picture),
        "places": _places(bins),
        "stock": Totals(sum(part.on_hand for part in bins), sum(part.reserved for part in bins)),
        "ledger": ledger,
        "movements": [{"row": row, "tone": TONES[row.kind][0], "icon": TONES[row.kind][1]} for row in ledger.rows],
        "promises": promises,
        "holds": _holds(request, promises.rows),
        "codes": codes.order_by("channel__name", "code", "pk"),
    }
    return render(request, "inventory/catalog/sku_detail.html", context)


def _places(bins: list[Bin]) -> list[dict[str, Any]]:
    places: dict[int, dict[str, Any]] = {}
    for part in bins:
        place = places.setdefault(part.warehouse_id, {"warehouse": part.warehouse, "bins": []})
        place["bins"].append(part)
    for place in places.values():
        parts = place["bins"]
        place["stock"] = Totals(sum(part.on_hand for part in parts), sum(part.reserved for part in parts))
        place["split"] = len(parts) > 1 or parts[0].channel_id is not None
    return list(places.values())


def _holds(request: StaffRequest, promises: list[Reservation]) -> list[dict[str, Any]]:
    if not promises:
        return []
    holders = holders_of([promise.order_line_id for promise in promises], request.user)
    written = references_of(promises)
    rows = []
    for promise in promises:
        reference, at = written.get((promise.bin_id, promise.order_line_id), ("", None))
        holder = holders.get(promise.order_line_id)
        rows.append({"promise": promise, "holder": holder, "reference": reference, "at": at})
    return rows


@require_GET
@login_required
@permission_required("inventory.view_merchantcode", raise_exception=True)
def merchant_code_list(request: StaffRequest) -> HttpResponse:
    """What channels call our SKUs. ?channel=…&code=… prefills the form to add one."""
    initial = {"quantity": 1, "channel": request.GET.get("for_channel"), "code": request.GET.get("new_code", "")}
    return _merchant_codes(request, MerchantCodeForm(staff=request.user, initial=initial))


@require_POST
@login_required
@permission_required("inventory.add_merchantcode", raise_exception=True)
def merchant_code_add(request: StaffRequest) -> HttpResponse:
    """Let a channel's code mean a SKU."""
    form = MerchantCodeForm(request.POST, staff=request.user)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.add_merchant_code(
                channel_id=data["channel"].pk,
                code=data["code"],
                sku_id=data["sku"].pk,
                quantity=data["quantity"],
                by=request.user,
                at=timezone.now(),
            )
        except services.CodeTaken as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(
                request, _("“%(code)s” now means %(sku)s.") % {"code": data["code"], "sku": data["sku"].code}
            )
            return redirect("merchant-code-list")
    return _merchant_codes(request, form, status=422)


def _merchant_codes(request: StaffRequest, form: MerchantCodeForm, status: int = 200) -> HttpResponse:
    visible = MerchantCode.objects.visible_to(request.user).select_related("channel", "sku").defer("sku__picture")
    filterset = MerchantCodeFilter(request.GET, visible, request=request)
    codes = filterset.qs if filterset.is_valid() else visible.none()
    page = keyset_page(codes, ("code", "channel_id", "pk"), request)
    context = {"filterset": filterset, "page": page, "form": form, "total": bounded_count(codes)}
    return render(request, "inventory/catalog/merchant_codes.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("inventory.change_merchantcode", raise_exception=True)
def merchant_code_change(request: StaffRequest, pk: int) -> HttpResponse:
    """Another SKU or quantity for one row: in its place with htmx, else on a page of its own."""
    row = _own_code(request, pk)
    form = MerchantCodeRowForm(request.POST or None, initial={"sku": row.sku.code, "quantity": row.quantity})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_merchant_code(
                merchant_code_id=pk,
                sku_id=form.cleaned_data["sku"].pk,
                quantity=form.cleaned_data["quantity"],
                by=request.user,
                at=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error("sku", str(refusal))
        else:
            if not request.htmx:
                messages.success(request, _("“%(code)s” was changed.") % {"code": row.code})
                return redirect("merchant-code-list")
            return render(request, "inventory/catalog/merchant_codes.html#row", {"row": _own_code(request, pk)})
    if request.htmx and "keep" in request.GET:
        return render(request, "inventory/catalog/merchant_codes.html#row", {"row": row})
    template = "inventory/catalog/merchant_code_change.html" + ("#row" if request.htmx else "")
    return render(request, template, {"row": row, "form": form}, status=422 if form.errors else 200)


@require_POST
@login_required
@permission_required("inventory.delete_merchantcode", raise_exception=True)
def merchant_code_delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a SKU out of what a code means."""
    row = _own_code(request, pk)
    services.remove_merchant_code(merchant_code_id=pk, by=request.user, at=timezone.now())
    if request.htmx:
        return HttpResponse("")
    messages.success(request, _("“%(code)s” no longer means %(sku)s.") % {"code": row.code, "sku": row.sku.code})
    return redirect("merchant-code-list")


def _own_code(request: StaffRequest, pk: int) -> MerchantCode:
    codes = MerchantCode.objects.visible_to(request.user).select_related("channel", "sku").defer("sku__picture")
    return get_object_or_404(codes, pk=pk)
