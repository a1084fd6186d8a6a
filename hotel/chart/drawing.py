"""The chart's rows as HTML. Plain Python: a screen has hundreds of bars, and rows are drawn anew when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hotel.rooms.drawing import TONES
from hotel.stays.states import StayStatus
from oms.web.formats import icon, mask_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from hotel.chart.queries import Bar, Day, Row, Type, Window

ROOMY = 30  # days: where more are shown, the month is said once
FRIDAY = 4  # Friday and Saturday nights are the weekend of a hotel
LOW = 5  # per cent of a type's rooms: fewer free are marked
LOOKS = {
    StayStatus.IN_HOUSE: "inhouse",
    StayStatus.CONFIRMED: "sure",
    StayStatus.TENTATIVE: "tent",
    StayStatus.CHECKED_OUT: "out",
}
OPEN = (StayStatus.IN_HOUSE, StayStatus.CONFIRMED, StayStatus.TENTATIVE)


class Drawer:
    """Draws one window for one reader. ``link`` gives a stay's page, ``may_change`` whether bars can be moved."""

    def __init__(
        self, window: Window, now: dt.datetime, *, names: bool, may_change: bool, link: Callable[[str], str]
    ) -> None:
        self.window, self.names, self.may_change, self.link = window, names, may_change, link
        self.zone = ZoneInfo(window.house.time_zone)
        self.today = window.house.business_date
        self.now = now

    def head(self) -> SafeString:
        """The dates."""
        cells = []
        for n, date in enumerate(self.window.dates):
            day = _("Today") if date == self.today else formats.date_format(date, "D")
            short = self.window.days > ROOMY and n and date.day > 1 and date != self.today
            said = f"{date.day}" if short else f"{date:%m-%d}"
            cells.append(f'<div class="d g{2 * n + 1} w2{self._shade(date)}">{escape(day)}<b>{said}</b></div>')
        return mark_safe("".join(cells))  # noqa: S308 -- texts are escaped

    def shade(self) -> SafeString:
        """The layer below the rows: weekends, today, now."""
        parts = []
        for n, date in enumerate(self.window.dates):
            if shade := self._shade(date):
                parts.append(f'<i class="g{2 * n + 1} w2{shade}"></i>')
        half = int(self.window.half(self.now, self.zone))
        if 0 <= half < 2 * self.window.days:
            parts.append(f'<i class="nowline g{half + 1} w1"></i>')
        return mark_safe("".join(parts))  # noqa: S308

    def days(self, days: Sequence[Day], rooms: int) -> SafeString:
        """Free and sold of each date, marked where little or nothing is left."""
        cells = []
        for n, day in enumerate(days):
            look = " none" if day.free <= 0 else " low" if day.free * 100 <= rooms * LOW else ""
            look += " over" * (day.free < 0) + self._shade(day.date)
            said = _("%(date)s: %(sold)s sold, %(free)s free, overbooking allowed %(over)s") % {
                "date": f"{day.date:%m-%d}",
                "sold": day.sold,
                "free": day.free,
                "over": day.overbooking,
            }
            cells.append(
                f'<span class="a g{2 * n + 1} w2{look}" title="{escape(said)}"><b>{day.free}</b> '
                f"<span>/ {day.sold}</span></span>"
            )
        return mark_safe("".join(cells))  # noqa: S308

    def rows(self, rows: Iterable[Row], types: dict[int, Type], before: int | None = None) -> SafeString:
        """Rooms, with a heading where a type begins. ``before``: the type of the row above (None: no headings)."""
        parts = []
        for row in rows:
            if before is not None and row.type_id != before and row.type_id in types:
                before = row.type_id
                parts.append(self._heading(types[row.type_id]))
            parts.append(self.row(row))
        return mark_safe("".join(parts))  # noqa: S308

    def row(self, row: Row) -> str:
        """One room."""
        name = (
            f'<div class="nm"><b>{escape(row.number)}</b><span class="cnt bare">'
            f'<span class="cd tone-{TONES[row.code]}">{row.code}</span></span></div>'
        )
        bars = "".join(self.bar(bar, row.number) for bar in row.bars)
        return (
            f'<div class="fr" id="row-{row.room_id}" data-room="{row.room_id}" data-no="{escape(row.number)}" '
            f'data-type="{row.type_id}">{name}{bars}</div>'
        )

    def lanes(self, kind: Type) -> SafeString:
        """Stays of a type that have no room yet."""
        parts = []
        for n, lane in enumerate(kind.lanes):
            name = ""
            if n == 0:
                counts = {"shown": kind.unassigned - kind.hidden, "all": kind.unassigned}
                said = _("%(shown)s of %(all)s shown") % counts
                more = f' title="{escape(said)}"' if kind.hidden else ""
                name = (
                    f'<span class="clip" title="{escape(kind.name)}">{escape(kind.name)}</span>'
                    f'<span class="tag tone-amber push"{more}>{kind.unassigned}</span>'
                )
            bars = "".join(self.bar(bar, "") for bar in lane)
            head = f'<div class="fr" data-folds="waiting" data-lane="{kind.type_id}"><div class="nm">{name}</div>'
            parts.append(f"{head}{bars}</div>")
        return mark_safe("".join(parts))  # noqa: S308

    def bar(self, bar: Bar, room: str) -> str:
        """One bar. Its data-* attributes are what dragging needs."""
        place = f"bar g{bar.column} w{bar.width} {self._look(bar)}"
        place += " cutL" * bar.cut_left + " cutR" * bar.cut_right
        if not bar.stay_id or bar.departure_on is None:
            said = f"{room} {bar.block_kind.upper()} {bar.reason}"
            text = f'{icon("tool")}<span class="clip">{escape(bar.reason)}</span>'
            return f'<span class="{place}" title="{escape(said)}">{text}</span>'
        text = self._text(bar)
        said = f"{room} {text} {bar.arrival_on:%m-%d} → {bar.departure_on:%m-%d} {StayStatus(bar.status).label}"
        movable = self.may_change and bar.status in OPEN
        data = ""
        if movable:
            data = (
                f' data-stay="{bar.stay_id}" data-from="{bar.arrival_on}" data-until="{bar.departure_on}"'
                f' data-status="{bar.status}"'
            )
            place += " can-grow" * (not bar.cut_right)
            place += " can-start" * (not bar.cut_left and bar.status != StayStatus.IN_HOUSE)
        href = escape(self.link(bar.number) or "#")
        return (
            f'<a class="{place}" href="{href}" draggable="false" title="{escape(said)}" aria-label="{escape(said)}"'
            f'{data}>{self._icon(bar)}<span class="clip">{escape(text)}</span></a>'
        )

    def _heading(self, kind: Type) -> str:
        rooms = _("%(number)s rooms") % {"number": kind.rooms}
        return (
            f'<div class="fr grp" data-group="{kind.type_id}"><div class="nm"><span>{escape(kind.name)}</span>'
            f'<span class="t-3 t-xs">{escape(rooms)}</span></div></div>'
        )

    def _look(self, bar: Bar) -> str:
        if not bar.stay_id:
            return "ooo"
        if bar.status == StayStatus.IN_HOUSE and (bar.is_marked or (bar.departure_on or self.today) <= self.today):
            return "due"
        if bar.is_group and bar.status != StayStatus.IN_HOUSE and bar.status in OPEN:
            return "group"
        return LOOKS.get(StayStatus(bar.status), "out")

    def _icon(self, bar: Bar) -> str:
        facts = [
            (bar.status == StayStatus.IN_HOUSE and bar.end < self.now, "alert-triangle"),
            (self._look(bar) == "due", "logout-2"),
            (bar.is_pinned, "lock"),
            (bar.status == StayStatus.TENTATIVE, "clock"),
            (bar.is_group, "users-group"),
            (bar.status == StayStatus.CONFIRMED and bar.arrival_on == self.today, "login-2"),
        ]
        return next((icon(name) for holds, name in facts if holds), "")

    def _text(self, bar: Bar) -> str:
        name = bar.name if self.names else mask_name(bar.name)
        if bar.is_group and bar.title:
            return f"{bar.title} {name}".strip()
        if bar.status == StayStatus.CONFIRMED and bar.arrival_on == self.today and bar.due_in_at:
            return f"{name} {bar.due_in_at.astimezone(self.zone):%H:%M}"
        return name

    def _shade(self, date: dt.date) -> str:
        """The class of a column that stands out."""
        if date == self.today:
            return " td"
        return " we" if date.weekday() in {FRIDAY, FRIDAY + 1} else ""
