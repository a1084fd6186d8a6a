"""What a page asks approval for, sealed so that what is asked is what the command said."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oms.approvals.limits import LIMITS
from oms.approvals.queries import deciders

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from oms.approvals.limits import BeyondLimit
    from oms.staff.models import Staff

SALT = "oms.approvals.asking"
GOOD_FOR = 4 * 3600  # seconds

FACT_LABELS: dict[str, str | Promise] = {
    "amount": _("Amount"),
    "price": _("Price"),
    "prices": _("Prices"),
    "percent": _("Percent"),
    "nights": _("Nights"),
    "days": _("Days"),
    "room": _("Room"),
    "type": _("Room type"),
    "stay": _("Stay"),
    "folio": _("Folio"),
    "member": _("Member"),
    "charged": _("Charged"),
    "tender": _("Paid by"),
    "entries": _("Entries"),
    "entry": _("Entry"),
    "reason": _("Reason"),
    "date": _("Date"),
    "departure_on": _("Departure"),
    "was_away": _("Was away meanwhile"),
}


@dataclass(frozen=True)
class Ask:
    """One thing to be approved. ``facts`` are compared word for word when the approval is used."""

    action: str
    branch_id: int
    subject: str
    facts: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    why: str = ""  # the refusal, shown on top

    @classmethod
    def from_refusal(cls, refusal: BeyondLimit) -> Ask:
        """What a command that raised BeyondLimit wants approved."""
        parts = {key: refusal.details[key] for key in ("action", "branch_id", "subject", "facts", "url")}
        return cls(**parts, why=str(refusal))

    @property
    def token(self) -> str:
        """Signed: what comes back from the dialog is what the page put in."""
        return signing.dumps(asdict(self), salt=SALT, compress=True)

    @property
    def label(self) -> str:
        """What the action is called."""
        return action_label(self.action)

    @property
    def shown_facts(self) -> list[tuple[str, str]]:
        """Facts as label and text."""
        return shown(self.facts)


def read(token: str) -> Ask:
    """The Ask behind a token. Raises signing.BadSignature for a forged or outdated one."""
    return Ask(**signing.loads(token, salt=SALT, max_age=GOOD_FOR))


def ask_context(ask: Ask, *, form: str, by: Staff) -> dict[str, Any]:
    """What ``_ask.html`` needs: ask, ask_form (the id of the page's own form), ask_deciders."""
    others = [person for person in deciders(ask.branch_id) if person.pk != by.pk]
    return {"ask": ask, "ask_form": form, "ask_deciders": [person for person in others if person.approval_pin]}


def action_label(action: str) -> str:
    """What an action is called; one that has no limit is called by its own name."""
    return str(LIMITS[action].label) if action in LIMITS else action.replace("_", " ")


def shown(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Facts as label and text, in the order they were given; what has no label (a row's number) is only compared."""
    return [(str(FACT_LABELS[key]), _text(value)) for key, value in facts.items() if key in FACT_LABELS]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
