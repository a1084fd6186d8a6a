"""Live updates (server-sent events), for uvicorn: `uvicorn oms.asgi:application`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import django

from oms.embedded import ensure_services

if TYPE_CHECKING:
    from oms.notices.streaming import LiveApp


def _application() -> LiveApp:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
    ensure_services()
    django.setup()
    from oms.notices.streaming import LiveApp

    return LiveApp()


application = _application()
