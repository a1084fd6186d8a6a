"""Refusals: what a command says when it can't do what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


_BY_CODE: dict[str, type[DomainError]] = {}


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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _BY_CODE[cls.code] = cls


def refusal_text(code: str, details: dict[str, Any]) -> str:
    """What a stored refusal says, in the language of whoever reads it now; the bare code if it is no longer known."""
    refusal = _BY_CODE.get(code)
    if refusal is None:
        return str(details.get("message", code))
    try:
        return str(refusal.message) % details
    except KeyError:  # written by an older version with other details
        return str(refusal.message)
