"""Table of contents of this floor's models."""

from oms.approvals.models import Approval
from oms.jobs.models import BatchJob, JobResult
from oms.notices.models import Notice
from oms.outbox.models import OutboxMessage
from oms.rules.models import SavedView
from oms.staff.models import Branch, Staff

__all__ = ["Approval", "BatchJob", "Branch", "JobResult", "Notice", "OutboxMessage", "SavedView", "Staff"]
