"""Refusals: what a command says when it can't do what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


class DomainError(Exception):
    """A refusal with a stable ``code``, a message template in the reader's language, and ``details``.

    The template is formatted when shown, so that the language is the reader's, not the worker's.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[str | Promise] = _("This is not possible.")

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code)
        self.details = details

    def __str__(self) -> str:
        return str(self.message) % self.details
