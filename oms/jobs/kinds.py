"""What a kind of job is, and where kinds are found."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.functional import Promise

    from oms.jobs.models import BatchJob


@dataclass(frozen=True)
class RowResult:
    """What became of one row. ``code`` and ``details`` come from the refusal."""

    reference: str
    outcome: str
    object_id: int | None = None
    code: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Chunk:
    """What one step of a job did. ``results`` are kept row by row; ``counts`` only add to the totals."""

    cursor: dict[str, Any]
    finished: bool
    results: list[RowResult] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    total: int | None = None
    summary: dict[str, Any] | None = None
    file: str | None = None


class JobKind(Protocol):
    """One kind of long work. ``chunk`` runs inside a transaction that also commits the progress."""

    code: ClassVar[str]
    label: ClassVar[str | Promise]
    permission: ClassVar[str]

    def chunk(self, job: BatchJob, at: dt.datetime) -> Chunk:
        """Do the next piece of the work, from ``job.cursor`` on."""


@cache
def kinds() -> dict[str, JobKind]:
    """Every kind by its code."""
    found = [import_string(path)() for path in settings.OMS_JOBS]
    return {kind.code: kind for kind in found}
