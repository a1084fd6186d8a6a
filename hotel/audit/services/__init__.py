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
from hotel.audit.services.planning import coming_night, keep_plans, notices_of, plan_audits, starts_at
from hotel.audit.services.reversing import reverse_audit
from hotel.audit.services.running import (
    DryRun,
    advance,
    advance_patiently,
    begin_audit,
    dry_run,
    finish_audit,
    is_over,
    run_audit,
)
from hotel.audit.services.starting import KIND, hand_over, start_audit, take_over

__all__ = [
    "KIND",
    "AuditReasonMissing",
    "DayInProgress",
    "DryRun",
    "NoSuchFix",
    "NotReversible",
    "OtherDate",
    "Unsettled",
    "WorklistOpen",
    "advance",
    "advance_patiently",
    "begin_audit",
    "coming_night",
    "dry_run",
    "finish_audit",
    "fix",
    "hand_over",
    "is_over",
    "keep_plans",
    "notices_of",
    "plan_audits",
    "rehearse",
    "reverse_audit",
    "run_audit",
    "start_audit",
    "starts_at",
    "take_over",
]
