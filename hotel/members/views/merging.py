"""Two guests side by side, and what becomes of each field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hotel.members import services
from hotel.members.models import Member
from hotel.members.queries import find_guests, masked_tail
from hotel.members.services.guests import field_label
from hotel.members.views.guests import guest_of
from hotel.rooms.desk import current_property
from hotel.stays.models import Stay
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hotel.members.models import Guest
    from oms.web.requests import StaffRequest

HITS = 12


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.merge_guest", raise_exception=True)
def merge(request: StaffRequest, pk: int) -> HttpResponse:
    """GET: find the other one, then choose field by field. POST: merge. ``pk`` stays, ``other`` goes."""
    winner = guest_of(request, pk)
    other = request.POST.get("other") or request.GET.get("other", "")
    loser = guest_of(request, int(other)) if other.isascii() and other.isdigit() and len(other) < 19 else None  # noqa: PLR2004
    if request.method == "POST" and loser:
        take = {choice: request.POST.get(choice) == "other" for choice in services.CHOICES}
        try:
            services.merge_guests(winner_id=winner.pk, loser_id=loser.pk, take=take, by=request.user, at=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("members:merge", winner.pk)
        messages.success(request, _("The two are one guest now."))
        return redirect("members:guest", winner.pk)
    text = request.GET.get("q", "").strip()
    if not text and not loser:
        text = winner.name
    hits = [] if loser else find_guests(winner.branch_id, text, HITS)
    context = {
        "house": current_property(request),
        "guest": winner,
        "other": loser,
        "q": text,
        "hits": [hit for hit in hits if hit.guest_id != winner.pk],
        "fields": _fields(winner, loser) if loser else [],
        "facts": [_facts(winner), _facts(loser)] if loser else [],
    }
    return render(request, "hotel/members/merge.html", context)


def _fields(winner: Guest, loser: Guest) -> list[dict[str, Any]]:
    rows = []
    for choice in services.CHOICES:
        mine, theirs = _shown(winner, choice), _shown(loser, choice)
        rows.append(
            {
                "choice": choice,
                "label": field_label(choice),
                "mine": mine,
                "theirs": theirs,
                "take": not mine and bool(theirs),
                "same": mine == theirs,
            }
        )
    return rows


def _shown(guest: Guest, choice: str) -> str:
    if choice == "phone":
        return masked_tail(guest.phone_tail)
    if choice == "id_number":
        return f"{guest.get_id_type_display()} {masked_tail(guest.id_tail)}" if guest.id_tail else ""
    return str(getattr(guest, choice))


def _facts(guest: Guest) -> dict[str, Any]:
    member = Member.objects.select_related("level").filter(guest=guest, is_active=True).first()
    return {
        "guest": guest,
        "member": member,
        "stays": Stay.objects.filter(guest=guest).count(),
        "registered": guest.created_at,
    }
