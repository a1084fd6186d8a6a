"""Play a file of real bookings through the product."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hotel.audit.replay import replay
from hotel.audit.replay.reading import read_bookings
from hotel.rooms.models import Property


class Command(BaseCommand):
    """Makes a property of its own and leaves it there, for `manage.py check_books` and for looking at."""

    help = "Replay a bookings file: reserve, change, cancel, arrive, audit every night, leave."

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE: "Hotel booking demand" as CSV, plain or gzipped."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--rooms", type=int, help="how many rooms; otherwise as many as the busiest night needs")
        parser.add_argument("--first", type=int, help="only the first so many rows of the file")
        parser.add_argument("--code", default="REPLAY", help="code of the property that is made")
        parser.add_argument("--json", action="store_true", help="one JSON line only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and print."""
        if not options["file"].is_file():
            message = f"{options['file']} is no file"
            raise CommandError(message)
        if Property.objects.filter(code=options["code"]).exists():
            message = f"There is a property {options['code']} already. Name another with --code."
            raise CommandError(message)
        bookings = read_bookings(options["file"], options["first"])
        if not bookings:
            message = "The file holds no bookings."
            raise CommandError(message)
        told = None if options["json"] else self._tell
        report = replay(bookings, rooms_wanted=options["rooms"], code=options["code"], on_day=told)
        facts = {**report.as_json(), "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        for name, value in facts.items():
            self.stdout.write(f"{name:20} {value}")

    def _tell(self, today: Any, report: Any) -> None:
        if report.days % 100 == 0:
            self.stderr.write(f"{today}  reserved {report.reserved}, nights posted {report.nights_posted}")
