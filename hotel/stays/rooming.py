"""A group's rooming list: read from a file or from what was pasted, each row taken or refused with its reason."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from django.utils.translation import gettext_lazy as _

from hotel.members.models import IdType
from hotel.members.services import Person
from hotel.rooms.models import Room
from hotel.stays import services
from hotel.stays.services.desk import TO_ARRIVE
from oms.lib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from hotel.stays.models import Booking
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


def rows_of(name: str, file: Any, pasted: str) -> list[Row]:
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
    """Give the group's stays their rooms and guests as the list says. A row succeeds or fails alone.

    A room the list names is given to a stay of the group that has none; who comes next in the same room shares it.
    """
    done = list(rows)
    _give_rooms(booking, done, by, at)
    able = [row for row in done if not row.refusal]
    above = [None, *able]
    types = booking.property.room_types.values_list("name", "code")
    codes = {key.lower(): code for name, code in types for key in (name, code)}
    answers = services.take_rooming_list(
        booking_id=booking.pk,
        rows=[
            services.RoomingRow(
                person=_person(row.values),
                room=row.room,
                room_type=codes.get(row.values.get("type", "").lower(), row.values.get("type", "")),
                shares=bool(row.room and last and last.room == row.room),
            )
            for row, last in zip(able, above, strict=False)
        ],
        by=by,
        at=at,
    )
    for row, answer in zip(able, answers, strict=True):
        row.refusal = str(answer.refusal) if answer.refusal else ""
    return done


class UnknownRoom(DomainError):
    """The list names a room the house does not have."""

    code = "rooming_unknown_room"
    message = _("There is no room %(room)s.")


class NameMissing(DomainError):
    """A line without a name."""

    code = "rooming_name_missing"
    message = _("The name is missing.")


def _give_rooms(booking: Booking, rows: list[Row], by: Staff, at: dt.datetime) -> None:
    """Rooms the list names, to stays of the group that have none yet; what can't be given is the row's refusal."""
    stays = booking.stays.filter(status__in=TO_ARRIVE).select_related("room", "room_type").order_by("pk")
    taken = {stay.room.number for stay in stays if stay.room}
    bare = [stay for stay in stays if stay.room is None]
    numbers = {row.values["room"] for row in rows if row.values.get("room")}
    rooms = {room.number: room for room in Room.objects.filter(property=booking.property_id, number__in=numbers)}
    for row in rows:
        if not row.values.get("name"):
            row.refusal = str(NameMissing.message)
            continue
        row.room = row.values.get("room", "")
        if not row.room or row.room in taken:
            continue
        room = rooms.get(row.room)
        stay = next((s for s in bare if room and s.room_type_id == room.room_type_id), None)
        if room is None or stay is None:
            unknown = services.NoSuchRow(name=row.values["name"], room=row.room)
            row.refusal = str(unknown if room else UnknownRoom(room=row.room))
            continue
        refusal = services.assign(choices=[(stay.pk, room.pk)], by=by, at=at)[stay.pk]
        row.refusal = str(refusal) if refusal else ""
        if not refusal:
            taken.add(row.room)
            bare.remove(stay)


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
