"""Import a file of orders from the command line."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from inventory.catalog.models import Channel
from oms.jobs.models import BatchJob, JobStatus
from oms.jobs.services import run_job
from oms.lib.errors import DomainError
from orders.intake.files import services
from orders.intake.files.queries import mapping_for
from orders.intake.models import ImportMapping, Outcome

if TYPE_CHECKING:
    import datetime as dt

    from orders.intake.files.mapping import Mapping

UNREADABLE = 2
RETRY = 1.0  # seconds before a step that failed, or that a worker holds, is looked at again


class Command(BaseCommand):
    """Runs in the foreground, without a worker. Refused rows are no failure: exit 0; an unreadable file is: exit 2."""

    help = "Import orders from a CSV (also .gz) or XLSX file. Sending the same file again is safe."

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE --channel CODE [--mapping NAME] [--json]."""
        parser.add_argument("file", help="CSV, CSV.GZ or XLSX")
        parser.add_argument("--channel", required=True, help="code of the channel the orders were sold on")
        parser.add_argument("--mapping", default="", help="a mapping saved for the channel; none: by the headers")
        parser.add_argument("--json", action="store_true", help="print the counts of orders as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the file, import it, print what became of its orders."""
        path = Path(options["file"])
        if not path.is_file():
            self._refuse(f"There is no file {path}.")
        channel = Channel.objects.filter(code=options["channel"]).first()
        if channel is None:
            known = ", ".join(Channel.objects.order_by("code").values_list("code", flat=True)[:20])
            self._refuse(f"There is no channel {options['channel']!r}. There are: {known or 'none'}.")
        mapping = self._mapping(path, channel, options["mapping"])
        try:
            job = services.start_import(
                file=services.keep_copy(path),
                name=path.name,
                channel_id=channel.pk,
                mapping=mapping,
                by=None,
                at=timezone.now(),
                wake=False,
            )
        except DomainError as refusal:
            self._refuse(str(refusal))
        self._report(self._run(job), as_json=options["json"])

    def _mapping(self, path: Path, channel: Channel, name: str) -> Mapping:
        try:
            return mapping_for(path, channel.pk, name)
        except ImportMapping.DoesNotExist:
            saved = channel.import_mappings.order_by("name").values_list("name", flat=True)
            self._refuse(f"There is no mapping {name!r} for {channel.code}. There are: {', '.join(saved) or 'none'}.")
        except DomainError as refusal:
            self._refuse(str(refusal))

    def _run(self, job: BatchJob) -> BatchJob:
        def clock() -> dt.datetime:
            self._progress(job.pk)
            return timezone.now()

        job = run_job(job_id=job.pk, clock=clock)
        while job.is_open:
            time.sleep(RETRY)
            job = run_job(job_id=job.pk, clock=clock)
        return job

    def _progress(self, job_id: int) -> None:
        job = BatchJob.objects.only("summary", "done", "total").get(pk=job_id)
        if job.total:
            text = f"orders {job.done:,} of {job.total:,}"
        else:
            text = f"rows read {job.summary.get('rows', 0):,} ({job.summary.get('read', 0)} %)"
        self.stderr.write(f"\r{text}   ", ending="")
        self.stderr.flush()

    def _report(self, job: BatchJob, *, as_json: bool) -> None:
        self.stderr.write("")
        if job.status != JobStatus.DONE:
            self._refuse(job.error or f"The import was {job.status}.")
        counts = {"read": job.total or 0, **{name: job.summary[name] for name in Outcome.values}}
        if as_json:
            self.stdout.write(json.dumps(counts))
            return
        self.stdout.write("  ".join(f"{name} {count:,}" for name, count in counts.items()))
        if counts["refused"]:
            self.stdout.write(f"Refused rows with their reasons: the page of the import {job}.")

    def _refuse(self, text: str) -> NoReturn:
        raise CommandError(text, returncode=UNREADABLE)
