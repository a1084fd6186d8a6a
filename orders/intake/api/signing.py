"""Signed requests: who sent it, that nobody changed it, and that it is not an old one sent again."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.intake.api.limits import spend
from orders.intake.api.problems import Problem
from orders.intake.keys import key_is_active, sender_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from django.http import HttpRequest

    from orders.intake.keys import Sender

TOLERANCE = 300  # seconds
NONCE_LENGTH = 64
NO_KEY = _("There is no such active key.")

USE_NONCES = """
INSERT INTO orders_apinonce (api_key_id, nonce, used_at)
SELECT k.id, n.nonce, n.used_at FROM (VALUES {values}) n(key_id, nonce, used_at)
  JOIN orders_apikey k ON k.id = n.key_id AND k.is_active
 ORDER BY k.id, n.nonce
ON CONFLICT DO NOTHING RETURNING api_key_id, nonce"""


@dataclass(frozen=True, slots=True)
class Caller:
    """A sender whose signature is right; the nonce is not used up yet."""

    sender: Sender
    nonce: str

    @property
    def mark(self) -> tuple[int, str]:
        """What must be new."""
        return self.sender.id, self.nonce


def sign(*, secret: bytes, timestamp: str, nonce: str, method: str, path: str, body: bytes) -> str:
    """Hex HMAC-SHA256 of timestamp, nonce, method, path with query, and hex SHA-256 of the body, by line feeds."""
    text = f"{timestamp}\n{nonce}\n{method}\n{path}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.digest(secret, text.encode(), hashlib.sha256).hex()


def caller_of(request: HttpRequest, body: bytes) -> Caller:
    """Who signed this request. Raises Problem 401 if a header is missing or wrong, or the time is not now; 429.

    Only a request whose signature is right counts against the key's limit: nobody else can use it up.
    """
    headers = request.META
    key, timestamp, nonce, signature = [
        headers.get(f"HTTP_X_OMS_{name}", "") for name in ("KEY", "TIMESTAMP", "NONCE", "SIGNATURE")
    ]
    if not (key and timestamp and nonce and signature):
        raise _unauthorized("missing_signature", _("Sign the request: X-OMS-Key, -Timestamp, -Nonce, -Signature."))
    if not (timestamp.isascii() and timestamp.isdigit() and abs(time.time() - int(timestamp[:12])) <= TOLERANCE):
        raise _unauthorized("stale_timestamp", _("X-OMS-Timestamp is not the Unix time of now, within 300 seconds."))
    if len(nonce) > NONCE_LENGTH or not (nonce.isascii() and nonce.isprintable()):
        raise _unauthorized("bad_nonce", _("X-OMS-Nonce must be 1 to 64 visible characters."))
    sender = sender_of(key, timezone.now())
    if sender is None:
        raise _unauthorized("unknown_key", NO_KEY)
    path = request.get_full_path()
    for secret in sender.secrets:
        right = sign(secret=secret, timestamp=timestamp, nonce=nonce, method=request.method or "", path=path, body=body)
        if hmac.compare_digest(right.encode(), signature.encode()):
            spend(sender.id, sender.per_minute)
            return Caller(sender, nonce)
    raise _unauthorized("wrong_signature", _("X-OMS-Signature does not fit the request."))


def use_nonces(callers: Collection[Caller], at: dt.datetime) -> set[tuple[int, str]]:
    """Use up these callers' nonces, in the current transaction; returns the marks that were new, of keys not ended.

    A key may be remembered for two seconds; here, in the statement that every request needs, an end holds at once.
    A nonce being used by another transaction is waited for. Sorted, so that two groups don't wait for each other.
    """
    marks = sorted({caller.mark for caller in callers})
    values = [value for key_id, nonce in marks for value in (key_id, nonce, at)]
    with connection.cursor() as cursor:
        cursor.execute(USE_NONCES.format(values=", ".join(["(%s, %s, %s)"] * len(marks))), values)
        return {(key_id, nonce) for key_id, nonce in cursor.fetchall()}


def use_nonce(caller: Caller) -> None:
    """Use up a nonce on its own, for a request that stores nothing. Raises Problem 401 on a repeated one."""
    if not use_nonces([caller], timezone.now()):
        raise refused(caller)


def refused(caller: Caller) -> Problem:
    """Why a nonce could not be used up: it was before, or the key was ended a moment ago."""
    if not key_is_active(caller.sender.id):
        return _unauthorized("unknown_key", NO_KEY)
    return _unauthorized("replayed_nonce", _("This X-OMS-Nonce was used before."))


def _unauthorized(code: str, detail: object) -> Problem:
    return Problem(401, code, detail)
