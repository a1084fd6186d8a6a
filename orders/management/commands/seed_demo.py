"""``manage.py seed_demo [--orders N] [--seed N]``: the demo company."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inventory.catalog.models import Channel
from oms.staff.demo import PASSWORD
from oms.staff.models import Staff
from oms.staff.roles import ROLES
from orders.demo.company import CHANNELS, PEOPLE
from orders.demo.walk import seed
from orders.order.models import Order

if TYPE_CHECKING:
    from argparse import ArgumentParser

ORDERS = 6000


class Command(BaseCommand):
    """Makes the demo company and thirty days of its orders, once."""

    help = "Make the demo company: goods, shops, staff, and thirty days of orders through the real intake."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many orders, and the seed that decides them."""
        parser.add_argument("--orders", type=int, default=ORDERS, help="how many orders (default: 6000)")
        parser.add_argument("--seed", type=int, default=20261123, help="the same seed gives the same company")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, or only list the sign-ins where the demo is there."""
        began = time.monotonic()
        if Channel.objects.filter(code=CHANNELS[0][0]).exists():
            self._known()
        else:
            seed(count=options["orders"], number=options["seed"], now=timezone.now(), tell=self._tell)
            self.stdout.write(f"\n  {Order.objects.count()} orders in {time.monotonic() - began:.0f} s")
        self._sign_ins()

    def _known(self) -> None:
        if not Staff.objects.filter(username=PEOPLE[-1][0]).exists():
            message = "An earlier demo was interrupted. Empty the database (make clean) and run this again."
            raise CommandError(message)
        self.stdout.write("  The demo company is there already.")

    def _tell(self, done: int, of: int, doing: str) -> None:
        end = "" if self.stdout.isatty() else "\n"
        start = "\r" if self.stdout.isatty() else ""
        if self.stdout.isatty() or doing == "company" or done == of or done - getattr(self, "told", 0) >= of // 6:
            self.told = done
            self.stdout.write(f"{start}  orders {done:>6,} of {of:,}   {doing:<14}", ending=end)
            self.stdout.flush()

    def _sign_ins(self) -> None:
        self.stdout.write(f"\n  Sign in with the password {PASSWORD}")
        for username, role, name, _branches in PEOPLE:
            self.stdout.write(f"    {username:<12}{name}\t{ROLES[role].label}")
