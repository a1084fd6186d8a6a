"""A room's tile as HTML. Plain Python: a board has a thousand of them, and each is drawn anew when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hotel.rooms.states import Housekeeping, ServiceFlag
from oms.web.formats import icon, mask_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from hotel.rooms.models import Property
    from hotel.rooms.queries import Tile

TONES = {"VI": "green", "VC": "cyan", "VD": "amber", "OC": "blue", "OD": "amber", "OOO": "red", "OOS": "grey"}
Mark = tuple[str, str, str]  # class, icon, text
LONG, DAY = 600, 1440  # minutes: later than this the minutes of a delay no longer matter, and the hours
ROOM, SUITE, LEAST = "房", "套房", 4  # as Chinese names of types end


def short_type(name: str) -> str:
    """A type's name as it fits a tile: 标准大床房 is 标准大床, 套房 stays."""
    return name if len(name) < LEAST or name.endswith(SUITE) else name.removesuffix(ROOM)


def code_labels() -> dict[str, str]:
    """The codes in the order of the board, in the reader's words."""
    return {
        "VI": _("Inspected"),
        "VC": _("Vacant clean"),
        "VD": _("Vacant dirty"),
        "OC": _("Occupied clean"),
        "OD": _("Occupied dirty"),
        "OOO": _("Out of order"),
        "OOS": _("Out of service"),
    }


class Drawer:
    """Draws tiles for one reader. ``names``: whether guests' names are shown in full."""

    def __init__(self, house: Property, now: dt.datetime, *, names: bool) -> None:
        self.zone = ZoneInfo(house.time_zone)
        self.now = now
        self.today = house.business_date
        self.names = names

    @cached_property
    def labels(self) -> dict[str, str]:
        """Code labels, looked up once per board."""
        return code_labels()

    def draw(self, tiles: Iterable[Tile]) -> SafeString:
        """The tiles, one after another."""
        return mark_safe("".join(map(self.tile, tiles)))  # noqa: S308 -- every text is escaped in `tile`

    def tile(self, tile: Tile) -> str:
        """One tile. Its data-* attributes are what the filters of the page ask."""
        main, marks = self.main_text(tile), self.marks(tile)
        said = " ".join([tile.number, tile.code, self.labels[tile.code], main, *(text for _c, _i, text in marks)])
        shown = "".join(
            f'<span class="{cls}">{icon(pic) if pic else ""}{escape(text)}</span>' for cls, pic, text in marks
        )
        star = icon("crown") if tile.is_top_level else ""
        locked = " locked" * bool(tile.lock_holder) + " plain" * (not marks)
        return (
            f'<a class="room {tile.code}{locked}" id="room-{tile.room_id}" href="?room={tile.room_id}" '
            f'data-room="{tile.room_id}" data-no="{escape(tile.number)}" data-type="{tile.type_id}" '
            f'data-code="{tile.code}" data-marks="{" ".join(tile.marks)}" aria-label="{escape(said)}">'
            f'<span class="r1"><span class="no">{escape(tile.number)}</span><span class="cd">{tile.code}</span></span>'
            f'<span class="r2">{star}{escape(main)}</span><span class="r3">{shown}</span></a>'
        )

    def name(self, name: str) -> str:
        """A guest's name as this reader may see it."""
        return name if self.names else mask_name(name)

    def main_text(self, tile: Tile) -> str:
        """The line below the number: who is in, why it is blocked, or the type."""
        if tile.stay_id:
            name = self.name(tile.guest_name)
            return _("Day use %(name)s") % {"name": name} if tile.is_day_use else name
        return tile.block_reason if tile.block_id else short_type(tile.type_name)

    def marks(self, tile: Tile) -> list[Mark]:
        """What is special about the room, the most urgent first."""
        found: list[Mark] = []
        if tile.lock_holder:
            found.append(("lk", "lock", tile.lock_holder))
        if tile.is_overdue and tile.due_out_at:
            found.append(("hot", "alert-triangle", _("%(time)s late") % {"time": self._late(tile.due_out_at)}))
        if tile.owed > 0:
            found.append(("hot", "alert-triangle", _("owes")))
        found += self._moves(tile)
        found += self._door(tile)
        return found or self._quiet(tile)

    def _moves(self, tile: Tile) -> list[Mark]:
        found: list[Mark] = []
        if tile.stay_id and tile.due_out_at and not tile.is_overdue:
            time = self._clock(tile.due_out_at)
            if tile.is_day_use:
                found.append(("due", "logout-2", _("until %(time)s") % {"time": time}))
            elif tile.is_due_out:
                found.append(("due", "logout-2", _("out %(time)s") % {"time": time}))
            elif tile.departure_marked_at:
                found.append(("due", "logout-2", _("leaving")))
        if tile.arrival_id and tile.arrival_at:
            found.append(("in", "login-2", _("%(time)s in") % {"time": self._clock(tile.arrival_at)}))
        return found

    def _door(self, tile: Tile) -> list[Mark]:
        if tile.service_flag == ServiceFlag.DND:
            return [("", "bell-off", _("Do not disturb"))]
        if tile.service_flag == ServiceFlag.MAKE_UP:
            return [("", "wash-machine", _("Make up"))]
        if tile.housekeeping == Housekeeping.CLEANING:
            return [("", "wash-machine", _("Cleaning"))]
        return []

    def _quiet(self, tile: Tile) -> list[Mark]:
        if tile.block_until and tile.block_id:
            return [("", "", _("until %(day)s") % {"day": f"{tile.block_until:%m-%d}"})]
        if tile.stay_id and tile.departure_on:
            return [("", "", _("leaves %(day)s") % {"day": f"{tile.departure_on:%m-%d}"})]
        return []

    def _clock(self, moment: dt.datetime) -> str:
        return f"{moment.astimezone(self.zone):%H:%M}"

    def _late(self, due: dt.datetime) -> str:
        minutes = int((self.now - due).total_seconds() // 60)
        if minutes < LONG:
            return f"{minutes // 60}:{minutes % 60:02}"
        if minutes < DAY:
            return _("%(number)s h") % {"number": minutes // 60}
        return _("%(number)s d") % {"number": minutes // DAY}
