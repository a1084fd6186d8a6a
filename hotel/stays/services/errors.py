"""Refusals of the commands on stays."""

from django.utils.translation import gettext_lazy as _

from oms.lib.errors import DomainError

LONGEST_STAY = 365  # nights


class BadDates(DomainError):
    """Arrival, departure or length make no sense."""

    code = "stay_bad_dates"
    message = _("%(fact)s Arrival %(arrival)s, departure %(departure)s.")


class WrongStatus(DomainError):
    """The stay is not in a state for this."""

    code = "stay_wrong_status"
    message = _("%(stay)s is %(status)s: this is not possible now.")


class NoRoom(DomainError):
    """The stay has no room yet."""

    code = "stay_no_room"
    message = _("%(stay)s has no room yet. Assign one first.")


class NoGuest(DomainError):
    """The stay has no registered guest yet."""

    code = "stay_no_guest"
    message = _("%(stay)s has no registered guest yet. Find or register the guest first.")


class RoomNotReady(DomainError):
    """The room is not clean."""

    code = "stay_room_not_ready"
    message = _("Room %(room)s is %(status)s. Choose a clean room, or have it marked clean.")


class RoomBlocked(DomainError):
    """The room is out of order."""

    code = "stay_room_blocked"
    message = _("Room %(room)s is out of order until %(until)s: %(reason)s.")


class WrongRoomType(DomainError):
    """The room is of another type than was sold."""

    code = "stay_wrong_room_type"
    message = _("Room %(room)s is a %(type)s, the stay was sold as %(sold)s. Change the type first.")


class RoomFull(DomainError):
    """More people than the room type takes."""

    code = "stay_room_full"
    message = _("%(type)s takes at most %(most)s people.")


class NotToday(DomainError):
    """The stay does not arrive on the business date."""

    code = "stay_not_today"
    message = _("%(stay)s arrives on %(arrival)s; today is %(today)s.")


class Blacklisted(DomainError):
    """The guest may not stay here without somebody's override."""

    code = "stay_guest_blacklisted"
    message = _("%(guest)s is blacklisted: %(reason)s.")


class BalanceOpen(DomainError):
    """The guest has not paid, or is owed money."""

    code = "stay_balance_open"
    message = _("%(stay)s has a balance of %(balance)s. Settle it first.")


class Pinned(DomainError):
    """The room was promised to the guest."""

    code = "stay_pinned"
    message = _("%(stay)s was promised room %(room)s. Unpin it first, or ask the guest.")


class Overdue(DomainError):
    """The planned departure is over."""

    code = "stay_overdue"
    message = _("%(stay)s was to leave by %(until)s, which is over. Extend the stay first.")


class NightUnposted(DomainError):
    """A night was slept and not charged."""

    code = "stay_night_unposted"
    message = _("The room charge of %(stay)s for %(dates)s is not posted yet. Post it first.")


class DepositHeld(DomainError):
    """Money of the guest is still held."""

    code = "stay_deposit_held"
    message = _("%(stay)s has a deposit of %(amount)s. Apply it to the bill or refund it first.")


class NightCharged(DomainError):
    """A night that carries a room charge can't be given back."""

    code = "stay_night_charged"
    message = _("The room charge of %(date)s is posted. Reverse it first, or keep the night.")


class ReasonMissing(DomainError):
    """It has to be said why."""

    code = "stay_reason_missing"
    message = _("Say why.")


class NotPermitted(DomainError):
    """The person may not do this by themselves."""

    code = "stay_not_permitted"
    message = _("You may not do this: %(what)s. Ask somebody who may.")


class Posted(DomainError):
    """Something was charged since."""

    code = "stay_posted"
    message = _("%(stay)s has charges of %(amount)s. Reverse or move them first, or check the guest out.")


class SameRoom(DomainError):
    """The stay has that room."""

    code = "stay_same_room"
    message = _("%(stay)s has room %(room)s already.")


class NoSuchNight(DomainError):
    """The stay does not have that night."""

    code = "stay_no_such_night"
    message = _("%(stay)s has no night on %(date)s.")


class BadPrice(DomainError):
    """That is no price."""

    code = "stay_bad_price"
    message = _("%(price)s is no price: it must be 0.00 or more, with at most two decimals.")


class TooLate(DomainError):
    """That was another business date."""

    code = "stay_too_late"
    message = _("%(stay)s checked in on %(date)s, which is closed. Check out instead.")


class DayUseUnposted(DomainError):
    """The hours are not on the bill."""

    code = "stay_day_use_unposted"
    message = _("%(stay)s costs %(total)s by now, its bill says %(posted)s. Post the day use first.")


class NoSuchRow(DomainError):
    """No stay of the group is left for the person."""

    code = "stay_rooming_no_stay"
    message = _("There is no stay left in this booking for %(name)s (%(room)s).")


class UnknownRoom(DomainError):
    """A list names a room the house does not have."""

    code = "stay_rooming_unknown_room"
    message = _("There is no room %(room)s.")


class NotesOpen(DomainError):
    """The guest still has something of ours, or we of theirs."""

    code = "stay_notes_open"
    message = _("Still open: %(facts)s. Tick what is seen to.")


class HoldOpen(DomainError):
    """A bank holds money for us: it is taken or let go before the guest leaves."""

    code = "stay_hold_open"
    message = _("A pre-authorisation of %(amount)s is held. Capture or release it.")
