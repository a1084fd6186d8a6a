"""What the actions of desk traces are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy, pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import Promise

LABELS: dict[str, str | Promise] = {
    "room.housekeeping": gettext_lazy("Cleanliness changed"),
    "room.service_flag": gettext_lazy("Door sign changed"),
    "room.blocked": gettext_lazy("Room taken out of service"),
    "room.block_ended": gettext_lazy("Room put back in service"),
    "room.block_over": gettext_lazy("Room back in service"),
    "room.lock_forced": gettext_lazy("Lock forced open"),
    "stay.reserved": pgettext_lazy("stay", "Reserved"),
    "stay.confirmed": gettext_lazy("Confirmed"),
    "stay.assigned": gettext_lazy("Room assigned"),
    "stay.unassigned": gettext_lazy("Room taken back"),
    "stay.pinned": gettext_lazy("Room promised"),
    "stay.unpinned": gettext_lazy("Promise taken back"),
    "stay.checked_in": gettext_lazy("Checked in"),
    "stay.check_in_reversed": gettext_lazy("Check-in reversed"),
    "stay.checked_out": gettext_lazy("Checked out"),
    "stay.restored": gettext_lazy("Check-out restored"),
    "stay.moved": gettext_lazy("Moved to another room"),
    "stay.swapped": gettext_lazy("Rooms swapped"),
    "stay.extended": gettext_lazy("Extended"),
    "stay.shortened": gettext_lazy("Shortened"),
    "stay.rescheduled": gettext_lazy("Dates changed"),
    "stay.hours_changed": gettext_lazy("Hours changed"),
    "stay.priced": gettext_lazy("Price set by hand"),
    "stay.cancelled": gettext_lazy("Cancelled"),
    "stay.no_show": gettext_lazy("Marked as no-show"),
    "stay.reactivated": gettext_lazy("Reactivated"),
    "stay.departure_marked": gettext_lazy("Departure marked"),
    "stay.departure_unmarked": gettext_lazy("Departure mark removed"),
    "stay.guest_named": gettext_lazy("Guest named"),
    "stay.sharer_added": gettext_lazy("Sharer added"),
    "stay.sharer_left": gettext_lazy("Sharer left"),
    "stay.noted": gettext_lazy("Something left or lent"),
    "stay.note_done": gettext_lazy("Given back"),
    "stay.timed": gettext_lazy("Check-in timed"),
    "folio.opened": gettext_lazy("Folio opened"),
    "folio.closed": gettext_lazy("Folio closed"),
    "folio.reopened": gettext_lazy("Folio reopened"),
    "folio.charged": gettext_lazy("Charged"),
    "folio.reversed": gettext_lazy("Entry reversed"),
    "folio.transferred": gettext_lazy("Entries moved"),
    "folio.merged": gettext_lazy("Folios merged"),
    "folio.settled": gettext_lazy("Settled"),
    "folio.deposit_taken": gettext_lazy("Deposit taken"),
    "folio.deposit_refunded": gettext_lazy("Deposit refunded"),
    "folio.paid_out": gettext_lazy("Paid out"),
    "folio.written_off": gettext_lazy("Written off"),
    "folio.held": gettext_lazy("Pre-authorised"),
    "folio.routed": gettext_lazy("Routing rule set"),
    "folio.unrouted": gettext_lazy("Routing rule ended"),
    "folio.captured": gettext_lazy("Pre-authorisation captured"),
    "folio.released": gettext_lazy("Pre-authorisation released"),
    "folio.printed": gettext_lazy("Bill printed"),
    "invoice.requested": gettext_lazy("Invoice requested"),
    "invoice.issued": gettext_lazy("Invoice issued"),
    "shift.opened": gettext_lazy("Shift opened"),
    "shift.counted": gettext_lazy("Till counted"),
    "shift.handed_over": gettext_lazy("Shift handed over"),
    "guest.registered": gettext_lazy("Guest registered"),
    "guest.changed": gettext_lazy("Guest changed"),
    "guest.refreshed": gettext_lazy("Guest looked up anew"),
    "guest.merged": gettext_lazy("Guests merged"),
    "guest.merged_away": gettext_lazy("Merged into another guest"),
    "guest.erased": gettext_lazy("Guest erased"),
    "guest.revealed": gettext_lazy("Personal data shown"),
    "guest.blacklisted": gettext_lazy("Guest blacklisted"),
    "guest.unblacklisted": gettext_lazy("Taken off the blacklist"),
    "guest.admitted": gettext_lazy("Blacklisted guest let in"),
    "member.enrolled": gettext_lazy("Member enrolled"),
    "member.level": gettext_lazy("Member level set"),
    "member.upgraded": gettext_lazy("Member upgraded"),
    "rates.undone": gettext_lazy("Prices set back"),
    "audit.started": gettext_lazy("Night audit begun"),
    "audit.done": gettext_lazy("Night audit done"),
    "audit.planned": gettext_lazy("Audit times changed"),
    "audit.reversed": gettext_lazy("Night audit reversed"),
}


def label_of(action: str) -> str:
    """The action in the reader's language; its code where it has no name."""
    return str(LABELS.get(action, action))
