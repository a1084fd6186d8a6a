"""What is done once an outside warehouse gives a document back: said when it is asked, done with its answer.

Rooms above fill the registry in AppConfig.ready, because the document's room can't import them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from oms.staff.models import Staff

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django.utils.functional import Promise

    from oms.lib.errors import DomainError


@dataclass(frozen=True)
class Wish:
    """``do``: code of a registered doer; who wanted it and why; ``details``: what the doer needs, as JSON."""

    do: str
    reason: str = ""
    by: Staff | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """As the document keeps it."""
        return {"do": self.do, "reason": self.reason, "by": self.by and self.by.pk, "details": self.details}

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Self:
        """What a document has kept. One query if a person wished it."""
        by = Staff.objects.filter(pk=kept["by"]).first() if kept["by"] else None
        return cls(kept["do"], kept["reason"], by, kept["details"])


@dataclass(frozen=True)
class Doer:
    """``label`` says what will happen to the order; ``run`` does it in the transaction of the answer."""

    label: str | Promise
    run: Callable[[int, Wish, dt.datetime], DomainError | None]  # order id


_DOERS: dict[str, Doer] = {}


def register(do: str, doer: Doer) -> None:
    """Say how a wish is done; called from AppConfig.ready."""
    _DOERS[do] = doer


def fulfil(order_id: int, wish: Wish, at: dt.datetime) -> DomainError | None:
    """Do what was wished; answer the refusal, if the order stands otherwise by now."""
    return _DOERS[wish.do].run(order_id, wish, at)


def label_of(kept: dict[str, Any] | None) -> str:
    """What will happen once the warehouse agrees; empty if the order just walks again."""
    doer = _DOERS.get(kept["do"]) if kept else None
    return str(doer.label) if doer else ""
