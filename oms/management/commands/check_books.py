"""Prove every invariant of the house."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from oms.lib.books import prove_books


class Command(BaseCommand):
    """Lists every breach; exit status 1 if there is any."""

    help = "Prove every invariant over the whole database; list the breaches."

    def add_arguments(self, parser: CommandParser) -> None:
        """--json for machines."""
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the proof."""
        findings = list(prove_books())
        broken = [finding for finding in findings if finding.breaches]
        if options["json"]:
            report = {f.invariant.name: [list(breach) for breach in f.breaches] for f in broken}
            self.stdout.write(json.dumps({"invariants": len(findings), "breaches": report}, ensure_ascii=False))
        else:
            for finding in findings:
                self.stdout.write(f"{'BROKEN' if finding.breaches else 'ok    '}  {finding.invariant.name}")
                for reference, fact in finding.breaches:
                    self.stdout.write(f"          {reference}: {fact}")
            self.stdout.write(f"{len(findings)} invariants, {len(broken)} broken")
        if broken:
            sys.exit(1)
