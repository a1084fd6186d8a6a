"""Play a file of real bookings through the product."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import reset_queries

from hotel.audit.replay import Report, replay
from hotel.audit.replay.reading import UnreadableBookings, read_bookings
from hotel.rooms.models import Property

if TYPE_CHECKING:
    import datetime as dt

EVERY = 5_000  # bookings between two lines of progress


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
        try:
            bookings = read_bookings(options["file"], options["first"])
        except UnreadableBookings as fault:
            message = f'{options["file"]} is no "Hotel booking demand" CSV in UTF-8. {fault}'
            raise CommandError(message) from fault
        if not bookings:
            message = "The file holds no bookings."
            raise CommandError(message)
        self._told = 0
        report = replay(bookings, rooms_wanted=options["rooms"], code=options["code"], on_day=self._tell)
        facts = {**report.as_json(), "peak_memory_mb": _peak()}
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        for name, value in facts.items():
            self.stdout.write(f"{name:20} {value}")

    def _tell(self, today: dt.date, report: Report) -> None:
        """A line for every so many bookings; JSON is alone on the standard output."""
        reset_queries()  # with DEBUG, Django remembers the text of thousands of statements
        if report.reserved // EVERY > self._told:
            self._told = report.reserved // EVERY
            self.stderr.write(
                f"{today}  {report.reserved} reserved, {report.nights_posted} nights posted, peak memory {_peak()} MB"
            )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
