"""Who works here, for which branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from oms.trace.tracking import tracked

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

QuerySetT = TypeVar("QuerySetT", bound="QuerySet")


class Theme(models.TextChoices):
    """Light or dark page; auto follows the device."""

    AUTO = "auto", _("Like the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    """Height of a table row."""

    REGULAR = "regular", _("Regular")
    COMPACT = "compact", _("Compact")


@tracked()
class Branch(models.Model):
    """The company a warehouse, channel or hotel belongs to; costs and revenue are reported per branch."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")

    def __str__(self) -> str:
        return self.name


@tracked(exclude=["password", "last_login", "approval_pin"])
class Staff(AbstractUser):
    """A person who signs in. What they may do comes from roles (groups); what they see, from their branches."""

    display_name = models.CharField(_("display name"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    branches = models.ManyToManyField(Branch, verbose_name=_("branches"), related_name="staff", blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)  # empty: as the browser asks
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.AUTO)
    density = models.CharField(_("density"), max_length=10, choices=Density, default=Density.REGULAR)
    single_keys = models.BooleanField(_("one-letter keys"), default=True)
    approval_pin = models.CharField(max_length=128, blank=True)  # hashed; empty: can't approve at another desk

    if TYPE_CHECKING:
        is_verified: Callable[[], bool]  # put there by the second factor's middleware

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        permissions = [("view_trace", _("Can see who changed what"))]
        constraints = [
            models.CheckConstraint(condition=Q(theme__in=Theme.values), name="staff_theme_known"),
            models.CheckConstraint(condition=Q(density__in=Density.values), name="staff_density_known"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @cached_property
    def own_branches(self) -> list[Branch]:
        """The branches this person belongs to, by name; all active ones for superusers. One statement per request."""
        branches = Branch.objects.filter(is_active=True) if self.is_superuser else self.branches.all()
        return list(branches.order_by("name"))

    @cached_property
    def branch_ids(self) -> list[int] | None:
        """Branches this person sees; None means all (superusers)."""
        if self.is_superuser:
            return None
        return sorted(branch.pk for branch in self.own_branches)

    @property
    def branch_names(self) -> list[str]:
        """Names of the branches, for the corner of the page."""
        return [branch.name for branch in self.own_branches]

    @property
    def initial(self) -> str:
        """One character for the round picture."""
        return str(self)[:1].upper()

    @property
    def time_zone(self) -> str:
        """The time zone of the person's first branch: what times on pages are told in."""
        return self.own_branches[0].time_zone if self.own_branches else settings.TIME_ZONE

    @cached_property
    def role_names(self) -> list[str]:
        """Names of the roles held, in alphabetical order."""
        return sorted(self.groups.values_list("name", flat=True))

    @property
    def must_have_factor(self) -> bool:
        """Whether this person may not work without a second factor."""
        from oms.staff.roles import needs_second_factor

        return settings.OMS_REQUIRE_OTP and needs_second_factor(self.role_names, is_superuser=self.is_superuser)

    @property
    def role_labels(self) -> list[str]:
        """The roles in the reader's language."""
        from oms.staff.roles import label_of

        return [label_of(name) for name in self.role_names]


def in_branches_of(queryset: QuerySetT, staff: Staff, path: str = "branch_id") -> QuerySetT:
    """Rows of ``queryset`` whose branch (at ``path``) the person belongs to: the row scope of every list."""
    ids = staff.branch_ids
    return queryset if ids is None else queryset.filter(**{f"{path}__in": ids})
