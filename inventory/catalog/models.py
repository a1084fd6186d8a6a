"""What is sold, where it is sold, and what the places it is sold call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oms.staff.models import Branch, in_branches_of
from oms.trace.tracking import tracked

if TYPE_CHECKING:
    from oms.staff.models import Staff


class Platform(models.TextChoices):
    """What kind of place a channel is."""

    OWN_SITE = "own_site", _("Own site")
    TAOBAO = "taobao", _("Taobao / Tmall")
    JD = "jd", _("JD")
    PDD = "pdd", _("Pinduoduo")
    DOUYIN = "douyin", _("Douyin")
    SHOPIFY = "shopify", _("Shopify")
    WOOCOMMERCE = "woocommerce", _("WooCommerce")
    STORE = "store", _("Store")
    HOTEL = "hotel", _("Hotel desk")
    OTHER = "other", _("Other")


class ChannelQuerySet(models.QuerySet["Channel"]):
    """Row scope."""

    def visible_to(self, staff: Staff) -> ChannelQuerySet:
        """Channels of the person's branches."""
        return in_branches_of(self, staff)


@tracked()
class Channel(models.Model):
    """Where orders come from and stock is published to: a shop on a platform, an own site, a store, the hotel desk."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=80)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="channels", verbose_name=_("branch"))
    platform = models.CharField(_("platform"), max_length=20, choices=Platform, default=Platform.OTHER)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")  # ISO 4217
    is_active = models.BooleanField(_("active"), default=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            models.CheckConstraint(condition=Q(platform__in=Platform.values), name="channel_platform_known"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="channel_currency_iso"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Product(models.Model):
    """What a customer thinks of as one article; its SKUs differ in colour, size, pack."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    category = models.CharField(_("category"), max_length=40, blank=True)
    brand = models.CharField(_("brand"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        permissions = [("import_catalog", _("Can import products and merchant codes"))]

    def __str__(self) -> str:
        return self.name


@tracked()
class Sku(models.Model):
    """What is sold and stocked, under one internal code."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="skus", verbose_name=_("product"))
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    barcode = models.CharField(_("barcode"), max_length=40, blank=True, db_index=True)
    price = models.DecimalField(_("list price"), max_digits=12, decimal_places=2, default=0)
    weight_g = models.PositiveIntegerField(_("weight (g)"), default=0)
    picture = models.TextField(_("picture (SVG)"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints = [models.CheckConstraint(condition=Q(price__gte=0), name="sku_price_not_negative")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class MerchantCodeQuerySet(models.QuerySet["MerchantCode"]):
    """Row scope."""

    def visible_to(self, staff: Staff) -> MerchantCodeQuerySet:
        """Codes of the channels of the person's branches."""
        return in_branches_of(self, staff, "channel__branch_id")


@tracked()
class MerchantCode(models.Model):
    """The code a channel uses: a SKU and a quantity of it; a bundle is several rows of one code."""

    channel = models.ForeignKey(
        Channel,
        on_delete=models.CASCADE,
        related_name="merchant_codes",
        verbose_name=_("channel"),
        db_index=False,
    )
    code = models.CharField(_("merchant code"), max_length=64)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="merchant_codes", verbose_name=_("SKU"))
    quantity = models.PositiveIntegerField(_("quantity"), default=1)

    objects = MerchantCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merchant code")
        verbose_name_plural = _("merchant codes")
        constraints = [
            models.UniqueConstraint(fields=["channel", "code", "sku"], name="merchant_code_sku_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="merchant_code_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.code} → {self.sku_id} × {self.quantity}"
