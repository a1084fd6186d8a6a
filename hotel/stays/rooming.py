"""A group's rooming list: read from a file or from what was pasted, each row taken or refused with its reason."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from hotel.members import services as members
from hotel.members.models import IdType
from hotel.members.services import Person
from hotel.rooms.models import Room
from hotel.stays.services import people
from hotel.stays.services.assigning import assign
from hotel.stays.services.common import TO_ARRIVE
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from hotel.stays.models import Booking, Stay
    from oms.staff.models import Staff

MOST_ROWS = 500
MOST_BYTES = 2_000_000
COLUMNS: dict[str, tuple[str, ...]] = {  # field → headings it may have
    "name": ("name", "guest", "guest name", "姓名", "客人", "客人姓名", "住客"),
    "room": ("room", "room number", "房号", "房间", "房间号"),
    "type": ("type", "room type", "房型"),
    "id_number": ("id", "id number", "document", "passport", "证件", "证件号", "证件号码", "身份证", "身份证号"),
    "id_type": ("id type", "document type", "证件类型"),
    "phone": ("phone", "mobile", "电话", "手机", "手机号"),
}
NO_HEADINGS = ("name", "type", "id_number", "phone", "room")  # the order when there are none
ID_TYPES = {
    "passport": IdType.PASSPORT,
    "护照": IdType.PASSPORT,
    "身份证": IdType.RESIDENT_ID,
    "港澳通行证": IdType.HM_PERMIT,
    "台胞证": IdType.TW_PERMIT,
}
RESIDENT_LENGTH = 18


class Unreadable(DomainError):
    """The file is no list."""

    code = "rooming_unreadable"
    message = _("This is no list that can be read: CSV, XLSX or text with one guest per line.")


@dataclass(slots=True)
class Row:
    """One line of the list and what became of it."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    stay: str = ""
    room: str = ""


def rows_of(name: str, file: BinaryIO | None, pasted: str) -> list[Row]:
    """Rows of a file (by its ending) or of pasted text, blank ones left out. Raises Unreadable."""
    if file is not None and (getattr(file, "size", 0) or 0) > MOST_BYTES:
        raise Unreadable
    if file is not None:
        table = _xlsx(file) if name.lower().endswith(".xlsx") else _text(_decoded(file.read(MOST_BYTES + 1)))
    else:
        table = _text(pasted[:MOST_BYTES])
    lines = [(n, [str(cell).strip() for cell in row]) for n, row in enumerate(table, start=1)]
    lines = [(n, cells) for n, cells in lines if any(cells)]
    if not lines:
        return []
    headings = _headings(lines[0][1])
    if headings:
        lines = lines[1:]
    fields = headings or dict(enumerate(NO_HEADINGS))
    return [
        Row(n, {fields[i]: cell for i, cell in enumerate(cells) if i in fields and cell})
        for n, cells in lines[:MOST_ROWS]
    ]


def import_rooming(*, booking: Booking, rows: Iterable[Row], by: Staff, at: dt.datetime) -> list[Row]:
    """Give the group's unnamed stays their guests, and rooms where the list names them. A row succeeds or fails alone.

    A second guest for a room named twice shares it. Locks as the commands on stays do.
    """
    done = list(rows)
    stays = list(booking.stays.filter(status__in=TO_ARRIVE).select_related("room_type", "room", "guest").order_by("pk"))
    free = [stay for stay in stays if stay.guest_id is None]
    in_room = {stay.room.number: stay for stay in stays if stay.room and stay.guest_id}
    for row in done:
        try:
            with transaction.atomic():
                stay = _take(booking, row, free, in_room, by, at)
        except DomainError as refusal:
            row.refusal = str(refusal)
            continue
        row.stay = stay.number
    return done


class NoStayLeft(DomainError):
    """More people than rooms."""

    code = "rooming_no_stay_left"
    message = _("No room of the group is left for this guest.")


class UnknownRoom(DomainError):
    """The list names a room the house does not have."""

    code = "rooming_unknown_room"
    message = _("There is no room %(room)s.")


class NameMissing(DomainError):
    """A line without a name."""

    code = "rooming_name_missing"
    message = _("The name is missing.")


def _take(booking: Booking, row: Row, free: list[Stay], in_room: dict[str, Stay], by: Staff, at: dt.datetime) -> Stay:
    values = row.values
    if not values.get("name"):
        raise NameMissing
    wanted = values.get("room", "")
    sharing = in_room.get(wanted) if wanted else None
    if sharing is None and not (stay := _fitting(free, values.get("type", ""))):
        raise NoStayLeft
    guest = members.register_guest(branch_id=booking.property.branch_id, person=_person(values), by=by, at=at)
    if sharing is not None:
        people.add_sharer(stay_id=sharing.pk, guest_id=guest.pk, by=by, at=at)
        row.room = wanted
        return sharing
    people.name_guest(stay_id=stay.pk, guest_id=guest.pk, by=by, at=at)
    if wanted:
        _give_room(booking, stay, wanted, by, at)
        row.room = wanted
    free.remove(stay)
    if wanted:
        in_room[wanted] = stay
    return stay


def _fitting(free: list[Stay], kind: str) -> Stay | None:
    if not kind:
        return free[0] if free else None
    same = [stay for stay in free if kind.lower() in {stay.room_type.code.lower(), stay.room_type.name.lower()}]
    return same[0] if same else None


def _give_room(booking: Booking, stay: Stay, number: str, by: Staff, at: dt.datetime) -> None:
    room = Room.objects.filter(property_id=booking.property_id, number=number).first()
    if room is None:
        raise UnknownRoom(room=number)
    if refusal := assign(choices=[(stay.pk, room.pk)], by=by, at=at)[stay.pk]:
        raise refusal


def _person(values: dict[str, str]) -> Person:
    number = values.get("id_number", "")
    kind = ID_TYPES.get(values.get("id_type", "").lower())
    if kind is None and number:
        kind = IdType.RESIDENT_ID if len(number.replace(" ", "")) == RESIDENT_LENGTH else IdType.PASSPORT
    return Person(values["name"], kind or IdType.NONE, number, values.get("phone", ""))


def _headings(cells: list[str]) -> dict[int, str]:
    known = {heading: name for name, headings in COLUMNS.items() for heading in headings}
    found = {i: known[cell.lower()] for i, cell in enumerate(cells) if cell.lower() in known}
    return found if "name" in found.values() else {}


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Unreadable
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable


def _text(text: str) -> list[list[str]]:
    if "\x00" in text:
        raise Unreadable
    first = text.lstrip().split("\n", 1)[0]
    mark = next((mark for mark in ("\t", ",", ";", "，") if mark in first), ",")
    try:
        return list(csv.reader(io.StringIO(text), delimiter=mark))
    except csv.Error as wrong:
        raise Unreadable from wrong


def _xlsx(file: BinaryIO) -> list[list[Any]]:
    from openpyxl import load_workbook

    try:
        sheet = load_workbook(file, read_only=True, data_only=True).worksheets[0]
        rows = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=20, values_only=True)
        return [["" if cell is None else cell for cell in row] for row in rows]
    except Exception as wrong:
        raise Unreadable from wrong
