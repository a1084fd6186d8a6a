"""包价: what a rate plan gives with its nights, and what a stay was sold with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotel.stays.models import Stay
from hotel.stays.rates import RatePlan
from oms.trace.tracking import tracked

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal


class PackagePer(models.TextChoices):
    """What a package item's price is for."""

    PERSON = "person", _("each person")
    ADULT = "adult", _("each adult")
    ROOM = "room", _("the room")


class PackageNights(models.TextChoices):
    """On which nights of a stay a package item is given."""

    EVERY = "every", pgettext_lazy("package", "every night")
    FIRST = "first", pgettext_lazy("package", "the first night")
    LAST = "last", pgettext_lazy("package", "the last night")
    AFTER_FIRST = "after", pgettext_lazy("package", "every night but the first")


class PackageTerms(models.Model):
    """One thing given with a night: breakfast, a transfer, a second bed. Price tax included, in the house's currency.

    ``is_included``: part of the night's price, which is shared between the room and what it includes; else charged on
    top of it. ``is_next_morning``: consumed on the morning after the night it belongs to.
    """

    charge_code = models.ForeignKey(
        "hotel.ChargeCode", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("charge code")
    )
    text = models.CharField(_("name on bills"), max_length=60, blank=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    per = models.CharField(_("for"), max_length=8, choices=PackagePer, default=PackagePer.PERSON)
    nights = models.CharField(_("nights"), max_length=8, choices=PackageNights, default=PackageNights.EVERY)
    is_included = models.BooleanField(_("included in the room price"), default=True)
    is_next_morning = models.BooleanField(_("consumed the next morning"), default=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(per__in=PackagePer.values), name="%(class)s_per_known"),
            models.CheckConstraint(condition=Q(nights__in=PackageNights.values), name="%(class)s_nights_known"),
            models.CheckConstraint(condition=Q(price__gte=0), name="%(class)s_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.text or self.charge_code.name

    def quantity(self, adults: int, children: int) -> int:
        """How many of them a party gets on one night."""
        return {PackagePer.PERSON: adults + children, PackagePer.ADULT: adults}.get(PackagePer(self.per), 1)

    def amount(self, adults: int, children: int) -> Decimal:
        """What they cost a party on one night."""
        return self.price * self.quantity(adults, children)

    def falls_on(self, night: dt.date, arrival_on: dt.date, departure_on: dt.date) -> bool:
        """Whether it belongs to this night of a stay."""
        is_first, is_last = night == arrival_on, (departure_on - night).days == 1
        return {
            PackageNights.FIRST: is_first,
            PackageNights.LAST: is_last,
            PackageNights.AFTER_FIRST: not is_first,
        }.get(PackageNights(self.nights), True)


# The same in SQL, for the audit: of an item or stay package ``k``, on the night ``d.date`` of the stay ``s``.
QUANTITY_SQL = "CASE k.per WHEN 'person' THEN s.adults + s.children WHEN 'adult' THEN s.adults ELSE 1 END"
FALLS_SQL = """CASE k.nights WHEN 'first' THEN d.date = s.arrival_on WHEN 'last' THEN d.date = s.departure_on - 1
         WHEN 'after' THEN d.date > s.arrival_on ELSE true END"""


@tracked()
class PackageItem(PackageTerms):
    """What a rate plan gives. Stays take a copy when they are sold, so changing or ending it changes no sold stay."""

    rate_plan = models.ForeignKey(RatePlan, on_delete=models.PROTECT, related_name="package_items")

    class Meta(PackageTerms.Meta):
        verbose_name = _("package item")
        verbose_name_plural = _("package items")


class StayPackage(PackageTerms):
    """What a stay was sold with, as its rate plan was then. Charged by the night audit with the room charge."""

    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, related_name="packages")

    class Meta(PackageTerms.Meta):
        verbose_name = _("package of a stay")
        verbose_name_plural = _("packages of stays")
