"""Who decides, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from oms.approvals.models import Approval, ApprovalStatus
from oms.staff.models import Staff, in_branches_of

if TYPE_CHECKING:
    from django.db.models import QuerySet


def deciders(branch_id: int) -> list[Staff]:
    """Active people of the branch who may approve, superusers included, by id."""
    may = Q(is_superuser=True) | Q(branches=branch_id) & (
        Q(groups__permissions__codename="decide_approval") | Q(user_permissions__codename="decide_approval")
    )
    return list(Staff.objects.filter(may, is_active=True).distinct().order_by("pk"))


def approvals_visible_to(staff: Staff) -> QuerySet[Approval]:
    """What a person asked for, and, for those who decide, everything of their branches; newest first."""
    approvals = Approval.objects.select_related("asked_by", "decided_by").order_by("-pk")
    if staff.has_perm("oms.decide_approval"):
        return in_branches_of(approvals, staff)
    return approvals.filter(asked_by=staff)


def waiting_for(staff: Staff) -> QuerySet[Approval]:
    """What this person could decide now."""
    if not staff.has_perm("oms.decide_approval"):
        return Approval.objects.none()
    return approvals_visible_to(staff).filter(status=ApprovalStatus.WAITING).exclude(asked_by=staff)


def waiting_count(staff: Staff) -> int:
    """How many requests this person could decide now; for the side navigation."""
    return waiting_for(staff).count()


def concerns(staff: Staff) -> bool:
    """Whether the inbox is of use to this person: to decide, or to see what they asked for at a desk."""
    return staff.has_perm("oms.decide_approval") or staff.has_perm("hotel.view_stay")
