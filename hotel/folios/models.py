"""Money at the desk. Entries are only ever added; a balance is the sum of its entries."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hotel.rooms.models import Property
from hotel.stays.models import Booking, RoomNight, Stay
from hotel.stays.packages import StayPackage
from oms.trace.tracking import tracked


class Ledger(models.TextChoices):
    """Whose money it is. Guest: of guests in the house; deposit: liabilities; company: accounts receivable."""

    GUEST = "guest", _("Guest ledger")
    DEPOSIT = "deposit", _("Deposit ledger")
    COMPANY = "company", _("Company ledger")


class FolioKind(models.TextChoices):
    """What a folio is for."""

    STAY = "stay", _("Stay")
    MASTER = "master", _("Group master")
    COMPANY = "company", _("Company")
    PASSER_BY = "passer_by", _("Passer-by")


class TenderKind(models.TextChoices):
    """How a settlement is paid."""

    CASH = "cash", _("Cash")
    CARD = "card", _("Bank card")
    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")
    TRANSFER = "transfer", _("Bank transfer")
    STORED_VALUE = "stored_value", _("Member stored value")
    POINTS = "points", _("Points")
    COMPANY = "company", _("Company account")
    OTA = "ota", _("OTA prepaid")


class Department(models.TextChoices):
    """Where revenue belongs, and the groups of a summary bill."""

    ROOM = "room", _("Rooms")
    FOOD = "food", _("Food and beverage")
    MINIBAR = "minibar", _("Minibar")
    SHOP = "shop", _("Shop")
    PHONE = "phone", _("Telephone")
    LAUNDRY = "laundry", _("Laundry")
    OTHER = "other", _("Other")
    FEE = "fee", _("Fees")


@tracked()
class ChargeCode(models.Model):
    """What can be posted by code. ``tax_percent`` is contained in prices."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="charge_codes")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    english_name = models.CharField(_("English name"), max_length=60, blank=True)
    department = models.CharField(_("department"), max_length=10, choices=Department)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True, blank=True)
    tax_percent = models.DecimalField(_("tax %"), max_digits=5, decimal_places=2, default=6)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("charge code")
        verbose_name_plural = _("charge codes")
        constraints = [
            models.UniqueConstraint(fields=["property", "code"], name="charge_code_once"),
            models.CheckConstraint(condition=Q(department__in=Department.values), name="charge_code_department_known"),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Company(models.Model):
    """A company whose guests may pay later. Balance and ageing come from its folio and invoices."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="companies")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    contact = models.CharField(_("contact"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    tax_no = models.CharField(_("tax number"), max_length=30, blank=True)
    credit_limit = models.DecimalField(_("credit limit"), max_digits=12, decimal_places=2, default=0)
    agreement_until = models.DateField(_("agreement until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("company account")
        verbose_name_plural = _("company accounts")
        constraints = [
            models.UniqueConstraint(fields=["property", "code"], name="company_code_once"),
            models.CheckConstraint(condition=Q(credit_limit__gte=0), name="company_limit_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """One person's turn at the till, from opening float to a count signed by both. Counted blind."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="shifts")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    business_date = models.DateField()
    opened_at = models.DateTimeField()
    opening_cash = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    counted = models.JSONField(null=True)  # by tender kind, decimal strings
    expected = models.JSONField(null=True)  # frozen when counted
    counted_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True)
    handed_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.UniqueConstraint(
                fields=["property", "staff"], condition=Q(closed_at=None), name="shift_one_open_per_person"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(counted_at__isnull=False), name="shift_counted_before_closed"
            ),
            models.CheckConstraint(
                condition=Q(handed_to=None) | ~Q(handed_to=F("staff")), name="shift_handed_to_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.opened_at:%Y-%m-%d %H:%M}"


class Folio(models.Model):
    """A running account: a window of a stay, a group's master, a company, a passer-by. ``number`` FO + yymmdd + id."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="folios", db_index=False)
    number = models.CharField(max_length=24, unique=True, db_collation="C")
    kind = models.CharField(max_length=10, choices=FolioKind)
    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, null=True, related_name="folios")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, null=True, related_name="folios")
    company = models.OneToOneField(Company, on_delete=models.PROTECT, null=True, related_name="folio")
    window = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=80, blank=True)
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("folio")
        verbose_name_plural = _("folios")
        permissions = [
            ("settle_folio", _("Can take and refund money")),
            ("reverse_entry", _("Can reverse entries")),
            ("transfer_entry", _("Can move entries between folios")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FolioKind.values), name="folio_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="stay", stay__isnull=False)
                | Q(kind="master", booking__isnull=False)
                | Q(kind="company", company__isnull=False)
                | Q(kind="passer_by"),
                name="folio_belongs_to_somebody",
            ),
            models.UniqueConstraint(
                fields=["stay", "window"], condition=Q(stay__isnull=False), name="folio_window_once"
            ),
            models.UniqueConstraint(
                fields=["booking"], condition=Q(kind="master"), name="folio_one_master_per_booking"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class EntryKind(models.TextChoices):
    """What an entry is."""

    CHARGE = "charge", _("Charge")
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    DEPOSIT = "deposit", _("Deposit")
    DEPOSIT_REFUND = "deposit_refund", _("Deposit refunded")
    DEPOSIT_APPLIED = "deposit_applied", _("Deposit applied")
    TRANSFER = "transfer", _("Transfer")
    PAID_OUT = "paid_out", _("Paid out")
    WRITE_OFF = "write_off", _("Written off")


class FolioEntry(models.Model):
    """One line of a folio, only ever added (trigger); its business date must be open (trigger).

    ``amount`` is signed: + the guest owes more, − less; a folio's balance is the sum over its guest- and company-ledger
    entries. ``ledger`` says which daily proof it belongs to. A mistake is an entry that ``reverses`` another, once.
    A transfer is two entries with one ``transfer_id`` and opposite amounts. ``stay``: whose charge it is where a
    routing rule brought it to another folio than the stay's own; else the folio says whose.
    """

    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="entries")
    stay = models.ForeignKey(Stay, on_delete=models.PROTECT, null=True, related_name="routed_entries", db_index=False)
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="+", db_index=False)
    business_date = models.DateField()
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, null=True, related_name="entries")
    ledger = models.CharField(max_length=8, choices=Ledger, default=Ledger.GUEST)
    kind = models.CharField(max_length=16, choices=EntryKind)
    department = models.CharField(max_length=10, choices=Department, blank=True)
    charge_code = models.ForeignKey(ChargeCode, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    tender = models.CharField(max_length=12, choices=TenderKind, blank=True)
    text = models.CharField(max_length=120, blank=True)
    quantity = models.DecimalField(max_digits=9, decimal_places=2, default=1)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    tax_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    night_on = models.DateField(null=True)  # the night a room charge is for
    reference = models.CharField(max_length=80, blank=True)  # terminal slip, document
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    transfer_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("folio entry")
        verbose_name_plural = _("folio entries")
        constraints = [
            models.CheckConstraint(condition=Q(ledger__in=Ledger.values), name="folio_entry_ledger_known"),
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="folio_entry_kind_known"),
            models.CheckConstraint(
                condition=Q(tender="") | Q(tender__in=TenderKind.values), name="folio_entry_tender_known"
            ),
            models.CheckConstraint(
                condition=Q(department="") | Q(department__in=Department.values), name="folio_entry_department_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["payment", "refund", "deposit", "deposit_refund", "paid_out"]) | ~Q(tender=""),
                name="folio_entry_money_has_tender",
            ),
            models.CheckConstraint(condition=Q(reverses=None) | ~Q(reason=""), name="folio_entry_reversal_has_reason"),
        ]
        indexes = [
            models.Index(fields=["property", "business_date", "ledger"], name="folio_entry_by_day"),
            models.Index(fields=["transfer_id"], condition=Q(transfer_id__isnull=False), name="folio_entry_transfer"),
            models.Index(fields=["stay"], condition=Q(stay__isnull=False), name="folio_entry_routed"),
        ]

    def __str__(self) -> str:
        return f"{self.folio_id} {self.amount}"


class RoomCharge(models.Model):
    """The un-reversed room charge of a night: one row or none, by primary key. Reversing the entry deletes the row."""

    night = models.OneToOneField(RoomNight, on_delete=models.PROTECT, primary_key=True, related_name="charge")
    entry = models.OneToOneField(FolioEntry, on_delete=models.PROTECT, related_name="room_charge")

    class Meta:
        verbose_name = _("room charge")
        verbose_name_plural = _("room charges")

    def __str__(self) -> str:
        return f"{self.night_id} {self.entry_id}"


class PackageCharge(models.Model):
    """The un-reversed charge of a package item on a night: one row or none. Reversing the entry deletes the row."""

    night = models.ForeignKey(RoomNight, on_delete=models.PROTECT, related_name="package_charges", db_index=False)
    item = models.ForeignKey(StayPackage, on_delete=models.PROTECT, related_name="charges", db_index=False)
    entry = models.OneToOneField(FolioEntry, on_delete=models.PROTECT, related_name="package_charge")

    class Meta:
        verbose_name = _("package charge")
        verbose_name_plural = _("package charges")
        constraints = [models.UniqueConstraint(fields=["night", "item"], name="package_charge_once_per_night")]

    def __str__(self) -> str:
        return f"{self.night_id} {self.item_id} {self.entry_id}"


class PreAuthorisation(models.Model):
    """Money a bank holds for us, not ours until captured."""

    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="pre_authorisations")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    reference = models.CharField(max_length=80)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    captured = models.ForeignKey(FolioEntry, on_delete=models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("pre-authorisation")
        verbose_name_plural = _("pre-authorisations")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="pre_authorisation_positive"),
            models.CheckConstraint(condition=Q(captured=None) | Q(released_at=None), name="pre_authorisation_one_end"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount}"


class BillPrint(models.Model):
    """One printing of a bill; the first is the original, later ones are marked as reprints."""

    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="prints")
    number = models.PositiveSmallIntegerField()
    style = models.CharField(max_length=20)
    last_entry_id = models.BigIntegerField(null=True)
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("bill print")
        verbose_name_plural = _("bill prints")
        constraints = [models.UniqueConstraint(fields=["folio", "number"], name="bill_print_number_once")]

    def __str__(self) -> str:
        return f"{self.folio_id}/{self.number}"


class InvoiceRequest(models.Model):
    """发票: what the guest wants on the invoice, and whether it was issued. Amount at most what was paid."""

    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="invoice_requests")
    title = models.CharField(_("title"), max_length=120)
    tax_no = models.CharField(_("tax number"), max_length=30, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    email = models.EmailField(_("e-mail"), blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invoice_no = models.CharField(_("invoice number"), max_length=40, blank=True)
    issued_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invoice request")
        verbose_name_plural = _("invoice requests")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="invoice_request_positive"),
            models.CheckConstraint(
                condition=Q(issued_at=None) | ~Q(invoice_no=""), name="invoice_request_issued_has_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.folio_id} {self.amount}"
