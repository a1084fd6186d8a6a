"""Personal numbers at rest: sealed with a key that is not in the database, found by a keyed hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

HASH_BYTES = 16


@cache
def _secret(purpose: str, key: str) -> bytes:
    return hmac.digest(key.encode(), f"oms.sealing.{purpose}".encode(), "sha256")


@cache
def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_secret("seal", key))) for key in settings.OMS_DATA_KEYS])


def seal(text: str) -> bytes:
    """``text`` encrypted and authenticated (Fernet: AES-128-CBC with HMAC-SHA256) under the newest data key."""
    return _box().encrypt(text.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """What was sealed, under whichever of the data keys. Raises cryptography's InvalidToken if none fits."""
    return _box().decrypt(bytes(sealed)).decode()


def keyed_hash(text: str) -> bytes:
    """Sixteen bytes that are the same for the same number however it is written, and tell nothing without the key.

    Normalised: NFKC, without spaces and hyphens, upper case. Always under the oldest data key, so that a new key
    for sealing leaves the hashes findable.
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").replace("-", "").upper()
    key = _secret("hash", settings.OMS_DATA_KEYS[-1])
    return hashlib.blake2b(plain.encode(), key=key, digest_size=HASH_BYTES).digest()
