"""The facts of one order's page: stages, lines with their stock, money, events. Constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Q, Sum
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.stock.models import Bin, Reservation
from oms.web.formats import NOTHING, mask_name, mask_phone, money, when
from orders.conveyor.labels import told, told_reason
from orders.conveyor.models import Walk
from orders.dispatch.models import WarehouseDocument
from orders.dispatch.states import DocumentStatus
from orders.dispatch.wishes import label_of
from orders.intake.models import Source
from orders.order.models import Order
from orders.order.rows import STATUS_LOOK
from orders.order.states import OPEN, WORKABLE, EventKind, OrderStatus
from orders.payment.methods import method_label

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import Field

    from orders.order.models import OrderEvent

STAGE_LABELS = {
    "map": gettext_lazy("Map codes"),
    "exchange": gettext_lazy("Exchange"),
    "gifts": gettext_lazy("Gifts"),
    "audit": gettext_lazy("Audit"),
    "split": gettext_lazy("Split and merge"),
    "route": gettext_lazy("Route"),
    "confirm": gettext_lazy("Confirm"),
    "dispatch": gettext_lazy("Dispatch"),
}
KIND_ICONS = {
    EventKind.PAID: "credit-card",
    EventKind.AUDITED: "checks",
    EventKind.ROUTED: "arrows-split",
    EventKind.EDITED: "edit",
    EventKind.CHANGED: "refresh",
    EventKind.INTERCEPTED: "hand-stop",
    EventKind.RELEASED: "lock-open",
    EventKind.APPROVED: "check",
    EventKind.REMARK: "message",
    EventKind.REVEALED: "eye",
}
OF_CHECKS = {EventKind.INTERCEPTED, EventKind.RELEASED, EventKind.APPROVED}
SHOWN_EVENTS = 100
SHOWN_CHARS = 6


def mask_address(text: str) -> str:
    """The beginning of the street; the house stays hidden."""
    return f"{text[:SHOWN_CHARS]}****" if text else NOTHING


PERSONAL = {"receiver_name": mask_name, "receiver_phone": mask_phone, "address": mask_address}


@cache
def stage_names() -> tuple[str, ...]:
    """Names of the conveyor's stages in their order."""
    return tuple(import_string(path).name for path in settings.OMS_STAGES)


def steps_of(order: Order, walk: Walk | None) -> list[dict[str, Any]]:
    """The conveyor's stages with what the last walk did: done, stopped here, or not reached."""
    passed = order.status not in {*WORKABLE, OrderStatus.PENDING_PAYMENT, OrderStatus.CANCELLED, OrderStatus.INVALID}
    results: dict[str, list[str]] = defaultdict(list)
    for entry in walk.stages if walk else []:
        results[entry.get("stage", "")].append(told(str(entry.get("result", "")), entry.get("facts")))
    stopped = walk.stopped_at if walk and not passed else ""
    steps, ahead = [], not walk and not passed
    for name in stage_names():
        state = "" if ahead else "done"
        if name == stopped:
            state, ahead = "stop", True
        note = _("Stopped here") if state == "stop" else " · ".join(filter(None, results[name]))
        if not note:
            note = _("Passed") if state == "done" else _("Not reached")
        steps.append({"label": STAGE_LABELS.get(name, name), "state": state, "note": note})
    return steps


def asked_back(documents: Collection[WarehouseDocument]) -> dict[str, Any] | None:
    """What an outside warehouse was asked, and what follows once it agrees; None if it was asked nothing."""
    asked = next((document for document in documents if document.status == DocumentStatus.VOIDING), None)
    if asked is None:
        return None
    text = _("%(warehouse)s was asked to give back %(number)s. Once it agrees, %(then)s.") % {
        "warehouse": asked.warehouse.name,
        "number": asked.number,
        "then": label_of(asked.wish) or _("the order walks all stages again"),
    }
    return {"tone": "violet", "icon": "arrow-back-up", "title": _("Waiting for the warehouse"), "text": text}


def why_here(order: Order, walk: Walk | None) -> dict[str, Any] | None:
    """One sentence on what the order waits for; None once it has left."""
    if order.status not in OPEN:
        return None
    if order.is_held:
        looks = {
            "review": ("amber", "user-question"),
            "system": ("red", "lock"),
            "rollback": ("violet", "arrow-back-up"),
        }
        texts = {
            "review": _("A person has to decide. Once released it walks all stages again."),
            "system": _("Something is wrong with it. It opens when the check finds the fault gone."),
            "rollback": _("The warehouse was asked for its document back; the answer is awaited."),
        }
        tone, icon = looks[order.hold]
        why = f"{told_reason(walk.reason)} " if walk and walk.stopped_at else ""
        return {"tone": tone, "icon": icon, "title": order.get_hold_display(), "text": f"{why}{texts[order.hold]}"}
    if walk and walk.stopped_at and order.status in WORKABLE:
        label = STAGE_LABELS.get(walk.stopped_at, walk.stopped_at)
        title = _("Stopped at %(stage)s") % {"stage": label}
        return {"tone": "grey", "icon": "hand-stop", "title": title, "text": told_reason(walk.reason)}
    texts = {
        OrderStatus.NEW: _("The conveyor will take it in its next run."),
        OrderStatus.PENDING_PAYMENT: _("It goes on once it is paid."),
        OrderStatus.PENDING_SPLIT: _("The conveyor will take it in its next run."),
        OrderStatus.PENDING_DISPATCH: _("Its document is on the way to the warehouse."),
        OrderStatus.PENDING_SHIPMENT: _("The warehouse has its document and will ship it."),
    }
    status = OrderStatus(order.status)
    return {"tone": "blue", "icon": "info-circle", "title": status.label, "text": texts[status]}


def lines_of(order: Order) -> list[dict[str, Any]]:
    """Lines with what is reserved for them and what could still be promised, in three statements."""
    lines = list(order.lines.select_related("sku").order_by("position"))
    reserved = dict(
        Reservation.objects.filter(order_line_id__in=[line.pk for line in lines])
        .values_list("order_line_id")
        .annotate(Sum("quantity"))
    )
    skus = {line.sku_id for line in lines if line.sku_id}
    bins = Bin.objects.filter(Q(channel=None) | Q(channel=order.channel_id), sku_id__in=skus, warehouse__is_active=True)
    free = dict(bins.values_list("sku_id").annotate(free=Sum(F("on_hand") - F("reserved"))))
    return [
        {
            "line": line,
            "off": -(line.discount + line.discount_share),
            "reserved": reserved.get(line.pk, 0),
            "is_short": order.status in OPEN and reserved.get(line.pk, 0) < line.quantity,
            "available": free.get(line.sku_id, 0) if line.sku_id else None,
        }
        for line in lines
    ]


def documents_of(order: Order) -> list[WarehouseDocument]:
    """Documents, newest first, each with its parcels."""
    documents = WarehouseDocument.objects.filter(order=order).select_related("warehouse", "courier")
    return list(documents.prefetch_related("parcels__courier").order_by("-pk"))


def money_of(order: Order) -> dict[str, Any]:
    """What is still to pay, and whether the channel's own total differs."""
    return {
        "off": -order.discount_amount,
        "unpaid": order.payable - order.paid_amount,
        "differs": order.total != order.payable,
    }


def events_of(order: Order, *, revealed: bool) -> list[dict[str, Any]]:
    """The newest entries of the log, told in words; personal data masked unless ``revealed``."""
    events = order.events.select_related("by").order_by("-pk")[:SHOWN_EVENTS]
    return [
        {
            "icon": _icon(event),
            "what": _what(event),
            "detail": _detail(event, revealed=revealed),
            "who": str(event.by) if event.by else "",
            "at": event.at,
        }
        for event in events
    ]


def _icon(event: OrderEvent) -> str:
    if event.kind in KIND_ICONS:
        return KIND_ICONS[EventKind(event.kind)]
    return STATUS_LOOK[OrderStatus(event.to_status)][1] if event.to_status in OrderStatus.values else "circle-check"


def _what(event: OrderEvent) -> str:
    kind = str(EventKind(event.kind).label)
    if not event.to_status or event.from_status == event.to_status:
        return kind
    target = OrderStatus(event.to_status).label
    if event.kind == EventKind.PLACED or not event.from_status:
        return f"{kind} · {target}"
    return f"{OrderStatus(event.from_status).label} → {target}"


def _detail(event: OrderEvent, *, revealed: bool) -> str:
    data = event.data if isinstance(event.data, dict) else {}
    parts = [_reason(event)] if event.reason else []
    if "after" in data and isinstance(data["after"], dict):
        before = data.get("before") or {}
        for name, after in data["after"].items():
            old, new = _told(name, before.get(name, ""), revealed), _told(name, after, revealed)
            parts.append(f"{_label(name)}: {old} → {new}")
    if event.kind == EventKind.PAID and "amount" in data:
        paid = [method_label(data.get("method", "")), money(data["amount"]), data.get("transaction_no", "")]
        parts.append(" ".join(filter(None, paid)))
    if event.kind == EventKind.PLACED and "source" in data:
        parts.append(_("Came in by: %(source)s") % {"source": dict(Source.choices).get(data["source"], data["source"])})
    if "document" in data:
        parts.append(f"{data['document']}: {DocumentStatus(data['status']).label}")
    return " · ".join(parts)


def _reason(event: OrderEvent) -> str:
    """As it was written; interceptions begin theirs with the check's code."""
    if event.kind not in OF_CHECKS:
        return event.reason
    code, between, rest = event.reason.partition(": ")
    return told_reason(code) + between + rest


def _told(name: str, value: Any, revealed: bool) -> str:
    if not value:
        return NOTHING
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value) if revealed or name not in PERSONAL else PERSONAL[name](str(value))


def _label(name: str) -> str:
    if name == "lines":
        return _("Lines")
    try:
        return str(cast("Field", Order._meta.get_field(name)).verbose_name)
    except FieldDoesNotExist:  # the log outlives the fields
        return name


def times_of(order: Order) -> list[tuple[str, str]]:
    """When what happened; what has not happened is left out."""
    names = (
        "placed_at",
        "created_at",
        "paid_at",
        "audited_at",
        "dispatched_at",
        "shipped_at",
        "signed_at",
        "closed_at",
    )
    stamps = [(_label(name), getattr(order, name)) for name in names]
    return [(label.capitalize(), when(stamp)) for label, stamp in stamps if stamp]


def last_walk(order: Order) -> Walk | None:
    """The conveyor's last try."""
    return Walk.objects.filter(order=order).order_by("-pk").first()
