"""Receiving goods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel, Sku
from inventory.stock.models import Warehouse
from oms.staff.models import in_branches_of

if TYPE_CHECKING:
    from oms.staff.models import Staff


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    """Row scope."""

    def visible_to(self, staff: Staff) -> ReceiptQuerySet:
        """Receipts of the warehouses of the person's branches."""
        return in_branches_of(self, staff, "warehouse__branch_id")


class Receipt(models.Model):
    """Goods that came into a warehouse, posted to the ledger once. ``number`` RC + date + id."""

    number = models.CharField(_("number"), max_length=30, unique=True)
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("warehouse")
    )
    reference = models.CharField(_("supplier document"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    posted_at = models.DateTimeField()
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")

    def __str__(self) -> str:
        return self.number


class ReceiptLine(models.Model):
    """Pieces of one SKU received, for the shared bin or a channel's fence."""

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="lines")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, related_name="+")
    quantity = models.IntegerField()

    class Meta:
        verbose_name = _("receipt line")
        verbose_name_plural = _("receipt lines")
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="receipt_line_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.sku_id} × {self.quantity}"
