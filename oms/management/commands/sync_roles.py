"""Make the groups hold what the table of roles says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from oms.staff.roles import sync_roles


class Command(BaseCommand):
    """`manage.py sync_roles`: safe to run at every start."""

    help = "Sync the roles of oms/staff/roles.py to groups."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sync; say only what changed."""
        for role, grants in sync_roles().items():
            if grants and options["verbosity"] > 0:
                self.stdout.write(f"{role}: {grants} permissions changed")
