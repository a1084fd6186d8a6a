"""Commands on one stay, from its page or from the question before. A refusal shows the question again as typed."""

from __future__ import annotations

from contextlib import nullcontext
from decimal import InvalidOperation
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hotel.rooms import locking, locks
from hotel.rooms.numbers import whole
from hotel.stays import moments, services
from hotel.stays.forms import NoteForm
from hotel.stays.models import Sharer, Stay
from hotel.stays.services import people
from hotel.stays.services.confirming import confirm
from hotel.stays.services.moving import move, swap
from hotel.stays.services.pricing_nights import set_prices
from hotel.stays.services.restoring import restore_check_out, reverse_check_in
from hotel.stays.views.asking import (
    LOCKED,
    TITLES,
    refuse_wrong,
    render_ask,
    typed_date,
    typed_prices,
)
from hotel.stays.views.stay import stay_of
from oms.approvals.asking import Ask, ask_context
from oms.approvals.limits import BeyondLimit
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from oms.web.requests import StaffRequest


class NotChosen(DomainError):
    """Something was left out that has to be chosen."""

    code = "stay_not_chosen"
    message = "%(what)s"


@require_POST
@login_required
@permission_required("hotel.view_stay", raise_exception=True)
def do(request: StaffRequest, number: str, action: str) -> HttpResponse:
    """Do ``action`` with the stay."""
    stay = stay_of(request, number)
    command, permission_of = COMMANDS.get(action, (None, action))
    refuse_wrong(request, stay, permission_of if command else "")
    at = timezone.now()
    try:
        with _held(request, stay, action, at):
            text = command(request, stay, at)  # type: ignore[misc]
    except locks.LockLost as refusal:
        return _again(request, stay, action, lock_refusal=refusal)
    except BeyondLimit as refusal:
        asked = ask_context(Ask.from_refusal(refusal), form="ask", by=request.user)
        return _again(request, stay, action, **asked)
    except DomainError as refusal:
        return _again(request, stay, action, refusal=refusal)
    except InvalidOperation:
        return _again(request, stay, action, refusal=NotChosen(what=_("A price is no amount.")))
    messages.success(request, text)
    return _back(request, stay)


def _held(request: StaffRequest, stay: Stay, action: str, at: dt.datetime) -> Any:
    """Under the lock of the stay's room, if the question was asked under one."""
    if action in LOCKED and stay.room_id and request.POST.get("lock_token"):
        return locking.held(request, stay.room_id, at=at)
    return nullcontext()


def _again(request: StaffRequest, stay: Stay, action: str, **more: Any) -> HttpResponse:
    if action in TITLES:
        return render_ask(request, stay, action, request.POST, **more)
    refusal = more.get("refusal") or more.get("lock_refusal")
    messages.error(request, str(refusal))
    return _back(request, stay)


def _back(request: StaffRequest, stay: Stay) -> HttpResponse:
    after = request.POST.get("next", "")
    if after and url_has_allowed_host_and_scheme(after, allowed_hosts={request.get_host()}):
        return HttpResponseRedirect(after)
    return redirect("stays:detail", stay.number)


def _number(request: StaffRequest, name: str) -> int:
    return whole(request.POST.get(name))


def _chosen(request: StaffRequest, name: str, what: str) -> int:
    found = _number(request, name)
    if not found:
        raise NotChosen(what=what)
    return found


def _known_room(stay: Stay, room_id: int) -> None:
    if not stay.property.rooms.filter(pk=room_id).exists():
        raise NotChosen(what=_("Choose a room."))


def _one(answers: dict[int, DomainError | None], stay: Stay) -> None:
    if refusal := answers[stay.pk]:
        raise refusal


def _reason(request: StaffRequest) -> str:
    return request.POST.get("reason", "").strip()[:200]


def _assign(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    room_id = _chosen(request, "room", _("Choose a room."))
    _known_room(stay, room_id)
    pin = request.POST.get("pin") == "on"
    _one(services.assign(choices=[(stay.pk, room_id)], by=request.user, at=at, pin=pin), stay)
    return _("%(stay)s has a room now.") % {"stay": stay.number}


def _unassign(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    _one(services.unassign(stay_ids=[stay.pk], by=request.user, at=at), stay)
    return _("%(stay)s has no room any more.") % {"stay": stay.number}


def _move(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    room_id = _chosen(request, "room", _("Choose a room."))
    keep = request.POST.get("keep_price") == "1"
    anyway = request.POST.get("anyway") == "on"
    _known_room(stay, room_id)
    moved = move(
        stay_id=stay.pk,
        room_id=room_id,
        keep_price=keep,
        reason=_reason(request),
        anyway=anyway,
        by=request.user,
        at=at,
    )
    return _("Moved to room %(room)s.") % {"room": moved.room}


def _swap(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    other = _chosen(request, "other", _("Choose the other stay."))
    others = Stay.objects.visible_to(request.user).filter(property_id=stay.property_id).exclude(pk=stay.pk)
    if not others.filter(pk=other).exists():
        raise NotChosen(what=_("Choose the other stay."))
    swap(stay_ids=(stay.pk, other), reason=_reason(request), by=request.user, at=at)
    return _("The rooms are swapped.")


def _dates(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    to = typed_date(request.POST)
    if to is None:
        raise NotChosen(what=_("Say when the guest leaves."))
    if to >= stay.departure_on:
        keep = request.POST.get("keep_price") == "1"
        services.extend(stay_id=stay.pk, departure_on=to, keep_price=keep, by=request.user, at=at)
    else:
        services.shorten(stay_id=stay.pk, departure_on=to, reason=_reason(request), by=request.user, at=at)
    return _("The guest leaves on %(date)s now.") % {"date": to}


def _price(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    prices = typed_prices(stay, request.POST)
    if not prices:
        raise NotChosen(what=_("No price was changed."))
    set_prices(
        stay_id=stay.pk,
        prices=prices,
        reason=_reason(request),
        approval_id=_number(request, "approval") or None,
        by=request.user,
        at=at,
    )
    return _("The prices are set.")


def _mark(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    leaving = stay.departure_marked_at is None
    _one(services.mark_departure(stay_ids=[stay.pk], is_leaving=leaving, by=request.user, at=at), stay)
    return _("Marked as leaving.") if leaving else _("The mark is gone.")


def _reverse(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    reverse_check_in(stay_id=stay.pk, reason=_reason(request), by=request.user, at=at)
    return _("The check-in is reversed.")


def _restore(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    if room_id := _number(request, "room"):
        _known_room(stay, room_id)
    back = restore_check_out(
        stay_id=stay.pk,
        room_id=room_id or None,
        departure_on=_until(request),
        was_away=request.POST.get("between") == "away",
        reason=_reason(request),
        approval_id=_number(request, "approval") or None,
        by=request.user,
        at=at,
    )
    facts = {"room": back.room, "date": f"{back.departure_on:%m-%d}"}
    return _("The guest is in room %(room)s again, until %(date)s.") % facts


def _until(request: StaffRequest) -> dt.date | None:
    """The departure typed for a stay that is restored; left out, the house offers one."""
    until = typed_date(request.POST)
    if until is None and request.POST.get("departure_on"):
        raise NotChosen(what=_("Say when the guest leaves."))
    return until


def _no_show(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    _one(services.mark_no_shows(stay_ids=[stay.pk], by=request.user, at=at), stay)
    return _("%(stay)s is a no-show.") % {"stay": stay.number}


def _cancel(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    reason = _reason(request)
    if not reason:
        raise services.ReasonMissing
    waive = request.POST.get("waive_fee") == "on" and request.user.has_perm("hotel.custom_price")
    _one(services.cancel(stay_ids=[stay.pk], reason=reason, waive_fee=waive, by=request.user, at=at), stay)
    return _("%(stay)s is cancelled.") % {"stay": stay.number}


def _reactivate(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    services.reactivate(stay_id=stay.pk, reason=_reason(request), by=request.user, at=at)
    return _("%(stay)s is reactivated.") % {"stay": stay.number}


def _confirm(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    confirm(stay_id=stay.pk, by=request.user, at=at)
    return _("%(stay)s is confirmed.") % {"stay": stay.number}


def _guest(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    guest_id = _chosen(request, "guest", _("Choose a guest."))
    people.name_guest(stay_id=stay.pk, guest_id=guest_id, by=request.user, at=at)
    return _("The guest is named.")


def _sharer(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    guest_id = _chosen(request, "guest", _("Choose a guest."))
    own = request.POST.get("own_folio") == "on"
    people.add_sharer(stay_id=stay.pk, guest_id=guest_id, own_folio=own, by=request.user, at=at)
    return _("The guest shares the room now.")


def _sharer_left(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    try:
        people.remove_sharer(stay_id=stay.pk, sharer_id=_number(request, "sharer"), by=request.user, at=at)
    except Sharer.DoesNotExist:
        raise NotChosen(what=_("This guest has left already.")) from None
    return _("The guest has left the room.")


def _note(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise NotChosen(what=_("Look at the fields in red."))
    typed = form.cleaned_data
    due_at = None
    if typed["due_on"] and typed["due_time"] and typed["kind"] == "wake_up":
        due_at = moments.moment(stay.property, typed["due_on"], typed["due_time"])
    people.note_down(
        stay_id=stay.pk,
        kind=typed["kind"],
        text=typed["text"],
        pieces=typed["pieces"] or 1,
        due_at=due_at,
        by=request.user,
        at=at,
    )
    return _("Noted down.")


def _note_done(request: StaffRequest, stay: Stay, at: dt.datetime) -> str:
    people.settle_note(stay_id=stay.pk, note_id=_number(request, "note"), by=request.user, at=at)
    return _("Done.")


# Action → (command, the action whose permission it needs)
COMMANDS: dict[str, tuple[Callable[[StaffRequest, Stay, dt.datetime], str], str]] = {
    "assign": (_assign, "assign"),
    "unassign": (_unassign, "assign"),
    "move": (_move, "move"),
    "swap": (_swap, "swap"),
    "dates": (_dates, "dates"),
    "price": (_price, "price"),
    "mark": (_mark, "mark"),
    "reverse": (_reverse, "reverse"),
    "restore": (_restore, "restore"),
    "no-show": (_no_show, "no-show"),
    "cancel": (_cancel, "cancel"),
    "reactivate": (_reactivate, "reactivate"),
    "confirm": (_confirm, "confirm"),
    "guest": (_guest, "guest"),
    "sharer": (_sharer, "sharer"),
    "sharer-left": (_sharer_left, "sharer"),
    "note": (_note, "note"),
    "note-done": (_note_done, "note"),
}
