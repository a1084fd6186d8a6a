"""Guests, members, levels, points and stored value."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from oms.staff.models import Branch
from oms.trace.tracking import tracked


class IdType(models.TextChoices):
    """Identity documents."""

    NONE = "none", _("None")
    RESIDENT_ID = "resident_id", _("Resident identity card")
    PASSPORT = "passport", _("Passport")
    HM_PERMIT = "hm_permit", _("Hong Kong and Macao permit")
    TW_PERMIT = "tw_permit", _("Taiwan permit")
    OTHER = "other", _("Other")


class Guest(models.Model):
    """A person who stayed, stays or will stay. Names are found by pinyin, sealed numbers by hash or tail.

    ``name_keys`` holds every reading of the name (full pinyin and initials), space-separated, lower case.
    ``*_sealed`` is ciphertext (oms.lib.sealing), ``*_hash`` a keyed hash, ``*_tail`` the last four characters.
    An erased guest keeps its row (money stays explained) and loses everything personal.
    """

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="guests")
    name = models.CharField(_("name"), max_length=80, db_collation="C")
    name_keys = models.CharField(max_length=300, blank=True, db_collation="C")
    gender = models.CharField(_("gender"), max_length=1, blank=True)
    id_type = models.CharField(_("identity document"), max_length=12, choices=IdType, default=IdType.NONE)
    id_sealed = models.BinaryField(null=True)
    id_hash = models.BinaryField(max_length=16, null=True)
    id_tail = models.CharField(max_length=4, blank=True, db_collation="C")
    phone_sealed = models.BinaryField(null=True)
    phone_hash = models.BinaryField(max_length=16, null=True)
    phone_tail = models.CharField(max_length=4, blank=True, db_collation="C")
    born_on = models.DateField(_("born"), null=True, blank=True)
    nationality = models.CharField(_("nationality"), max_length=2, default="CN")
    preferences = models.CharField(_("preferences"), max_length=300, blank=True)
    is_blacklisted = models.BooleanField(_("blacklisted"), default=False)
    blacklist_reason = models.CharField(_("blacklist reason"), max_length=200, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged_from")
    erased_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("guest")
        verbose_name_plural = _("guests")
        permissions = [
            ("reveal_guest", _("Can see guests' personal data unmasked")),
            ("merge_guest", _("Can merge guests")),
            ("erase_guest", _("Can erase guests")),
            ("override_blacklist", _("Can let a blacklisted guest in")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(id_type__in=IdType.values), name="guest_id_type_known"),
            models.UniqueConstraint(
                fields=["branch", "id_type", "id_hash"],
                condition=Q(id_hash__isnull=False, merged_into=None, erased_at=None),
                name="guest_document_once",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(id_sealed=None, phone_sealed=None, id_hash=None, phone_hash=None),
                name="guest_erased_is_anonymous",
            ),
            models.CheckConstraint(
                condition=Q(is_blacklisted=False) | ~Q(blacklist_reason=""), name="guest_blacklist_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "phone_tail"], name="guest_by_phone_tail"),
            models.Index(fields=["branch", "id_tail"], name="guest_by_id_tail"),
            models.Index(fields=["branch", "name"], name="guest_by_name"),
            models.Index(fields=["branch", "name_keys"], name="guest_by_pinyin"),
            models.Index(fields=["phone_hash"], name="guest_by_phone"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class MemberLevel(models.Model):
    """A level, what it takes to reach it, and what it gives. Percentages: 88 means the guest pays 88 %."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="member_levels")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=40)
    rank = models.PositiveSmallIntegerField(_("rank"))
    room_percent = models.DecimalField(_("room price %"), max_digits=5, decimal_places=2, default=100)
    goods_percent = models.DecimalField(_("goods price %"), max_digits=5, decimal_places=2, default=100)
    points_per_yuan = models.DecimalField(_("points per yuan"), max_digits=6, decimal_places=2, default=1)
    upgrade_nights = models.PositiveSmallIntegerField(_("nights in a year to reach it"), null=True, blank=True)
    upgrade_points = models.PositiveIntegerField(_("points in a year to reach it"), null=True, blank=True)
    benefits = models.CharField(_("benefits shown at check-in"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("member level")
        verbose_name_plural = _("member levels")
        constraints = [
            models.UniqueConstraint(fields=["branch", "code"], name="member_level_code_once"),
            models.UniqueConstraint(fields=["branch", "rank"], name="member_level_rank_once"),
            models.CheckConstraint(
                condition=Q(room_percent__gt=0, room_percent__lte=100, goods_percent__gt=0, goods_percent__lte=100),
                name="member_level_percent_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class BonusRule(models.Model):
    """Topping up at least ``from_amount`` gives ``bonus``; the largest rule reached counts, once."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    from_amount = models.DecimalField(_("top-up from"), max_digits=12, decimal_places=2)
    bonus = models.DecimalField(_("bonus"), max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("bonus rule")
        verbose_name_plural = _("bonus rules")
        constraints = [
            models.UniqueConstraint(fields=["branch", "from_amount"], name="bonus_rule_once"),
            models.CheckConstraint(condition=Q(from_amount__gt=0, bonus__gte=0), name="bonus_rule_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.from_amount} + {self.bonus}"


@tracked(exclude=["points", "stored_value", "bonus_value", "version"])
class Member(models.Model):
    """A guest with a level. Balances are maintained numbers, proved against their ledgers by check_books."""

    guest = models.OneToOneField(Guest, on_delete=models.PROTECT, related_name="member")
    number = models.CharField(_("member number"), max_length=20, unique=True, db_collation="C")
    level = models.ForeignKey(MemberLevel, on_delete=models.PROTECT, related_name="members")
    points = models.IntegerField(_("points"), default=0)
    stored_value = models.DecimalField(_("stored value"), max_digits=12, decimal_places=2, default=0)
    bonus_value = models.DecimalField(_("bonus"), max_digits=12, decimal_places=2, default=0)
    joined_at = models.DateTimeField(_("joined"))
    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=0, stored_value__gte=0, bonus_value__gte=0), name="member_never_overdrawn"
            )
        ]

    def __str__(self) -> str:
        return self.number


class LedgerKind(models.TextChoices):
    """Why a member's points or value changed."""

    EARN = "earn", _("Earned")
    REDEEM = "redeem", _("Redeemed")
    TOP_UP = "top_up", _("Topped up")
    SPEND = "spend", _("Spent")
    REFUND = "refund", _("Refunded")
    REVERSE = "reverse", _("Reversed")
    ADJUST = "adjust", _("Adjusted")
    MERGE = "merge", _("Merged")


class MemberEntry(models.Model):
    """One change of points, stored value or bonus, only ever added (trigger). balance = Σ of its column."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=LedgerKind)
    points = models.IntegerField(default=0)
    value = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    bonus = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    folio_entry_id = models.BigIntegerField(null=True)  # the folio side of it
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    note = models.CharField(max_length=200, blank=True)
    business_date = models.DateField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("member entry")
        verbose_name_plural = _("member entries")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LedgerKind.values), name="member_entry_kind_known"),
            models.CheckConstraint(condition=~Q(points=0, value=0, bonus=0), name="member_entry_moves_something"),
            models.CheckConstraint(condition=~Q(reverses=F("id")), name="member_entry_not_its_own_reversal"),
        ]
        indexes = [
            models.Index(
                fields=["folio_entry_id"], condition=Q(folio_entry_id__isnull=False), name="member_entry_of_folio"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind}"
