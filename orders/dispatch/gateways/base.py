"""What every warehouse gateway offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Sequence


class GatewayUnreachable(Exception):
    """The whole call failed; every document of it may be tried again."""


@dataclass(frozen=True)
class Consignment:
    """A document as a gateway sees it. ``lines`` are (SKU code, quantity)."""

    document_id: int
    number: str
    order_number: str
    warehouse_code: str
    courier_code: str
    receiver: dict[str, str]
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Answer:
    """What the warehouse said about one document. ``error`` is empty if it agreed."""

    document_id: int
    error: str = ""
    permanent: bool = False  # no use in trying again

    @property
    def agreed(self) -> bool:
        """Whether the warehouse agreed."""
        return not self.error


class WarehouseGateway(Protocol):
    """A warehouse system. The same document (by number) sent twice is the same document.

    Answers every document of the call, in its order; raises GatewayUnreachable if the call as a whole failed.
    ``local``: the warehouse works in OMS itself, so a void needs no answer from outside.
    """

    local: ClassVar[bool]

    def send(self, documents: Sequence[Consignment]) -> list[Answer]:
        """Hand documents to the warehouse."""

    def void(self, documents: Sequence[Consignment]) -> list[Answer]:
        """Call documents back; the warehouse refuses what is packed or gone, for good."""


def gateway_named(name: str) -> WarehouseGateway:
    """The gateway that settings.OMS_WAREHOUSE_GATEWAYS names. Raises KeyError."""
    return import_string(settings.OMS_WAREHOUSE_GATEWAYS[name])()
