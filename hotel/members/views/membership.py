"""Becoming a member; points, stored value, levels by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hotel.folios import services as folios
from hotel.folios.services import Tender
from hotel.members import services
from hotel.members.forms import RefundForm, TopUpForm
from hotel.members.models import Member, MemberEntry, MemberLevel
from hotel.members.views.guests import guest_context, guest_of
from hotel.rooms.desk import current_property
from hotel.rooms.numbers import whole
from oms.approvals.asking import Ask, ask_context
from oms.approvals.limits import BeyondLimit
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from hotel.members.models import Guest
    from oms.web.requests import StaffRequest


def _do(request: StaffRequest, guest: Guest, command: Callable[[], object], done: str) -> HttpResponse:
    try:
        command()
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("members:guest", guest.pk)


def _member(guest: Guest) -> Member:
    return get_object_or_404(Member, guest=guest)


@require_POST
@login_required
@permission_required("hotel.add_member", raise_exception=True)
def enrol(request: StaffRequest, pk: int) -> HttpResponse:
    """Make the guest a member."""
    guest = guest_of(request, pk)
    level = get_object_or_404(MemberLevel, pk=whole(request.POST.get("level")), branch=guest.branch_id)
    return _do(
        request,
        guest,
        lambda: services.enrol(guest_id=guest.pk, level_id=level.pk, by=request.user, at=timezone.now()),
        _("%(name)s is a member now.") % {"name": guest.name},
    )


@require_POST
@login_required
@permission_required("hotel.change_memberlevel", raise_exception=True)
def level(request: StaffRequest, pk: int) -> HttpResponse:
    """Another level by hand, with a reason."""
    guest = guest_of(request, pk)
    member, reason = _member(guest), request.POST.get("reason", "")
    level = get_object_or_404(MemberLevel, pk=whole(request.POST.get("level")), branch=guest.branch_id)
    return _do(
        request,
        guest,
        lambda: services.set_level(
            member_id=member.pk, level_id=level.pk, reason=reason, by=request.user, at=timezone.now()
        ),
        _("Level: %(level)s") % {"level": level.name},
    )


@require_POST
@login_required
@permission_required("hotel.change_memberlevel", raise_exception=True)
def points(request: StaffRequest, pk: int) -> HttpResponse:
    """Points corrected by hand, with a reason."""
    guest = guest_of(request, pk)
    member, reason = _member(guest), request.POST.get("reason", "")
    typed = request.POST.get("points", "").strip()
    number = int(typed) if typed.lstrip("-").isascii() and typed.lstrip("-").isdigit() and len(typed) < 10 else 0  # noqa: PLR2004
    return _do(
        request,
        guest,
        lambda: services.adjust_points(
            member_id=member.pk, points=number, reason=reason, by=request.user, at=timezone.now()
        ),
        _("Points corrected."),
    )


@require_POST
@login_required
@permission_required("hotel.settle_folio", raise_exception=True)
def top_up(request: StaffRequest, pk: int) -> HttpResponse:
    """Money on the account, paid at the till now, in my open shift."""
    guest = guest_of(request, pk)
    member, form = _member(guest), TopUpForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            folios.sell_value(
                property_id=current_property(request).pk,
                member_id=member.pk,
                tenders=[Tender(data["tender"], data["amount"], data["reference"])],
                by=request.user,
                at=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Topped up: %(amount)s") % {"amount": data["amount"]})
            return redirect("members:guest", guest.pk)
    context = guest_context(request, guest, top_up_form=form, top_up_open=True)
    return render(request, "hotel/members/guest.html", context, status=422)


@require_POST
@login_required
@permission_required("hotel.settle_folio", raise_exception=True)
def refund(request: StaffRequest, pk: int) -> HttpResponse:
    """Stored value paid back out of my till; then its receipt. Beyond my limit a supervisor approves."""
    guest = guest_of(request, pk)
    member, form, asked = _member(guest), RefundForm(request.POST, prefix="refund"), {}
    if form.is_valid():
        data = form.cleaned_data
        try:
            folio = folios.refund_value(
                property_id=current_property(request).pk,
                member_id=member.pk,
                tenders=[Tender(data["tender"], data["amount"], data["reference"])],
                reason=data["reason"],
                approval_id=whole(request.POST.get("approval")) or None,
                by=request.user,
                at=timezone.now(),
            )
        except BeyondLimit as refusal:
            asked = ask_context(Ask.from_refusal(refusal), form="refund-form", by=request.user)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Paid back: %(amount)s") % {"amount": data["amount"]})
            return redirect("folios:bill", folio.number)
    context = guest_context(request, guest, refund_form=form, refund_open=not asked, **asked)
    return render(request, "hotel/members/guest.html", context, status=200 if asked else 422)


@require_POST
@login_required
@permission_required("hotel.change_memberlevel", raise_exception=True)
def reverse_entry(request: StaffRequest, pk: int, entry: int) -> HttpResponse:
    """Undo an entry that no folio stands behind; those of a folio are undone by reversing the folio's entry."""
    guest = guest_of(request, pk)
    found = get_object_or_404(MemberEntry, pk=entry, member__guest=guest)
    if found.folio_entry_id:
        messages.error(request, _("This entry hangs on a folio: reverse it there."))
        return redirect("members:guest", guest.pk)
    reason = request.POST.get("reason", "")
    return _do(
        request,
        guest,
        lambda: services.reverse_entries(entry_ids=[found.pk], reason=reason, by=request.user, at=timezone.now()),
        _("Entry reversed."),
    )
