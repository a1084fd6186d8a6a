"""Two-person approval of what one person alone may not do."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from oms.staff.models import Branch


class ApprovalStatus(models.TextChoices):
    """Life of a request."""

    WAITING = "waiting", _("Waiting")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    USED = "used", _("Used")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Approval(models.Model):
    """A request to do ``action`` on ``subject`` beyond the asker's limit; decided by somebody else, used once.

    ``facts`` is what was asked for, shown to the decider and compared when it is used: approving 80.00 allows 80.00.
    Amounts in ``facts`` are decimal strings in the property's currency.
    """

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(_("action"), max_length=60)  # a key of settings.OMS_APPROVALS
    subject = models.CharField(_("subject"), max_length=80)  # what people call it: room, stay, folio number
    url = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=200)
    status = models.CharField(max_length=10, choices=ApprovalStatus, default=ApprovalStatus.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approvals_asked")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="approvals_decided"
    )
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=200, blank=True)
    by_pin = models.BooleanField(default=False)  # decided at the asker's desk by the decider's PIN
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        permissions = [("decide_approval", _("Can approve what others ask for"))]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ApprovalStatus.values), name="approval_status_known"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="approval_by_somebody_else"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "refused", "used"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="approval_decided_stamp",
            ),
            models.CheckConstraint(
                condition=Q(status="used", used_at__isnull=False) | (~Q(status="used") & Q(used_at=None)),
                name="approval_used_stamp",
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "-id"], condition=Q(status="waiting"), name="approval_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
