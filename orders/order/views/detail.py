"""One order's page and the commands on it. Every command is a POST that works with and without htmx."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from oms.lib.errors import DomainError
from oms.rules.matching import InvalidFilter, bound_filter
from orders.dispatch.refusals import VoidAsked
from orders.order import services
from orders.order import timeline as facts
from orders.order.cancelling import cancel_refusal
from orders.order.editing import RECEIVER, edit_refusal
from orders.order.filters import OrderFilter
from orders.order.forms import NoteForm, PaymentForm, ReasonForm, ReceiverForm, RemarkForm
from orders.order.models import Order
from orders.order.panels import panels_for
from orders.order.places import filled_in, places_of
from orders.order.queries import neighbours
from orders.order.refusals import Outdated
from orders.order.rows import hold_mark, status_badge
from orders.order.states import OrderStatus, PublicStatus, can_move

if TYPE_CHECKING:
    from oms.web.requests import StaffRequest


def visible_order(request: StaffRequest, number: str) -> Order:
    """The order, if the person may see it; else 404."""
    orders = Order.objects.visible_to(request.user).select_related("channel", "warehouse", "shipped_from", "made_good")
    return get_object_or_404(orders, number=number)


@require_GET
@login_required
@permission_required("orders.view_order", raise_exception=True)
def order_detail(request: StaffRequest, number: str) -> HttpResponse:
    """Everything about one order."""
    order = visible_order(request, number)
    return render(request, "orders/order/detail.html", page_context(request, order))


def page_context(request: StaffRequest, order: Order, *, revealed: bool = False, **extra: Any) -> dict[str, Any]:
    """Variables of the order page. ``revealed``: personal data unmasked, which the caller has traced."""
    walk = facts.last_walk(order)
    asked = request.GET.get("list", "")
    documents = facts.documents_of(order)
    panels = panels_for(order, request.user)
    callouts = [context["callout"] for _template, context in panels if context.get("callout")]
    context = {
        "order": order,
        "badge": status_badge(order.status, order.payment_status, cod=order.cash_on_delivery, size="lg"),
        "hold_mark": hold_mark(order.hold, word=True),
        "steps": facts.steps_of(order, walk),
        "walk": walk,
        "why": facts.asked_back(documents) or (callouts[0] if callouts else facts.why_here(order, walk)),
        "lines": facts.lines_of(order),
        "money": facts.money_of(order),
        "payments": list(order.payments.order_by("paid_at", "pk")),
        "documents": documents,
        "events": facts.events_of(order, revealed=revealed),
        "times": facts.times_of(order),
        "panels": panels,
        "revealed": revealed,
        "address": order.address if revealed else facts.mask_address(order.address),
        "list_query": asked,
        "may": _may(request, order),
        "pay_form": PaymentForm(initial={"amount": order.payable - order.paid_amount}),
        "remark_form": RemarkForm(initial={"version": order.version, "remark": order.seller_remark}),
        "note_form": NoteForm(),
        "reason_form": ReasonForm(),
        "messages_raw": _raw(request, order),
        "public_status": PublicStatus(order.public_status).label,
    }
    context["previous"], context["next"] = _neighbours(request, order, asked)
    return context | extra


def _raw(request: StaffRequest, order: Order) -> list[Any]:
    if not (request.user.has_perm("orders.view_intakemessage") and request.user.has_perm("orders.reveal_personal")):
        return []
    return list(order.messages.order_by("-pk").only("pk", "source", "outcome", "received_at"))


def _may(request: StaffRequest, order: Order) -> dict[str, bool]:
    """Which commands to offer. The command itself decides again, under its lock."""
    user = request.user
    edits, cancels = user.has_perm("orders.change_order"), user.has_perm("orders.cancel_order")
    return {
        "edit": edits and edit_refusal(order, user) is None,
        "remark": edits,
        "cancel": cancels and cancel_refusal(order, user) is None,
        "invalid": cancels and can_move(order.status, OrderStatus.INVALID) and cancel_refusal(order, user) is None,
        "pay": edits and order.status == OrderStatus.PENDING_PAYMENT and not order.is_held,
        "sign": edits and order.status == OrderStatus.SHIPPED and not order.is_held,
        "close": edits and can_move(order.status, OrderStatus.CLOSED) and not order.is_held,
        "reveal": user.has_perm("orders.reveal_personal"),
    }


def _neighbours(request: StaffRequest, order: Order, asked: str) -> tuple[str, str]:
    mine = Order.objects.visible_to(request.user)
    with contextlib.suppress(InvalidFilter):  # an outdated link: walk through all orders
        mine = bound_filter(OrderFilter, asked, mine, staff=request.user, allow_empty=True).qs
    return neighbours(mine, order, ("placed_at",) if "sort=-age" in asked else ("-placed_at",))


@require_POST
@login_required
@permission_required("orders.reveal_personal", raise_exception=True)
def order_reveal(request: StaffRequest, number: str) -> HttpResponse:
    """Show the receiver unmasked, once; the log says who looked."""
    order = visible_order(request, number)
    services.reveal_personal(order_id=order.pk, by=request.user, at=timezone.now())
    context = page_context(request, order, revealed=True)
    return render(request, "orders/order/detail.html#receiver" if request.htmx else "orders/order/detail.html", context)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("orders.change_order", raise_exception=True)
def order_edit(request: StaffRequest, number: str) -> HttpResponse:
    """Change the receiver. Opening the form shows personal data, so it is traced; a late save keeps what was typed."""
    order = visible_order(request, number)
    if request.method == "GET":
        return _open_edit(request, order)
    if "read" in request.POST:
        typed, found = filled_in(request.POST.dict())
        return _edit_page(request, order, ReceiverForm(initial=typed), read=found, nothing_read=not found)
    return _save_receiver(request, order)


def _open_edit(request: StaffRequest, order: Order) -> HttpResponse:
    if refusal := edit_refusal(order, request.user):
        messages.error(request, str(refusal))
        return redirect(order)
    services.reveal_personal(order_id=order.pk, by=request.user, at=timezone.now())
    return _edit_page(request, order, ReceiverForm(instance=order))


def _save_receiver(request: StaffRequest, order: Order) -> HttpResponse:
    form = ReceiverForm(request.POST, instance=Order(pk=order.pk, version=order.version))
    if not form.is_valid():
        return _edit_page(request, order, form, status=422)
    try:
        services.edit_receiver(
            order_id=order.pk,
            version=form.cleaned_data["version"],
            receiver=form.receiver,
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=timezone.now(),
        )
    except Outdated as refusal:
        return _show_difference(request, order, form, refusal)
    except VoidAsked as asked:
        soon = _("The receiver is changed as soon as it agrees.")
        messages.info(request, f"{asked} {soon}")
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _edit_page(request, order, form, status=422)
    else:
        messages.success(request, _("The receiver of %(number)s is changed.") % {"number": order.number})
    return redirect(order)


def _edit_page(
    request: StaffRequest, order: Order, form: ReceiverForm, status: int = 200, **extra: Any
) -> HttpResponse:
    places = places_of(str(form["province"].value() or ""), str(form["city"].value() or ""))
    context = {"order": order, "form": form, "places": places} | extra
    return render(request, "orders/order/edit.html", context, status=status)


def _show_difference(request: StaffRequest, order: Order, form: ReceiverForm, refusal: Outdated) -> HttpResponse:
    """What was typed stays in the fields, beside what somebody else saved meanwhile; saving again is on purpose."""
    newer = refusal.details["newer"]
    difference = [
        {"label": form.fields[name].label, "typed": form.cleaned_data[name], "newer": newer[name]}
        for name in RECEIVER
        if form.cleaned_data[name] != newer[name]
    ]
    form.data = typed = request.POST.copy()
    typed["version"] = str(refusal.details["version"])
    return _edit_page(request, order, form, status=409, refusal=refusal, difference=difference)


def _run(request: StaffRequest, number: str, command: Any, done: str) -> HttpResponse:
    """Run a command on the order; say what came of it; back to its page."""
    order = visible_order(request, number)
    try:
        answer = command(order, request.user, timezone.now())
        refusal = answer.get(order.pk) if isinstance(answer, dict) else None
    except DomainError as raised:
        refusal = raised
    if refusal is None:
        messages.success(request, done % {"number": order.number})
    elif isinstance(refusal, VoidAsked):
        messages.info(request, str(refusal))
    else:
        messages.error(request, str(refusal))
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": order.get_absolute_url()})
    return redirect(order)


@require_POST
@login_required
@permission_required("orders.cancel_order", raise_exception=True)
def order_cancel(request: StaffRequest, number: str) -> HttpResponse:
    """Cancel it."""
    reason = request.POST.get("reason", "")[:300]
    return _run(
        request,
        number,
        lambda o, by, at: services.cancel_orders(order_ids=[o.pk], reason=reason, by=by, at=at),
        _("%(number)s is cancelled; its stock is free again."),
    )


@require_POST
@login_required
@permission_required("orders.cancel_order", raise_exception=True)
def order_invalid(request: StaffRequest, number: str) -> HttpResponse:
    """Declare it invalid."""
    reason = request.POST.get("reason", "")[:300]
    return _run(
        request,
        number,
        lambda o, by, at: services.mark_invalid(order_ids=[o.pk], reason=reason, by=by, at=at),
        _("%(number)s is invalid; its stock is free again."),
    )


@require_POST
@login_required
@permission_required("orders.change_order", raise_exception=True)
def order_sign(request: StaffRequest, number: str) -> HttpResponse:
    """The carrier delivered it."""
    return _run(
        request,
        number,
        lambda o, by, at: services.sign_orders(order_ids=[o.pk], by=by, at=at),
        _("%(number)s is signed for."),
    )


@require_POST
@login_required
@permission_required("orders.change_order", raise_exception=True)
def order_close(request: StaffRequest, number: str) -> HttpResponse:
    """Close it."""
    return _run(
        request,
        number,
        lambda o, by, at: services.close_orders(order_ids=[o.pk], by=by, at=at),
        _("%(number)s is closed."),
    )


@require_POST
@login_required
@permission_required("orders.change_order", raise_exception=True)
def order_note(request: StaffRequest, number: str) -> HttpResponse:
    """Note something in its log."""
    text = request.POST.get("text", "")[:300]
    return _run(
        request,
        number,
        lambda o, by, at: services.add_remark(order_ids=[o.pk], text=text, by=by, at=at),
        _("Noted in the log of %(number)s."),
    )


@require_POST
@login_required
@permission_required("orders.change_order", raise_exception=True)
def order_remark(request: StaffRequest, number: str) -> HttpResponse:
    """Change our own remark. A late save is refused with what is there now; what was typed stays in the form."""
    order = visible_order(request, number)
    form = RemarkForm(request.POST)
    if form.is_valid():
        try:
            services.edit_seller_remark(order_id=order.pk, by=request.user, at=timezone.now(), **form.cleaned_data)
        except Outdated as refusal:
            form.data = typed = request.POST.copy()
            typed["version"] = str(refusal.details["version"])
            form.add_error("remark", f"{refusal} {refusal.details['newer']['seller_remark']}")
        else:
            messages.success(request, _("Saved."))
            return redirect(order)
    context = page_context(request, order, remark_form=form, open_dialog="remark-dialog")
    return render(request, "orders/order/detail.html", context, status=422)


@require_POST
@login_required
@permission_required("orders.change_order", raise_exception=True)
def order_pay(request: StaffRequest, number: str) -> HttpResponse:
    """Note money taken."""
    order = visible_order(request, number)
    form = PaymentForm(request.POST)
    if form.is_valid():
        now = timezone.now()
        try:
            services.mark_paid(order_id=order.pk, paid_at=now, by=request.user, at=now, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Payment noted."))
            return redirect(order)
    context = page_context(request, order, pay_form=form, open_dialog="pay-dialog")
    return render(request, "orders/order/detail.html", context, status=422)


@require_GET
@login_required
@permission_required(["orders.view_intakemessage", "orders.reveal_personal"], raise_exception=True)
def order_raw(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """One message as it came in; looking is traced."""
    order = visible_order(request, number)
    message = get_object_or_404(order.messages, pk=pk)
    services.reveal_personal(order_id=order.pk, by=request.user, at=timezone.now())
    return HttpResponse(message.payload, content_type="text/plain; charset=utf-8")
