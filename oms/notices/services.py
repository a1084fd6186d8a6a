"""Telling people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Q

from oms.notices.live import publish
from oms.notices.models import Notice

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from oms.staff.models import Staff


@transaction.atomic
def notify(
    *,
    staff_ids: Collection[int],
    text: str,
    params: dict[str, Any] | None = None,
    url: str = "",
    icon: str = "bell",
    at: dt.datetime,
) -> list[Notice]:
    """Ring the bell of several people. ``text`` is an English message id, translated and filled in when read. A list
    among ``params`` holds further (text, params) pairs, said one after the other in the reader's language as well.

    Events: ``notice`` on every person's live channel, after commit, with the number unread.
    """
    wanted = sorted(set(staff_ids))
    notices = Notice.objects.bulk_create(
        Notice(staff_id=staff_id, text=text[:200], params=params or {}, url=url[:200], icon=icon, created_at=at)
        for staff_id in wanted
    )
    unread = (
        Notice.objects.filter(staff__in=wanted, read_at=None)
        .values_list("staff")
        .annotate(n=Count("pk"))
        .order_by("staff")
    )
    for staff_id, number in unread:
        publish(channel=f"staff:{staff_id}", event="notice", data={"unread": number, "text": text_of(notices[0])})
    return notices


def text_of(notice: Notice) -> str:
    """What a notice says, in the language of whoever reads it now."""
    return _said(notice.text, notice.params)


def _said(text: str, params: dict[str, Any]) -> str:
    from django.utils.translation import gettext

    try:
        values = {
            key: "; ".join(_said(*part) for part in value) if isinstance(value, list) else value
            for key, value in params.items()
        }
        return gettext(text) % values
    except (KeyError, TypeError, ValueError):  # written by an older version with other parameters
        return gettext(text)


def mark_read(*, by: Staff, at: dt.datetime, notice_ids: Collection[int] | None = None) -> int:
    """Mark a person's own notices as read, all of them if none are named; returns how many were unread."""
    wanted = Q() if notice_ids is None else Q(pk__in=notice_ids)
    return Notice.objects.filter(wanted, staff=by, read_at=None).update(read_at=at)
