"""Whether a floor is of use to a person. A role says what somebody may do; a floor can say that there is nothing of
theirs to do it with, and then none of its places, figures and searches are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from oms.staff.models import Staff

_GATES: dict[str, Callable[[Staff], bool]] = {}


def gate(app: str, is_of_use: Callable[[Staff], bool]) -> None:
    """What is shown by a permission of ``app`` is shown only to whom ``is_of_use`` says. Called in AppConfig.ready."""
    _GATES[app] = is_of_use


def may_use(staff: Staff, permission: str) -> bool:
    """Whether somebody holds a permission (empty: everybody does) and its floor is of use to them.

    For what is shown; pages and commands check the permission and the rows themselves.
    """
    if not permission:
        return True
    is_of_use = _GATES.get(permission.partition(".")[0])
    return staff.has_perm(permission) and (is_of_use is None or is_of_use(staff))
