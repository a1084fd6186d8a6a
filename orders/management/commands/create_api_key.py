"""Make an API key from the command line."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from inventory.catalog.models import Channel
from orders.intake.keys import create_key


class Command(BaseCommand):
    """Prints key and secret; the secret is shown now and never again."""

    help = "Make an API key for one or more channels and print it with its secret."

    def add_arguments(self, parser: CommandParser) -> None:
        """--channel may be given several times."""
        parser.add_argument("--channel", action="append", required=True, metavar="CODE")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make and print."""
        channels = dict(Channel.objects.filter(code__in=options["channel"]).values_list("code", "pk"))
        if unknown := [code for code in options["channel"] if code not in channels]:
            message = f"No channel {', '.join(unknown)}."
            raise CommandError(message)
        key, secret = create_key(name=options["name"], channel_ids=list(channels.values()), by=None, at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps({"key": key.key, "secret": secret}))
        else:
            self.stdout.write(f"key:    {key.key}\nsecret: {secret}")
