"""What the till puts on the side navigation and the workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import InvoiceRequest, Shift
from oms.staff.models import in_branches_of
from oms.web import navigation, workbench
from oms.web.navigation import Entry
from oms.web.workbench import Card

if TYPE_CHECKING:
    from oms.staff.models import Staff


def register() -> None:
    """Called once from AppConfig.ready."""
    navigation.register(
        Entry(
            _("Folios"), "receipt-2", "folios:list", permission="hotel.view_folio", group="front", key="F", position=50
        ),
        Entry(_("Shift"), "arrows-exchange", "folios:shift", permission="hotel.add_shift", group="front", position=60),
        Entry(
            _("Company accounts"),
            "file-analytics",
            "folios:companies",
            permission="hotel.change_company",
            group="hotel",
            position=40,
        ),
    )
    workbench.register(
        Card(
            _("Invoices to issue"),
            "receipt",
            invoices_waiting,
            lambda _staff: str(reverse_lazy("folios:invoices")),
            "hotel.change_invoicerequest",
            "wait",
            position=60,
        ),
        Card(
            _("My open shifts"),
            "arrows-exchange",
            my_open_shifts,
            lambda _staff: str(reverse_lazy("folios:shift")),
            "hotel.add_shift",
            position=65,
        ),
    )


def invoices_waiting(staff: Staff) -> int:
    """Invoices asked for and not issued, at the person's hotels."""
    waiting = InvoiceRequest.objects.filter(issued_at=None)
    return in_branches_of(waiting, staff, "folio__property__branch_id").count()


def my_open_shifts(staff: Staff) -> int:
    """Shifts the person has not handed over."""
    return Shift.objects.filter(staff=staff, closed_at=None).count()
