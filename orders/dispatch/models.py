"""Instructions to warehouses, and the parcels that left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.stock.models import Warehouse
from oms.staff.models import in_branches_of
from oms.trace.tracking import tracked
from orders.dispatch.states import DocumentKind, DocumentStatus
from orders.order.models import Order

if TYPE_CHECKING:
    from oms.staff.models import Staff


TRACKING = re.compile(r"[A-Z0-9-]{5,40}")  # what the numbers of all couriers have in common


def validate_pattern(pattern: str) -> None:
    """Refuse what is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as fault:
        raise ValidationError(_("No regular expression: %(fault)s"), params={"fault": str(fault)}) from fault


@tracked()
class Courier(models.Model):
    """Who carries parcels. Of the active ones, the lowest ``priority`` is the default."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=40)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    tracking_pattern = models.CharField(
        _("shape of tracking numbers"),
        max_length=80,
        blank=True,
        validators=[validate_pattern],
        help_text=_("A regular expression for the whole number; empty: 5 to 40 letters, digits, hyphens."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("courier")
        verbose_name_plural = _("couriers")

    def __str__(self) -> str:
        return self.name

    def takes(self, tracking_no: str) -> bool:
        """Whether this can be one of the courier's tracking numbers (upper case)."""
        if not TRACKING.fullmatch(tracking_no):
            return False
        return not self.tracking_pattern or re.fullmatch(self.tracking_pattern, tracking_no) is not None


class WarehouseDocumentQuerySet(models.QuerySet["WarehouseDocument"]):
    """Row scope."""

    def visible_to(self, staff: Staff) -> WarehouseDocumentQuerySet:
        """Documents of the warehouses of the person's branches."""
        if staff.branch_ids is None:
            return self
        warehouses = in_branches_of(Warehouse.objects.all(), staff).values_list("pk", flat=True)
        return self.filter(warehouse_id__in=list(warehouses))


class WarehouseDocument(models.Model):
    """The instruction sent to a warehouse: ship these lines by this courier. Never changed: voided and made anew.

    ``number`` WD + yymmdd + id. ``lines`` is the snapshot sent: [{line, sku, quantity}] with ids.
    One live document per order.
    """

    number = models.CharField(_("number"), max_length=24, unique=True, db_collation="C")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="documents")
    warehouse = models.ForeignKey(
        Warehouse,
        on_delete=models.PROTECT,
        related_name="documents",
        verbose_name=_("warehouse"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=8, choices=DocumentKind, default=DocumentKind.SHIP)
    status = models.CharField(_("status"), max_length=10, choices=DocumentStatus, default=DocumentStatus.QUEUED)
    courier = models.ForeignKey(
        Courier,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("courier"),
        db_index=False,
    )
    lines = models.JSONField(default=list)
    item_count = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"))
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    printed_at = models.DateTimeField(_("printed"), null=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True)
    shipped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    voided_at = models.DateTimeField(_("voided"), null=True)
    wish = models.JSONField(null=True, editable=False)  # orders.dispatch.wishes: what follows if it is given back

    objects = WarehouseDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("warehouse document")
        verbose_name_plural = _("warehouse documents")
        permissions = [("ship_document", _("Can pick, pack and ship"))]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="document_kind_known"),
            models.CheckConstraint(condition=Q(status__in=DocumentStatus.values), name="document_status_known"),
            models.UniqueConstraint(
                fields=["order"], condition=~Q(status="voided"), name="document_one_live_per_order"
            ),
            models.CheckConstraint(
                condition=~Q(status=DocumentStatus.SHIPPED) | Q(shipped_at__isnull=False),
                name="document_shipped_stamp",
            ),
        ]
        indexes = [
            models.Index(
                fields=["warehouse", "status", "id"],
                condition=~Q(status__in=["shipped", "voided"]),
                name="document_open",
            ),
            models.Index(
                fields=["id"], condition=Q(status__in=["queued", "failed", "voiding"]), name="document_to_send"
            ),
            models.Index(fields=["id"], condition=Q(status="voided"), name="document_voided"),
        ]

    def __str__(self) -> str:
        return self.number


class Parcel(models.Model):
    """One parcel of a document. Weight in grams."""

    document = models.ForeignKey(WarehouseDocument, on_delete=models.PROTECT, related_name="parcels")
    courier = models.ForeignKey(Courier, on_delete=models.PROTECT, related_name="parcels", db_index=False)
    tracking_no = models.CharField(_("tracking number"), max_length=40, db_collation="C")
    weight_g = models.PositiveIntegerField(_("weight (g)"), null=True, blank=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        constraints = [models.UniqueConstraint(fields=["tracking_no", "courier"], name="parcel_tracking_once")]

    def __str__(self) -> str:
        return self.tracking_no
