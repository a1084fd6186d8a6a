"""Facts written in the transaction that made them, told to their listeners after it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """One fact. ``key`` orders the messages of one thing; listeners recognise a repeat by the row's id."""

    topic = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    published_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        indexes = [models.Index(fields=["id"], condition=Q(published_at=None), name="outbox_message_unpublished")]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"
