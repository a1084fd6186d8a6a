"""Forms of plain master data."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError


class PlainForm(forms.ModelForm):
    """``said``: by constraint of the table, the field at which it is refused and how, instead of the constraint's name.

    Constraints that are not named there speak for themselves.
    """

    said: ClassVar[dict[str, tuple[str, Any]]] = {}

    def _post_clean(self) -> None:
        self.instance.validate_constraints = lambda exclude=None: None  # below, in words
        super()._post_clean()  # type: ignore[misc]
        del self.instance.validate_constraints
        exclude: Any = self._get_validation_exclusions()  # type: ignore[attr-defined]
        for constraint in self.instance._meta.constraints:
            try:
                constraint.validate(type(self.instance), self.instance, exclude=exclude)
            except ValidationError as refusal:
                field, words = self.said.get(constraint.name, (None, refusal))
                self.add_error(field, words)
