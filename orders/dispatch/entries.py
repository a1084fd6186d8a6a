"""What this room puts on the side navigation and the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from oms.rules import registry
from oms.web import navigation, workbench
from oms.web.counting import bounded_count
from oms.web.navigation import Entry
from oms.web.workbench import Card, Section
from orders.dispatch.filters import TABS, DocumentFilter
from orders.dispatch.models import WarehouseDocument

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.staff.models import Staff
    from oms.web.requests import StaffRequest

VIEW = "orders.view_warehousedocument"
SHIP = "orders.ship_document"
SHOWN = 5


def _waiting(tab: str) -> Callable[[Staff], Any]:
    def count(staff: Staff) -> Any:
        return bounded_count(WarehouseDocument.objects.visible_to(staff).filter(status__in=TABS[tab][1]))

    return count


def _address(tab: str) -> Callable[[Staff], str]:
    return lambda _staff: f"{reverse('document-list')}?tab={tab}"


def register() -> None:
    """Called once from AppConfig.ready."""
    registry.register("orders.document", DocumentFilter, url_name="document-list", permission=VIEW)
    navigation.register(
        Entry(
            _("Documents"),
            "truck-delivery",
            "document-list",
            permission=VIEW,
            group="orders",
            count=lambda staff: int(_waiting("pick")(staff)),
            key="D",
            position=40,
            covers=("document-detail", "document-ship", "document-ship-bulk", "document-ship-ticked"),
        )
    )
    workbench.register(
        Card(_("Documents to pick"), "clipboard-list", _waiting("pick"), _address("pick"), SHIP, "wait", position=40),
        Card(_("Being picked"), "package", _waiting("picking"), _address("picking"), SHIP, position=41),
        Card(
            _("Not taken by the warehouse"),
            "truck-off",
            _waiting("failed"),
            _address("failed"),
            VIEW,
            "hot",
            position=42,
        ),
        Section("orders/dispatch/_to_pick.html", to_pick, SHIP, "half", position=30),
    )


def to_pick(request: StaffRequest) -> dict[str, Any] | None:
    """The documents that wait longest; left out for those whose day is made of orders."""
    if request.user.has_perm("orders.view_order"):
        return None
    mine = WarehouseDocument.objects.visible_to(request.user).filter(status__in=TABS["pick"][1])
    rows = list(mine.select_related("order", "warehouse").order_by("pk")[:SHOWN])
    return {"rows": rows, "url": reverse("document-list")}
