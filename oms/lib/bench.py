"""Benchmarks: a figure against a floor measured in the same run."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Result:
    """One figure. ``detail`` holds what it was made of: rates, floors, sizes."""

    figure: float
    unit: str
    target: float
    better: Literal["higher", "lower"]
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.figure >= self.target if self.better == "higher" else self.figure <= self.target


def all_benches() -> dict[str, Callable[[bool], Result | list[Result]]]:
    """Every benchmark by name; called with ``short``."""
    return {name: bench for path in settings.OMS_BENCHES for name, bench in import_module(path).BENCHES.items()}
