"""``manage.py seed_hotel [--weeks N] [--seed N]``: the demo hotel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from hotel.demo.days import play
from hotel.demo.house import CODE, PEOPLE
from hotel.rooms.models import Property
from hotel.stays.models import Stay
from oms.staff.demo import PASSWORD
from oms.staff.roles import ROLES

if TYPE_CHECKING:
    import datetime as dt
    from argparse import ArgumentParser

WEEKS = 6


class Command(BaseCommand):
    """Makes the demo hotel and plays its weeks, once."""

    help = "Make the demo hotel: 120 rooms, staff, and six weeks of stays with a night audit a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many weeks, and the seed that decides them."""
        parser.add_argument("--weeks", type=int, default=WEEKS, help="weeks before today (default: 6)")
        parser.add_argument("--seed", type=int, default=20261124, help="the same seed gives the same guests")

    def handle(self, *args: Any, **options: Any) -> None:
        """Play, or only list the sign-ins where the hotel is there."""
        began, now = time.monotonic(), timezone.now()
        house = Property.objects.filter(code=CODE).first()
        if house is None:
            self._play(options, now)
            self.stdout.write(f"\n  {Stay.objects.count()} stays in {time.monotonic() - began:.0f} s")
        elif not house.audits.exists():
            message = "An earlier demo was interrupted. Empty the database (make clean) and run this again."
            raise CommandError(message)
        else:
            self.stdout.write("  The demo hotel is there already.")
        self.stdout.write(f"\n  Sign in at the hotel with the password {PASSWORD}")
        for username, role, name, _branches in PEOPLE:
            self.stdout.write(f"    {username:<13}{name}\t{ROLES[role].label}")

    def _play(self, options: dict[str, Any], now: dt.datetime) -> None:
        declined = play(weeks=options["weeks"], number=options["seed"], now=now, tell=self._tell)
        if declined:
            self.stdout.write(f"\n  turned away: {dict(declined.most_common())}")

    def _tell(self, done: int, of: int, date: str) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r  bookings {done:>5,} of {of:,}   {date}", ending="")
            self.stdout.flush()
        elif done in {1, of} or done % (of // 6 or 1) == 0:
            self.stdout.write(f"  bookings {done:>5,} of {of:,}   {date}")
