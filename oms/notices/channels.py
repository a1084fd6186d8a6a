"""Which live channels a person may listen to. Higher floors add their own kinds in AppConfig.ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from oms.staff.models import Staff

MOST_CHANNELS = 20

_QUEUES: dict[str, str] = {}
_PREFIXES: dict[str, Callable[[Staff, str], bool]] = {}
_KINDS: dict[str, Callable[[Staff, str], bool]] = {}


def register_queue(name: str, permission: str) -> None:
    """``queue:<name>`` may be heard by whoever holds ``permission``."""
    _QUEUES[name] = permission


def register_queues(prefix: str, allowed: Callable[[Staff, str], bool]) -> None:
    """``queue:<prefix><rest>`` may be heard by whom ``allowed(staff, rest)`` says; it may ask the database."""
    _PREFIXES[prefix] = allowed


def register_kind(kind: str, allowed: Callable[[Staff, str], bool]) -> None:
    """``<kind>:<rest>`` may be heard by whom ``allowed(staff, rest)`` says; it may ask the database."""
    _KINDS[kind] = allowed


def allowed_channels(staff: Staff, names: Iterable[str]) -> list[str]:
    """Those of ``names`` this person may listen to; unknown ones are left out."""
    wanted = list(dict.fromkeys(name for name in names if name))[:MOST_CHANNELS]
    return [name for name in wanted if _is_allowed(staff, *name.partition(":")[::2])]


def _is_allowed(staff: Staff, kind: str, rest: str) -> bool:
    if kind == "staff":
        return rest == str(staff.pk)
    if kind == "queue":
        return _is_allowed_queue(staff, rest)
    if kind == "job":
        return _is_own_job(staff, rest)
    return kind in _KINDS and _KINDS[kind](staff, rest)


def _is_allowed_queue(staff: Staff, name: str) -> bool:
    if name in _QUEUES:
        return staff.has_perm(_QUEUES[name])
    return any(allowed(staff, name.removeprefix(p)) for p, allowed in _PREFIXES.items() if name.startswith(p))


def _is_own_job(staff: Staff, rest: str) -> bool:
    from oms.jobs.queries import jobs_visible_to

    return rest.isascii() and rest.isdigit() and len(rest) < 19 and jobs_visible_to(staff).filter(pk=rest).exists()  # noqa: PLR2004
