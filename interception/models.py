"""Recorded reasons why an order must not flow on, and who must act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inventory.catalog.models import Channel
from oms.staff.models import in_branches_of
from oms.trace.tracking import tracked
from orders.order.models import Order

if TYPE_CHECKING:
    from oms.staff.models import Staff


class Kind(models.TextChoices):
    """Who may open the hold: an agent's decision, or only the check itself."""

    REVIEW = "review", _("Review")
    SYSTEM = "system", _("System lock")
    ROLLBACK = "rollback", _("Rolling back")


class InterceptionStatus(models.TextChoices):
    """Life of an interception."""

    OPEN = "open", pgettext_lazy("interception", "Open")
    RELEASED = "released", _("Released")  # the check ran again and found nothing
    APPROVED = "approved", _("Approved")  # a person let it pass
    CANCELLED = "cancelled", _("Order cancelled")


class InterceptionQuerySet(models.QuerySet["Interception"]):
    """Row scope."""

    def visible_to(self, staff: Staff) -> InterceptionQuerySet:
        """Interceptions of the orders the person sees."""
        if staff.branch_ids is None:
            return self
        channels = in_branches_of(Channel.objects.all(), staff).values_list("pk", flat=True)
        return self.filter(order__channel_id__in=list(channels))

    def open(self) -> InterceptionQuerySet:
        """Interceptions that still stop their order."""
        return self.filter(status=InterceptionStatus.OPEN)


class Interception(models.Model):
    """One check's finding on one order. ``evidence`` is what it saw; ``cause`` groups orders one mend would release.

    ``facts`` is a digest of what an approval was given for: the approval holds while it stays the same.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="interceptions")
    check_code = models.CharField(_("check"), max_length=40)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    status = models.CharField(_("status"), max_length=10, choices=InterceptionStatus, default=InterceptionStatus.OPEN)
    cause = models.CharField(_("cause"), max_length=120, blank=True)
    evidence = models.JSONField(default=dict)
    facts = models.CharField(max_length=32, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    checked_at = models.DateTimeField(_("last checked"))
    due_at = models.DateTimeField(_("due"), null=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="interceptions",
    )
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = InterceptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("interception")
        verbose_name_plural = _("interceptions")
        permissions = [
            ("review_interception", _("Can decide reviews")),
            ("unlock_interception", _("Can mark system locks as handled")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="interception_kind_known"),
            models.CheckConstraint(condition=Q(status__in=InterceptionStatus.values), name="interception_status_known"),
            models.UniqueConstraint(
                fields=["order", "check_code"],
                condition=Q(status="open"),
                name="interception_one_open_per_check",
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None) | (~Q(status="open") & Q(closed_at__isnull=False)),
                name="interception_closed_stamp",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "due_at", "id"], condition=Q(status="open"), name="interception_queue"),
            models.Index(
                fields=["check_code", "cause", "id"], condition=Q(status="open"), name="interception_by_cause"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_code} {self.order_id}"


class BlacklistField(models.TextChoices):
    """What of an order is compared."""

    PHONE = "phone", _("Phone")
    BUYER = "buyer", _("Buyer account")
    NAME = "name", _("Receiver name")
    ADDRESS = "address", _("Address")


@tracked()
class BlacklistEntry(models.Model):
    """Somebody whose orders a person must look at."""

    field = models.CharField(_("field"), max_length=10, choices=BlacklistField)
    value = models.CharField(_("value"), max_length=300)
    reason = models.CharField(_("reason"), max_length=200)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("blacklist entry")
        verbose_name_plural = _("blacklist")
        constraints = [
            models.UniqueConstraint(fields=["field", "value"], name="blacklist_entry_once"),
            models.CheckConstraint(condition=Q(field__in=BlacklistField.values), name="blacklist_field_known"),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.value}"
