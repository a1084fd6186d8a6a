"""The checks of settings.OMS_CHECKS."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import Error, register
from django.utils.module_loading import import_string

from interception.checks.base import AUDIT, CONFIRM

if TYPE_CHECKING:
    from interception.checks.base import Check

KINDS = {"review", "system"}


@cache
def checks() -> dict[str, Check]:
    """Every check by its code, in the order of the settings."""
    found = [import_string(path)() for path in settings.OMS_CHECKS]
    return {check.code: check for check in found}


def checks_of(stage: str) -> list[Check]:
    """The checks that run at a stage."""
    return [check for check in checks().values() if check.stage == stage]


@register("interception")
def registry_is_sound(**_kwargs: object) -> list[Error]:
    """Codes are unique, kinds and stages known, every class is found: a misspelt check must not silently be none."""
    errors, seen = [], set()
    for path in settings.OMS_CHECKS:
        try:
            check = import_string(path)()
        except (ImportError, TypeError) as problem:
            errors.append(Error(f"OMS_CHECKS: {path}: {problem}", id="interception.E001"))
            continue
        if check.code in seen:
            errors.append(Error(f"OMS_CHECKS: two checks are called {check.code}", id="interception.E002"))
        if check.kind not in KINDS or check.stage not in {AUDIT, CONFIRM}:
            errors.append(Error(f"OMS_CHECKS: {path}: unknown kind or stage", id="interception.E003"))
        seen.add(check.code)
    return errors
