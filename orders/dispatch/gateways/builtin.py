"""A warehouse whose clerks work in OMS itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from orders.dispatch.gateways.base import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orders.dispatch.gateways.base import Consignment


class BuiltinWarehouse:
    """Takes and gives back everything at once: the documents page is the warehouse system."""

    local: ClassVar[bool] = True

    def send(self, documents: Sequence[Consignment]) -> list[Answer]:
        """Accept all."""
        return [Answer(document.document_id) for document in documents]

    def void(self, documents: Sequence[Consignment]) -> list[Answer]:
        """Give all back."""
        return [Answer(document.document_id) for document in documents]
