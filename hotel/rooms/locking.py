"""操作锁 at the edge: a page's save under the lock it was opened with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.rooms import locks
from hotel.rooms.numbers import whole

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from oms.web.requests import StaffRequest

PERMISSIONS = ("hotel.check_in", "hotel.check_out", "hotel.change_stay", "hotel.move_stay", "hotel.block_room")


def may_lock(request: StaffRequest) -> bool:
    """Whether the person does anything that needs a room to themselves."""
    return any(request.user.has_perm(permission) for permission in PERMISSIONS)


@contextmanager
def held(request: StaffRequest, room_id: int, *, at: dt.datetime, purpose: str = "") -> Iterator[None]:
    """Commands inside run in one transaction that ends with the room still ours, or not at all; then it is free.

    The form sends ``lock_token``. Without one (no script) the lock is taken on the spot. Raises LockLost, LockHeld.
    The fence comes last: it locks the room, and commands lock stays and dates before rooms.
    """
    with transaction.atomic():
        token = whole(request.POST.get("lock_token"))
        if not token:
            token = locks.acquire(
                room_id=room_id,
                session_key=session_of(request),
                purpose=purpose or _("Work on the room"),
                by=request.user,
                at=at,
            ).token
        yield
        locks.fence(room_id=room_id, token=token)
        locks.release(room_id=room_id, token=token)


def session_of(request: StaffRequest) -> str:
    """The key of the request's session, which locks are held by."""
    return request.session.session_key or ""
