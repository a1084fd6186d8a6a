"""Commands on stays, and their refusals. Callers write ``from hotel.stays import services``."""

from hotel.stays.services.booking import BookingRequest, StayRequest, reserve
from hotel.stays.services.errors import BadDates

__all__ = ["BadDates", "BookingRequest", "StayRequest", "reserve"]
