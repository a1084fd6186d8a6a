"""Warehouse documents in the search box: by their own, their order's or a tracking number. All use indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from oms.web.formats import when
from oms.web.search import Hit
from orders.dispatch.models import Parcel, WarehouseDocument

if TYPE_CHECKING:
    from oms.staff.models import Staff


class DocumentSearch:
    """Documents of the person's warehouses, newest first."""

    label: ClassVar = _("Warehouse documents")
    hint: ClassVar = _("document number")
    permission: ClassVar[str] = "orders.view_warehousedocument"

    def find(self, q: str, staff: Staff, limit: int) -> list[Hit]:
        """The document of this very number is exact."""
        number, most = q.upper(), limit * 4
        documents, parcels = WarehouseDocument.objects.order_by("-pk"), Parcel.objects.order_by("-pk")
        ids = (
            documents.filter(number__startswith=number)
            .values("pk")[:most]
            .union(
                documents.filter(order__number=number).values("pk")[:most],
                parcels.filter(tracking_no=number).values("document_id")[:most],
            )
        )
        mine = WarehouseDocument.objects.visible_to(staff).filter(pk__in=ids).select_related("order", "warehouse")
        return [
            Hit(
                document.number,
                " · ".join(
                    [
                        str(document.get_status_display()),
                        document.order.number,
                        document.warehouse.name,
                        when(document.created_at),
                    ]
                ),
                reverse("document-detail", args=[document.number]),
                "truck-delivery",
                exact=document.number == number,
            )
            for document in mine.order_by("-pk")[:limit]
        ]
