"""Which models keep a history row per change, written by a database trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pghistory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Model = TypeVar("Model", bound=type)


def tracked(*, exclude: Sequence[str] = ()) -> Callable[[Model], Model]:
    """Class decorator: every insert, update and delete of the model leaves a history row, whoever did it and however.

    The library's default leaves deletions out, and its trackers keep state, so each model gets new ones.
    """
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), exclude=list(exclude)
    )
