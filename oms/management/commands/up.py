"""``manage.py up [--demo] [--port N]``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from oms.embedded.errors import EmbeddedError
from oms.embedded.up import run_everything

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Start everything on this machine until Ctrl-C."""

    help = "Prepare the database and run web, workers, scheduler and live updates until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="make the demo company first")
        port = int(os.environ.get("PORT") or 8000)
        parser.add_argument("--port", type=int, default=port, help="default: the variable PORT, or 8000")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = run_everything(port=options["port"], demo=options["demo"])
        except EmbeddedError as exc:
            raise CommandError(str(exc)) from None
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        if code:
            raise SystemExit(code)
