"""The administration of this floor: every room's own admin module."""

from hotel.folios import admin as folios
from hotel.members import admin as members

__all__ = ["folios", "members"]
