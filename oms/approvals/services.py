"""Asking for, giving and using two-person approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from oms.approvals.models import Approval, ApprovalStatus
from oms.approvals.queries import deciders
from oms.lib.errors import DomainError
from oms.notices.services import notify
from oms.staff.models import Staff

if TYPE_CHECKING:
    import datetime as dt

PIN_TRIES = 5  # wrong PINs for one name before it is refused for a while
PIN_PAUSE = 900  # seconds


class NotYours(DomainError):
    """Nobody decides what they asked for, or what is not of their branch or beyond their permission."""

    code = "approval_not_yours"
    message = _("Somebody else with the right to approve has to decide this.")


class AlreadyDecided(DomainError):
    """Somebody was faster."""

    code = "approval_already_decided"
    message = _("%(by)s has decided this already: %(status)s.")


class NotApproved(DomainError):
    """The action needs an approval that is given and not used yet."""

    code = "approval_missing"
    message = _("This needs the approval of a supervisor.")


class ApprovalDiffers(DomainError):
    """What is being done is not what was approved."""

    code = "approval_differs"
    message = _("What was approved differs in %(fields)s. Ask again.")


class WrongPin(DomainError):
    """Name and PIN don't belong together, or were wrong too often."""

    code = "approval_wrong_pin"
    message = _("Name and PIN do not fit, or that person may not approve this. After five tries wait a quarter hour.")


@transaction.atomic
def ask(
    *,
    action: str,
    branch_id: int,
    subject: str,
    facts: dict[str, Any],
    reason: str,
    by: Staff,
    at: dt.datetime,
    url: str = "",
) -> Approval:
    """Ask for approval of ``action`` with exactly ``facts``. Rings the bell of everybody who could decide it."""
    approval = Approval.objects.create(
        action=action,
        branch_id=branch_id,
        subject=subject[:80],
        facts=facts,
        reason=reason[:200],
        url=url,
        asked_by=by,
        asked_at=at,
    )
    notify(
        staff_ids=[person.pk for person in deciders(branch_id) if person.pk != by.pk],
        text=gettext_noop("%(who)s asks for your approval: %(subject)s"),
        params={"who": str(by), "subject": approval.subject},
        url="/approvals/",
        icon="checks",
        at=at,
    )
    return approval


@transaction.atomic
def decide(*, approval_id: int, approve: bool, by: Staff, at: dt.datetime, note: str = "") -> Approval:
    """Approve or refuse. Locks the request. Tells the asker. Raises NotYours, AlreadyDecided."""
    approval = Approval.objects.select_for_update(of=("self",), no_key=True).get(pk=approval_id)
    if approval.status != ApprovalStatus.WAITING:
        raise AlreadyDecided(by=str(approval.decided_by or approval.asked_by), status=approval.get_status_display())
    _decide(approval, approve=approve, by=by, at=at, note=note)
    notify(
        staff_ids=[approval.asked_by_id],
        text=gettext_noop("%(who)s approved: %(subject)s") if approve else gettext_noop("%(who)s refused: %(subject)s"),
        params={"who": str(by), "subject": approval.subject},
        url=approval.url,
        icon="checks" if approve else "ban",
        at=at,
    )
    return approval


@transaction.atomic
def withdraw(*, approval_id: int, by: Staff, at: dt.datetime) -> Approval:
    """Take a request back. Locks it. Raises NotYours for somebody else's, AlreadyDecided."""
    approval = Approval.objects.select_for_update(of=("self",), no_key=True).get(pk=approval_id)
    if approval.asked_by_id != by.pk:
        raise NotYours
    if approval.status != ApprovalStatus.WAITING:
        raise AlreadyDecided(by=str(approval.decided_by or by), status=approval.get_status_display())
    approval.status = ApprovalStatus.WITHDRAWN
    approval.save(update_fields=["status"])
    return approval


def approve_by_pin(
    *,
    action: str,
    branch_id: int,
    subject: str,
    facts: dict[str, Any],
    reason: str,
    username: str,
    pin: str,
    by: Staff,
    at: dt.datetime,
) -> Approval:
    """A supervisor approves at the asker's desk with name and PIN. Raises WrongPin, NotYours.

    Five wrong PINs for one name lock that name's PIN for a quarter hour, whoever typed them.
    """
    tries = f"approval-pin:{username}"
    person = Staff.objects.filter(username=username, is_active=True).first()
    if (
        person is None
        or not person.approval_pin
        or cache.get(tries, 0) >= PIN_TRIES
        or not check_password(pin, person.approval_pin)
    ):
        cache.add(tries, 0, PIN_PAUSE)
        cache.incr(tries)
        raise WrongPin
    cache.delete(tries)
    with transaction.atomic():
        approval = Approval(
            action=action,
            branch_id=branch_id,
            subject=subject[:80],
            facts=facts,
            reason=reason[:200],
            asked_by=by,
            asked_at=at,
            by_pin=True,
        )
        _decide(approval, approve=True, by=person, at=at, note="")
        # Whoever's PIN it was hears of it, wherever it was typed.
        notify(
            staff_ids=[person.pk],
            text=gettext_noop("Your PIN approved at the desk of %(who)s: %(subject)s"),
            params={"who": str(by), "subject": approval.subject},
            url="/approvals/?show=decided",
            icon="checks",
            at=at,
        )
    return approval


@transaction.atomic
def set_pin(*, pin: str, by: Staff) -> None:
    """Set one's own approval PIN (four to eight digits); an empty one ends it. Raises ValueError for anything else."""
    if pin and not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):  # noqa: PLR2004 -- said in the docstring
        message = "a PIN has four to eight digits"
        raise ValueError(message)
    Staff.objects.filter(pk=by.pk).update(approval_pin=make_password(pin) if pin else "")


def use(*, approval_id: int | None, action: str, facts: dict[str, Any], by: Staff, at: dt.datetime) -> Approval:
    """Spend an approval, inside the transaction of what it allows. Locks it. Raises NotApproved, ApprovalDiffers.

    ``facts`` must be those that were approved, by the one who asked; an approval is good for one use.
    """
    if approval_id is None:
        raise NotApproved
    approval = (
        Approval.objects.select_for_update(of=("self",), no_key=True).filter(pk=approval_id, action=action).first()
    )
    if approval is None or approval.status != ApprovalStatus.APPROVED or approval.asked_by_id != by.pk:
        raise NotApproved
    different = sorted(key for key in {*approval.facts, *facts} if approval.facts.get(key) != facts.get(key))
    if different:
        raise ApprovalDiffers(fields=", ".join(different))
    approval.status, approval.used_at = ApprovalStatus.USED, at
    approval.save(update_fields=["status", "used_at"])
    return approval


def _decide(approval: Approval, *, approve: bool, by: Staff, at: dt.datetime, note: str) -> None:
    if by.pk == approval.asked_by_id or by not in deciders(approval.branch_id):
        raise NotYours
    approval.status = ApprovalStatus.APPROVED if approve else ApprovalStatus.REFUSED
    approval.decided_by, approval.decided_at, approval.decision_note = by, at, note[:200]
    approval.save()
