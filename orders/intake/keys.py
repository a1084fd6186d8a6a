"""API keys: making them, and knowing whose request it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from inventory.catalog.models import Channel
from orders.intake.models import PER_MINUTE, ApiKey
from orders.intake.queries import CHANNEL_FACTS, facts_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from oms.staff.models import Staff
    from orders.intake.drafting import ChannelFacts

REMEMBERED = 2.0  # seconds a key is not looked up again: its channels, its limit; that it was ended is seen at once
_SEEN_AT_MOST = 1000
_USED_EVERY = 60  # seconds between two notes of last use


@dataclass(frozen=True, slots=True)
class Sender:
    """Who holds a key: the secrets a signature may be made with, and the channels the key may use, by code."""

    id: int
    secrets: tuple[bytes, ...]
    channels: dict[str, ChannelFacts]
    per_minute: int


@transaction.atomic
def create_key(
    *,
    name: str,
    channel_ids: Collection[int],
    by: Staff | None,
    at: dt.datetime,
    per_minute: int = PER_MINUTE,
) -> tuple[ApiKey, str]:
    """A new key for these channels, and its secret, which is shown now and never again."""
    key = ApiKey.objects.create(
        key=f"oms_{secrets.token_hex(10)}",
        salt=secrets.token_hex(16),
        name=name,
        per_minute=per_minute,
        created_at=at,
        created_by=by,
    )
    key.channels.set(Channel.objects.filter(pk__in=channel_ids))
    return key, secrets_of(key.key, key.salt)[0].decode()


@transaction.atomic
def deactivate_key(*, key_id: int, by: Staff | None, at: dt.datetime) -> ApiKey:
    """End a key; requests signed with it are refused from now on. Already ended: nothing happens."""
    key = ApiKey.objects.select_for_update(no_key=True).get(pk=key_id)
    key.is_active = False
    key.save(update_fields=["is_active"])
    return key


@transaction.atomic
def set_limit(*, key_id: int, per_minute: int, by: Staff | None, at: dt.datetime) -> ApiKey:
    """How many requests a minute the key may send; holds within seconds."""
    key = ApiKey.objects.select_for_update(no_key=True).get(pk=key_id)
    key.per_minute = per_minute
    key.save(update_fields=["per_minute"])
    return key


def key_is_active(key_id: int) -> bool:
    """Whether the key has not been ended."""
    return ApiKey.objects.filter(pk=key_id, is_active=True).exists()


def secrets_of(key: str, salt: str) -> tuple[bytes, ...]:
    """The key's secret under SECRET_KEY, then under each of SECRET_KEY_FALLBACKS: a rotation keeps shops working."""
    message = f"orders.intake.ApiKey:{key}:{salt}".encode()
    return tuple(
        base64.urlsafe_b64encode(hmac.digest(master.encode(), message, hashlib.sha256)).rstrip(b"=")
        for master in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )


_seen: dict[str, tuple[float, Sender]] = {}


def forget_keys() -> None:
    """Look every key up again."""
    _seen.clear()


def sender_of(key: str, at: dt.datetime) -> Sender | None:
    """Who holds this key; None if nobody (any more)."""
    seen = _seen.get(key)
    if seen is not None and monotonic() < seen[0]:
        return seen[1]
    rows = list(
        ApiKey.objects.filter(key=key, is_active=True).values_list(
            "pk", "salt", "last_used_at", "per_minute", *[f"channels__{name}" for name in CHANNEL_FACTS]
        )
    )
    if not rows:
        return None
    key_id, salt, last_used_at, per_minute = rows[0][:4]
    if last_used_at is None or (at - last_used_at).total_seconds() > _USED_EVERY:
        ApiKey.objects.filter(pk=key_id).update(last_used_at=at)
    channels = {facts.code: facts for row in rows if row[4] is not None for facts in [facts_of(row[4:])]}
    sender = Sender(key_id, secrets_of(key, salt), channels, per_minute)
    if len(_seen) >= _SEEN_AT_MOST:
        forget_keys()
    _seen[key] = (monotonic() + REMEMBERED, sender)
    return sender
