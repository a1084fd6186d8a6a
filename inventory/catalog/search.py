"""SKUs in the search box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Case, IntegerField, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Sku
from oms.web.search import Hit

if TYPE_CHECKING:
    from oms.staff.models import Staff


class SkuSearch:
    """SKUs by code, barcode, name, or a channel's code for them. One statement."""

    label: ClassVar[Any] = _("SKUs")
    hint: ClassVar[Any] = _("SKU, barcode")
    permission: ClassVar[str] = "inventory.view_sku"

    def find(self, q: str, staff: Staff, limit: int) -> list[Hit]:
        """The SKU with this very code or barcode first, then codes that begin so, then the others by code."""
        meant = Q(code__icontains=q) | Q(barcode=q) | Q(name__icontains=q) | Q(pk__in=_by_merchant_code(q, staff))
        rank = Case(
            When(Q(code__iexact=q) | Q(barcode=q), then=Value(0)),
            When(code__istartswith=q, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        skus = Sku.objects.filter(meant).annotate(rank=rank).order_by("rank", "code")
        return [
            Hit(sku.code, sku.name, reverse("sku-detail", args=[sku.pk]), "package", exact=sku.rank == 0)
            for sku in skus.defer("picture")[:limit]
        ]


def _by_merchant_code(q: str, staff: Staff) -> Any:
    from inventory.catalog.models import MerchantCode

    return MerchantCode.objects.visible_to(staff).filter(code=q).values("sku_id")
