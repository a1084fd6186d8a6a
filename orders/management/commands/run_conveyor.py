"""`manage.py run_conveyor`: pass workable orders through the stages, from the command line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from orders.conveyor import services

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Lease and run one chunk, or with --until-idle all there is; prints what passed, what stopped where and why."""

    help = "Pass workable orders through the conveyor's stages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--until-idle", action="store_true", help="go on until no order is workable")
        parser.add_argument("--limit", type=int, default=services.LIMIT, help="orders per chunk")
        parser.add_argument("--json", action="store_true", help="print one JSON line instead of words")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, tell the progress on stderr, the result on stdout."""
        quiet = options["json"] or not sys.stderr.isatty()
        result = services.run_until_idle(
            clock=timezone.now,
            limit=options["limit"],
            most_chunks=None if options["until_idle"] else 1,
            told=None if quiet else self._tell,
        )
        if not quiet:
            self.stderr.write("")
        self.stdout.write(json.dumps(facts_of(result)) if options["json"] else self._words(result))

    def _tell(self, result: services.RunResult) -> None:
        stopped = sum(result.stopped.values())
        self.stderr.write(f"\r{result.leased} walked, {result.passed} passed, {stopped} stopped", ending="")
        self.stderr.flush()

    def _words(self, result: services.RunResult) -> str:
        lines = [f"{result.leased} orders walked, {result.passed} passed."]
        lines += [f"{count:>8} stopped at {stage}: {why}" for (stage, why), count in result.stopped.most_common(20)]
        return "\n".join(lines)


def facts_of(result: services.RunResult) -> dict[str, Any]:
    """The result as JSON: walked, passed, stopped by stage and reason, errors, seconds per stage."""
    return {
        "walked": result.leased,
        "passed": result.passed,
        "stopped": [{"stage": s, "reason": why, "count": n} for (s, why), n in result.stopped.most_common()],
        "errors": result.errors,
        "seconds": {stage: round(seconds, 3) for stage, seconds in result.seconds.items()},
    }
