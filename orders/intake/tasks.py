"""The clockwork of intake."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.utils import timezone

from orders.intake.models import ApiNonce

# A timestamp is accepted up to 5 minutes early or late, so a nonce may be replayed for 10; clocks may jump a little.
NONCE_LIFE = dt.timedelta(minutes=15)


@shared_task(name="intake.forget_nonces", acks_late=True)
def forget_nonces(**_future: object) -> int:
    """Delete nonces whose timestamp is too old to be accepted anyway; returns how many. Safe to run twice."""
    deleted, _by_model = ApiNonce.objects.filter(used_at__lt=timezone.now() - NONCE_LIFE).delete()
    return deleted
