"""Playing a file of real bookings through the product's own commands, day by day."""

from hotel.audit.replay.playing import Report, replay

__all__ = ["Report", "replay"]
