"""Order, its lines, and the log of everything that happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel, Sku
from inventory.stock.models import Warehouse
from oms.staff.models import in_branches_of
from orders.order.states import (
    OPEN,
    PUBLIC,
    WORKABLE,
    EventKind,
    Hold,
    OrderOrigin,
    OrderStatus,
    OrderType,
    PaymentStatus,
)

if TYPE_CHECKING:
    import datetime as dt

    from django_stubs_ext import StrPromise

    from oms.staff.models import Staff


def _money(label: str | StrPromise) -> models.DecimalField:
    return models.DecimalField(label, max_digits=14, decimal_places=2, default=0)


class OrderQuerySet(models.QuerySet["Order"]):
    """Row scope and the sets people speak of."""

    def visible_to(self, staff: Staff) -> OrderQuerySet:
        """Orders of the channels of the person's branches."""
        if staff.branch_ids is None:
            return self
        if "_order_channels" not in staff.__dict__:  # once per person and request, like their branches
            channels = in_branches_of(Channel.objects.all(), staff).values_list("pk", flat=True)
            staff.__dict__["_order_channels"] = list(channels)
        return self.filter(channel_id__in=staff.__dict__["_order_channels"])

    def open(self) -> OrderQuerySet:
        """Orders that still have to leave the house."""
        return self.filter(status__in=OPEN)

    def workable(self, at: dt.datetime) -> OrderQuerySet:
        """Orders the conveyor may take at ``at``."""
        return self.filter(status__in=WORKABLE, hold=Hold.NONE).filter(Q(claimed_until=None) | Q(claimed_until__lt=at))


class Order(models.Model):
    """The unit that one warehouse ships. Amounts in the channel's currency, two places; times UTC.

    payable = goods_amount − discount_amount + freight is ours and always adds up over the lines;
    ``total`` is what the channel says was charged, and may be wrong (check amount_mismatch).
    ``number`` is SO/RO/RI + yymmdd of arrival + the id. ``shipped_from`` is written once, at shipment.
    """

    number = models.CharField(_("number"), max_length=24, unique=True, db_collation="C")
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="orders", verbose_name=_("channel"), db_index=False
    )
    external_no = models.CharField(_("channel number"), max_length=64, db_collation="C")
    type = models.CharField(_("type"), max_length=8, choices=OrderType, default=OrderType.SALE)
    origin = models.CharField(_("origin"), max_length=8, choices=OrderOrigin, default=OrderOrigin.ONLINE)
    status = models.CharField(_("status"), max_length=16, choices=OrderStatus, default=OrderStatus.NEW)
    payment_status = models.CharField(_("payment"), max_length=20, choices=PaymentStatus, default=PaymentStatus.UNPAID)
    hold = models.CharField(_("hold"), max_length=8, choices=Hold, default=Hold.NONE)
    cash_on_delivery = models.BooleanField(_("cash on delivery"), default=False)
    warehouse = models.ForeignKey(
        Warehouse,
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("warehouse"),
    )
    shipped_from = models.ForeignKey(
        Warehouse,
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("shipped from"),
    )

    buyer_id = models.CharField(_("buyer"), max_length=64, blank=True)
    buyer_name = models.CharField(_("buyer name"), max_length=80, blank=True)
    buyer_phone = models.CharField(_("buyer phone"), max_length=32, blank=True)
    receiver_name = models.CharField(_("receiver"), max_length=80, blank=True, db_collation="C")
    receiver_phone = models.CharField(_("phone"), max_length=32, blank=True, db_collation="C")
    country = models.CharField(_("country"), max_length=60, blank=True)
    province = models.CharField(_("province"), max_length=60, blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    district = models.CharField(_("district"), max_length=60, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    buyer_remark = models.CharField(_("buyer remark"), max_length=500, blank=True)
    seller_remark = models.CharField(_("seller remark"), max_length=500, blank=True)

    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    goods_amount = _money(_("goods"))
    discount_amount = _money(_("discount"))
    freight = _money(_("freight"))
    payable = _money(_("payable"))
    total = _money(_("channel total"))
    paid_amount = _money(_("paid"))
    line_count = models.PositiveIntegerField(default=0)
    item_count = models.PositiveIntegerField(default=0)  # pieces, gifts included
    first_item = models.CharField(max_length=120, blank=True)  # name of the first line: lists need no join

    placed_at = models.DateTimeField(_("placed"))
    paid_at = models.DateTimeField(_("paid"), null=True)
    audited_at = models.DateTimeField(_("audited"), null=True)
    dispatched_at = models.DateTimeField(_("dispatched"), null=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True)
    signed_at = models.DateTimeField(_("signed"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    created_at = models.DateTimeField(_("received"))
    claimed_until = models.DateTimeField(null=True)  # a conveyor worker's lease
    version = models.PositiveIntegerField(default=1)  # optimistic screens
    digest = models.CharField(max_length=32, blank=True)  # of the neutral form last applied: same again = repeated
    made_good = models.ForeignKey(  # a return's or reissue's original
        "self", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("import_orders", _("Can import order files")),
            ("place_order", _("Can type orders")),
            ("cancel_order", _("Can cancel orders")),
            ("export_orders", _("Can export orders")),
            ("reveal_personal", _("Can see personal data unmasked")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["external_no", "channel"], name="order_once_per_channel"),
            models.CheckConstraint(condition=Q(type__in=OrderType.values), name="order_type_known"),
            models.CheckConstraint(condition=Q(origin__in=OrderOrigin.values), name="order_origin_known"),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(
                condition=Q(payment_status__in=PaymentStatus.values), name="order_payment_status_known"
            ),
            models.CheckConstraint(condition=Q(hold__in=Hold.values), name="order_hold_known"),
            models.CheckConstraint(
                condition=Q(payable=F("goods_amount") - F("discount_amount") + F("freight")),
                name="order_amounts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(goods_amount__gte=0, discount_amount__gte=0, freight__gte=0, paid_amount__gte=0),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(status=OrderStatus.SHIPPED) | Q(shipped_at__isnull=False, shipped_from__isnull=False),
                name="order_shipped_stamp",
            ),
            models.CheckConstraint(
                condition=~Q(status=OrderStatus.PENDING_SHIPMENT) | Q(dispatched_at__isnull=False),
                name="order_dispatched_stamp",
            ),
            models.CheckConstraint(
                condition=~Q(status=OrderStatus.CLOSED) | Q(closed_at__isnull=False),
                name="order_closed_stamp",
            ),
        ]
        indexes = [
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["status", "-placed_at", "-id"], name="order_by_status"),
            models.Index(
                fields=["id"],
                condition=Q(status__in=["new", "pending_split"], hold="none"),
                name="order_workable",
            ),
            models.Index(fields=["hold", "-id"], condition=~Q(hold="none"), name="order_held"),
            models.Index(fields=["receiver_name"], name="order_by_receiver"),
            models.Index(models.Func(F("receiver_phone"), function="reverse"), name="order_by_phone_tail"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Page of the order."""
        return reverse("orders:order-detail", args=[self.number])

    @property
    def public_status(self) -> str:
        """What a customer may see."""
        return PUBLIC[self.status]

    @property
    def is_held(self) -> bool:
        """Whether an open interception stops it."""
        return self.hold != Hold.NONE


class OrderLine(models.Model):
    """SKU, quantity and money of one position. amount = goods_amount − discount − discount_share.

    ``discount_share`` is the line's part of the order's discount (largest remainder). A bundle's components are lines
    of their own with ``bundle_code`` and the same ``external_line_no``. ``sku`` is empty until the code is mapped.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    external_line_no = models.CharField(max_length=64, blank=True)
    merchant_code = models.CharField(_("merchant code"), max_length=64, blank=True)
    bundle_code = models.CharField(_("bundle"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, related_name="order_lines")
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=4, default=0)
    goods_amount = _money(_("goods"))
    discount = _money(_("discount"))
    discount_share = _money(_("share of the order's discount"))
    amount = _money(_("amount"))
    is_gift = models.BooleanField(_("gift"), default=False)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_quantity_positive"),
            models.CheckConstraint(
                condition=Q(amount=F("goods_amount") - F("discount") - F("discount_share")),
                name="order_line_amounts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(goods_amount__gte=0, discount__gte=0, discount_share__gte=0, amount__gte=0),
                name="order_line_amounts_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"


class OrderEvent(models.Model):
    """One entry of the order's log, only ever added (a trigger refuses change and deletion).

    Every move of status is one: from, to, who (none: the system), when, why. Edits carry before and after in ``data``.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=EventKind)
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    data = models.JSONField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        constraints = [models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="order_event_kind_known")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"
