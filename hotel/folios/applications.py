"""核销: which of its debts a company's payment settles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import FolioEntry

if TYPE_CHECKING:
    import datetime as dt

# Credits of company accounts with what is left of them, and debts with what is still open; entries that were reversed,
# and reversals, are neither. Oldest first: where the running totals overlap, there the one settles the other.
OLDEST_FIRST = """
WITH credit AS (
    SELECT id, folio_id, amount, sum(amount) OVER (PARTITION BY folio_id ORDER BY id) AS upto FROM (
        SELECT e.id, e.folio_id, -e.amount - coalesce((SELECT sum(a.amount) FROM hotel_paymentapplication a
                                                       WHERE a.payment_id = e.id), 0) AS amount
          FROM hotel_folioentry e
         WHERE e.id = ANY(%(payments)s) AND e.ledger = 'company' AND e.amount < 0 AND e.reverses_id IS NULL
           AND NOT EXISTS (SELECT FROM hotel_folioentry r WHERE r.reverses_id = e.id)) c WHERE amount > 0),
debt AS (
    SELECT id, folio_id, amount, sum(amount) OVER (PARTITION BY folio_id ORDER BY business_date, id) AS upto FROM (
        SELECT e.id, e.folio_id, e.business_date, e.amount - coalesce((SELECT sum(a.amount)
            FROM hotel_paymentapplication a WHERE a.item_id = e.id), 0) AS amount
          FROM hotel_folioentry e
         WHERE e.folio_id IN (SELECT folio_id FROM credit) AND e.ledger = 'company' AND e.amount > 0
           AND e.reverses_id IS NULL
           AND NOT EXISTS (SELECT FROM hotel_folioentry r WHERE r.reverses_id = e.id)) d WHERE amount > 0)
INSERT INTO hotel_paymentapplication (payment_id, item_id, amount, applied_at, applied_by_id)
SELECT c.id, d.id, least(c.upto, d.upto) - greatest(c.upto - c.amount, d.upto - d.amount), %(at)s, %(by)s
  FROM credit c JOIN debt d ON d.folio_id = c.folio_id AND c.upto - c.amount < d.upto AND d.upto - d.amount < c.upto
    ON CONFLICT (payment_id, item_id) DO UPDATE SET amount = hotel_paymentapplication.amount + excluded.amount
"""


class PaymentApplication(models.Model):
    """So much of a company's payment settles this debt of it. Both are un-reversed entries of its folio.

    Never more than was paid or is owed, and gone with the reversal of either: triggers. What is left of a payment is
    paid ahead; what is left of a debt is open, and has an age.
    """

    payment = models.ForeignKey(FolioEntry, on_delete=models.PROTECT, related_name="applications", db_index=False)
    item = models.ForeignKey(FolioEntry, on_delete=models.PROTECT, related_name="settled_by")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    applied_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("payment application")
        verbose_name_plural = _("payment applications")
        constraints = [
            models.UniqueConstraint(fields=["payment", "item"], name="payment_application_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_application_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.item_id} {self.amount}"


def settle_oldest(payment_ids: list[int], *, by: int | None, at: dt.datetime) -> None:
    """What is left of these payments settles the oldest debts that are open. The folio must be locked."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_FIRST, {"payments": payment_ids, "by": by, "at": at})
