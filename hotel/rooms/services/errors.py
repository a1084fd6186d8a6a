"""Refusals of the commands on rooms."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError


class NoSuchMove(DomainError):
    """The room already is what it should become, or can't become it."""

    code = "room_no_such_move"
    message = _("Room %(room)s is %(status)s: it can't become %(wanted)s.")


class BadBlockDates(DomainError):
    """The dates of a block make no sense."""

    code = "room_block_bad_dates"
    message = _("%(fact)s From %(from)s until %(until)s.")


class BlockReasonMissing(DomainError):
    """A block needs a reason."""

    code = "room_block_reason_missing"
    message = _("Say why the room is taken out of service.")


class AlreadyBlocked(DomainError):
    """Another block of the room is in force on one of the dates."""

    code = "room_already_blocked"
    message = _("Room %(room)s is already %(kind)s from %(from)s until %(until)s: %(reason)s. End that first.")


class RoomOccupied(DomainError):
    """A guest is in the room."""

    code = "room_occupied"
    message = _("%(guest)s is still in room %(room)s. Check out or move the stay first, or block from tomorrow.")


class WouldOversell(DomainError):
    """Without the room more would be sold than there is."""

    code = "room_would_oversell"
    message = _("%(type)s on %(date)s: %(sold)s sold, %(free)s free. Move stays or allow overbooking first.")


class BlockOver(DomainError):
    """The block is not in force any more."""

    code = "room_block_over"
    message = _("The block of room %(room)s is over already.")
