"""What the conveyor did with an order."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.order.models import Order


class Walk(models.Model):
    """One walk of an order along the stages: which it passed, where it stopped and why.

    ``stages`` is a list of {stage, result, facts} with codes that ``orders.conveyor.labels`` tells; ``stopped_at``
    the stage that took it out, empty if it went through; ``reason`` its codes.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="walks")
    at = models.DateTimeField()
    stages = models.JSONField(default=list)
    stopped_at = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("walk")
        verbose_name_plural = _("walks")

    def __str__(self) -> str:
        return f"{self.order_id} {self.stopped_at}"
