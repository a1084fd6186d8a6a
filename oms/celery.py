"""The clockwork: Celery wakes commands up; nothing correct depends on a message arriving once, or at all."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
from oms.embedded import ensure_services

ensure_services()

app = Celery("oms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "oms.jobs",
        "oms.outbox",
        "oms.notices",
        "inventory.stock",
        "orders.intake",
        "orders.conveyor",
        "orders.dispatch",
        "interception",
        "hotel.stays",
        "hotel.members",
        "hotel.audit",
    ]
)
