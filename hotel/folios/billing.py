"""A bill on paper: what it says, in Chinese, English or both."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from hotel.folios.models import Department, EntryKind, FolioEntry, Ledger, TenderKind
from hotel.folios.pagedata import is_payment, whose
from oms.lib.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from django.utils.functional import Promise

LANGUAGES = {"both": ("zh-hans", "en"), "zh": ("zh-hans",), "en": ("en",)}
STYLES = ("summary", "detail")
GROUPINGS = ("day", "department")
PAPERS = ("a4", "80")
CHARGES = (EntryKind.CHARGE, EntryKind.TRANSFER, EntryKind.PAID_OUT, EntryKind.WRITE_OFF)

WORDS: dict[str, str | Promise] = {
    "summary": _("Folio — summary"),
    "detail": _("Folio — detail"),
    "guest": _("Guest"),
    "number": _("Folio no."),
    "room": _("Room"),
    "printed": _("Printed at"),
    "arrival": _("Arrival"),
    "departure": _("Departure"),
    "date": _("Business date"),
    "member": _("Member"),
    "item": _("Item"),
    "count": _("Entries"),
    "time": _("Time"),
    "text": _("Description"),
    "amount": _("Amount"),
    "no": _("No."),
    "total": _("Total charges"),
    "paid": _("Payments and refunds"),
    "balance": _("Balance"),
    "deposit": _("Deposit held"),
    "signature": _("Guest's signature"),
    "cashier": _("Cashier"),
    "signed_on": _("Date"),
    "reprint": _("Reprint"),
    "thanks": _("Thank you. Please ask the front desk about this bill within 30 days."),
}


@dataclass
class Group:
    """Lines under one heading."""

    label: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    sum: Decimal = ZERO


@dataclass
class Bill:
    """What is printed. Sums are of the folio's own ledger; a deposit is told apart."""

    words: dict[str, str]
    groups: list[Group]
    payments: list[dict[str, Any]]
    charges: Decimal
    paid: Decimal
    balance: Decimal
    deposit: Decimal


def said(text: str | Promise, languages: Iterable[str]) -> str:
    """A text in one language or several, side by side; alike ones once."""
    found: list[str] = []
    for code in languages:
        with translation.override(code):
            if (word := str(text)) not in found:
                found.append(word)
    return " ".join(found)


def make_bill(entries: Iterable[FolioEntry], *, style: str, by: str, language: str) -> Bill:
    """The bill of a folio's entries, oldest first."""
    languages = LANGUAGES[language]
    own = [entry for entry in entries if entry.ledger != Ledger.DEPOSIT]
    charges = [entry for entry in own if not is_payment(entry)]
    money = [entry for entry in own if is_payment(entry)]
    lines = _groups(charges, by, languages) if style == "detail" else _summary(charges, by, languages)
    total = sum((entry.amount for entry in charges), ZERO)
    paid = sum((entry.amount for entry in money), ZERO)
    held = -sum((entry.amount for entry in entries if entry.ledger == Ledger.DEPOSIT), ZERO)
    words = {key: said(word, languages) for key, word in WORDS.items()}
    return Bill(words, lines, _payments(money, languages), total, paid, total + paid, held)


def _heading(entry: FolioEntry, languages: Iterable[str]) -> str:
    """The department; a charge that was moved here stays in its own."""
    if entry.kind != EntryKind.CHARGE and not (entry.kind == EntryKind.TRANSFER and entry.department):
        return said(EntryKind(entry.kind).label, languages)
    return said(Department(entry.department or Department.OTHER).label, languages)


def _day(entry: FolioEntry, languages: Iterable[str]) -> str:
    with translation.override(next(iter(languages))):
        return date_format(entry.business_date, "Y-m-d D")


def _summary(charges: list[FolioEntry], by: str, languages: Iterable[str]) -> list[Group]:
    """One line per department, or per day and department."""
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for entry in charges:
        day = _day(entry, languages) if by == "day" else ""
        sums[day, _heading(entry, languages)].append(entry.amount)
    groups: dict[str, Group] = {}
    for (day, label), amounts in sums.items():
        group = groups.setdefault(day, Group(day))
        group.rows.append({"label": label, "count": len(amounts), "amount": sum(amounts, ZERO)})
        group.sum += sum(amounts, ZERO)
    return list(groups.values())


def _groups(charges: list[FolioEntry], by: str, languages: Iterable[str]) -> list[Group]:
    groups: dict[str, Group] = {}
    for entry in charges:
        heading = _heading(entry, languages)
        label = _day(entry, languages) if by == "day" else heading
        group = groups.setdefault(label, Group(label))
        text = " ".join(filter(None, [whose(entry), _text(entry, languages) or heading]))
        if entry.reverses_id:
            text = f"{text} (#{entry.reverses_id})"
        group.rows.append({"entry": entry, "label": heading, "text": text, "amount": entry.amount})
        group.sum += entry.amount
    return list(groups.values())


def _text(entry: FolioEntry, languages: Iterable[str]) -> str:
    """What was typed; the name of the charge code in the bill's languages where nothing else was."""
    code = entry.charge_code
    if code is None or not code.english_name or not entry.text.startswith(code.name):
        return entry.text
    names = [code.english_name if language == "en" else code.name for language in languages]
    return " ".join(dict.fromkeys(names)) + entry.text.removeprefix(code.name)


def _payments(money: list[FolioEntry], languages: Iterable[str]) -> list[dict[str, Any]]:
    return [
        {
            "entry": entry,
            "label": said(TenderKind(entry.tender).label, languages) if entry.tender else "",
            "kind": said(EntryKind(entry.kind).label, languages),
            "amount": entry.amount,
        }
        for entry in money
    ]
