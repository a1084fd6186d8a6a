"""The administration of this floor: every room's own admin module."""

from hotel.audit import admin as audit
from hotel.folios import admin as folios
from hotel.members import admin as members
from hotel.rooms import admin as rooms

__all__ = ["audit", "folios", "members", "rooms"]
