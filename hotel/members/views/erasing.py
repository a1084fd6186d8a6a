"""What goes for good, said before it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hotel.members import services
from hotel.members.views.guests import guest_of
from hotel.rooms.desk import current_property
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.web.requests import StaffRequest


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("hotel.erase_guest", raise_exception=True)
def erase(request: StaffRequest, pk: int) -> HttpResponse:
    """GET: what goes, what stays, what forbids it. POST, with the tick: erase."""
    guest = guest_of(request, pk)
    if request.method == "POST" and request.POST.get("sure") == "on":
        try:
            services.erase_guest(guest_id=guest.pk, by=request.user, at=timezone.now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect("members:erase", guest.pk)
        messages.success(request, _("Everything personal is erased."))
        return redirect("members:list")
    context = {"guest": guest, "erasing": services.preview_erase(guest.pk), "house": current_property(request)}
    return render(request, "hotel/members/erase.html", context)
