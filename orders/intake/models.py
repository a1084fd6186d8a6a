"""What came in, as it came; who may send; how files are read."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Channel
from oms.jobs.models import BatchJob
from orders.order.models import Order


class Source(models.TextChoices):
    """The door an order came through."""

    API = "api", _("API")
    FILE = "file", _("File")
    TYPED = "typed", _("Typed")
    WEBHOOK = "webhook", _("Webhook")
    DEMO = "demo", _("Demo")


class Outcome(models.TextChoices):
    """What became of a message."""

    STORED = "stored", _("Stored")
    REPEATED = "repeated", _("Repeated")
    CHANGED = "changed", _("Changed")
    REFUSED = "refused", _("Refused")


class IntakeMessage(models.Model):
    """The raw payload of one order message that was stored or changed something, kept as it came (JSON text)."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False, related_name="+")
    source = models.CharField(max_length=8, choices=Source)
    external_no = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=Outcome)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, null=True, related_name="messages")
    payload = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("intake message")
        verbose_name_plural = _("intake messages")
        constraints = [
            models.CheckConstraint(condition=Q(source__in=Source.values), name="intake_message_source_known"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="intake_message_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.external_no} {self.outcome}"


PER_MINUTE = 6_000  # requests a key may send unless it says otherwise: a hundred a second


class ApiKey(models.Model):
    """Who may send orders. The secret is derived from SECRET_KEY, ``key`` and ``salt``, not stored; shown once."""

    key = models.CharField(_("key"), max_length=40, unique=True)
    salt = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    channels = models.ManyToManyField(Channel, related_name="api_keys", verbose_name=_("channels"))
    is_active = models.BooleanField(_("active"), default=True)
    per_minute = models.PositiveIntegerField(
        _("requests a minute"), default=PER_MINUTE, validators=[MinValueValidator(1), MaxValueValidator(10_000_000)]
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return self.name


class ApiNonce(models.Model):
    """A nonce that was used, remembered while its timestamp could still be accepted."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, db_index=False, related_name="+")
    nonce = models.CharField(max_length=64)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name = _("API nonce")
        verbose_name_plural = _("API nonces")
        constraints = [models.UniqueConstraint(fields=["api_key", "nonce"], name="api_nonce_once")]

    def __str__(self) -> str:
        return self.nonce


class ImportMapping(models.Model):
    """Which column of a channel's file is which field, remembered. ``options``: constants, date format, encoding …"""

    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="import_mappings", verbose_name=_("channel")
    )
    name = models.CharField(_("name"), max_length=40, default="default")
    columns = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import mapping")
        verbose_name_plural = _("import mappings")
        constraints = [models.UniqueConstraint(fields=["channel", "name"], name="import_mapping_name_once")]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.name}"


class ImportRow(models.Model):
    """One row of a file on its way in: read in bounded memory, grouped into orders by ``order_key`` by the database."""

    job = models.ForeignKey(BatchJob, on_delete=models.CASCADE, related_name="import_rows", db_index=False)
    row_no = models.PositiveIntegerField()
    order_key = models.CharField(max_length=64, db_collation="C")
    cells = models.JSONField()
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        constraints = [models.UniqueConstraint(fields=["job", "row_no"], name="import_row_once")]
        indexes = [models.Index(fields=["job", "order_key", "row_no"], name="import_row_by_order")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.row_no}"
