"""The stock ledger. Bins carry the numbers, movements explain them, reservations say whom they are promised to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel, Sku
from oms.staff.models import Branch, in_branches_of
from oms.trace.tracking import tracked

if TYPE_CHECKING:
    from oms.staff.models import Staff


class WarehouseQuerySet(models.QuerySet["Warehouse"]):
    """Row scope."""

    def visible_to(self, staff: Staff) -> WarehouseQuerySet:
        """Warehouses of the person's branches."""
        return in_branches_of(self, staff)


@tracked()
class Warehouse(models.Model):
    """A place that keeps and ships goods. ``gateway`` (of OMS_WAREHOUSE_GATEWAYS) is how documents reach it."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="warehouses", verbose_name=_("branch"))
    priority = models.PositiveSmallIntegerField(_("priority"), default=100, help_text=_("Lower ships first."))
    province = models.CharField(_("province"), max_length=30, blank=True)
    city = models.CharField(_("city"), max_length=30, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    gateway = models.CharField(_("gateway"), max_length=20, default="builtin")
    is_active = models.BooleanField(_("active"), default=True)

    objects = WarehouseQuerySet.as_manager()

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")

    def __str__(self) -> str:
        return self.name


@tracked()
class WarehouseRegion(models.Model):
    """How gladly a warehouse ships to a province: routing takes the lowest priority that has everything."""

    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.CASCADE, related_name="regions", verbose_name=_("warehouse")
    )
    province = models.CharField(_("province"), max_length=30)
    priority = models.PositiveSmallIntegerField(_("priority"), default=10)

    class Meta:
        verbose_name = _("warehouse region")
        verbose_name_plural = _("warehouse regions")
        constraints = [models.UniqueConstraint(fields=["warehouse", "province"], name="warehouse_region_once")]

    def __str__(self) -> str:
        return f"{self.warehouse_id}: {self.province}"


class Bin(models.Model):
    """The part of a SKU's stock in a warehouse that is shared (no channel), or fenced for one channel. In pieces."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="bins", verbose_name=_("SKU"))
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="bins", verbose_name=_("warehouse"))
    channel = models.ForeignKey(
        Channel,
        on_delete=models.PROTECT,
        null=True,
        related_name="bins",
        verbose_name=_("fenced for"),
        db_index=False,
    )
    on_hand = models.IntegerField(_("on hand"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)

    class Meta:
        verbose_name = _("bin")
        verbose_name_plural = _("bins")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "warehouse", "channel"], name="bin_once_per_place", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="bin_never_oversold"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}@{self.warehouse_id}/{self.channel_id or '-'}"

    @property
    def available(self) -> int:
        """Pieces that may still be promised."""
        return self.on_hand - self.reserved


class MovementKind(models.TextChoices):
    """Why a bin's numbers changed."""

    RECEIVE = "receive", _("Received")
    RESERVE = "reserve", _("Reserved")
    RELEASE = "release", _("Released")
    SHIP = "ship", _("Shipped")
    MOVE_IN = "move_in", _("Moved in")
    MOVE_OUT = "move_out", _("Moved out")
    ADJUST = "adjust", _("Adjusted")


class Movement(models.Model):
    """One change of a bin, only ever added (a trigger refuses change and deletion).

    on_hand = Σ on_hand_delta and reserved = Σ reserved_delta over a bin's movements. ``reference`` is the document
    or order number; ``order_line_id`` the promise concerned, if any. ``at`` UTC.
    """

    # No constraint: it would cost a quarter of a chunk's reservation, and bins are never deleted (a trigger refuses).
    bin = models.ForeignKey(
        Bin, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="movements"
    )
    kind = models.CharField(max_length=10, choices=MovementKind)
    on_hand_delta = models.IntegerField(default=0)
    reserved_delta = models.IntegerField(default=0)
    order_line_id = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        permissions = [
            ("receive_stock", _("Can receive stock")),
            ("adjust_stock", _("Can adjust stock")),
            ("move_stock", _("Can move stock between bins and warehouses")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MovementKind.values), name="movement_kind_known"),
            models.CheckConstraint(condition=~Q(on_hand_delta=0, reserved_delta=0), name="movement_moves_something"),
        ]
        # Read by a SKU's ledger (bin) and by "who holds these pieces" (bin and line).
        indexes = [models.Index(fields=["bin", "order_line_id"], name="movement_of_bin_and_line")]

    def __str__(self) -> str:
        return f"{self.kind} {self.on_hand_delta:+d}/{self.reserved_delta:+d}"


class Reservation(models.Model):
    """Stock of one bin promised to an order line now. A release or a shipment deletes it; movements keep the history.

    ``order_line_id`` is no foreign key: this floor does not know orders.
    """

    order_line_id = models.BigIntegerField()
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, db_constraint=False, related_name="reservations")
    quantity = models.IntegerField()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.UniqueConstraint(fields=["order_line_id", "bin"], name="reservation_once_per_line_and_bin"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.order_line_id}: {self.quantity} of {self.bin_id}"
