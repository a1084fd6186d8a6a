"""What the folio page shows, prepared in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hotel.folios.models import Department, EntryKind, Folio, FolioEntry, FolioKind, Ledger, TenderKind
from hotel.folios.queries import MONEY, balances, deposits, deposits_by_tender, paid_by_tender
from hotel.folios.services.sharing import Account
from oms.lib.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import Promise

ICONS = {
    TenderKind.CASH: "cash",
    TenderKind.CARD: "credit-card",
    TenderKind.WECHAT: "brand-wechat",
    TenderKind.ALIPAY: "wallet",
    TenderKind.TRANSFER: "building",
    TenderKind.STORED_VALUE: "coin",
    TenderKind.POINTS: "star",
    TenderKind.COMPANY: "file-analytics",
    TenderKind.OTA: "stack-2",
}
PAYMENTS = {*MONEY, EntryKind.DEPOSIT_APPLIED} - {EntryKind.PAID_OUT}


def is_payment(entry: FolioEntry) -> bool:
    """Money, or what was paid on a folio that was merged into this one. On a company's folio that is what it owes."""
    came_along = entry.kind == EntryKind.TRANSFER and entry.tender and entry.folio.kind != FolioKind.COMPANY
    return entry.kind in PAYMENTS or bool(came_along)


@dataclass
class Row:
    """One entry as a line."""

    entry: FolioEntry
    label: str | Promise  # the tag: department or kind
    text: str
    is_dim: bool  # reversed, or a reversal
    is_struck: bool
    may_tick: bool
    is_ticked: bool = False


@dataclass
class Group:
    """Lines with a heading and a sum."""

    label: str
    rows: list[Row] = field(default_factory=list)
    sum: Decimal = ZERO


def windows_of(folio: Folio) -> list[dict[str, Any]]:
    """The windows of the folio's stay (the folio alone otherwise), each with balance and deposit. Three statements."""
    mine = Folio.objects.filter(stay=folio.stay_id).order_by("window") if folio.stay_id else [folio]
    folios = list(mine)
    ids = [each.pk for each in folios]
    owed, held = balances(ids), deposits(ids)
    return [
        {
            "folio": each,
            "letter": chr(64 + min(each.window, 26)),
            "balance": owed[each.pk],
            "deposit": held[each.pk],
            "current": each.pk == folio.pk,
        }
        for each in folios
    ]


def entries_of(folio: Folio) -> list[FolioEntry]:
    """All entries with who made them and what undid them, oldest first. One statement."""
    entries = FolioEntry.objects.filter(folio=folio).select_related(
        "by", "reversed_by", "stay__room", "folio", "charge_code"
    )
    return list(entries.order_by("pk"))


def grouped(entries: Iterable[FolioEntry], how: str, ticked: set[int]) -> list[Group]:
    """Lines one by one (charges, then money), by day, or by department."""
    rows = [_row(entry, ticked) for entry in entries]
    if how == "day":
        return _by(rows, lambda row: date_format(row.entry.business_date, "Y-m-d l"))
    if how == "department":
        return _by(rows, lambda row: str(row.label))
    money = [row for row in rows if is_payment(row.entry)]
    charges = [row for row in rows if not is_payment(row.entry)]
    groups = [Group("", charges, _sum(charges))]
    if money:
        groups.append(Group(_("Payments and deposits"), money, _sum(money)))
    return groups


def _by(rows: list[Row], key: Any) -> list[Group]:
    groups: dict[str, Group] = {}
    for row in rows:
        group = groups.setdefault(key(row), Group(key(row)))
        group.rows.append(row)
    for group in groups.values():
        group.sum = _sum(group.rows)
    return list(groups.values())


def _sum(rows: list[Row]) -> Decimal:
    """What the lines change the balance by: deposits don't."""
    return sum((row.entry.amount for row in rows if row.entry.ledger != Ledger.DEPOSIT), ZERO)


def _row(entry: FolioEntry, ticked: set[int]) -> Row:
    undone = getattr(entry, "reversed_by", None) is not None
    label = Department(entry.department).label if entry.department else EntryKind(entry.kind).label
    if entry.kind in (EntryKind.TRANSFER, EntryKind.DEPOSIT_APPLIED):
        label = EntryKind(entry.kind).label
    return Row(
        entry=entry,
        label=label,
        text=_text(entry),
        is_dim=undone or entry.reverses_id is not None,
        is_struck=undone,
        may_tick=not undone and entry.reverses_id is None,
        is_ticked=entry.pk in ticked,
    )


def _text(entry: FolioEntry) -> str:
    parts = [entry.text]
    if entry.tender:
        parts.insert(0, str(TenderKind(entry.tender).label))
    if entry.quantity not in (1, -1) and entry.kind == EntryKind.CHARGE:
        parts.append(f"×{abs(entry.quantity).normalize():f}")
    if entry.night_on:
        parts.append(f"{entry.night_on:%m-%d}")
    if entry.stay_id and entry.stay_id != entry.folio.stay_id:
        parts.insert(0, whose(entry))
    return " ".join(part for part in parts if part)


def whose(entry: FolioEntry) -> str:
    """The room, or the stay, whose charge a routing rule brought here."""
    return str(entry.stay.room or entry.stay) if entry.stay else ""


def totals(entries: Iterable[FolioEntry]) -> dict[str, Decimal]:
    """Charges and payments of a folio; their difference is the balance."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if entry.ledger != Ledger.DEPOSIT:
            sums["payments" if is_payment(entry) else "charges"] += entry.amount
    return {"charges": sums["charges"], "payments": -sums["payments"], "balance": sums["charges"] + sums["payments"]}


def tender_choices() -> list[dict[str, Any]]:
    """Every way of paying, with its picture."""
    return [{"kind": kind, "label": label, "icon": ICONS[TenderKind(kind)]} for kind, label in TenderKind.choices]


def proposed(folio: Folio, balance: Decimal) -> dict[str, Any]:
    """What settling would take: the deposit to use, what is left, and how to give back what is too much.

    Money goes back out of the deposit first, then by the tenders it came in with, the largest first.
    """
    held = deposits_by_tender([folio.pk]).get(folio.pk, {})
    paid = paid_by_tender([folio.pk]).get(folio.pk, {})
    account = Account(folio.pk, balance, held, paid)
    used, due = max(ZERO, min(balance, sum(held.values(), ZERO))), account.net
    rows = [{"kind": tender, "amount": -amount, "detail": ""} for tender, amount in account.back.items()]
    total = sum(held.values(), ZERO)
    return {"held": held, "total": total, "use": used, "due": due, "shown": abs(due), "rows": rows}
