"""What was paid for an order."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.order.models import Order
from orders.payment.methods import method_label


class Payment(models.Model):
    """Money a channel or gateway says it has taken. Amount in the order's currency."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments", db_index=False)
    method = models.CharField(_("method"), max_length=40)
    transaction_no = models.CharField(_("transaction"), max_length=80, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    paid_at = models.DateTimeField(_("paid"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["order", "method", "transaction_no"], name="payment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.amount}"

    @property
    def method_label(self) -> str:
        """The method as people call it."""
        return method_label(self.method)
