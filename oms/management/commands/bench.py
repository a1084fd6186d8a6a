"""Measure the product against its floors."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oms.lib.bench import all_benches


class Command(BaseCommand):
    """One JSON line per figure; docs/PERFORMANCE.md explains them."""

    help = "Measure speed and memory as ratios against floors of the same run."

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME: only that one."""
        parser.add_argument("name", nargs="?", help="which benchmark; none: all")
        parser.add_argument("--short", action="store_true", help="under a minute, smaller data")
        parser.add_argument("--json", action="store_true", help="JSON lines only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and print."""
        benches = all_benches()
        name = options["name"]
        if name and name not in benches:
            message = f"No benchmark {name!r}. There are: {', '.join(benches)}"
            raise CommandError(message)
        for key in [name] if name else benches:
            if not options["json"]:
                self.stderr.write(f"{key} …")
            outcome = benches[key](options["short"])
            for result in outcome if isinstance(outcome, list) else [outcome]:
                line = {
                    "bench": result.detail.get("part", key),
                    "figure": round(result.figure, 4),
                    "unit": result.unit,
                    "target": result.target,
                    "better": result.better,
                    "met": result.met,
                    "detail": result.detail,
                }
                self.stdout.write(json.dumps(line, ensure_ascii=False, default=str))
                self.stdout.flush()
