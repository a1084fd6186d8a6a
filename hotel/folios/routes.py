"""转账规则: which of a stay's charges another folio pays."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import ChargeCode, Department, Folio
from hotel.stays.models import Stay

# The open folio that a rule names for a charge of the stay {stay} posted on {date}, the narrowest rule's; no row: none.
# All postings go by it: the desk's and the till's (services.posting) and the night audit's.
TARGET = """
SELECT r.folio_id, t.kind AS folio_kind
  FROM hotel_chargeroute r JOIN hotel_folio t ON t.id = r.folio_id AND t.closed_at IS NULL
 WHERE r.stay_id = {stay} AND r.ended_at IS NULL
   AND (r.from_on IS NULL OR r.from_on <= {date}) AND (r.until_on IS NULL OR r.until_on >= {date})
   AND CASE r.kind WHEN 'code' THEN r.charge_code_id = {code} WHEN 'package' THEN {is_package}
            WHEN 'department' THEN r.department = {department} ELSE true END
 ORDER BY array_position(ARRAY['code', 'package', 'department', 'all'], r.kind::text), r.id LIMIT 1
"""


class RouteKind(models.TextChoices):
    """Which charges a rule is about."""

    ALL = "all", _("Everything")
    DEPARTMENT = "department", _("A department")
    PACKAGE = "package", _("Packages")
    CODE = "code", _("A charge code")


class ChargeRoute(models.Model):
    """From now on these charges of the stay go to ``folio``: a group's master, a company, a window of a stay.

    The narrowest rule counts: a code's before packages', a department's, everything's. ``from_on`` and ``until_on``
    (both included) are business dates of posting. A rule is ended, never changed: what it moved stays moved.
    """

    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, related_name="charge_routes", db_index=False)
    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="charge_routes")
    kind = models.CharField(max_length=10, choices=RouteKind)
    department = models.CharField(max_length=10, choices=Department, blank=True)
    charge_code = models.ForeignKey(ChargeCode, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=RouteKind.values), name="charge_route_kind_known"),
            models.CheckConstraint(
                condition=Q(department="") | Q(department__in=Department.values), name="charge_route_department_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["all", "package"], department="", charge_code=None)
                | (Q(kind="department", charge_code=None) & ~Q(department=""))
                | Q(kind="code", department="", charge_code__isnull=False),
                name="charge_route_kind_fits",
            ),
            models.CheckConstraint(
                condition=Q(from_on=None) | Q(until_on=None) | Q(until_on__gte=F("from_on")),
                name="charge_route_dates_in_order",
            ),
            models.UniqueConstraint(
                fields=["stay", "kind", "department", "charge_code"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="charge_route_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stay_id} {self.what} → {self.folio_id}"

    @property
    def what(self) -> str:
        """Which charges, in words."""
        if self.kind == RouteKind.DEPARTMENT:
            return str(Department(self.department).label)
        return str(self.charge_code) if self.charge_code else str(RouteKind(self.kind).label)
