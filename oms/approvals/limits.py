"""What a role may do alone at the desk, and from where on somebody else has to approve it.

One table, read across: a number is the most that role may do by itself, ``None`` is no limit, and a role that is not
in the table may do nothing of it alone. Amounts are in the property's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from oms.approvals import services
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.functional import Promise

    from oms.approvals.models import Approval
    from oms.staff.models import Staff

NOTHING = Decimal(0)


class BeyondLimit(DomainError):
    """More than the person may do alone. ``details`` hold what to ask for: action, branch_id, subject, facts, url.

    A view that catches it shows ``oms/approvals/_ask.html`` (its top says how).
    """

    code = "beyond_limit"
    message = _("%(label)s: you may do %(limit)s alone, this is %(value)s. Ask a supervisor.")


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that is limited: what it is called, what its number counts, and the most each role may do alone."""

    label: str | Promise
    unit: str  # percent, amount, days, nights, times
    roles: dict[str, int | None] = field(default_factory=dict)


LIMITS: dict[str, Limit] = {
    # how far below the price of the plan a night may be sold
    "price_discount_percent": Limit(
        _("Price below the rate plan"), "percent", {"front_desk": 10, "duty_manager": 40, "manager": None}
    ),
    # one reversal, by the sum of what it reverses
    "reversal": Limit(
        _("Reversal of entries"),
        "amount",
        {"front_desk": 200, "cashier": 1000, "night_auditor": 1000, "duty_manager": 10000, "manager": None},
    ),
    # money given back that is no deposit
    "refund": Limit(_("Refund"), "amount", {"front_desk": 0, "cashier": 500, "duty_manager": 5000, "manager": None}),
    # a balance given up
    "write_off": Limit(
        _("Write-off"), "amount", {"front_desk": 0, "cashier": 20, "duty_manager": 500, "manager": None}
    ),
    # charges below 0.00 posted at once
    "allowance": Limit(
        _("Allowance"), "amount", {"front_desk": 50, "cashier": 200, "duty_manager": 2000, "manager": None}
    ),
    # business dates after the check-out on which it may be restored; 0: only on its own date
    "restore_days": Limit(
        _("Restore a check-out"), "days", {"front_desk": 0, "night_auditor": 0, "duty_manager": 3, "manager": None}
    ),
    # a room somebody else is working on
    "forced_unlock": Limit(_("Forced unlock"), "times", {"duty_manager": None, "manager": None}),
    # nights sold for nothing
    "free_room": Limit(_("Free room"), "nights", {"duty_manager": 2, "manager": None}),
    # a guest on the blacklist is let in
    "blacklist": Limit(_("Let a blacklisted guest in"), "times", {"duty_manager": None, "manager": None}),
}


def limit_of(staff: Staff, key: str) -> Decimal | None:
    """The most ``staff`` may do alone of ``key``; None: no limit. The most generous of the person's roles counts.

    Superusers have no limit; people without a role in the table have 0.
    Raises KeyError for a key that is not in ``LIMITS``.
    """
    roles = LIMITS[key].roles
    if staff.is_superuser:
        return None
    mine = [roles[name] for name in staff.role_names if name in roles]
    if None in mine:
        return None
    return max((Decimal(most) for most in mine if most is not None), default=NOTHING)


def needs_approval(staff: Staff, key: str, value: Decimal) -> bool:
    """Whether ``value`` of ``key`` is beyond what ``staff`` may do alone."""
    most = limit_of(staff, key)
    return most is not None and value > most


def allow(
    *,
    key: str,
    value: Decimal,
    branch_id: int,
    subject: str,
    facts: dict[str, Any],
    approval_id: int | None,
    by: Staff | None,
    at: dt.datetime,
    url: str = "",
) -> Approval | None:
    """Let a command go on: within the person's limit of ``key`` (None), or by using an approval (returned).

    Call inside the command's transaction. ``facts`` are what is approved, word for word: strings and numbers only.
    The system (``by`` None) has no limit. Raises BeyondLimit, NotApproved, ApprovalDiffers.
    """
    if by is None or not needs_approval(by, key, value):
        return None
    if approval_id:
        return services.use(approval_id=approval_id, action=key, facts=facts, by=by, at=at)
    raise BeyondLimit(
        label=str(LIMITS[key].label),
        limit=_counted(key, limit_of(by, key)),
        value=_counted(key, value),
        action=key,
        branch_id=branch_id,
        subject=subject,
        facts=facts,
        url=url,
    )


def _counted(key: str, value: Decimal | None) -> str:
    return f"{value}%" if LIMITS[key].unit == "percent" else str(value)
