"""Live updates (server-sent events), for uvicorn: `uvicorn oms.asgi:application`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
from oms.embedded import ensure_services

ensure_services()
django.setup()

from oms.notices.streaming import LiveApp

application = LiveApp()
