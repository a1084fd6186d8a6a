"""Commands of the night audit, and their refusals. Callers write ``from hotel.audit import services``."""

from hotel.audit.queries import rehearse
from hotel.audit.services.errors import (
    AuditReasonMissing,
    DayInProgress,
    NotReversible,
    OtherDate,
    Unsettled,
    WorklistOpen,
)
from hotel.audit.services.fixing import NoSuchFix, fix
from hotel.audit.services.reversing import reverse_audit
from hotel.audit.services.running import DryRun, advance, begin_audit, dry_run, finish_audit, run_audit

__all__ = [
    "AuditReasonMissing",
    "DayInProgress",
    "DryRun",
    "NoSuchFix",
    "NotReversible",
    "OtherDate",
    "Unsettled",
    "WorklistOpen",
    "advance",
    "begin_audit",
    "dry_run",
    "finish_audit",
    "fix",
    "rehearse",
    "reverse_audit",
    "run_audit",
]
